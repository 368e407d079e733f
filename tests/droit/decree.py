"""The decree computed a second time, by hand, for the ordinary service since 2019-09-01.

Ordinary: a tenured teacher, full time, assigned for the year, without any hour of CPGE. Nothing
is taken from the engine nor from the rules: the figures below are those of the texts.
Source: décret n° 2014-940, art. 2, 4, 6 to 9; décret n° 50-1253, art. 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.droit.teachers import CYCLE_TERMINAL, STS, Data, Entry, Teacher, hours_of, level_of

MAXIMA = {"agrege": 15, "agrege_eps": 17, "certifie": 18, "plp": 18, "peps": 20}
REDUCTION_CODES = {"6812", "6912", "7012", "7112"}
# First day, first and last indices of the classe normale: certifiés, PLP and EPS; agrégés.
INDICES = (
    (date(2024, 1, 1), (395, 678), (455, 835)),
    (date(2020, 1, 1), (390, 673), (450, 830)),
    (date(2019, 1, 1), (388, 669), None),
)
POINTS = (
    (date(2023, 7, 1), Fraction("59.0734")),
    (date(2022, 7, 1), Fraction("58.2004")),
    (date(2017, 2, 1), Fraction("56.2323")),
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the decree gives for the week."""

    ors: Fraction
    complement: int
    laboratory: int
    maximum: Fraction
    weighting: Fraction
    released: Fraction
    total: Fraction
    overtime: Fraction
    missing: Fraction


@dataclass(frozen=True, slots=True)
class Overtime:
    """The yearly rates, and what the overtime of a service earns."""

    rate: Fraction
    first_rate: Fraction
    year: Fraction
    month: Fraction


def cents(value: Fraction) -> Fraction:
    """Half up to the hundredth."""
    return Fraction(int(value * 100 + Fraction(1, 2)), 100)


def service(teacher: Teacher) -> Service:
    """Articles 2, 4 and 6 to 9."""
    ors = Fraction(MAXIMA[str(teacher.agent["corps"])])
    complement, laboratory = article_4(teacher), article_9(teacher)
    maximum = ors - complement - laboratory
    weighting = weighted(teacher, maximum)
    counted = (hours_of(one) for one in teacher.ares if one["code"] not in REDUCTION_CODES)
    released = complement + laboratory + sum(counted, Fraction(0))
    taught = sum((hours_of(line) for line in teacher.lines), Fraction(0))
    total = taught + weighting + released
    return Service(
        ors,
        complement,
        laboratory,
        maximum,
        weighting,
        released,
        total,
        max(total - ors, Fraction(0)),
        max(ors - total, Fraction(0)),
    )


def place_of(teacher: Teacher, line: Entry) -> Entry:
    """Where a line is given: its establishment, else the main one, which is the first."""
    for place in teacher.places:
        if place["uai"] == line.get("etablissement", teacher.places[0]["uai"]):
            return place
    return {}


def discipline_of(teacher: Teacher, line: Entry) -> Data:
    return line.get("discipline", teacher.agent.get("discipline"))


def article_4(teacher: Teacher) -> int:
    """One hour less for another commune, or for two establishments besides the main one."""
    if not teacher.places:
        return 0
    main = teacher.places[0]
    visited = [place_of(teacher, line) for line in teacher.lines]
    others = {place["uai"] for place in visited if place["uai"] != main["uai"]}
    communes = {place["commune"] for place in visited if "commune" in place}
    elsewhere = "commune" in main and bool(communes - {main["commune"]})
    return 1 if elsewhere or len(others) >= 2 else 0


def article_9(teacher: Teacher) -> int:
    """One hour less from eight hours of SVT or physics in colleges without laboratory staff."""
    hours = Fraction(0)
    for line in teacher.lines:
        place = place_of(teacher, line)
        alone = place.get("personnel_laboratoire") is False and place.get("type") == "college"
        if alone and discipline_of(teacher, line) in ("svt", "physique_chimie"):
            hours += hours_of(line)
    return 1 if hours >= 8 else 0


def weighted(teacher: Teacher, maximum: Fraction) -> Fraction:
    """Articles 6 to 8: each hour once, by one article; nothing beyond the maximum."""
    terminal = sts = network = Fraction(0)
    corps = teacher.agent["corps"]
    for line in teacher.lines:
        sport = discipline_of(teacher, line) or ("eps" if corps in ("peps", "agrege_eps") else "")
        if level_of(line) in STS:
            sts += hours_of(line)
        elif place_of(teacher, line).get("classement") == "rep_plus":
            network += hours_of(line)
        elif level_of(line) in CYCLE_TERMINAL and sport != "eps":
            terminal += hours_of(line)
    terminal = min(terminal, Fraction(10))
    gain = terminal / 10 + sts / 4 + network / 10
    hours = terminal + sts + network
    return cents(gain if hours <= maximum else gain * maximum / hours)


def overtime(teacher: Teacher, hours: Fraction) -> Overtime | None:
    """Article 2 of the decree of 1950; None where the indices are in no source."""
    corps = str(teacher.agent["corps"])
    of_the_day = next(one for one in INDICES if one[0] <= teacher.day)
    pair = of_the_day[2] if corps in ("agrege", "agrege_eps") else of_the_day[1]
    if pair is None:
        return None
    point = next(value for since, value in POINTS if since <= teacher.day)
    mean = (cents(pair[0] * point) + cents(pair[1] * point)) / 2
    rate = mean / MAXIMA[corps] * 9 / 13
    if teacher.agent["grade"] != "classe_normale":
        rate = rate * 11 / 10
    plain, first = cents(rate), cents(rate * 12 / 10)
    year = cents(min(hours, Fraction(1)) * first + max(hours - 1, Fraction(0)) * plain)
    return Overtime(plain, first, year, cents(year / 9))
