"""What was measured goes in, the page of docs/ comes out; nothing is measured here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

from bench.suite.report import Report
from bench.suite.targets import MET, MISSED, TARGETS
from bench.suite.words import aligned, rounded, table

HEADS = ("Quoi", "Cible", "Mesuré", "Verdict")
NOTHING = "—"
WIDTH = 98
TITLE = """\
# Performances

Cette page est écrite par `make bench` ; ne la modifiez pas à la main. Elle dit ce qui était visé,
ce qui a été mesuré, et si la cible est atteinte.

Les durées dépendent de la machine et de ce qu'elle fait d'autre : ce sont les **rapports** qui
comptent, entre deux choses mesurées l'une à côté de l'autre dans la même série. Chaque chiffre
est la médiane de plusieurs mesures ; chaque moteur a son processus, pour que son pic de mémoire
soit le sien. Les résultats de chacun sont comparés à ceux d'un calcul exact écrit à part ; un
moteur qui se trompe le dit.
"""
REDO = """\
## Refaire

```sh
make bench                                    # tout, sauf les dix millions
.venv/bin/python bench/performances.py --dix-millions   # tout
.venv/bin/python bench/performances.py --rapide         # quelques secondes, pour essayer
.venv/bin/python bench/performances.py --seulement reference,pairs
.venv/bin/python bench/performances.py --sans-mesurer   # cette page, des mesures gardées
```

