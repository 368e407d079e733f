"""A node more in the kernel: mypy names each ``match`` to complete, and this test the others.

Where a walk of the nodes ends in ``case _``, a new node would be passed over in silence. These
walks are few, and told here: whoever adds a node reads each of them, then writes the new count.
"""

from __future__ import annotations

import ast
import re

from engine.langage.kernel import Expr
from tests.structure.depot import engine_modules

NODES = 10
SILENT = {
    "engine.cas.mutants._own": "which mistakes can be made of a node",
    "engine.cas.plain.closure_of": "which values a rule tells apart",
    "engine.evaluation.compilation.lower._accepted": "which texts make a condition true",
    "engine.evaluation.causes.read_by": "what an expression reads",
    "engine.evaluation.causes.steered_by": "which parts decide what is read",
    "engine.evaluation.causes.terms": "the terms that a total adds",
    "engine.evaluation.explanation._refused_cases": "what did not apply",
    "engine.evaluation.explanation._taken": "the part that gave the value",
    "engine.evaluation.trace.reads_of": "what a step has read itself",
    "engine.evaluation.compilation.specialise._shape": "the expressions told as one",
    "engine.langage.checks.reach._comparisons": "the comparisons of a condition",
    "engine.langage.checks.reach._compared": "what a condition compares",
    "engine.langage.checks.reach.where": "in which combinations a condition is true",
    "engine.langage.checks.types.when_false": "what a false condition proves",
    "engine.langage.checks.types.when_true": "what a true condition proves",
    "engine.langage.kernel.values_of": "the parts that may be the value",
}


def silent(match: ast.Match, names: set[str]) -> bool:
    """Whether a match of nodes ends in a case that takes what is left without a word."""
    told = {
        node.cls.id
        for case in match.cases
        for node in ast.walk(case.pattern)
        if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name)
    }
    last = match.cases[-1]
    rest = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
    return len(told & names) >= 2 and rest and "assert_never" not in ast.unparse(last)


def test_the_walks_that_pass_over_a_new_node_are_known() -> None:
    names = {*re.findall(r"\w+", str(Expr))}
    assert len(names) == NODES, f"read these, then write the count: {SILENT}"
    found = set()
    for module in engine_modules():
        for function in ast.walk(module.tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            inside = (node for node in ast.walk(function) if isinstance(node, ast.Match))
            if any(silent(one, names) for one in inside):
                found.add(f"{module.name}.{function.name}")
    assert found == SILENT.keys()
