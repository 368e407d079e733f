"""The data of the reference job: a number of teachers and a folder go in, three tables come out.

``agents.parquet``, ``lignes.parquet`` and ``missions.parquet``, one row per element, keyed by
``dossier``, sorted by it. The identifier is a whole number, so that what is written by hand reads
the same files as réglo and pays nothing for texts.

    python bench/reference/donnees.py 1000000 /tmp/donnees
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from bench.draws import Draws, below, connect, decimal, select, text, texts, write

SEED = 20240901
DAY = "DATE '2024-10-01'"
CORPS = {"agrege": 180, "certifie": 550, "plp": 150, "agrege_eps": 20, "prof_eps": 100}
GRADES = {"classe_normale": 600, "hors_classe": 300, "classe_exceptionnelle": 100}
QUOTITES = {"100": 850, "80": 100, "50": 50}  # hundredths
NIVEAUX = {
    "college": 450, "seconde": 150, "premiere_gt": 140,
    "terminale_gt": 120, "sts": 90, "cpge": 50,
}  # fmt: skip
DISCIPLINES = (
    "SVT", "SPC", "MATHS", "LETTRES", "HG", "ANGLAIS", "EPS", "ECO", "TECHNO", "PHILO", "STI",
    "ARTS",
)  # fmt: skip
MISSIONS = (
    "coord_disc", "coord_cycle", "coord_niveau", "ref_numerique", "ref_decrochage", "ref_culture",
    "tutorat", "coord_eps", "autre",
)  # fmt: skip
MONTANTS = ("31250", "62500", "125000", "250000", "375000")  # cents
MOST_LINES = 8


def main() -> None:
    """Read the arguments, write the tables."""
    parser = argparse.ArgumentParser(description="Écrit les données de la tâche de référence.")
    parser.add_argument("n", type=int, metavar="N", help="nombre d'enseignants")
    parser.add_argument("dossier", type=Path, metavar="DOSSIER", help="où écrire les tables")
    given = parser.parse_args()
    generate(given.n, given.dossier)


def generate(count: int, folder: Path) -> None:
    """Write the tables of ``count`` teachers; those of fewer are the beginning of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with connect() as link:
        for name, query in tables(count, Draws(SEED)).items():
            write(link, query, folder / f"{name}.parquet")


def tables(count: int, draws: Draws) -> Mapping[str, str]:
    """The query of each table."""
    own = {"i": "range", "principale": draws.any_of("principale", texts(DISCIPLINES), "range")}
    agents = f"({select(f'range({count})', own)})"
    heures = f"25 * (2 + {draws.number('heures', 25, 'ligne')})"
    niveau = draws.code("niveau", NIVEAUX, "ligne")
    lignes = below(agents, f"1 + {draws.number('lignes', MOST_LINES, 'i')}", "ligne")
    leveled = select(f"({lignes})", {"niveau": niveau}, more=True)
    several = draws.pick("missions", {"0": 700, "1": 220, "2": 80}, "i")
    missions = below(agents, several, "ligne")
    return {
        "agents": select(
            agents,
            {
                "dossier": "i",
                "date": DAY,
                "corps": draws.code("corps", CORPS, "i"),
                "grade": draws.code("grade", GRADES, "i"),
                "quotite": decimal(draws.pick("quotite", QUOTITES, "i"), 3, 2),
                "nb_communes": f"1 + {draws.chance('deux', 80, 'i')}::INTEGER"
                f" + {draws.chance('trois', 20, 'i')}::INTEGER",
                "nb_etablissements": draws.pick("lieux", {"1": 880, "2": 90, "3": 30}, "i"),
                "labo_sans_personnel": draws.chance("labo", 300, "i"),
            },
        ),
        "lignes": select(
            f"({leveled})",
            {
                "dossier": "i",
                "heures": decimal(heures, 6, 2),
                "niveau": "niveau",
                # REP+ is a matter of colleges.
                "rep_plus": f"niveau = {text('college')} AND {draws.chance('rep', 200, 'ligne')}",
                "effectif": draws.bell("effectif", 12, 12, "ligne"),
                "discipline": f"CASE WHEN {draws.chance('sienne', 900, 'ligne')} THEN principale"
                f" ELSE {draws.any_of('discipline', texts(DISCIPLINES), 'ligne')} END",
            },
        ),
        "missions": select(
            f"({missions})",
            {
                "dossier": "i",
                "code": draws.any_of("code", texts(MISSIONS), "ligne"),
                "montant": decimal(draws.any_of("montant", MONTANTS, "ligne"), 7, 2),
            },
        ),
    }


if __name__ == "__main__":
    main()
