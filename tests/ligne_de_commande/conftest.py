"""Fixtures of the tests of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ligne_de_commande.shop import make_shop


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of the bakery, the folder of the run, a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shop = tmp_path / "boutique"
    make_shop(shop)
    monkeypatch.chdir(shop)
    return shop
