"""Case files written by the tests: one that passes, one that does not, and what surrounds them."""

from __future__ import annotations

from pathlib import Path

TOP = "cas:\n"
PASSING = """\
  - nom: Une heure de cycle terminal
    source: {document: essai.txt, reperage: "p. 1"}
    nature: construite
    dossier:
      date: 2024-10-01
      agent: {corps: certifie, grade: classe_normale}
      services: [{heures: 18, niveau: terminale_generale}]
    attendu: {ponderation: "1.00", hsa: 1, montant_hsa_annuel: "1462.75"}
    sans_objet: [taux_interrogation]
    articles: {ponderation: [decret-2014-940 art. 6]}
    anomalies: []
"""
FAILING = PASSING.replace("Une heure de cycle terminal", "Une demi-heure de trop").replace(
    'ponderation: "1.00"', 'ponderation: "1.50"'
)
NAMES = ("Une heure de cycle terminal", "Une demi-heure de trop")


def case_file(folder: Path, *cases: str, name: str = "essai.yaml") -> Path:
    """A file of ``folder``/cas_tests, where the pytest plug-in looks."""
    inside = folder / "cas_tests"
    inside.mkdir(exist_ok=True)
    path = inside / name
    path.write_text(TOP + "\n".join(cases), encoding="utf-8")
    return path


def changed(before: str, after: str) -> str:
    """The passing case with one change, under a name of its own."""
    assert PASSING.count(before) == 1
    return PASSING.replace(before, after)
