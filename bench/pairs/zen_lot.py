"""The reference job with zen-engine: one decision graph, a thousand records at a time.

Two decision tables, then one node of expressions. The records are in memory, nothing is written;
numbers are those of the engine, decimal ones.

    bench/.envs/zen/bin/python -m bench.pairs.zen_lot DONNEES
"""

# Its libraries are in an environment of its own.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise

import zen

from bench import measure
from bench.reference import job

ENGINE = "zen-engine, par lots de mille"
COUNT = 10_000
BATCH = 1000
GRAPH = "tache"

IMP = " or ".join(
    f"(#.code == '{code}' and #.montant in {[amount / 100 for amount in allowed]})"
    for code, allowed in job.IMP.items()
)


def hours(condition: str) -> str:
    """The hours of the lines that meet a condition."""
    return f"sum(map(filter(lignes, {condition}), #.heures))"


EXPRESSIONS: Mapping[str, str] = {
    "id": "id",
    "ors": "maximum * quotite",
    "heures": "sum(map(lignes, #.heures))",
    "reduction_sites": "nb_communes >= 2 or nb_etablissements >= 3 ? 1 : 0",
    "heures_labo": hours("#.discipline in ['SVT', 'SPC']"),
    "reduction_labo": "$.heures_labo >= 8 and labo_sans_personnel ? 1 : 0",
    "max_reduit": "$.ors - $.reduction_sites - $.reduction_labo",
    "h_terminal": "min([10, " + hours("#.niveau in ['premiere_gt', 'terminale_gt']") + "])",
    "h_sts": hours("#.niveau == 'sts'"),
    "h_rep": hours("#.rep_plus"),
    "h_cpge": hours("#.niveau == 'cpge'"),
    "ponderables": "$.h_terminal + $.h_sts + $.h_rep + $.h_cpge",
    "brute": "$.h_terminal * 0.1 + $.h_sts * 0.25 + $.h_rep * 0.1 + $.h_cpge * 0.5",
    "ponderation": "round($.ponderables > $.max_reduit"
    " ? $.brute * $.max_reduit / $.ponderables : $.brute, 2)",
    "hsa": "max([0, $.heures + $.ponderation - $.max_reduit])",
    "premiere": "round(taux * 1.2, 2)",
    "montant_hsa": "round(min([$.hsa, 1]) * $.premiere + max([$.hsa - 1, 0]) * taux, 2)",
    "h_charge": hours("#.effectif > 35"),
    "indemnite": "$.h_charge >= 6 ? 1250 : 0",
    "imp": f"sum(map(filter(missions, {IMP}), #.montant))",
    "total": "$.montant_hsa + $.indemnite + $.imp",
}


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE, count=COUNT)
    content = zen.ZenDecisionContent(json.dumps(graph()))
    engine = zen.ZenEngine({"loader": lambda _: content})
    requests = [
        {"key": GRAPH, "context": job.plain(one, float)}
        for one in job.read(asked.folder, asked.count)
    ]
    found: dict[int, list[float]] = {}

    def run() -> None:
        for start in range(0, len(requests), BATCH):
            for answer in engine.evaluate_batch(requests[start : start + BATCH]):
                result = answer["data"]["result"]
                found[result["id"]] = [result[name] for name in job.RESULTS]

    seconds = measure.times(run, asked.rounds)
    peak = measure.memory()
    exact = measure.check(asked, {int(key): measure.cents(row) for key, row in found.items()})
    measure.show(ENGINE, asked, seconds, peak, exact)


def graph() -> Mapping[str, object]:
    """The graph, in the form of the engine: the tables add to the record, the rules read it."""
    rates = [
        (f'"{corps}"', f'"{grade}"', f"{rate / 100:.2f}")
        for corps, (normal, other) in job.TAUX.items()
        for grade, rate in (
            ("classe_normale", normal),
            ("hors_classe", other),
            ("classe_exceptionnelle", other),
        )
    ]
    due = [(f'"{corps}"', str(hours)) for corps, hours in job.ORS.items()]
    expressions = [{"id": name, "key": name, "value": value} for name, value in EXPRESSIONS.items()]
    order = ("entree", "maxima", "taux_hsa", "regles", "sortie")
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            _node("entree", "inputNode", {}),
            _table("maxima", ("corps",), "maximum", due),
            _table("taux_hsa", ("corps", "grade"), "taux", rates),
            _node("regles", "expressionNode", {"passThrough": False, "expressions": expressions}),
            _node("sortie", "outputNode", {}),
        ],
        "edges": [
            {"id": f"{one}-{after}", "sourceId": one, "targetId": after, "type": "edge"}
            for one, after in pairwise(order)
        ],
    }


def _table(
    name: str, keys: Sequence[str], value: str, rows: Sequence[Sequence[str]]
) -> Mapping[str, object]:
    columns = [*keys, value]
    return _node(
        name,
        "decisionTableNode",
        {
            "hitPolicy": "first",
            "passThrough": True,
            "inputs": [{"id": key, "name": key, "field": key} for key in keys],
            "outputs": [{"id": value, "name": value, "field": value}],
            "rules": [
                {"_id": f"{name}-{number}", **dict(zip(columns, row, strict=True))}
                for number, row in enumerate(rows)
            ],
        },
    )


def _node(name: str, kind: str, content: Mapping[str, object]) -> Mapping[str, object]:
    shared = {"inputField": None, "outputPath": None, "executionMode": "single"}
    return {
        "id": name,
        "name": name,
        "type": kind,
        "position": {"x": 0, "y": 0},
        "content": {**content, **shared} if content else {},
    }


if __name__ == "__main__":
    main()
