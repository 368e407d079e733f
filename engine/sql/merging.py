"""Several programs of one model go in; one that gives the outputs of all of them comes out.

What they compute alike is computed once. The outputs of program 2 are called « nom@2 ».
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from engine.evaluation.compilation.inline import substituted
from engine.evaluation.compilation.ir import Col, Node
from engine.evaluation.compilation.names import marked
from engine.evaluation.compilation.program import (
    Column,
    Level,
    Output,
    Program,
    Source,
    Total,
    schedule,
)
from engine.sql.rewriting import Rewriting


def output_name(amount: str, place: int) -> str:
    """The name of an output of the program at ``place`` (from 0)."""
    return f"{amount}@{place}"


def merged(programs: Sequence[Program]) -> Program:
    """One program for all; its ``lacks`` and alarms are those of none.

    The bits of a mask keep the meaning they have in the program that its output comes from.
    """
    known: dict[tuple[str | None, str], Column | Total] = {}
    outputs: list[Output] = []
    sources: dict[Source, None] = {}
    for place, program in enumerate(programs):
        renamed: dict[Col, Node] = {}
        change = partial(_with_names, renamed)
        rewriting = Rewriting(change, change)
        for item in _items(program):
            own = rewriting.column(item) if isinstance(item, Column) else rewriting.total(item)
            scope = _scope(own)
            if known.get((scope, own.name), own) != own:
                other = marked(f"loi{place}", own.name)
                renamed[Col(own.name, scope)] = Col(other, scope)
                own = replace(own, name=other)
            known.setdefault((scope, own.name), own)
        outputs += [replace(rewriting.output(one), name=output_name(one.name, place))
                    for one in program.outputs]  # fmt: skip
        sources |= dict.fromkeys(program.sources)
    columns = [one for one in known.values() if isinstance(one, Column)]
    totals = [one for one in known.values() if isinstance(one, Total)]
    steps = schedule(columns, totals)
    return Program(tuple(sources), tuple(columns), steps, tuple(outputs), (), ())


def _with_names(renamed: dict[Col, Node], node: Node) -> Node:
    return substituted(node, renamed)


def _scope(item: Column | Total) -> str | None:
    return None if isinstance(item, Total) else item.scope


def _items(program: Program) -> Iterator[Column | Total]:
    """The columns and the totals, each once, after those that it reads."""
    seen: set[tuple[str | None, str]] = set()
    for step in program.steps:
        found: list[Column | Total] = []
        if isinstance(step, Level):
            found += step.columns
        else:
            found += [*(one for level in step.levels for one in level), *step.totals]
        for one in found:
            if (_scope(one), one.name) not in seen:
                seen.add((_scope(one), one.name))
                yield one
