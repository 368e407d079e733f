"""The sound corpus of the tests: about a bakery, of which the engine can know nothing."""

from __future__ import annotations

from datetime import date

import pytest

from engine.evaluation.law import load_law
from engine.langage.corpus import Corpus
from engine.langage.kernel import Aggregate, Choice, Lookup, Reading, Ref, Round, walk
from tests.langage.bakery import CORPUS, check, sound_files


@pytest.fixture(name="corpus", scope="module")
def _corpus() -> Corpus:
    corpus, findings = check({})
    assert findings == ()
    assert corpus is not None
    return corpus


def test_the_sound_corpus_loads_without_a_finding(corpus: Corpus) -> None:
    assert len(sound_files()) >= 12
    assert len(corpus.rules) == 22
    assert {rule.text for rule in corpus.rules if rule.parameter} == {
        "plafond_remise",
        "seuil_foire",
    }


def test_it_has_every_kind_of_file_and_every_mechanism(corpus: Corpus) -> None:
    kinds = {content.decode().split("\n")[1].split(":")[0] for content in sound_files().values()}
    assert len(kinds) == 9
    bodies = [version.body for rule in corpus.rules for version in rule.versions]
    nodes = [node for body in bodies for node in walk(body)]
    assert {type(node) for node in nodes} >= {Aggregate, Choice, Lookup, Reading, Ref, Round}
    aggregates = {node.kind for node in nodes if isinstance(node, Aggregate)}
    assert aggregates == {"somme", "compte", "compte_distinct", "max", "min", "existe"}
    assert any(node.via is not None for node in nodes if isinstance(node, Ref))


def test_an_epoch_begins_on_each_day_something_changes(corpus: Corpus) -> None:
    assert [day.isoformat() for day in corpus.starts] == [
        "2000-01-01",
        "2005-01-01",  # the day after a code ends
        "2008-01-01",
        "2010-01-01",
        "2011-01-01",
        "2015-01-01",
        "2020-01-01",  # the day after a control ends
    ]
    assert corpus.epoch_number(date(2004, 12, 31)) == 0
    assert corpus.epoch_number(date(2005, 1, 1)) == 1


def test_the_record_is_the_one_of_the_schema_beside_the_rules() -> None:
    law, findings = load_law(CORPUS / "regles")
    assert findings == ()
    assert law is not None
    assert [one.name for one in law.corpus.model.collections] == ["fours", "fournees"]
    assert law.corpus.model.role("date").name == "livree_le"
