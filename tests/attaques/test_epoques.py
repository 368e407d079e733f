"""Any results of records of any days are compiled together, and are what the interpreter says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dossiers.read import read_records
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.results import compute
from engine.langage.records import Record
from engine.module.host import build
from engine.source.files import read_documents
from tests.droit.any_record import records as any_records
from tests.droit.teachers import DAYS
from tests.sql.tables import law
from tests.sql.test_parity import differences, named, told


def on_days(texts: Sequence[str], days: Sequence[date]) -> tuple[Record, ...]:
    """A record of each text, on each day in turn."""
    model, first = law().corpus.model, law().corpus.first_day
    found = []
    for text, day in zip(texts, days, strict=True):
        dated = json.dumps({**json.loads(text), model.role("date").name: day.isoformat()})
        documents, findings = read_documents("tirage.json", dated)
        assert findings == ()
        (record,) = read_records(documents, model, first_day=first)
        assert isinstance(record, Record), record
        found.append(record)
    return named(found)


@st.composite
def populations(draw: st.DrawFn) -> tuple[Record, ...]:
    """Records of several days, those on which the law turns more often than others."""
    turns = st.sampled_from(law().corpus.starts)
    days = draw(st.lists(turns | DAYS, min_size=2, max_size=6, unique=True))
    return on_days([draw(any_records()) for _ in days], days)


def choices() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(law().corpus.results), min_size=1, unique=True)


# The family « regles » of the long attack draws others.
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(populations(), choices())
def test_any_results_of_any_days_are_those_of_the_interpreter(
    records: tuple[Record, ...], wanted: list[str]
) -> None:
    epochs = epoch_numbers(law(), [record.day for record in records])
    # The controls are compiled too, as in a campaign; only the results are worked out here.
    made = build(compile_law(law(), epochs, asked=Demand(tuple(wanted))))
    for record in records:
        (found,) = made.outcomes([record], [law().corpus.epoch_number(record.day)])
        known = compute(law(), record, wanted=wanted).values
        assert {name: told(one) for name, one in found.items()} == {
            name: told(one) for name, one in known.items()
        }


def test_a_campaign_of_distant_days_is_that_of_the_interpreter() -> None:
    agent = {"corps": "certifie", "grade": "classe_normale"}
    services = [{"heures": 20, "niveau": "troisieme"}]
    text = json.dumps({"dossier": "D", "agent": agent, "services": services})
    days = (date(2015, 7, 2), date(2025, 10, 1), date(2008, 9, 1))
    assert differences(on_days([text] * len(days), days), ("hsa",)) == []
