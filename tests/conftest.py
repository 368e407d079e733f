"""What every test relies on: no setting of the person who runs it, no chance, no shared cache."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.langage.shop import make_shop

# A slow machine is not a failure. On the integration machine the same examples are drawn each
# time, so that a red run speaks of the change and not of the draw.
settings.register_profile("poste", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "poste")


@pytest.fixture(autouse=True, scope="session")
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell does so in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_IGN:  # nohup does so
        signal.signal(hangup, lambda *_: None)  # ignored here; the processes of tests are not
    with pytest.MonkeyPatch.context() as patch:
        # Where a test limits the size of a file, Python would cut what it compiles, and believe it.
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patch.delenv("REGLO_REGLES", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("donnees")))
        yield


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of the bakery, the folder of the run."""
    shop = tmp_path / "boutique"
    make_shop(shop)
    monkeypatch.chdir(shop)
    return shop
