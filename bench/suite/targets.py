"""What was aimed at: each target, the figure that answers it, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass

from bench.suite.asked import MILLION
from bench.suite.report import Report
from bench.suite.words import number, rounded

MET, MISSED, UNKNOWN = "atteint", "non atteint", "non mesuré"
WRONG = f"{MISSED} : résultats faux"


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table.

    ``measure`` and ``figure`` say where the figure is. It must be at most ``limit``, or at least
    when ``least``; ``unit`` follows it when it is written. ``size`` is how many records it must
    have been measured on, None when that does not matter.
    """

    what: str
    measure: str
    figure: str
    limit: float
    unit: str
    least: bool = False
    size: int | None = None

    @property
    def aim(self) -> str:
        """The target as one reads it."""
        return f"{'au moins' if self.least else 'au plus'} {rounded(self.limit)}{self.unit}"

    def measured(self, report: Report) -> str:
        """The figure as one reads it, with its size when that is not the one asked for."""
        found = report.figure(self.measure, self.figure)
        if found is None:
            return "—"
        size = self._size(report)
        other = size is not None and size != self.size
        where = f" (pour {number(size)})" if other and size is not None else ""
        return f"{rounded(found)}{self.unit}{where}"

    def verdict(self, report: Report) -> str:
        """Whether the target is met; a figure of another size says nothing of it."""
        found = report.figure(self.measure, self.figure)
        if found is None:
            return UNKNOWN
        if self._size(report) != self.size:
            return f"{UNKNOWN} à cette taille"
        if report.wrong(self.measure):
            return WRONG
        met = found >= self.limit if self.least else found <= self.limit
        return MET if met else MISSED

    def _size(self, report: Report) -> int | None:
        found = None if self.size is None else report.figure(self.measure, "n")
        return None if found is None else int(found)


TIMES = " fois"
TARGETS = (
    Target(
        "Tâche de référence, 1 million d'enseignants, sans contrôles : temps rapporté à celui du "
        "SQL écrit à la main",
        *("reference", "rapport", 0.8, TIMES),
        size=MILLION,
    ),
    Target(
        "Débit rapporté à celui d'OpenFisca (int32, de Parquet à Parquet)",
        *("pairs", "openfisca_rapport", 3, TIMES),
        least=True,
        size=MILLION,
    ),
    Target(
        "Débit rapporté à celui de zen-engine, par lots",
        *("pairs", "zen_rapport", 100, TIMES),
        least=True,
        size=MILLION,
    ),
    Target(
        "Débit rapporté à celui de simpleeval, règles lues une fois",
        *("pairs", "simpleeval_rapport", 500, TIMES),
        least=True,
        size=MILLION,
    ),
    Target(
        "Débit rapporté à celui de publicodes",
        *("pairs", "publicodes_rapport", 2200, TIMES),
        least=True,
        size=MILLION,
    ),
    Target(
        "Tous les résultats du corpus, 1 million d'enseignants : débit",
        *("campagne", "par_seconde", 300_000, " enseignants/s"),
        least=True,
        size=MILLION,
    ),
    Target(
        "Tous les résultats du corpus, 1 million d'enseignants : mémoire",
        *("campagne", "memoire_mo", 600, " Mo"),
        size=MILLION,
    ),
    Target(
        "10 millions d'enseignants : débit rapporté à celui d'un million",
        *("dix_millions", "rapport_debit", 0.85, TIMES),
        least=True,
        size=10 * MILLION,
    ),
    Target(
        "10 millions d'enseignants : mémoire",
        *("dix_millions", "memoire_mo", 1000, " Mo"),
        size=10 * MILLION,
    ),
    Target(
        "Effet d'un changement sur 1 million d'enseignants : temps rapporté à celui d'une campagne",
        *("impact", "rapport", 2.5, TIMES),
        size=MILLION,
    ),
    Target(
        "Un dossier, tous les résultats, module, à chaud",
        *("dossier", "pret", 0.65, " µs"),
    ),
    Target(
        "Un dossier, résultats de la tâche de référence, module, à chaud",
        *("dossier", "reference_pret", 0.1, " µs"),
    ),
    Target(
        "Contrôles, rejets et anomalies : temps avec, rapporté au temps sans",
        *("controles", "rapport", 1.3, TIMES),
        size=MILLION,
    ),
    Target(
        "Compiler tout le corpus, à froid",
        *("compilation", "total", 600, " ms"),
    ),
    Target(
        "Le compiler encore, le module gardé en cache",
        *("compilation", "total_ensuite", 50, " ms"),
    ),
    Target(
        "Temps proportionnel au nombre de dossiers : débit pour 5 millions rapporté à celui d'un "
        "million",
        *("croissance", "rapport_debit", 0.85, TIMES),
        least=True,
        size=5 * MILLION,
    ),
    Target(
        "Mémoire au plus proportionnelle au nombre de dossiers : celle de 5 millions rapportée "
        "à celle d'un million",
        *("croissance", "rapport_memoire", 5, TIMES),
        size=5 * MILLION,
    ),
    Target(
        "Démarrage : « reglo calculer » rapporté à un Python qui n'importe que click et yaml",
        *("demarrage", "rapport", 4, TIMES),
    ),
    Target("Démarrage : un établissement entier", *("demarrage", "ecole", 1000, " ms")),
)
