"""Epochs that say the law one way and the other are compiled together, whatever needs what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.ir import ONE, TRUE, Call, Col, Lit
from engine.evaluation.compilation.program import CompiledColumn, Pass, Total, schedule
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.module.host import build
from tests.evaluation.kitchen import batches, computed, law


def test_a_reading_of_lines_waits_for_a_collection_that_has_nothing_ready() -> None:
    """The one with the fewest totals to wait for may have none that is ready."""

    def of(name: str, collection: str, reads: str | None = None) -> Total:
        body = ONE if reads is None else Call("+", (Col(reads), Lit(1)))
        return Total(name, collection, "somme", body, TRUE, None, "nombre", "essai")

    late = [of("x", "petite", "c")]
    many = [of("a", "grande"), of("b", "grande", "x"), of("d", "grande", "x")]
    steps = schedule([CompiledColumn("c", None, Col("a"), "nombre", "essai")], [*late, *many])
    made = [one.name for step in steps if isinstance(step, Pass) for one in step.totals]
    assert made == ["a", "x", "b", "d"]


def _rule(name: str, *versions: str, unit: str = "unite: pieces", scope: str = "") -> str:
    dated = zip(("2000-01-01", "2012-01-01", "2020-01-01"), versions, strict=False)
    listed = ", ".join(f"{{depuis: {day}, {said}}}" for day, said in dated)
    return f'  {name}: {{libelle: Essai, {unit}, article: "1",{scope} versions: [{listed}]}}\n'


LINES = " portee: fournees,"
TRUTH = "type: booleen"
TURNED = {
    "two rules": (
        _rule("aller", "valeur: retour + 1", "valeur: pieces", "valeur: retour + 3"),
        _rule("retour", "valeur: pieces * 2", "valeur: aller * 3", "valeur: pieces * 5"),
    ),
    "a total and a line": (
        _rule("aller", "somme: detour, de: fournees", "valeur: pieces", "valeur: pieces * 7"),
        _rule("retour", "valeur: pieces", "somme: detour, de: fournees", "valeur: aller + 1"),
        _rule(
            "detour",
            "valeur: quantite + retour",
            "valeur: quantite + aller",
            "valeur: quantite",
            scope=LINES,
        ),
    ),
    "an absence": (
        _rule(
            "aller",
            'valeur: "défaut(retour, 3)"',
            'valeur: "défaut(parfois, 1)"',
            "valeur: si présent(retour) alors retour sinon 2",
        ),
        _rule(
            "retour",
            "valeur: si pieces > 5 alors sans_objet sinon pieces",
            "valeur: aller * 3",
            'valeur: "défaut(parfois, sans_objet)"',
        ),
        _rule("parfois", "valeur: si pieces > 3 alors sans_objet sinon 4"),
    ),
    "a condition": (
        _rule("aller", "valeur: retour > 3", "valeur: pieces > 3", unit=TRUTH),
        _rule("retour", "valeur: pieces", "valeur: si aller alors pieces sinon 0"),
    ),
}


def told(outcome: Outcome) -> object:
    """An outcome, the places of its reasons left out."""
    if isinstance(outcome, NotComputable):
        return frozenset((lack.kind, lack.name) for lack in outcome.lacks)
    return outcome


def as_the_interpreter_says(under: Law, names: Sequence[str], numbers: Sequence[int]) -> None:
    made = build(compile_law(under, numbers, asked=Demand(tuple(names))))
    for number in numbers:
        for quantities in ((), (2, 1), (7,)):
            record = batches(*quantities, day=under.corpus.starts[number], marks=("A",))
            (found,) = made.outcomes([record], [number])
            values = computed(record, under=under).values
            known = {name: told(values[name]) for name in names}
            assert {name: told(one) for name, one in found.items()} == known


@pytest.mark.parametrize("turned", TURNED)
def test_rules_that_need_one_another_one_way_then_the_other(turned: str) -> None:
    names = ("aller", "retour")
    results = (
        "resultats:\n  depuis: 2000-01-01\n"
        "  sections: [{titre: Essai, noms: [aller, retour]}]\n  tableau: [aller]\n"
    )
    under = law("".join(TURNED[turned]), results)
    every = range(len(under.corpus.starts))
    last = len(under.corpus.starts) - 1
    turn = under.corpus.epoch_number(date(2012, 1, 1))
    for numbers in (every, (0, turn), (turn, last), (0, last), *((one,) for one in every)):
        for wanted in (names, names[:1], names[1:]):
            as_the_interpreter_says(under, wanted, numbers)
