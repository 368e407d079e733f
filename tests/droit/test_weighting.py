"""What weighting may bring at most: the caps of articles 6 to 8, whatever the service."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import assume, given, settings

from tests.droit.teachers import (
    CPGE,
    CYCLE_TERMINAL,
    DAYS_OF_THE_DECREE,
    STS,
    Entry,
    Teacher,
    amount,
    level_of,
    number,
    quarters,
    results,
    teachers,
)
from tests.droit.test_balance import rounded


def is_rep_plus(teacher: Teacher) -> bool:
    return any(place.get("classement") == "rep_plus" for place in teacher.places)


def largest_gain(teacher: Teacher) -> Fraction:
    """What one hour may bring at most, given the levels and the places of the service."""
    levels = {level_of(line) for line in teacher.lines}
    if levels & {*CPGE}:
        return Fraction(1, 2)
    if levels & {*STS}:
        return Fraction(1, 4)
    if levels & {*CYCLE_TERMINAL} or is_rep_plus(teacher):
        return Fraction(1, 10)
    return Fraction(0)


@settings(max_examples=200)
@given(teachers())
def test_weighting_is_never_negative_nor_more_than_the_largest_coefficient(
    teacher: Teacher,
) -> None:
    found = results(teacher, "ponderation", "heures_enseignement")
    gain, taught = number(found, "ponderation"), number(found, "heures_enseignement")
    assert 0 <= gain <= rounded(taught * largest_gain(teacher))


@settings(max_examples=100)
@given(teachers(days=DAYS_OF_THE_DECREE))
def test_weighting_is_never_more_than_its_share_of_the_maximum(teacher: Teacher) -> None:
    """Hours beyond the maximum are not weighted: at most half of the maximum is gained."""
    found = results(teacher, "ponderation", "maximum_service")
    maximum = max(number(found, "maximum_service"), Fraction(0))
    assert number(found, "ponderation") <= rounded(maximum * largest_gain(teacher))


@settings(max_examples=120)
@given(teachers(days=DAYS_OF_THE_DECREE, least_lines=1))
def test_the_cycle_terminal_brings_at_most_one_hour(teacher: Teacher) -> None:
    assume(not is_rep_plus(teacher))
    upper = [{**line, "niveau": "terminale_generale"} for line in teacher.lines]
    assert amount(teacher.with_lines(*upper), "ponderation") <= 1


@settings(max_examples=100)
@given(teachers(days=DAYS_OF_THE_DECREE, least_lines=1))
def test_the_cycle_terminal_brings_nothing_in_physical_education(teacher: Teacher) -> None:
    assume(not is_rep_plus(teacher))
    sport = [{**line, "niveau": "premiere_generale", "discipline": "eps"} for line in teacher.lines]
    assert amount(teacher.with_lines(*sport), "ponderation") == 0


@settings(max_examples=100)
@given(teachers(least_lines=1))
def test_a_service_wholly_in_cpge_is_not_weighted(teacher: Teacher) -> None:
    whole = [{**line, "niveau": "cpge_1"} for line in teacher.lines]
    plain = teacher.with_agent(fonction="enseignant").with_lines(*whole)
    found = results(plain, "ponderation").values["ponderation"]
    assume(isinstance(found, Fraction))
    assert found == 0


@settings(max_examples=100)
@given(teachers(days=DAYS_OF_THE_DECREE))
def test_the_network_of_an_establishment_never_lowers_the_weighting(teacher: Teacher) -> None:
    """REP+ may only help, the hours that pass the maximum of service aside."""
    plain = [{key: one[key] for key in one if key != "classement"} for one in teacher.places]
    without = Teacher(teacher.day, teacher.agent, tuple(plain), teacher.lines, teacher.ares)
    found = results(teacher, "heures_enseignement", "maximum_service")
    assume(number(found, "heures_enseignement") <= number(found, "maximum_service"))
    assert amount(without, "ponderation") <= amount(teacher, "ponderation")


@settings(max_examples=100)
@given(teachers(days=DAYS_OF_THE_DECREE, marks=False))
def test_parallel_divisions_never_bring_more_than_distinct_ones(teacher: Teacher) -> None:
    """As long as nothing passes the maximum of service.

    Beyond it the gain is that of an average weighted hour times the maximum: CPGE hours that bring
    nothing, once the gain of CPGE is capped, lower this average unless they are left uncounted.
    """
    marked = [
        {**line, "parallele": "P1"} if level_of(line) in CPGE else line for line in teacher.lines
    ]
    found = results(teacher, "heures_enseignement", "maximum_service", "ponderation")
    assume(number(found, "heures_enseignement") <= number(found, "maximum_service"))
    assert amount(teacher.with_lines(*marked), "ponderation") <= number(found, "ponderation")


def beside_seconde(*cpge: Entry) -> Teacher:
    """An agrégé with four hours of seconde beside some CPGE 1 before 40 pupils (maximum: 9 h)."""
    first: Entry = {"niveau": "cpge_1", "effectif": 40}
    lines: list[Entry] = [{**first, **one} for one in cpge]
    other: Entry = {"heures": "4", "niveau": "seconde_gt"}
    return Teacher(date(2024, 10, 1), {"corps": "agrege"}, lines=(*lines, other))


@settings(max_examples=50)
@given(quarters(5), quarters(5))
def test_hours_given_to_parallel_divisions_are_weighted_once(first: str, second: str) -> None:
    hours = {Fraction(first), Fraction(second)}
    same = [{"heures": one, "parallele": "P1"} for one in (first, second)]
    distinct = [{"heures": first, "parallele": "P1"}, {"heures": second, "parallele": "P2"}]
    once, twice = (amount(beside_seconde(*one), "ponderation") for one in (same, distinct))
    assert once == rounded(max(hours) / 2)
    assert twice == rounded((Fraction(first) + Fraction(second)) / 2)


@settings(max_examples=50)
@given(quarters(11))
def test_cpge_never_brings_the_hours_due_below_those_of_a_service_wholly_in_cpge(
    hours: str,
) -> None:
    """CPGE 1 under 20 pupils: 11 h; an agrégé, due 15 h, gains 4 h at most (contract, 8)."""
    reduced = beside_seconde({"heures": hours, "effectif": 12})
    assert amount(reduced, "ponderation") == rounded(min(Fraction(hours) / 2, Fraction(4)))


@settings(max_examples=75)
@given(teachers())
def test_nothing_is_weighted_before_the_first_of_september_2014(teacher: Teacher) -> None:
    found = results(teacher)
    weighted = "ponderation" in found.texts
    assert not weighted or teacher.day.isoformat() >= "2014-09-01"