Les populations sont gardées dans `bench/.donnees/`, les environnements des pairs dans
`bench/.envs/` ; les mesures sont dans `bench/mesures.json`. Une machine qui fait autre chose
pendant ce temps fausse tout.
"""
REFERENCE = """\
Huit résultats par enseignant (service dû, réductions, pondération plafonnée, heures
supplémentaires, leurs montants, indemnités), quatre lignes et demie de service chacun. réglo, sans
contrôles, et le SQL écrit à la main lisent les mêmes fichiers et écrivent les mêmes colonnes des
mêmes types, à tour de rôle. Les moteurs d'un dossier à la fois ont leurs
dossiers en mémoire et n'écrivent rien : leur rapport leur est favorable.
"""
CAMPAIGN = """\
`reglo campagne` dans un processus neuf, démarrage compris, de Parquet à Parquet, sur une
population inventée qui ressemble à celle du second degré ; tous les résultats du corpus,
contrôles et anomalies compris. Les premiers dossiers de chaque sortie sont comparés à
l'interpréteur, les comptes du manifeste doivent se balancer.
"""
EFFECTS = """\
`reglo impact -o` dans un processus neuf : une population sous deux lois, quatre modifications (la
valeur du point, la part fixe de l'ISOE, deux lignes de la table des IMP), la part exacte de
chacune, les dossiers expliqués, la page, le classeur. Une campagne des mêmes tables est mesurée à
côté, à tour de rôle ; l'effet doit être celui de deux campagnes, au centime, et les parts le faire.
"""
ALONE = """\
*Prêtes* : le module seul, les colonnes de tous les dossiers déjà dans sa mémoire. *Écrites
d'abord* : depuis des dossiers acceptés. L'interpréteur est la référence : lui seul explique.
"""
COLD = """\
Un processus neuf, le corpus lu de son cache. *Compiler* : des règles d'une époque, tous les
résultats et tous les contrôles, à un module prêt à calculer. L'import des
bibliothèques est dit à part.
"""
ENGINES = (
    ("openfisca", "OpenFisca, int32, de Parquet à Parquet"),
    ("zen", "zen-engine, par lots de mille"),
    ("simpleeval", "simpleeval, règles lues une fois, décimaux"),
    ("publicodes", "publicodes, dossier par dossier"),
)
VERSIONS = (
    "Python",
    "DuckDB",
    "wasmtime",
    "OpenFisca",
    "zen-engine",
    "simpleeval",
    "publicodes",
    "Node",
)


def page(report: Report) -> str:
    """The whole page."""
    parts = [
        TITLE,
        _context(report),
        "## Cibles\n",
        table(HEADS, target_rows(report)),
        "## Tâche de référence\n",
        REFERENCE,
        table(
            ("Moteur", "Enseignants", "Par seconde", "Mémoire", "réglo, à côté", "Exact"),
            _engines(report),
        ),
        "## Campagne\n",
        CAMPAIGN,
        table(
            ("Enseignants", "Secondes", "Par seconde", "Mémoire", "Comptes", "Exact"),
            _sizes(report),
        ),
        *_checks(report),
        *_effects(report),
        "## Un dossier\n",
        ALONE,
        table(
            ("Microsecondes par dossier", "Tout le corpus", "Tâche de référence"), _record(report)
        ),
        "## Compilation et démarrage\n",
        COLD,
        table(("Quoi", "Millisecondes"), _milliseconds(report)),
        REDO,
    ]
    return "\n".join(part for part in parts if part)


def target_rows(report: Report) -> list[tuple[str, str, str, str]]:
    """Each target: what, aim, measured, verdict."""
    return [(one.what, one.aim, one.measured(report), one.verdict(report)) for one in TARGETS]


def screen(report: Report) -> str:
    """The targets as a table for a terminal, and how many are met."""
    rows = target_rows(report)
    met = sum(row[-1] == MET for row in rows)
    missed = sum(row[-1] == MISSED for row in rows)
    told = (
        f"{met} cibles atteintes, {missed} non atteintes, {len(rows) - met - missed} non mesurées"
    )
    return f"{aligned(HEADS, rows)}\n{told}.\n"


def _context(report: Report) -> str:
    known = report.context
    versions = ", ".join(f"{name} {known[name]}" for name in VERSIONS if known.get(name))
    day, machine = known.get("date", "date inconnue"), known.get("machine", "machine inconnue")
    busy = (
        f", dont la charge était de {known['charge']} avant de mesurer" if "charge" in known else ""
    )
    told = f"Mesuré le {day}, sur une machine de {machine}{busy}. Versions : {versions}."
    return fill(told, WIDTH, break_on_hyphens=False) + "\n"


def _cell(report: Report, measure: str, name: str, unit: str = "") -> str:
    found = report.figure(measure, name)
    return NOTHING if found is None else f"{rounded(found)}{unit}"


def _said(report: Report, measure: str, name: str) -> str:
    """« oui » when all is well, else what is not."""
    found = report.measures.get(measure, {}).get(name)
    if found is None:
        return NOTHING
    if isinstance(found, str):
        return found.partition(", dont ")[0] or NOTHING
    return "oui" if found else "non"


def _engines(report: Report) -> Iterator[Sequence[str]]:
    ours = (
        ("reglo", "réglo, module", NOTHING),
        (
            "a_la_main",
            "SQL écrit à la main (DuckDB)",
            _cell(report, "reference", "rapport", " fois son temps"),
        ),
    )
    for name, label, ratio in ours:
        yield (
            label,
            _cell(report, "reference", "n"),
            _cell(report, "reference", f"{name}_par_seconde"),
            _cell(report, "reference", f"{name}_memoire_mo", " Mo"),
            ratio,
            _said(report, "reference", f"{name}_exact"),
        )
    yield (
        "réglo, `reglo campagne` (contrôles, rejets, anomalies, démarrage)",
        _cell(report, "campagne_reference", "n"),
        _cell(report, "campagne_reference", "par_seconde"),
        _cell(report, "campagne_reference", "memoire_mo", " Mo"),
        NOTHING,
        _said(report, "campagne_reference", "exact"),
    )
    for name, label in ENGINES:
        absent = report.text("pairs", f"{name}_absent")
        yield (
            f"{label} ({absent})" if absent else label,
            _cell(report, "pairs", f"{name}_n"),
            _cell(report, "pairs", f"{name}_par_seconde"),
            _cell(report, "pairs", f"{name}_memoire_mo", " Mo"),
            _cell(report, "pairs", f"{name}_rapport", " fois plus rapide"),
            _said(report, "pairs", f"{name}_justesse"),
        )


def _sizes(report: Report) -> Iterator[Sequence[str]]:
    names = report.measures.get("croissance", {})
    sizes = sorted(int(name.split("_")[0]) for name in names if name.endswith("_par_seconde"))
    for size in sizes:
        yield _size(report, "croissance", f"{size}_")
    alone = report.figure("campagne", "n")
    if alone is not None and int(alone) not in sizes:
        yield _size(report, "campagne", "")
    if "dix_millions" in report.measures:
        yield _size(report, "dix_millions", "")


def _size(report: Report, measure: str, prefix: str) -> Sequence[str]:
    return (
        _cell(report, measure, f"{prefix}n"),
        _cell(report, measure, f"{prefix}secondes"),
        _cell(report, measure, f"{prefix}par_seconde"),
        _cell(report, measure, f"{prefix}memoire_mo", " Mo"),
        _said(report, measure, f"{prefix}comptes"),
        _said(report, measure, f"{prefix}exact"),
    )


def _checks(report: Report) -> Iterator[str]:
    if "controles" in report.measures:
        with_, without = (_cell(report, "controles", f"secondes_{one}") for one in ("avec", "sans"))
        yield (
            f"Avec contrôles, rejets et anomalies : {with_} s ; sans : {without} s, pour "
            f"{_cell(report, 'controles', 'n')} enseignants et "
            f"{_cell(report, 'controles', 'anomalies')} anomalies.\n"
        )
    if "sale" in report.measures:
        yield (
            f"Population fautive : {_cell(report, 'sale', 'n')} dossiers lus, "
            f"{_cell(report, 'sale', 'fautes')} fautes de {_cell(report, 'sale', 'natures')} "
            f"natures, dans {_cell(report, 'sale', 'dossiers_fautifs')} dossiers ; "
            f"{_cell(report, 'sale', 'refuses')} dossiers refusés, "
            f"{_cell(report, 'sale', 'rejets')} lignes de rejets, en "
            f"{_cell(report, 'sale', 'secondes')} s. Comptes balancés : "
            f"{_said(report, 'sale', 'comptes')}. Dossiers calculés exacts : "
            f"{_said(report, 'sale', 'exact')}.\n"
        )


def _effects(report: Report) -> Iterator[str]:
    if "impact" not in report.measures:
        return
    names = ("n", "secondes", "par_seconde")
    heads = ("Enseignants", "Secondes", "Par seconde", "Mémoire", "Une campagne", "Exact")
    row = (
        *(_cell(report, "impact", name) for name in names),
        _cell(report, "impact", "memoire_mo", " Mo"),
        _cell(report, "impact", "rapport", " fois son temps"),
        _said(report, "impact", "exact"),
    )
    yield "## Effet d'un changement\n"
    yield EFFECTS
    yield table(heads, [row])


def _record(report: Report) -> Iterator[Sequence[str]]:
    for name, label in (
        ("pret", "Module, colonnes prêtes"),
        ("prepare", "Module, colonnes écrites d'abord depuis des dossiers"),
        ("interprete", "Interpréteur, anomalies et étapes comprises"),
    ):
        yield label, _cell(report, "dossier", name), _cell(report, "dossier", f"reference_{name}")


def _milliseconds(report: Report) -> Iterator[Sequence[str]]:
    for measure, name, label in (
        ("compilation", "total", "Compiler tout le corpus, à froid"),
        ("compilation", "total_ensuite", "Le reprendre de son cache, dans un second processus"),
        ("compilation", "imports", "Importer les bibliothèques"),
        ("compilation", "corpus", "Lire le corpus de son cache"),
        ("demarrage", "nu", "Démarrage d'un Python qui importe click et yaml"),
        ("demarrage", "dossier", "`reglo calculer`, un dossier"),
        ("demarrage", "ecole", "`reglo calculer exemples/lycee.yaml`"),
    ):
        yield label, _cell(report, measure, name)
