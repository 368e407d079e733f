"""Every result is exact, and written with the decimals that its unit declares."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction

from hypothesis import given, settings

from engine.evaluation.outcomes import NotComputable
from engine.langage.kernel import ABSENT
from tests.droit.teachers import Teacher, law, results, teachers

MONEY_OR_HOURS = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]{2}")


@settings(max_examples=120)
@given(teachers())
def test_no_result_is_a_float(teacher: Teacher) -> None:
    for name, value in results(teacher).values.items():
        exact = isinstance(value, Fraction | bool | str | date | NotComputable) or value is ABSENT
        assert exact, (name, value)
        assert not isinstance(value, float), name


@settings(max_examples=120)
@given(teachers())
def test_every_number_is_a_text_with_two_decimals(teacher: Teacher) -> None:
    found = results(teacher)
    assert found.texts or found.anomalies or found.to_json()["sans_objet"]
    for name, text in found.texts.items():
        assert MONEY_OR_HOURS.fullmatch(text), (name, text)
        assert Fraction(text) == found.values[name]


@settings(max_examples=120)
@given(teachers())
def test_each_result_is_told_once_as_a_value_as_absent_or_as_lacking(teacher: Teacher) -> None:
    found = results(teacher).to_json()
    answered, absent = found["resultats"], found["sans_objet"]
    assert isinstance(answered, dict)
    assert isinstance(absent, list)
    lacking = [
        name for name, value in results(teacher).values.items() if isinstance(value, NotComputable)
    ]
    assert sorted([*answered, *absent, *lacking]) == sorted(law().corpus.results)
    messages = " ".join(str(one["message"]) for one in _anomalies(found))
    assert [name for name in lacking if name not in messages] == []


@settings(max_examples=75)
@given(teachers())
def test_the_object_of_the_contract_is_json_without_any_number(teacher: Teacher) -> None:
    written = json.dumps(results(teacher).to_json())
    json.loads(written, parse_float=_no_number, parse_int=_no_number)


def _no_number(text: str) -> None:
    message = f"a bare number: {text}"
    raise AssertionError(message)


def _anomalies(found: dict[str, object]) -> list[dict[str, object]]:
    anomalies = found["anomalies"]
    assert isinstance(anomalies, list)
    return anomalies
