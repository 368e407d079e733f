"""The reference job with OpenFisca, whole hundredths in int32: Parquet goes in, Parquet comes out.

A line of service is its person, a teacher its group; it has one kind of person only, so that the
missions, two at most, are variables of the teacher. Arrays are given to it as they are read: its
own forms of input (JSON, one object per person) would take far longer. Results come out as it
holds them, in hundredths.

    bench/.envs/openfisca/bin/python -m bench.pairs.openfisca_int32 DONNEES
"""

# Its libraries are in an environment of its own.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import YEAR
from openfisca_core.populations import GroupPopulation, Population
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from bench import measure
from bench.reference import job

Whole: TypeAlias = "NDArray[np.int32]"
Formula: TypeAlias = Callable[[GroupPopulation, object], Whole]
Condition: TypeAlias = Callable[[Population, object], Whole]

ENGINE = "OpenFisca, int32, de Parquet à Parquet"
DAY = "2024"
HOUR = 100  # everything is in hundredths
SEVERAL_TOWNS = 2
SEVERAL_SCHOOLS = 3
CROWD = 35
SLOTS = (1, 2)  # of missions
STEP = 31250  # every amount of a mission is a multiple of it
NO_MISSION = "aucune"

CORPS = tuple(job.ORS)
GRADES = ("classe_normale", "hors_classe", "classe_exceptionnelle")
NIVEAUX = ("college", "seconde", "premiere_gt", "terminale_gt", "sts", "cpge")
DISCIPLINES = (
    "SVT", "SPC", "MATHS", "LETTRES", "HG", "ANGLAIS", "EPS", "ECO", "TECHNO", "PHILO", "STI",
    "ARTS",
)  # fmt: skip
MISSIONS = (*job.IMP, NO_MISSION)

