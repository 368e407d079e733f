"""What the tests of the evaluation share: orders to the bakery, and rules added to its corpus."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Final

from engine.dossiers.read import read_records
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import Computed, compute
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Const, Expr, Missing, Op, Operator
from engine.langage.records import Line, Record
from engine.source.positions import Span
from engine.source.yaml_tree import read_yaml
from tests.langage.bakery import check

HERE: Final = Span("essai", 1, 1, 1, 1)
ABSENT_: Final = Const(ABSENT, HERE)
LACKING: Final = Missing("registre", "prix-galette", HERE)
TRUE: Final = Const(value=True, span=HERE)
FALSE: Final = Const(value=False, span=HERE)
DAY: Final = date(2024, 5, 2)

_HEAD = """\
texte: essai
intitule: Essai
nature: usage
date: 2000-01-01
source: "j1"
regles:
"""


@cache
def law(rules: str = "", more: str = "") -> Law:
    """The law of the bakery, with rules of the text « essai » and whole documents besides."""
    corpus, findings = check(added(rules, more))
    assert corpus is not None, "\n".join(map(str, findings))
    return Law(corpus)


def added(rules: str = "", more: str = "") -> dict[str, str]:
    """The files of ``law`` that the bakery does not have."""
    found = {"textes/essai.yaml": _HEAD + rules} if rules else {}
    return found | ({"zz.yaml": more} if more else {})


def rule(name: str, body: str, *, unit: str = "pieces", head: str = "") -> str:
    """One rule in force since 2000-01-01; ``body`` is what its version says, in flow style."""
    kind = "type" if unit == "booleen" else "unite"
    return (
        f'  {name}: {{libelle: Essai, {kind}: {unit}, article: "1",{head} '
        f"versions: [{{depuis: 2000-01-01, {body}}}]}}\n"
    )


def used(*names: str, scope: str = "") -> str:
    """A text whose control names rules, so that they serve something."""
    message = " ".join(f"{{{name}}}" for name in names)
    return (
        'texte: emploi\nintitule: Emploi\nnature: usage\ndate: 2000-01-01\nsource: "j1"\n'
        'controles: {Z999: {libelle: Emploi, gravite: alerte, article: "1",'
        f' message: "{message}",{scope} versions: [{{depuis: 2000-01-01, si: faux}}]}}}}\n'
    )


def order(text: str = "", *, day: date = DAY, under: Law | None = None) -> Record:
    """An order, read as any record is; ``text`` says what stands besides its number and date."""
    client = "" if "client:" in text else "client: {categorie: particulier}\n"
    nodes, findings = read_yaml(f"commande: C-1\nlivree_le: {day}\n{client}{text}", "essai.yaml")
    assert findings == ()
    corpus = (under or law()).corpus
    (found,) = read_records(nodes, corpus.model, first_day=corpus.first_day)
    assert isinstance(found, Record), found
    return found


def batches(*quantities: int, day: date = DAY, marks: tuple[str | None, ...] = ()) -> Record:
    """An order of one batch of bread for each quantity, kneaded in the trough that marks it."""
    lines = []
    for index, quantity in enumerate(quantities):
        values: dict[str, Value] = {"produit": "pain", "quantite": Fraction(quantity), "bio": False}
        mark = marks[index] if index < len(marks) else None
        lines.append(Line(values if mark is None else {**values, "petrin": mark}))
    root: dict[str, Value] = {"client.categorie": "particulier", "client.fidele": False}
    return Record("C-1", day, root, {"fournees": tuple(lines)}, HERE)


def interpreter(
    record: Record | None = None,
    *,
    under: Law | None = None,
    readings: Mapping[str, str] | None = None,
    imposed: Mapping[str, Value] | None = None,
) -> Interpreter:
    chosen, applied = record or batches(), under or law()
    epoch = applied.epoch(chosen.day)
    return Interpreter(applied.corpus, epoch, chosen, readings, imposed)


def result(name: str, record: Record | None = None, *, under: Law | None = None) -> Outcome:
    return interpreter(record, under=under).step(name).value


def computed(record: Record, *, under: Law | None = None) -> Computed:
    return compute(under or law(), record)


def value(expr: Expr, record: Record | None = None, at: tuple[str, int] | None = None) -> Outcome:
    """The value of a kernel expression by itself."""
    return interpreter(record).value(expr, at)


def number(of: Fraction | int | str) -> Const:
    return Const(Fraction(of), HERE)


def op(sign: Operator, *args: Expr) -> Op:
    return Op(sign, args, HERE)


def lacks(outcome: Outcome) -> list[tuple[str, str]]:
    """What is lacking to compute, or a failure when something was computed."""
    assert isinstance(outcome, NotComputable), outcome
    return [(lack.kind, lack.name) for lack in outcome.lacks]
