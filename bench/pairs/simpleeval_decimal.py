"""The reference job with simpleeval: each rule a text, parsed once, evaluated for each record.

What one writes first with this library: rules in order, names of one record, exact decimals. The
records are in memory, nothing is written.

    .venv/bin/python -m bench.pairs.simpleeval_decimal DONNEES
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simpleeval

from bench import measure
from bench.reference import job

ENGINE = "simpleeval, lu une fois, Decimal"
COUNT = 10_000
ZERO = Decimal(0)

RULES: Mapping[str, str] = {
    "ors": "maximum(corps) * quotite",
    "heures": "somme(l.heures for l in lignes)",
    "reduction_sites": "1 if nb_communes >= 2 or nb_etablissements >= 3 else 0",
    "heures_labo": "somme(l.heures for l in lignes if l.discipline in ('SVT', 'SPC'))",
    "reduction_labo": "1 if heures_labo >= 8 and labo_sans_personnel else 0",
    "reductions": "reduction_sites + reduction_labo",
    "max_reduit": "ors - reductions",
    "h_terminal": "min(10, somme(l.heures for l in lignes"
    " if l.niveau in ('premiere_gt', 'terminale_gt')))",
    "h_sts": "somme(l.heures for l in lignes if l.niveau == 'sts')",
    "h_rep": "somme(l.heures for l in lignes if l.rep_plus)",
    "h_cpge": "somme(l.heures for l in lignes if l.niveau == 'cpge')",
    "ponderables": "h_terminal + h_sts + h_rep + h_cpge",
    "ponderation_brute": "h_terminal * 0.1 + h_sts * 0.25 + h_rep * 0.1 + h_cpge * 0.5",
    "ponderation": "arrondi(ponderation_brute * max_reduit / ponderables"
    " if ponderables > max_reduit else ponderation_brute)",
    "hsa": "max(0, heures + ponderation - max_reduit)",
    "taux": "taux_hsa(corps, grade)",
    "taux_premiere": "arrondi(taux * 1.2)",
    "montant_hsa": "arrondi(min(hsa, 1) * taux_premiere + max(hsa - 1, 0) * taux)",
    "h_charge": "somme(l.heures for l in lignes if l.effectif > 35)",
    "indemnite": "1250 if h_charge >= 6 else 0",
    "imp": "somme(m.montant for m in missions if admis(m.code, m.montant))",
    "total": "montant_hsa + indemnite + imp",
}


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE, count=COUNT)
    records = [job.plain(one, lambda number: number) for one in job.read(asked.folder, asked.count)]
    evaluator = simpleeval.EvalWithCompoundTypes(functions=_functions())
    evaluator.nodes[ast.Constant] = _exact
    trees = [(name, rule, evaluator.parse(rule)) for name, rule in RULES.items()]
    found: dict[int, list[Decimal]] = {}

    def run() -> None:
        for record in records:
            names: dict[str, Any] = dict(record)
            evaluator.names = names
            for name, rule, tree in trees:
                names[name] = evaluator.eval(rule, tree)
            found[names["id"]] = [names[name] for name in job.RESULTS]

    seconds = measure.times(run, asked.rounds)
    peak = measure.memory()
    exact = measure.check(asked, {key: measure.cents(row) for key, row in found.items()})
    measure.show(ENGINE, asked, seconds, peak, exact)


def _exact(node: ast.Constant) -> object:
    """A number of a rule, exact: 0.1 is one tenth."""
    known = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return Decimal(repr(node.value)) if known else node.value


def _functions() -> dict[str, object]:
    rates = {corps: [Decimal(rate) / 100 for rate in both] for corps, both in job.TAUX.items()}
    allowed = {(code, Decimal(one) / 100) for code, listed in job.IMP.items() for one in listed}
    due = {corps: Decimal(hours) for corps, hours in job.ORS.items()}
    cent = Decimal("0.01")

    def total(numbers: Iterable[Decimal]) -> Decimal:
        return sum(numbers, ZERO)

    return {
        "somme": total,
        "min": min,
        "max": max,
        "arrondi": lambda number: number.quantize(cent, ROUND_HALF_UP),
        "maximum": lambda corps: due[corps],
        "taux_hsa": lambda corps, grade: rates[corps][grade != "classe_normale"],
        "admis": lambda code, amount: (code, amount) in allowed,
    }


if __name__ == "__main__":
    main()
