"""« reglo impact » on a million teachers: time and memory, beside a campaign of the same tables."""

from __future__ import annotations

import json
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from statistics import median

from bench.suite.asked import Asked
from bench.suite.processes import REGLO, ROOT, Ran, module, run
from bench.suite.report import Figures

# A rate that many amounts rest on, two rows of a table, another amount.
EDITS = (
    ("parametres/indices.yaml", "      - {depuis: 2023-07-01, valeur: 59.0734,",
     ('      - {depuis: 2024-09-01, valeur: 59.8000, source: "faits, B"}\n'
      "      - {depuis: 2023-07-01, valeur: 59.0734,")),
    ("textes/decret-93-55.yaml", "valeur: 2550", "valeur: 2600"),
    ("textes/decret-2015-475.yaml", "- [625, 625]", "- [625, 650]"),
    ("textes/decret-2015-475.yaml", "- [1250, 1250]", "- [1250, 1300]"),
)  # fmt: skip
# What these edits may change.
AMOUNTS = ("imp", "isoe_fixe", "montant_hsa_annuel", "montant_hse", "montant_interrogations")


def effects(asked: Asked) -> Figures:
    """Four edits on a million teachers; the effect is that of two campaigns, to the cent."""
    tables = asked.data.of("population", asked.size)
    asked.scratch.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=asked.scratch))
    try:
        rules = _edited(aside)
        expected = _total(aside, tables, rules)  # and both laws are in the cache
        runs: list[Ran] = []
        ratios: list[float] = []
        for turn in range(asked.rounds):
            one = run([*REGLO, "campagne", tables, "-o", aside / f"campagne-{turn}"])
            out = aside / f"effet-{turn}"
            runs.append(run([*REGLO, "impact", tables, "--apres", rules, "-o", out]))
            ratios.append(runs[-1].seconds / one.seconds)
        told = json.loads((aside / "effet-0/impact.json").read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(aside)
    found = Fraction(told["effet"])
    shares = sum((Fraction(one["exacte"]) for one in told["causes"]), Fraction(0))
    spent = median(one.seconds for one in runs)
    wrong = "" if found == shares == expected else f"{found} mesuré, {expected} par deux campagnes"
    return {
        "n": asked.size,
        "secondes": round(spent, 2),
        "par_seconde": round(asked.size / spent),
        "memoire_mo": max(one.peak for one in runs),
        "rapport": round(median(ratios), 3),
        "causes": len(told["causes"]),
        "changent": told["dossiers"]["changent"],
        "exact": wrong or True,
    }


def _edited(aside: Path) -> Path:
    """The rules with the edits."""
    rules = aside / "regles"
    shutil.copytree(ROOT / "regles", rules)
    for name, old, new in EDITS:
        text = (rules / name).read_text(encoding="utf-8")
        text = text.replace("    valeur_egale: taux\n", "")  # these rates are not their keys
        (rules / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return rules


def _total(aside: Path, tables: Path, rules: Path) -> Fraction:
    """The effect from two campaigns: each amount that neither of them lacks."""
    outs = []
    for name, options in (("avant", ()), ("apres", ("--regles", str(rules)))):
        outs.append(aside / name)
        wanted = ("--resultats", ",".join(AMOUNTS))
        run([*REGLO, *options, "campagne", tables, "-o", outs[-1], *wanted])
    return Fraction(str(module("bench.reglo.effet", *outs, ",".join(AMOUNTS)).told["total"]))
