"""No binary float between a file and a report, and no rounding but the one a rule declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.structure.depot import Module, engine_modules

REFUSED = {"float", "round", "complex"}


def questions(module: Module) -> Iterator[ast.expr]:
    """The types asked for by ``isinstance`` and by the class patterns of a ``match``."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, asked]):
                yield asked
            case ast.MatchClass(cls=asked):
                yield asked
            case _:
                pass


def inexact(module: Module) -> Iterator[str]:
    # Asking whether a value is a float, in order to refuse it, is the one thing allowed.
    asked = {id(name) for question in questions(module) for name in ast.walk(question)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=float() | complex() as number):
                yield f"{module.at(node)}: literal {number}"
            case ast.Name(id=name) if name in REFUSED and id(node) not in asked:
                yield f"{module.at(node)}: {name}"
            case _:
                pass


def test_the_engine_holds_no_binary_float() -> None:
    seen = engine_modules()
    assert len(seen) >= 20
    assert [finding for module in seen for finding in inexact(module)] == []


def test_the_check_sees_a_float_and_a_round() -> None:
    tree = ast.parse("a = 1.5\nb = float(a)\nc = round(b)\nd = isinstance(c, float)\n")
    module = Module("engine.exemple", "source", engine_modules()[0].path, tree)
    assert len(list(inexact(module))) == 3
