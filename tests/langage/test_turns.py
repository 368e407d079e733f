"""Looked at beside the one before it, an epoch says all that it says when it is looked at alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from engine.evaluation.law import Law, check_corpus, corpus_folder, load_law, read_folder
from engine.langage import pipeline
from engine.langage.corpus import Epoch
from engine.langage.epochs import Turn, turns
from tests.langage.bakery import findings_of
from tests.langage.test_fautes import FAULTS, files_of


def _alone(epochs: Iterable[Epoch]) -> Iterator[Turn]:
    for epoch in epochs:
        yield from turns([epoch])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_a_faulty_corpus_says_the_same_epoch_by_epoch(
    fault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = findings_of(files_of(fault))
    assert found
    monkeypatch.setattr(pipeline, "turns", _alone)
    assert findings_of(files_of(fault)) == found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b" * ", b" + "),  # units, in many rules and many epochs
        (b"depuis: 20", b"depuis: 21"),  # what is read is not in force yet
        (b"unite: euro", b"unite: heure"),
    ],
)
def test_the_rules_spoilt_everywhere_say_the_same_epoch_by_epoch(
    old: bytes, new: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus_folder(None)
    contents, _, _ = read_folder(folder)
    spoilt = {name: content.replace(old, new) for name, content in contents.items()}
    assert spoilt != contents
    _, found = check_corpus(folder, spoilt, "sha256:essai")
    assert found
    monkeypatch.setattr(pipeline, "turns", _alone)
    assert check_corpus(folder, spoilt, "sha256:essai")[1] == found


def test_what_an_epoch_does_not_change_is_not_looked_at_again() -> None:
    law, _ = load_law()
    assert law is not None
    epochs = [Law(law.corpus).epoch(day) for day in law.corpus.starts]
    first, *others = turns(epochs)
    assert set(first.arrows) == set(epochs[0].rules)
    assert first.controls == epochs[0].controls
    assert len(others) >= 30
    assert all(turn.stale for turn in others)
    assert sum(len(turn.arrows) for turn in others) * 4 < sum(len(one.rules) for one in epochs)
    assert list(turns([epochs[0], epochs[0]]))[1].stale == frozenset()
