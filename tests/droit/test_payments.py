"""What the months pay is what the year owes, to the cent, whenever the service was validated."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.calcul.inputs import read_inputs
from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import interpreter_for
from engine.langage.agenda import Month
from engine.langage.kernel import ABSENT
from engine.paye.payments import PaymentSchedule, schedule_of
from tests.droit.any_record import records
from tests.droit.teachers import law, read

TOTAL = "total_annuel"
EXAMPLES = Path(__file__).parents[2] / "exemples"
DAYS = st.none() | st.dates(date(2024, 9, 1), date(2025, 7, 18))


def paid(text: str, day: date | None) -> PaymentSchedule:
    return schedule_of(law(), read(text), "public", readings={}, day=day)


# A mission outside the year, replaced on a day that nobody says: nothing is owed, nothing is asked.
OUTSIDE = """
{"dossier": "D-1", "date": "2015-09-01", "agent": {"corps": "agrege"}, "missions": [
  {"code": "9012", "taux": "1250", "fin": "2008-09-01", "remplace_au": "2008-09-01"}]}
"""

# No HSE is paid to a CPE: whether a line might be accepted is not asked.
CPE = """
{"dossier": "D-1", "date": "2016-01-01", "hse": [{"heures": "1"}],
 "agent": {"corps": "agrege", "fonction": "cpe", "cpa": true}}
"""


@settings(max_examples=150)
@given(records(), DAYS)
@example(OUTSIDE, None)
@example(CPE, None)
def test_the_parts_of_a_year_sum_to_the_year(text: str, day: date | None) -> None:
    found = paid(text, day)
    owed = interpreter_for(law(), read(text), {}).step(TOTAL).value
    if isinstance(owed, NotComputable):
        assert found.lacking
    elif owed is ABSENT:
        assert found.total == 0
    else:
        assert found.total == owed
        assert found.lacking == ()
    assert all((one.amount * 100).denominator == 1 for one in found.payments)


@settings(max_examples=50)
@given(records(), st.dates(date(2024, 9, 1), date(2025, 7, 18)))
def test_a_validation_moves_payments_later_and_loses_none(text: str, day: date) -> None:
    due, moved = paid(text, None), paid(text, day)
    assert moved.total == due.total
    for month in moved.months:
        assert paid_by(moved, month) <= paid_by(due, month)


def paid_by(schedule: PaymentSchedule, month: Month) -> Fraction:
    """Everything paid up to ``month``."""
    payments = [one for one in schedule.payments if one.month is not None and one.month <= month]
    return sum((one.amount for one in payments), Fraction(0))


def test_the_teachers_of_the_example_are_paid_what_they_are_owed() -> None:
    corpus = law().corpus
    inputs = read_inputs([EXAMPLES / "lycee.yaml"], corpus, standard_input=b"")
    summed = 0
    for record in inputs.records:
        owed = interpreter_for(law(), record, {}).step(TOTAL).value
        for day in (None, date(2024, 9, 20), date(2024, 11, 13), date(2025, 7, 18)):
            found = schedule_of(law(), record, "public", readings={}, day=day)
            if isinstance(owed, Fraction):
                summed += 1
                assert found.total == owed, record.ident
    assert summed >= 4 * 30
