"""Generated teachers: strategies of service records, and what the law gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from engine.dossiers.read import read_records
from engine.evaluation.law import Law, load_law
from engine.evaluation.results import Computed, compute
from engine.langage.records import Record
from engine.source.json_tree import read_json

Data: TypeAlias = "str | bool | int | Sequence[Data] | Mapping[str, Data] | None"
Entry: TypeAlias = Mapping[str, Data]

COLLEGE = ("sixieme", "cinquieme", "quatrieme", "troisieme", "segpa", "ulis")
CYCLE_TERMINAL = (
    "premiere_generale",
    "terminale_generale",
    "premiere_technologique",
    "terminale_technologique",
)
VOCATIONAL = ("seconde_pro", "premiere_pro", "terminale_pro", "cap_1", "cap_2")
STS = ("sts_1", "sts_2", "formation_superieure_assimilee")
CPGE = ("cpge_1", "cpge_2")
OTHERS = ("seconde_gt", "mlds", "autre")
UAIS = ("0130001A", "0130002B", "0130003C", "0840001D")
FIRST_DAY, LAST_DAY = date(2008, 9, 1), date(2026, 12, 31)
DECREE = date(2015, 9, 1)  # first day of the decree of 2014, its article 8 aside
# First and last days of periods: where a rule changes is where it breaks.
TURNS = tuple(
    date.fromisoformat(day)
    for day in (
        "2008-09-01",
        "2014-08-31",
        "2014-09-01",
        "2015-04-26",
        "2015-04-27",
        "2015-08-31",
        "2015-09-01",
        "2016-03-22",
        "2016-03-23",
        "2016-08-31",
        "2016-09-01",
        "2019-09-01",
        "2021-10-14",
        "2021-10-15",
        "2024-01-01",
    )
)


@dataclass(frozen=True, slots=True)
class Teacher:
    """One generated record, in pieces that a test may change."""

    day: date
    agent: Entry
    places: tuple[Entry, ...] = ()
    lines: tuple[Entry, ...] = ()
    ares: tuple[Entry, ...] = ()

    def with_lines(self, *lines: Entry) -> Teacher:
        return replace(self, lines=lines)

    def with_agent(self, **changes: Data) -> Teacher:
        return replace(self, agent={**self.agent, **changes})

    def to_json(self) -> str:
        return json.dumps(
            {
                "dossier": "D-1",
                "date": self.day.isoformat(),
                "agent": self.agent,
                "etablissements": self.places,
                "services": self.lines,
                "ares": self.ares,
            }
        )


# --- strategies


def quarters(most: int) -> st.SearchStrategy[str]:
    """Hours, a quarter at least, ``most`` at most."""
    return st.integers(1, most * 4).map(lambda count: str(Decimal(count) / 4))


HOURS = quarters(10)
LEVELS = {
    "college": COLLEGE,
    "lycee": (*CYCLE_TERMINAL, "seconde_gt"),
    "sts": (*CYCLE_TERMINAL, *STS),
    "pro": (*VOCATIONAL, *STS),
    "cpge": CPGE,
    "mixte": (*CPGE, *CPGE, *CYCLE_TERMINAL, *STS),
    "tout": (*COLLEGE, *CYCLE_TERMINAL, *VOCATIONAL, *STS, *CPGE, *OTHERS, "cdi"),
}
DISCIPLINES = st.sampled_from(["mathematiques", "svt", "physique_chimie", "eps", "anglais"])
DAYS = st.sampled_from(TURNS) | st.dates(FIRST_DAY, LAST_DAY)
DAYS_OF_THE_DECREE = DAYS.filter(lambda day: day >= DECREE)
CORPS = st.sampled_from(
    ["certifie", "agrege", "plp", "peps", "agrege_eps", "chaire_superieure", "adjoint_enseignement"]
)

AGENTS: st.SearchStrategy[Entry] = st.fixed_dictionaries(
    {"corps": CORPS},
    optional={
        "grade": st.sampled_from(["classe_normale", "hors_classe", "classe_exceptionnelle"]),
        "statut": st.sampled_from(["titulaire", "stagiaire", "contractuel", "maitre_auxiliaire"]),
        "fonction": st.sampled_from(["enseignant", "enseignant", "enseignant", "documentaliste"]),
        "quotite": st.sampled_from(["1", "0.9", "0.8", "0.7778", "0.75", "0.6", "0.5"]),
        "temps": st.sampled_from(["complet", "partiel", "incomplet"]),
        "tzr": st.booleans(),
        "affecte_annee": st.booleans(),
        "affectation": st.sampled_from(["annee", "temporaire"]),
        "volontaire_hsa": st.booleans(),
        "discipline": DISCIPLINES,
    },
)
ARES: st.SearchStrategy[Entry] = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["4112", "6812", "6912", "7012", "7112", "9102", "7111"]),
        "heures": quarters(3),
    }
)


def places(uai: str) -> st.SearchStrategy[Entry]:
    """One establishment, more or less known."""
    return st.fixed_dictionaries(
        {"uai": st.just(uai)},
        optional={
            "commune": st.sampled_from(["Marseille", "Aubagne"]),
            "type": st.sampled_from(["college", "lgt", "lp", "lpo"]),
            "classement": st.sampled_from(["rep_plus", "rep_plus", "rep"]),
            "personnel_laboratoire": st.booleans(),
        },
    )


def lines(levels: Sequence[str], uais: Sequence[str]) -> st.SearchStrategy[Entry]:
    """One service line; the number of pupils, which only CPGE needs, is nearly always known."""
    required: dict[str, st.SearchStrategy[Data]] = {
        "heures": HOURS,
        "niveau": st.sampled_from(levels),
        "effectif": st.integers(1, 48) | st.sampled_from([19, 20, 35, 36]),
    }
    optional: dict[str, st.SearchStrategy[Data]] = {
        "discipline": DISCIPLINES,
        "groupe": st.sampled_from(["G1", "G2"]),
    }
    if uais:
        optional["etablissement"] = st.sampled_from(uais)
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def teachers(
    draw: st.DrawFn,
    *,
    days: st.SearchStrategy[date] = DAYS,
    agents: st.SearchStrategy[Entry] = AGENTS,
    least_lines: int = 0,
    marks: bool = True,
) -> Teacher:
    """A teacher of one profile (college, STS, CPGE…) with 0 to 12 lines in 0 to 4 places.

    ``marks``: whether some lines of CPGE may be given to parallel divisions.
    """
    count = draw(st.sampled_from([0, 1, 1, 2, 3, 4]))
    chosen = tuple(draw(places(uai)) for uai in UAIS[:count])
    levels = LEVELS[draw(st.sampled_from(sorted(LEVELS)))]
    line = lines(levels, UAIS[:count])
    given = draw(st.lists(line, min_size=least_lines, max_size=12))
    if marks and draw(st.booleans()):
        mark = draw(st.sampled_from(["P1", "P2"]))
        given = [{**one, "parallele": mark} if one["niveau"] in CPGE else one for one in given]
    return Teacher(
        draw(days), draw(agents), chosen, tuple(given), tuple(draw(st.lists(ARES, max_size=2)))
    )


# --- what the law gives


@cache
def law() -> Law:
    """The law of the checkout."""
    found, findings = load_law()
    assert found is not None, findings
    return found


def read(text: str) -> Record:
    """The record of a JSON text, which must be accepted."""
    nodes, findings = read_json(text, "essai.json")
    assert findings == ()
    corpus = law().corpus
    (outcome,) = read_records(nodes, corpus.model, first_day=corpus.first_day)
    assert isinstance(outcome, Record), outcome
    return outcome


def results(teacher: Teacher, *names: str) -> Computed:
    """The results ``names`` of ``teacher``, or all of them."""
    return compute(law(), read(teacher.to_json()), wanted=names or None)


def number(computed: Computed, name: str) -> Fraction:
    """A result that is a number; an example where it cannot be computed teaches nothing."""
    value = computed.values[name]
    assume(isinstance(value, Fraction))
    assert isinstance(value, Fraction)
    return value


def amount(teacher: Teacher, name: str) -> Fraction:
    """One result of ``teacher``, a number (see ``number``)."""
    return number(results(teacher, name), name)


def hours_of(line: Entry) -> Fraction:
    """The hours that a line says."""
    return Fraction(str(line["heures"]))


def level_of(line: Entry) -> str:
    """The level that a line says."""
    return str(line["niveau"])
