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
def test_each_result_is_exact_and_told_once_as_a_text_as_absent_or_as_lacking(
    teacher: Teacher,
) -> None:
    computed = results(teacher)
    for name, value in computed.values.items():
        exact = isinstance(value, Fraction | bool | str | date | NotComputable) or value is ABSENT
        assert exact, (name, value)
        assert not isinstance(value, float), name
    for name, text in computed.texts.items():
        assert MONEY_OR_HOURS.fullmatch(text), (name, text)
        assert Fraction(text) == computed.values[name]
    found = computed.to_json()
    answered, absent = found["resultats"], found["sans_objet"]
    assert isinstance(answered, dict)
    assert isinstance(absent, list)
    lacking = [name for name, value in computed.values.items() if isinstance(value, NotComputable)]
    assert sorted([*answered, *absent, *lacking]) == sorted(law().corpus.results)
    messages = " ".join(str(one["message"]) for one in _anomalies(found))
    assert [name for name in lacking if name not in messages] == []
    # The object of the contract is JSON without any number.
    json.loads(json.dumps(found), parse_float=_no_number, parse_int=_no_number)


def _no_number(text: str) -> None:
    message = f"a bare number: {text}"
    raise AssertionError(message)


def _anomalies(found: dict[str, object]) -> list[dict[str, object]]:
    anomalies = found["anomalies"]
    assert isinstance(anomalies, list)
    return anomalies
