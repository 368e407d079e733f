"""More work never counts for less, the exception of article 6 in a mixed CPGE service aside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.droit.teachers import (
    CPGE,
    CYCLE_TERMINAL,
    DAYS_OF_THE_DECREE,
    LEVELS,
    UAIS,
    Entry,
    Teacher,
    amount,
    hours_of,
    level_of,
    lines,
    number,
    results,
    teachers,
)

TOTAL = "service_total"
EVERY_LEVEL = LEVELS["tout"]


def with_one_hour_more(teacher: Teacher, index: int) -> Teacher:
    """The same service with one hour more on the line ``index``, counted round the lines."""
    more = list(teacher.lines)
    place = index % len(more)
    more[place] = {**more[place], "heures": str(Decimal(str(more[place]["heures"])) + 1)}
    return teacher.with_lines(*more)


def may_lose_article_6(teacher: Teacher, line: Entry) -> bool:
    """Whether ``line`` may cost more by article 6 than it brings.

    When the CPGE hours of a mixed service reach the maximum of a service wholly in CPGE, the
    cycle terminal is no longer weighted (source 002, 1.2): up to one hour is lost at once. Hence
    less than one hour of CPGE, added to hours of cycle terminal, may lower the total.
    """
    return (
        level_of(line) in CPGE
        and hours_of(line) < 1
        and any(level_of(one) in CYCLE_TERMINAL for one in teacher.lines)
    )


@settings(max_examples=200)
@given(teacher=teachers(least_lines=1), data=st.data())
def test_one_more_hour_on_a_line_never_lowers_the_total(
    teacher: Teacher, data: st.DataObject
) -> None:
    more = with_one_hour_more(teacher, data.draw(st.integers(0, len(teacher.lines) - 1)))
    assert amount(teacher, TOTAL) <= amount(more, TOTAL)


@settings(max_examples=200)
@given(teacher=teachers(), data=st.data())
def test_one_more_line_never_lowers_the_total(teacher: Teacher, data: st.DataObject) -> None:
    line = data.draw(lines(EVERY_LEVEL, UAIS[: len(teacher.places)]))
    assume(not may_lose_article_6(teacher, line))
    more = teacher.with_lines(*teacher.lines, line)
    assert amount(teacher, TOTAL) <= amount(more, TOTAL)


@settings(max_examples=120)
@given(teacher=teachers(), data=st.data())
def test_one_more_line_raises_the_hours_by_its_own(teacher: Teacher, data: st.DataObject) -> None:
    line = data.draw(lines(EVERY_LEVEL, UAIS[: len(teacher.places)]))
    name = "heures_enseignement"
    more = teacher.with_lines(*teacher.lines, line)
    gained = amount(more, name) - amount(teacher, name)
    librarian = teacher.agent.get("fonction") == "documentaliste" and level_of(line) != "cdi"
    assert gained == hours_of(line) * (2 if librarian else 1)


@settings(max_examples=120)
@given(teacher=teachers(least_lines=1), data=st.data())
def test_one_more_hour_never_lowers_the_overtime_under_the_same_maximum(
    teacher: Teacher, data: st.DataObject
) -> None:
    more = with_one_hour_more(teacher, data.draw(st.integers(0, len(teacher.lines) - 1)))
    before, after = (results(one, "ors", "hsa") for one in (teacher, more))
    assume(number(before, "ors") == number(after, "ors"))
    assert number(before, "hsa") <= number(after, "hsa")


@st.composite
def mixed_services(draw: st.DrawFn) -> Teacher:
    """CPGE beside cycle terminal, about the hours where article 6 is lost."""
    upper = lines(CYCLE_TERMINAL, ())
    given = draw(st.lists(lines(CPGE, ()), min_size=1, max_size=2))
    agent = {"corps": draw(st.sampled_from(["agrege", "certifie", "chaire_superieure"]))}
    given += draw(st.lists(upper, min_size=1, max_size=2))
    return Teacher(draw(DAYS_OF_THE_DECREE), agent, lines=tuple(given))


@settings(max_examples=150)
@given(teacher=mixed_services(), line=lines((*CPGE, *CYCLE_TERMINAL), ()))
def test_one_more_line_of_a_mixed_service_costs_at_most_the_hour_of_article_6(
    teacher: Teacher, line: Entry
) -> None:
    more = teacher.with_lines(*teacher.lines, line)
    least = amount(teacher, TOTAL) - (1 if may_lose_article_6(teacher, line) else 0)
    assert least <= amount(more, TOTAL)


@settings(max_examples=150)
@given(teacher=mixed_services(), index=st.integers(0, 3))
def test_one_more_hour_of_a_mixed_service_never_lowers_the_total(
    teacher: Teacher, index: int
) -> None:
    more = with_one_hour_more(teacher, index)
    assert amount(teacher, TOTAL) <= amount(more, TOTAL)


def mixed(cpge_hours: str) -> Teacher:
    """Four hours of cycle terminal beside CPGE 2 before 40 pupils, whose full maximum is 8 h."""
    return Teacher(
        date(2024, 10, 1),
        {"corps": "agrege"},
        lines=(
            {"heures": cpge_hours, "niveau": "cpge_2", "effectif": 40},
            {"heures": "4", "niveau": "terminale_generale", "effectif": 30},
        ),
    )


def test_reaching_the_maximum_of_cpge_loses_the_weighting_of_the_cycle_terminal() -> None:
    """Hence the total itself falls, for a quarter of an hour more (see ``may_lose_article_6``)."""
    names = ("ponderation", TOTAL)
    below, reached = (results(mixed(hours), *names).texts for hours in ("7.75", "8"))
    assert below == {"ponderation": "4.28", TOTAL: "16.03"}
    assert reached == {"ponderation": "4.00", TOTAL: "16.00"}
