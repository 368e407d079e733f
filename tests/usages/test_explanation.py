"""The text of an explanation, held by snapshots: a change of wording is seen in the diff.

``REGLO_INSTANTANES=1 pytest tests/usages`` writes them again, to be reviewed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main

PLACE = re.compile(r"(regles/[\w/.-]+\.yaml):(\d+)")
ROOT = Path(__file__).parents[2]
SNAPSHOTS = Path(__file__).parent / "instantanes"
EXAMPLES = Path(__file__).parents[2] / "exemples"
ASKED = {
    "ponderation-3-21": ("circulaire.yaml", "MIXTE-2-au-dela-du-maximum", "ponderation"),
    "laboratoire-il-manque-une-demi-heure": ("explications.yaml", "LABO-7-30", "hsa"),
    "ors-cpge": ("explications.yaml", "CPGE-36-et-25", "ors"),
    "taux-non-calculable": ("explications.yaml", "CONTRACTUEL", "montant_hsa_annuel"),
    "montant": ("circulaire.yaml", "MIXTE-2-au-dela-du-maximum", "montant_hsa_annuel"),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_text_of_an_explanation_is_the_one_reviewed(name: str) -> None:
    file, record, result = ASKED[name]
    command = ["expliquer", str(EXAMPLES / file), "--dossier", record, "--resultat", result]
    shown = CliRunner().invoke(main, command, env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    snapshot = SNAPSHOTS / f"{name}.txt"
    lines = "\n".join(line.rstrip() for line in shown.stdout.splitlines()) + "\n"
    places = PLACE.findall(lines)
    assert places
    for file_name, number in places:  # each place is that of a dated version
        written = (ROOT / file_name).read_text(encoding="utf-8").split("\n")[int(number) - 1]
        assert "depuis:" in written, f"{file_name}:{number}"
    # A rule added higher up in a text moves the others: the numbers are not part of the text.
    text = PLACE.sub(r"\1:N", lines)
    if os.environ.get("REGLO_INSTANTANES"):
        snapshot.write_text(text, encoding="utf-8")
    assert text == snapshot.read_text(encoding="utf-8")


def test_the_explanation_of_the_circular_shows_its_very_figures() -> None:
    text = (SNAPSHOTS / "ponderation-3-21.txt").read_text(encoding="utf-8")
    for figure in ("3,21 h", "3,75 h ÷ 21,00 h × 18,00 h", "3,2142…", "10,00 h × (1,1 − 1)"):
        assert figure in text
    for place in ("décret n° 2014-940", "art. 6", "art. 7", "regles/textes/"):
        assert place in text
    assert "(3,75 / 21)" not in text  # these are the figures of the source: an example


def test_what_does_not_apply_says_how_far_it_was() -> None:
    text = (SNAPSHOTS / "laboratoire-il-manque-une-demi-heure.txt").read_text(encoding="utf-8")
    assert "il manque 0,50 h" in text
