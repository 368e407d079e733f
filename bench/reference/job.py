"""The reference job by hand, exactly: what every engine that is measured must find.

Written apart from the rules of ``regles/`` and from every SQL, with fractions: no result of it
comes from what it checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb

from bench.draws import connect

RESULTS = (
    "ors",
    "max_reduit",
    "ponderation",
    "hsa",
    "montant_hsa",
    "indemnite",
    "imp",
    "total",
)
TABLES = ("agents", "lignes", "missions")

ORS = {"agrege": 15, "certifie": 18, "plp": 18, "agrege_eps": 17, "prof_eps": 20}  # hours
# The yearly rate of one hour, in cents: classe normale, then the two other grades.
TAUX = {
    "agrege": (175857, 193443),
    "certifie": (121896, 134085),
    "plp": (121896, 134085),
    "agrege_eps": (155168, 170685),
    "prof_eps": (109706, 120677),
}
# The yearly amounts allowed for each mission, in cents.
IMP = {
    "coord_disc": (62500, 125000, 250000),
    "coord_cycle": (62500, 125000, 250000),
    "coord_niveau": (125000, 250000),
    "ref_numerique": (125000, 250000, 375000),
    "ref_decrochage": (62500, 125000, 250000),
    "ref_culture": (62500, 125000),
    "tutorat": (31250, 62500),
    "coord_eps": (125000, 250000),
    "autre": (31250, 62500, 125000, 250000, 375000),
}
INDEMNITE = 125000  # cents

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Line:
    """One course: hours a week, and before whom."""

    heures: Decimal
    niveau: str
    rep_plus: bool
    effectif: int
    discipline: str


@dataclass(frozen=True, slots=True)
class Mission:
    """One mission and its yearly amount in euros."""

    code: str
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Teacher:
    """One record of the reference job."""

    dossier: int
    corps: str
    grade: str
    quotite: Decimal
    nb_communes: int
    nb_etablissements: int
    labo_sans_personnel: bool
    lignes: list[Line] = field(default_factory=list)
    missions: list[Mission] = field(default_factory=list)


def read(folder: Path, below: int) -> Sequence[Teacher]:
    """The teachers of the tables in ``folder`` whose identifier is under ``below``, in order."""
    agents = (
        "SELECT dossier, corps, grade, quotite, nb_communes, nb_etablissements,"
        " labo_sans_personnel FROM agents WHERE dossier < ? ORDER BY dossier"
    )
    lignes = (
        "SELECT dossier, heures, niveau, rep_plus, effectif, discipline FROM lignes"
        " WHERE dossier < ?"
    )
    missions = "SELECT dossier, code, montant FROM missions WHERE dossier < ?"
    with connect() as link:
        show(link, folder)
        found = {row[0]: Teacher(*row) for row in link.execute(agents, [below]).fetchall()}
        for key, *row in link.execute(lignes, [below]).fetchall():
            found[key].lignes.append(Line(*row))
        for key, *row in link.execute(missions, [below]).fetchall():
            found[key].missions.append(Mission(*row))
    return tuple(found.values())


def plain(one: Teacher, number: Callable[[Decimal], object]) -> dict[str, object]:
    """A teacher as nested data, for engines that take records; ``number`` turns each amount."""
    return {
        "id": one.dossier,
        "corps": one.corps,
        "grade": one.grade,
        "quotite": number(one.quotite),
        "nb_communes": one.nb_communes,
        "nb_etablissements": one.nb_etablissements,
        "labo_sans_personnel": one.labo_sans_personnel,
        "lignes": [
            {
                "heures": number(line.heures),
                "niveau": line.niveau,
                "rep_plus": line.rep_plus,
                "effectif": line.effectif,
                "discipline": line.discipline,
            }
            for line in one.lignes
        ],
        "missions": [
            {"code": mission.code, "montant": number(mission.montant)} for mission in one.missions
        ],
    }


def show(link: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Give the tables of ``folder`` their names in ``link``."""
    for table in TABLES:
        link.read_parquet(str(folder / f"{table}.parquet")).create_view(table)


def compute(one: Teacher) -> tuple[int, ...]:
    """The results of one teacher, in the order of ``RESULTS``, in hundredths."""

    def hours(lines: Iterable[Line]) -> Fraction:
        return sum((Fraction(line.heures) for line in lines), Fraction(0))

    lines = one.lignes
    ors = ORS[one.corps] * Fraction(one.quotite)
    labo = hours(line for line in lines if line.discipline in {"SVT", "SPC"})
    reductions = int(one.nb_communes >= 2 or one.nb_etablissements >= 3)  # noqa: PLR2004
    reductions += int(labo >= 8 and one.labo_sans_personnel)  # noqa: PLR2004
    due = ors - reductions

    terminal = hours(line for line in lines if line.niveau in {"premiere_gt", "terminale_gt"})
    weights = [
        (min(Fraction(10), terminal), Fraction(1, 10)),
        (hours(line for line in lines if line.niveau == "sts"), Fraction(1, 4)),
        (hours(line for line in lines if line.rep_plus), Fraction(1, 10)),
        (hours(line for line in lines if line.niveau == "cpge"), Fraction(1, 2)),
    ]
    weighted = sum(count for count, _ in weights)
    gained = sum((count * weight for count, weight in weights), Fraction(0))
    bonus = _hundredths(gained * due / weighted if weighted > due else gained)

    extra = max(Fraction(0), hours(lines) + Fraction(bonus, 100) - due)
    rate = TAUX[one.corps][one.grade != "classe_normale"]
    first_rate = _hundredths(Fraction(rate, 100) * Fraction(6, 5))
    paid = min(extra, Fraction(1)) * first_rate + max(extra - 1, Fraction(0)) * rate
    montant = _hundredths(paid / 100)

    crowded = hours(line for line in lines if line.effectif > 35)  # noqa: PLR2004
    indemnite = INDEMNITE if crowded >= 6 else 0  # noqa: PLR2004
    amounts = [(mission.code, int(mission.montant * 100)) for mission in one.missions]
    imp = sum(amount for code, amount in amounts if amount in IMP[code])
    service = tuple(_hundredths(value) for value in (ors, due, Fraction(bonus, 100), extra))
    return (*service, montant, indemnite, imp, montant + indemnite + imp)


def differences(folder: Path, found: Mapping[int, tuple[int, ...]], below: int) -> tuple[bool, str]:
    """Whether the results of the teachers under ``below`` are exact; if not, what is wrong.

    Args:
        folder: the tables.
        found: the results by identifier, in hundredths, in the order of ``RESULTS``.
        below: how many teachers are compared; each of them must be in ``found``.
    """
    wrong = []
    for one in read(folder, below):
        expected = compute(one)
        if found.get(one.dossier) != expected:
            wrong.append(f"{one.dossier} : {found.get(one.dossier)} au lieu de {expected}")
    return not wrong, f"{len(wrong)} dossiers faux sur {below}, dont {wrong[0]}" if wrong else ""


def _hundredths(value: Fraction) -> int:
    """``value`` (at least 0) in whole hundredths, the half upwards."""
    return int(value * 100 + _HALF)