ORS = np.array([job.ORS[corps] for corps in CORPS], dtype="int32")
TAUX = np.array(
    [[normal, other, other] for normal, other in (job.TAUX[corps] for corps in CORPS)],
    dtype="int32",
)
ADMIS: NDArray[np.bool_] = np.zeros((len(MISSIONS), 375000 // STEP + 1), dtype=bool)
for _code, _amounts in job.IMP.items():
    ADMIS[MISSIONS.index(_code), [amount // STEP for amount in _amounts]] = True


def half_up(numerator: Whole, denominator: Whole | int) -> Whole:
    """The quotient (at least 0) rounded to a whole number, the half upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def index(population: Population, name: str, period: object) -> Whole:
    """The number of a code in its list."""
    return np.asarray(population(name, period))


def hours(condition: Condition) -> Formula:
    """The hours of the lines that meet a condition."""

    def formula(agent: GroupPopulation, period: object) -> Whole:
        lines = agent.members
        return agent.sum(lines("heures_ligne", period) * condition(lines, period))

    return formula


def reduction_sites(agent: GroupPopulation, period: object) -> Whole:
    """One hour for two towns, or three schools."""
    towns, schools = agent("nb_communes", period), agent("nb_etablissements", period)
    return HOUR * ((towns >= SEVERAL_TOWNS) + (schools >= SEVERAL_SCHOOLS))


def reduction_labo(agent: GroupPopulation, period: object) -> Whole:
    """One hour for eight hours of science without staff."""
    many = agent("heures_labo", period) >= 8 * HOUR
    return HOUR * (many * agent("labo_sans_personnel", period))


def ponderation(agent: GroupPopulation, period: object) -> Whole:
    """The hours gained; within the hours due when more would be weighted."""
    raw = agent("ponderation_brute", period)
    due, weighted = agent("max_reduit", period), agent("ponderables", period)
    within = half_up(raw.astype("int64") * due, np.maximum(1, 100 * weighted))
    return np.where(weighted > due, within, half_up(raw, 100))


def montant_hsa(agent: GroupPopulation, period: object) -> Whole:
    """The first hour at its rate, the others at theirs."""
    extra = agent("hsa", period).astype("int64")
    first = np.minimum(extra, HOUR) * agent("taux_premiere", period)
    return half_up(first + np.maximum(extra - HOUR, 0) * agent("taux", period), 100)


def imp(agent: GroupPopulation, period: object) -> Whole:
    """The amounts that are allowed for their missions."""
    return sum(
        agent(f"montant{slot}", period)
        * ADMIS[index(agent, f"code{slot}", period), agent(f"montant{slot}", period) // STEP]
        for slot in SLOTS
    )


def _niveau(*codes: str) -> Condition:
    wanted = [NIVEAUX.index(code) for code in codes]
    return lambda lines, period: sum(index(lines, "niveau", period) == one for one in wanted)


FORMULAS: Mapping[str, Formula] = {
    "ors": lambda agent, period: ORS[index(agent, "corps", period)] * agent("quotite", period),
    "heures": lambda agent, period: agent.sum(agent.members("heures_ligne", period)),
    "reduction_sites": reduction_sites,
    "heures_labo": hours(lambda lines, period: index(lines, "discipline", period) <= 1),
    "reduction_labo": reduction_labo,
    "max_reduit": lambda agent, period: (
        agent("ors", period) - agent("reduction_sites", period) - agent("reduction_labo", period)
    ),
    "h_toutes_terminales": hours(_niveau("premiere_gt", "terminale_gt")),
    "h_terminal": lambda agent, period: np.minimum(10 * HOUR, agent("h_toutes_terminales", period)),
    "h_sts": hours(_niveau("sts")),
    "h_rep": hours(lambda lines, period: lines("rep_plus", period)),
    "h_cpge": hours(_niveau("cpge")),
    "ponderables": lambda agent, period: (
        agent("h_terminal", period)
        + agent("h_sts", period)
        + agent("h_rep", period)
        + agent("h_cpge", period)
    ),
    "ponderation_brute": lambda agent, period: (
        agent("h_terminal", period) * 10
        + agent("h_sts", period) * 25
        + agent("h_rep", period) * 10
        + agent("h_cpge", period) * 50
    ),
    "ponderation": ponderation,
    "hsa": lambda agent, period: np.maximum(
        0, agent("heures", period) + agent("ponderation", period) - agent("max_reduit", period)
    ),
    "taux": lambda agent, period: TAUX[
        index(agent, "corps", period), index(agent, "grade", period)
    ],
    "taux_premiere": lambda agent, period: half_up(agent("taux", period) * 120, 100),
    "montant_hsa": montant_hsa,
    "h_charge": hours(lambda lines, period: lines("effectif", period) > CROWD),
    "indemnite": lambda agent, period: job.INDEMNITE * (agent("h_charge", period) >= 6 * HOUR),
    "imp": imp,
    "total": lambda agent, period: (
        agent("montant_hsa", period) + agent("indemnite", period) + agent("imp", period)
    ),
}


def system() -> TaxBenefitSystem:
    """The entities and the variables."""
    line = build_entity(key="ligne", plural="lignes", label="Ligne de service", is_person=True)
    role = {"key": "ligne", "plural": "lignes", "label": "Lignes"}
    agent = build_entity(key="agent", plural="agents", label="Agent", roles=[role])
    made = TaxBenefitSystem([line, agent])

    def add(name: str, entity: object, kind: type, **more: object) -> None:
        shared = {"value_type": kind, "entity": entity, "definition_period": YEAR, "label": name}
        made.add_variable(type(name, (Variable,), {**shared, **more}))

    def add_codes(name: str, entity: object, codes: Sequence[str]) -> None:
        listed = Enum(name.capitalize(), {code: code for code in codes})
        add(name, entity, Enum, possible_values=listed, default_value=next(iter(listed)))

    add_codes("corps", agent, CORPS)
    add_codes("grade", agent, GRADES)
    for name in ("quotite", "nb_communes", "nb_etablissements"):
        add(name, agent, int)
    add("labo_sans_personnel", agent, bool)
    for slot in SLOTS:
        add_codes(f"code{slot}", agent, MISSIONS)
        add(f"montant{slot}", agent, int)
    add_codes("niveau", line, NIVEAUX)
    add_codes("discipline", line, DISCIPLINES)
    add("heures_ligne", line, int)
    add("effectif", line, int)
    add("rep_plus", line, bool)
    for name, formula in FORMULAS.items():
        add(name, agent, int, formula=_plain(formula))
    return made


def _plain(formula: Formula) -> Formula:
    """A function with no more than the two arguments that OpenFisca looks for."""

    def plain(agent: GroupPopulation, period: object) -> Whole:
        return formula(agent, period)

    return plain


def inputs(folder: Path) -> tuple[Whole, Mapping[str, Whole]]:
    """The teacher of each line, and the array of each input variable."""
    agents = pq.read_table(folder / "agents.parquet", read_dictionary=["corps", "grade"])
    lines = pq.read_table(folder / "lignes.parquet", read_dictionary=["niveau", "discipline"])
    missions = pq.read_table(folder / "missions.parquet", read_dictionary=["code"])
    of = missions["dossier"].to_numpy()
    first = np.r_[True, of[1:] != of[:-1]]
    codes, amounts = _codes(missions["code"], MISSIONS), _hundredths(missions["montant"])

    def slot(mask: NDArray[np.bool_], values: Whole, empty: int) -> Whole:
        found = np.full(len(agents), empty, values.dtype)
        found[of[mask]] = values[mask]
        return found

    none = MISSIONS.index(NO_MISSION)
    return lines["dossier"].to_numpy(), {
        "corps": _codes(agents["corps"], CORPS),
        "grade": _codes(agents["grade"], GRADES),
        "quotite": _hundredths(agents["quotite"]),
        "nb_communes": agents["nb_communes"].to_numpy(),
        "nb_etablissements": agents["nb_etablissements"].to_numpy(),
        "labo_sans_personnel": agents["labo_sans_personnel"].to_numpy(),
        "code1": slot(first, codes, none),
        "code2": slot(~first, codes, none),
        "montant1": slot(first, amounts, 0),
        "montant2": slot(~first, amounts, 0),
        "heures_ligne": _hundredths(lines["heures"]),
        "niveau": _codes(lines["niveau"], NIVEAUX),
        "discipline": _codes(lines["discipline"], DISCIPLINES),
        "rep_plus": lines["rep_plus"].to_numpy(),
        "effectif": lines["effectif"].to_numpy(),
    }


def _codes(column: pa.ChunkedArray, order: Sequence[str]) -> Whole:
    """The number of each code in ``order``; each chunk of a column has a list of its own."""
    return np.concatenate(
        [
            np.array([order.index(code) for code in chunk.dictionary.to_pylist()])[
                chunk.indices.to_numpy()
            ]
            for chunk in column.chunks
        ]
    )


def _hundredths(column: pa.ChunkedArray) -> Whole:
    return np.rint(column.cast(pa.float64()).to_numpy() * 100).astype("int32")


def simulation(made: TaxBenefitSystem, folder: Path, count: int) -> Simulation:
    """The simulation of ``count`` teachers, ready to be asked."""
    agent_of, arrays = inputs(folder)
    builder = SimulationBuilder()
    builder.create_entities(made)
    builder.declare_person_entity("ligne", np.arange(len(agent_of)))
    group = builder.declare_entity("agent", np.arange(count))
    # Roles as whole numbers: as texts they take several times longer.
    builder.join_with_persons(group, agent_of, roles=np.zeros(len(agent_of), "int8"))
    ready = builder.build(made)
    for name, array in arrays.items():
        ready.set_input(name, DAY, array)
    return ready


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    made = system()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "resultats.parquet")

        def run() -> None:
            ready = simulation(made, asked.folder, asked.count)
            columns = {name: ready.calculate(name, DAY) for name in job.RESULTS}
            table = pa.table({"dossier": np.arange(asked.count), **columns})
            pq.write_table(table, out, compression="zstd")

        seconds = measure.times(run, asked.rounds)
        peak = measure.memory()
        exact = measure.check_file(asked, out, cents=True)
    measure.show(ENGINE, asked, seconds, peak, exact)


if __name__ == "__main__":
    main()
