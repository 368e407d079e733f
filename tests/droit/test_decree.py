"""The engine and the rules against the decree computed by hand: the same figures, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.droit import decree
from tests.droit.teachers import (
    CPGE,
    DISCIPLINES,
    LAST_DAY,
    UAIS,
    Entry,
    Teacher,
    level_of,
    results,
    teachers,
)

TENURED: st.SearchStrategy[Entry] = st.fixed_dictionaries(
    {
        "corps": st.sampled_from(sorted(decree.MAXIMA)),
        "grade": st.sampled_from(["classe_normale", "hors_classe", "classe_exceptionnelle"]),
    },
    optional={"discipline": DISCIPLINES},
)
DAYS = st.sampled_from(
    [
        *(date(2019, 9, 1), date(2019, 12, 31), date(2020, 1, 1), date(2022, 6, 30)),
        *(date(2022, 7, 1), date(2023, 6, 30), date(2023, 7, 1), date(2023, 12, 31)),
        *(date(2024, 1, 1), date(2024, 10, 1)),
    ]
) | st.dates(date(2019, 9, 1), LAST_DAY)


@st.composite
def ordinary(draw: st.DrawFn) -> Teacher:
    """An ordinary teacher (see ``decree``): what is in CPGE or at the CDI is in seconde instead."""
    teacher = draw(teachers(days=DAYS, agents=TENURED, marks=False))
    lower = [
        {**line, "niveau": "seconde_gt"} if level_of(line) in (*CPGE, "cdi") else line
        for line in teacher.lines
    ]
    return teacher.with_lines(*lower)


@settings(max_examples=200)
@given(ordinary())
def test_the_week_is_that_of_the_decree(teacher: Teacher) -> None:
    by_hand = decree.service(teacher)
    names = {
        "ors": by_hand.ors,
        "reduction_complement": by_hand.complement,
        "reduction_laboratoire": by_hand.laboratory,
        "maximum_service": by_hand.maximum,
        "ponderation": by_hand.weighting,
        "decharges": by_hand.released,
        "service_total": by_hand.total,
        "hsa": by_hand.overtime,
        "sous_service": by_hand.missing,
    }
    assert dict(results(teacher, *names).values) == names


@settings(max_examples=200)
@given(ordinary())
def test_the_money_is_that_of_the_decree(teacher: Teacher) -> None:
    by_hand = decree.overtime(teacher, decree.service(teacher).overtime)
    names = ("taux_hsa", "taux_premiere_hsa", "montant_hsa_annuel", "montant_hsa_mensuel")
    found = results(teacher, *names)
    if by_hand is None:
        assert "taux_hsa" not in found.texts
        assert any(one.code == "E507" for one in found.anomalies)
        return
    figures = (by_hand.rate, by_hand.first_rate, by_hand.year, by_hand.month)
    assert tuple(found.values.values()) == figures


@pytest.mark.parametrize(
    ("corps", "hours", "level", "expected"),
    [
        ("certifie", "18", "terminale_generale", ("1.00", "1.00", "1462.75")),
        ("agrege", "14", "sts_1", ("3.50", "2.50", "4748.14")),
        ("certifie", "18", "sts_2", ("4.50", "4.50", "5729.11")),
    ],
)
def test_the_second_computation_is_itself_checked_on_known_figures(
    corps: str, hours: str, level: str, expected: tuple[str, ...]
) -> None:
    """001, pages 2 and 4: a check that would agree with anything would check nothing."""
    agent = {"corps": corps, "grade": "classe_normale"}
    line = {"heures": hours, "niveau": level}
    teacher = Teacher(date(2024, 10, 1), agent, lines=(line,))
    week = decree.service(teacher)
    money = decree.overtime(teacher, week.overtime)
    assert money is not None
    assert (week.weighting, week.overtime, money.year) == tuple(map(Fraction, expected))


@settings(max_examples=50)
@given(st.integers(28, 36), st.integers(1, 27))
def test_the_hour_of_the_laboratory_begins_at_eight_hours_given(total: int, part: int) -> None:
    """Around the threshold, whatever the cut of the hours and the two sciences."""
    college: Entry = {"uai": UAIS[0], "type": "college", "personnel_laboratoire": False}
    cut = ((part, "svt"), (total - part, "physique_chimie"))
    lines = tuple(
        {"heures": str(Decimal(hours) / 4), "niveau": "sixieme", "discipline": discipline}
        for hours, discipline in cut
    )
    agent = {"corps": "certifie", "grade": "classe_normale"}
    teacher = Teacher(date(2024, 10, 1), agent, (college,), lines)
    expected = 1 if total >= 32 else 0
    assert decree.article_9(teacher) == expected
    assert results(teacher, "reduction_laboratoire").values["reduction_laboratoire"] == expected


@settings(max_examples=75)
@given(ordinary())
def test_places_that_no_line_names_change_nothing(teacher: Teacher) -> None:
    """An establishment counts for article 4 only when a line is given there."""
    count = len(teacher.places)
    unused = {"uai": "0690001E", "commune": "Lyon", "type": "college", "classement": "rep_plus"}
    if not 0 < count < len(UAIS):
        return
    wider = Teacher(
        teacher.day, teacher.agent, (*teacher.places, unused), teacher.lines, teacher.ares
    )
    assert results(wider).texts == results(teacher).texts
