"""What a change of the law is measured by: a total, and the results that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.evaluation.law import Law
from engine.langage.corpus import Corpus, Epoch
from engine.langage.kernel import Const, Expr, Op, Otherwise, Ref, Round


@dataclass(frozen=True, slots=True)
class Measured:
    """``amounts``: told apart. ``weighed``: those whose differences add up to that of ``total``.

    ``weighed`` is the total alone when the total is not the plain sum of the amounts, on each side.
    """

    total: str
    amounts: tuple[str, ...]
    weighed: tuple[str, ...]


def measured(laws: Sequence[Law], numbers: Sequence[int], total: str) -> Measured:
    """The amounts of ``total`` under two laws that have the same epochs."""
    found: dict[str, None] = {}
    sums: set[tuple[str, ...] | None] = set()
    for law in laws:
        for number in numbers:
            epoch = law.epoch(law.corpus.starts[number])
            parts = tuple(_Sum(law.corpus, epoch, total).leaves(total))
            names = tuple(dict.fromkeys(one for one in parts if one is not None))
            found |= dict.fromkeys(names)
            sums.add(None if None in parts or len(names) < len(parts) else names)
    plain = None not in sums and len({frozenset(one) for one in sums if one is not None}) == 1
    amounts = tuple(found) or (total,)
    return Measured(total, amounts, amounts if plain else (total,))


@dataclass(frozen=True, slots=True)
class _Sum:
    """The results that ``total`` adds up in an epoch; None stands for what is no plain sum."""

    corpus: Corpus
    epoch: Epoch
    total: str

    def leaves(self, name: str) -> Iterator[str | None]:
        if name != self.total and name in self.corpus.results:
            yield name
            return
        same = self.epoch.rules.get(name, ())
        if len(same) > 1 or any(version.applicable is not None for _, version in same):
            yield None
        for _, version in same[:1]:
            yield from self.terms(version.body)

    def terms(self, expr: Expr) -> Iterator[str | None]:
        match expr:
            case Ref(kind="regle", scope=None, via=None):
                yield from self.leaves(expr.name)
            case Op(op="+"):
                for one in expr.args:
                    yield from self.terms(one)
            case Otherwise(fallback=Const(value=fallback)) if fallback == Fraction(0):
                yield from self.terms(expr.value)
            case Round() if (self._grid / expr.step).denominator == 1:  # it rounds nothing
                yield from self.terms(expr.value)
            case _:
                yield None

    @property
    def _grid(self) -> Fraction:
        unit = self.corpus.units.get(self.corpus.rule(self.total).unit or "")
        return Fraction(1, 10 ** (0 if unit is None else unit.decimals))
