"""A run of the mistakes that is stopped does not wait for those under way."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.cas import mutation_run
from tests.ligne_de_commande.commande import HANG


def _endless(
    marks: Path, _paths: tuple[Path, ...], share: tuple[int, ...]
) -> tuple[int, list[int]]:
    (marks / f"{share[0]} commencé").touch()
    time.sleep(HANG)
    (marks / f"{share[0]} fini").touch()
    return 0, []


def test_what_is_under_way_ends_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutation_run, "_try", _endless)

    class Stopped:
        def put(self, _ended: object) -> None:
            raise AssertionError

        def get(self) -> object:
            while not list(tmp_path.glob("* commencé")):
                time.sleep(0.01)
            raise KeyboardInterrupt

    monkeypatch.setattr(mutation_run, "SimpleQueue", Stopped)
    with pytest.raises(KeyboardInterrupt):
        mutation_run._survivors(tmp_path, [], [0], lambda _done, _all: None)  # noqa: SLF001
    assert not list(tmp_path.glob("* fini"))
