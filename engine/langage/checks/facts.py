"""What a condition proves present, when it is true and when it is false."""

from __future__ import annotations

from engine.langage.checks.typed import NOTHING, Facts, key_of
from engine.langage.kernel import Const, Expr, Op, Otherwise, Ref, walk


def when_true(expr: Expr) -> Facts:
    """The references that are present if ``expr`` is true."""
    match expr:
        case Op(op="present", args=(Ref() as ref,)):
            return frozenset((key_of(ref),))
        case Op(op="and", args=args):
            return NOTHING.union(*(when_true(arg) for arg in args))
        case Op(op="or", args=args):
            return _all(tuple(when_true(arg) for arg in args))
        case Op(op="not", args=(arg,)):
            return when_false(arg)
        case Otherwise(value=value, fallback=Const(value=False)):
            return when_true(value) | _read(value)
        case _:
            return NOTHING


def when_false(expr: Expr) -> Facts:
    """The references that are present if ``expr`` is false."""
    match expr:
        case Op(op="or", args=args):
            return NOTHING.union(*(when_false(arg) for arg in args))
        case Op(op="and", args=args):
            return _all(tuple(when_false(arg) for arg in args))
        case Op(op="not", args=(arg,)):
            return when_true(arg)
        case Otherwise(value=value, fallback=Const(value=True)):
            return when_false(value) | _read(value)
        case _:
            return NOTHING


def _all(parts: tuple[Facts, ...]) -> Facts:
    return frozenset.intersection(*parts) if parts else NOTHING


def _read(expr: Expr) -> Facts:
    """What a comparison reads for sure: it had a value, so its operands had one."""
    if not isinstance(expr, Op) or expr.op in ("and", "or", "present"):
        return NOTHING
    simple = all(isinstance(node, Op | Ref | Const) for node in walk(expr))
    inner = any(isinstance(node, Op) and node.op in ("and", "or") for node in walk(expr))
    if not simple or inner:
        return NOTHING
    return frozenset(key_of(node) for node in walk(expr) if isinstance(node, Ref))
