"""What is owed, month by month, is what the year owes less what it was paid."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

from hypothesis import given, settings

from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import interpreter_for
from engine.langage.records import Record
from engine.paye.recall import Pair, Terms, Under, key_of, months_until, recall
from tests.droit.any_record import records
from tests.droit.teachers import law, read

TOTAL = "total_annuel"
WHEN = ("date", "annee_scolaire")
DAY = date(2031, 1, 1)
CLAIMS = [date(year, 12, 31) for year in range(2008, 2031)]  # nothing is ever prescribed


def total(record: Record) -> Fraction | None:
    """The total of the year; None when it is not computable."""
    value = interpreter_for(law(), record, {}).step(TOTAL).value
    if isinstance(value, NotComputable):
        return None
    return value if isinstance(value, Fraction) else Fraction(0)


def of_the_year_of(first: str, second: str) -> str:
    """``second``, on the day of ``first``: two records are paired within a year."""
    when = {key: value for key, value in json.loads(first).items() if key in WHEN}
    rest = {key: value for key, value in json.loads(second).items() if key not in WHEN}
    return json.dumps({**rest, **when})


@settings(max_examples=80)
@given(records(), records())
def test_the_months_sum_to_the_difference_of_the_years(first: str, second: str) -> None:
    paid, due = read(first), read(of_the_year_of(first, second))
    under = Under(law(), "essai", {key_of(paid): paid}, {})
    terms = Terms(law(), DAY, CLAIMS, dict.fromkeys(months_until([paid, due], DAY), under))
    found = recall(Pair(paid, due), terms)
    was, now = total(paid), total(due)
    assert bool(found.lacking) == (was is None or now is None)
    assert all(one.fate == "exigible" for one in found.gaps)
    assert found.later == 0
    if was is not None and now is not None:
        assert found.net == sum((one.difference for one in found.gaps), Fraction(0)) == now - was
    assert {name for one in found.causes for name in [one.name]} == {
        one.name for one in found.differing
    }


@settings(max_examples=30)
@given(records())
def test_a_record_that_did_not_change_owes_nothing(text: str) -> None:
    record = read(text)
    under = Under(law(), "essai", {key_of(record): record}, {})
    terms = Terms(law(), DAY, CLAIMS, dict.fromkeys(months_until([record], DAY), under))
    found = recall(Pair(record, record), terms)
    assert found.differing == ()
    assert found.causes == ()


def test_an_hour_dated_before_the_year_was_paid_too() -> None:
    """Once the same hours, then two instead of one: only the other one is owed, and it says why."""
    one, two = (
        read(
            '{"dossier": "D-1", "date": "2021-10-15", "agent": {"corps": "certifie", "grade": '
            '"classe_normale", "echelon": 7}, "services": [{"heures": 18, "niveau": "seconde_gt"}],'
            f' "hse": [{{"date": "2016-08-31", "heures": {hours}}}]}}'
        )
        for hours in (1, 2)
    )
    under = Under(law(), "essai", {key_of(one): one}, {})
    terms = Terms(law(), DAY, CLAIMS, dict.fromkeys(months_until([one], DAY), under))
    assert recall(Pair(one, one), terms).differing == ()
    found = recall(Pair(one, two), terms)
    assert {gap.month for gap in found.differing} == {(2016, 9)}
    assert [cause.name for cause in found.causes] == [gap.name for gap in found.differing] != []
    assert all(2 * gap.paid == gap.due for gap in found.differing)
