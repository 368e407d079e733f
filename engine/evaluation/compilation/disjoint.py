"""Whether two conditions can be shown never to be true together, by what they compare."""

from __future__ import annotations

from collections.abc import Iterator

from engine.langage.kernel import Const, Expr, Op, Ref


def exclude_each_other(left: Expr, right: Expr) -> bool:
    """Whether both ask one reference to be different things, or one denies what the other says."""
    parts_left, parts_right = list(_parts(left)), list(_parts(right))
    return any(_opposed(one, other) for one in parts_left for other in parts_right)


def _parts(expr: Expr) -> Iterator[Expr]:
    """The conditions that are all true when ``expr`` is."""
    if isinstance(expr, Op) and expr.op == "and":
        for arg in expr.args:
            yield from _parts(arg)
    else:
        yield expr


def _opposed(left: Expr, right: Expr) -> bool:
    if isinstance(left, Op) and left.op == "not" and left.args[0] == right:
        return True
    if isinstance(right, Op) and right.op == "not" and right.args[0] == left:
        return True
    first, second = _accepted(left), _accepted(right)
    return (
        first is not None
        and second is not None
        and first[0] == second[0]
        and not (first[1] & second[1])
    )


def _accepted(expr: Expr) -> tuple[Ref, frozenset[str]] | None:
    """The texts that a reference must be one of for ``expr`` to be true."""
    match expr:
        case Op(op="==", args=(Ref() as ref, Const(value=str() as text))):
            return ref, frozenset((text,))
        case Op(op="in", args=(Ref() as ref, Const(value=frozenset() as texts))):
            return ref, texts
        case _:
            return None
