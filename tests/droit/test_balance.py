"""What is due, what is done, and the difference: each told once, and only once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.evaluation.results import Computed
from tests.droit.teachers import (
    DAYS_OF_THE_DECREE,
    Entry,
    Teacher,
    amount,
    hours_of,
    number,
    results,
    teachers,
)

HUNDREDTH = Fraction(1, 100)


def rounded(value: Fraction) -> Fraction:
    """Half up to the hundredth, for what is not negative."""
    return (value / HUNDREDTH + Fraction(1, 2)).__floor__() * HUNDREDTH


def told(computed: Computed) -> tuple[object, ...]:
    """What a person is told; places of lines, which change with their order, aside."""
    codes = sorted({one.code for one in computed.anomalies})
    return computed.texts, computed.to_json()["sans_objet"], codes, computed.points, computed.notes


@settings(max_examples=120)
@given(teachers())
def test_the_total_less_what_is_due_is_the_overtime_or_what_is_missing(teacher: Teacher) -> None:
    found = results(teacher, "service_total", "ors", "hsa", "sous_service")
    total, due, over, under = (number(found, name) for name in found.values)
    assert min(over, under) == 0  # they exclude each other
    assert max(over, under) >= 0
    assert total - due == over - under


@settings(max_examples=120)
@given(teachers(days=DAYS_OF_THE_DECREE))
def test_the_total_is_the_sum_of_its_parts_and_the_maximum_what_is_due_less_the_reductions(
    teacher: Teacher,
) -> None:
    names = ("service_total", "heures_enseignement", "ponderation", "decharges")
    found = results(teacher, *names)
    total, taught, weighted, released = (number(found, name) for name in names)
    assert total == taught + weighted + released
    names = ("maximum_service", "ors", "reduction_complement", "reduction_laboratoire")
    found = results(teacher, *names)
    maximum, due, shared, laboratory = (number(found, name) for name in names)
    assert {shared, laboratory} <= {0, 1}
    assert maximum == due - shared - laboratory


@settings(max_examples=100)
@given(teachers())
def test_the_month_of_overtime_is_a_ninth_of_the_year(teacher: Teacher) -> None:
    found = results(teacher, "montant_hsa_annuel", "montant_hsa_mensuel")
    year, month = (number(found, name) for name in found.values)
    assert month == rounded(year / 9)


@settings(max_examples=100)
@given(teachers(least_lines=2), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(teacher: Teacher, chance: Random) -> None:
    shuffled = list(teacher.lines)
    chance.shuffle(shuffled)
    assert told(results(teacher)) == told(results(teacher.with_lines(*shuffled)))


@settings(max_examples=100)
@given(teachers(least_lines=1), st.permutations([0, 1, 2, 3]))
def test_the_order_of_the_establishments_is_irrelevant_once_the_main_one_is_named(
    teacher: Teacher, order: list[int]
) -> None:
    assume(teacher.places)
    named = ({**teacher.places[0], "principal": True}, *teacher.places[1:])
    shuffled = tuple(named[index] for index in order if index < len(named))
    first, second = (results(replace(teacher, places=one)) for one in (named, shuffled))
    assert told(first) == told(second)


@settings(max_examples=100)
@given(teachers(least_lines=1, marks=False), st.data())
def test_splitting_a_line_in_two_changes_nothing(teacher: Teacher, data: st.DataObject) -> None:
    """Before one division: of several, no line says how many hours of CPGE each has in all."""
    lines = [{**line, "division": "MP"} for line in teacher.lines]
    index = data.draw(st.integers(0, len(lines) - 1))
    parts = data.draw(st.integers(1, int(hours_of(lines[index]) * 100) - 1))
    split = (*lines[:index], *halves(lines[index], parts), *lines[index + 1 :])
    whole = teacher.with_lines(*lines)
    assert told(results(whole)) == told(results(teacher.with_lines(*split)))


def halves(line: Entry, hundredths: int) -> tuple[Entry, Entry]:
    rest = int(hours_of(line) * 100) - hundredths
    written = (f"{count // 100}.{count % 100:02}" for count in (hundredths, rest))
    first, second = ({**line, "heures": hours} for hours in written)
    return first, second


@settings(max_examples=120)
@given(teachers(), st.sampled_from(["0.9", "0.8", "0.7778", "0.6667", "0.5", "0.01"]))
def test_the_quotite_scales_what_is_due_and_nothing_else_of_the_service(
    teacher: Teacher, share: str
) -> None:
    whole, part = (results(teacher.with_agent(quotite=one)) for one in ("1", share))
    assert number(part, "ors") == rounded(number(whole, "ors") * Fraction(share))
    for name in ("heures_enseignement", "reduction_complement", "reduction_laboratoire"):
        assert part.values[name] == whole.values[name]
    assert part.values["decharges"] == whole.values["decharges"]


@settings(max_examples=75)
@given(teachers(), st.sampled_from(["partiel", "incomplet"]))
def test_the_kind_of_working_time_changes_what_may_be_paid_and_not_the_hours(
    teacher: Teacher, time: str
) -> None:
    tenured = teacher.with_agent(statut="titulaire")
    for name in ("ors", "ponderation", "service_total", "hsa"):
        kinds = (tenured.with_agent(temps=one) for one in ("complet", time))
        first, second = (results(one, name).values[name] for one in kinds)
        assert first == second


@settings(max_examples=75)
@given(teachers())
def test_labels_that_no_rule_reads_change_nothing(teacher: Teacher) -> None:
    """``division`` and ``modalite`` are labels: no rule of the weekly service reads them."""
    labelled = ({**line, "division": "TG1", "modalite": "TD"} for line in teacher.lines)
    assert told(results(teacher)) == told(results(teacher.with_lines(*labelled)))


def test_half_up_is_what_the_tests_mean() -> None:
    assert [rounded(Fraction(one, 1000)) for one in (4, 5, 14, 15)] == [
        0,
        HUNDREDTH,
        HUNDREDTH,
        2 * HUNDREDTH,
    ]


@settings(max_examples=75)
@given(teachers())
def test_asking_for_one_result_gives_the_same_value_as_asking_for_all(teacher: Teacher) -> None:
    everything = results(teacher)
    alone = amount(teacher, "service_total")
    assert everything.values["service_total"] == alone
