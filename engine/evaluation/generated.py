"""A compiled program goes in, the Python function that runs it on one record comes out.

The function is plain integer arithmetic on local variables: one statement per column, one loop per
reading of a collection. Its source can be read (``Compiled.source``). Columns are variables that
begin with an underscore and then a letter or another one, which no other name of it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final, TypeAlias, assert_never

from engine.evaluation.compilation.ir import (
    TRUE,
    ZERO,
    Call,
    Col,
    If,
    Lit,
    Node,
    Plain,
    RowCell,
    Rows,
    Span,
)
from engine.evaluation.compilation.names import EPOCH_COLUMN, local
from engine.evaluation.compilation.program import Column, Level, Pass, Program, Source, Total
from engine.evaluation.compilation.scaled import Typed, assured
from engine.evaluation.outcomes import Lack, NotComputable, Outcome
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, thirtieths
from engine.langage.records import Line, Record

Cell: TypeAlias = "int | bool | str | None"
Prepared: TypeAlias = "tuple[tuple[Cell, ...], tuple[tuple[tuple[Cell, ...], ...], ...]]"

_INFIX: Final[Mapping[str, str]] = {
    "+": "+", "-": "-", "*": "*", "//": "//", "==": "==", "!=": "!=", "<": "<", "<=": "<=",
    ">": ">", ">=": ">=", "in": "in", "and": "and", "or": "or", "bitor": "|",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as a Python function.

    ``run`` takes a prepared record and gives, in the order of ``program.outputs``, the count (in
    the step of its output) and the mask of each result.
    """

    program: Program
    source: str
    run: Callable[[Prepared], tuple[tuple[Cell, int], ...]]
    own: tuple[Source, ...]
    lines: Mapping[str, tuple[Source, ...]]

    def prepare(self, record: Record, epoch: int) -> Prepared:
        """The values of ``record`` that the program reads, numbers as counts of their step."""
        own = tuple(_cell(one.field.name, record.values, one) for one in self.own)
        rows = tuple(
            tuple(
                tuple(_line_cell(one, line, record) for one in sources)
                for line in record.lines.get(name, ())
            )
            for name, sources in self.lines.items()
        )
        return (epoch, *own), rows

    def outcomes(self, record: Record, epoch: int) -> dict[str, Outcome]:
        """What the interpreter says of each wanted result, worked out by the function."""
        found = self.run(self.prepare(record, epoch))
        outputs = self.program.outputs
        return {
            output.name: outcome(output.typed, count, mask, self.program.lacks)
            for output, (count, mask) in zip(outputs, found, strict=True)
        }


def outcome(typed: Typed, count: Cell, mask: int, lacks: tuple[Lack, ...]) -> Outcome:
    """A count and a mask as the value, the absence or the reasons they stand for."""
    if mask:
        reasons = [lack for place, lack in enumerate(lacks) if mask >> place & 1]
        return NotComputable(tuple(reasons))
    if count is None:
        return ABSENT
    if isinstance(count, bool | str):
        return count
    return date.fromordinal(count) if typed.kind == "date" else count * typed.step


def _cell(name: str, values: Mapping[str, Value], source: Source) -> Cell:
    value = values.get(name)
    if isinstance(value, Fraction):
        return int(value / (source.field.grid or 1))
    return value.toordinal() if isinstance(value, date) else value


def _line_cell(source: Source, line: Line, record: Record) -> Cell:
    if source.via is None:
        return _cell(source.field.name, line.values, source)
    index = line.links.get(source.via.name)
    if index is None:
        return None
    collection = (source.via.link or "").partition(".")[0]
    return _cell(source.field.name, record.lines[collection][index].values, source)


def generate(program: Program) -> Compiled:
    """The function of ``program``."""
    own = tuple(one for one in program.sources if one.scope is None)
    scopes = dict.fromkeys(step.collection for step in program.steps if isinstance(step, Pass))
    lines = {scope: tuple(one for one in program.sources if one.scope == scope) for scope in scopes}
    writer = _Writer()
    writer.line(0, "def calculer(dossier):")
    writer.line(1, "champs, listes = dossier")
    writer.line(1, f"({', '.join([EPOCH_COLUMN, *(local(one.name) for one in own)])},) = champs")
    if scopes:
        writer.line(1, f"({', '.join(f'lignes_{scope}' for scope in scopes)},) = listes")
    for step in program.steps:
        match step:
            case Level():
                for column in step.columns:
                    writer.assign(1, column)
            case Pass():
                writer.reading(step, lines[step.collection])
            case _:
                assert_never(step)
    results = [
        f"({writer.text(one.typed.node)}, {writer.text(one.typed.mask or ZERO)})"
        for one in program.outputs
    ]
    writer.line(1, f"return ({', '.join(results)},)")
    source = "\n".join([*writer.head, *writer.body, ""])
    space: dict[str, Callable[..., Any]] = {"trentiemes": _thirtieths}
    exec(compile(source, "<règlement compilé>", "exec"), space)  # noqa: S102 - written just above
    return Compiled(program, source, space["calculer"], own, lines)


@dataclass(slots=True)
class _Writer:
    head: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    _places: int = 0
    _tables: dict[str, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)  # the columns that have their value already

    def line(self, depth: int, text: str) -> None:
        self.body.append("    " * depth + text)

    def assign(self, depth: int, column: Column) -> None:
        text = self.text(column.node)
        known = isinstance(column.stops, Col) and column.stops.name in self._known
        if known and column.stops is not None and _has_guard(column.node):
            text = f"None if {self.text(column.stops)} else {self.text(assured(column.node))}"
        self.line(depth, f"{column.name} = {text}")
        self._known.add(column.name)

    # --- totals

    def reading(self, step: Pass, sources: tuple[Source, ...]) -> None:
        """One loop: the columns of the line, then each total brought up to date."""
        for total in step.totals:
            self.line(1, f"{total.name} = {_start(total)}")
        names = ", ".join(one.name for one in sources)
        self.line(1, f"for {f'({names},)' if names else '_'} in lignes_{step.collection}:")
        for level in step.levels:
            for column in level:
                self.assign(2, column)
        for total in step.totals:
            self._bring_up(total)
        for total in step.totals:
            if total.how == "distincts":
                self.line(1, f"{total.name} = len({total.name})")
            elif total.how == "somme" and total.once_per is not None:
                self.line(1, f"{total.name} = sum({total.name}.values())")

    def _bring_up(self, total: Total) -> None:
        depth = 2
        if total.where != TRUE:
            self.line(2, f"if {self.text(total.where)}:")
            depth = 3
        name, value = total.name, self.text(total.body)
        if total.nullable and not isinstance(total.body, Lit):
            self.line(depth, f"valeur = {value}")
            self.line(depth, "if valeur is not None:")
            depth, value = depth + 1, "valeur"
        match total.how:
            case "somme" if total.once_per is not None:
                mark = self.text(total.once_per)
                self.line(depth, f"marque = {mark}")
                self.line(depth, f"marque = len({name}) if marque is None else (marque,)")
                self.line(depth, f"{name}[marque] = max({value}, {name}.get(marque, 0))")
            case "somme" | "compte":
                if total.body != ZERO:
                    self.line(depth, f"{name} += {value}")
                else:
                    self.line(depth, "pass")
            case "existe":
                self.line(depth, f"{name} = True")
            case "bits":
                self.line(depth, f"{name} |= {value}")
            case "distincts":
                self.line(depth, f"{name}.add({value})")
            case "max" | "min":
                sign = ">" if total.how == "max" else "<"
                self.line(depth, f"valeur = {value}")
                self.line(depth, f"if {name} is None or valeur {sign} {name}:")
                self.line(depth + 1, f"{name} = valeur")

    # --- expressions

    def text(self, node: Node) -> str:
        """The Python expression of ``node``."""
        match node:
            case Lit():
                return _literal(node.value)
            case Col():
                return local(node.name)
            case Call():
                return self._call(node)
            case If():
                last = self.text(node.otherwise)
                for condition, value in reversed(node.cases):
                    last = f"{self.text(value)} if {self.text(condition)} else {last}"
                return f"({last})"
            case Rows():
                return self._rows(node)
            case _:
                assert_never(node)

    def _call(self, node: Call) -> str:
        match node.op:
            case "isnull" | "notnull":
                test = "is None" if node.op == "isnull" else "is not None"
                return f"({self.text(node.args[0])} {test})"
            case "coalesce":
                value, other = node.args
                if isinstance(value, Col):
                    name = self.text(value)
                    return f"({name} if {name} is not None else {self.text(other)})"
                place = self._place()
                test = f"({place} := {self.text(value)}) is not None"
                return f"({place} if {test} else {self.text(other)})"
            case "and" | "or":
                return f"({self.text(node.args[0])} {node.op} {self.text(node.args[1])})"
            case _:
                return self._guarded(node)

    def _guarded(self, node: Call) -> str:
        """The operation, or None when an argument that may be None is."""
        texts = [self.text(arg) for arg in node.args]
        tests: list[str] = []
        for at in node.guarded:
            if isinstance(node.args[at], Col):
                tests.append(f"{texts[at]} is None")
            else:
                place = self._place()
                tests.append(f"({place} := {texts[at]}) is None")
                texts[at] = place
        value = self._cut(texts) if node.op == "quo" else _operation(node, texts)
        if not tests:
            return f"({value})"
        # every test is made: « or » would leave a place without its value
        return f"(None if {' or '.join(dict.fromkeys(tests))} else {value})"

    def _cut(self, texts: list[str]) -> str:
        """A quotient cut at the point: Python's own goes down."""
        top, bottom = texts
        place = self._place()
        return f"{place} // {bottom} if ({place} := {top}) >= 0 else -(-{place} // {bottom})"

    def _place(self) -> str:
        self._places += 1
        return f"_{self._places}"

    def _rows(self, node: Rows) -> str:
        """A dictionary when every key is a code or a truth, else a chain of tests."""
        keys = [self.text(key) for key in node.keys]
        if not all(isinstance(cell, frozenset) for cells, _ in node.rows for cell in cells):
            return self._chain(node, keys)
        table: dict[tuple[str | bool, ...], Plain] = {}
        for cells, value in reversed(node.rows):
            found: list[tuple[str | bool, ...]] = [()]
            for cell in cells:
                assert isinstance(cell, frozenset)  # noqa: S101 - said just above
                codes: list[str | bool] = sorted(cell, key=str)
                found = [(*one, key) for one in found for key in codes]
            table |= dict.fromkeys(found, value)
        alone = len(keys) == 1
        entries = ", ".join(
            f"{(key[0] if alone else key)!r}: {_literal(value)}" for key, value in table.items()
        )
        text = f"{{{entries}}}"
        if text not in self._tables:
            self._tables[text] = f"TABLE_{len(self._tables) + 1}"
            self.head.append(f"{self._tables[text]} = {text}")
        key = keys[0] if alone else f"({', '.join(keys)})"
        other = "" if node.otherwise is None else f", {_literal(node.otherwise)}"
        return f"{self._tables[text]}.get({key}{other})"

    def _chain(self, node: Rows, keys: list[str]) -> str:
        last = _literal(node.otherwise)
        for cells, value in reversed(node.rows):
            tests = [_holds(cell, key) for cell, key in zip(cells, keys, strict=True)]
            condition = " and ".join(test for test in tests if test) or "True"
            last = f"{_literal(value)} if {condition} else {last}"
        return f"({last})"


def _thirtieths(first: int, last: int) -> int:
    """Days are the counts that ``date.toordinal`` gives."""
    return thirtieths(date.fromordinal(first), date.fromordinal(last))


def _has_guard(node: Node) -> bool:
    return isinstance(node, Call) and assured(node) != node


def _operation(node: Call, texts: list[str]) -> str:
    match node.op:
        case "not":
            return f"not {texts[0]}"
        case "neg":
            return f"-{texts[0]}"
        case "abs":
            return f"abs({texts[0]})"
        case "least" | "greatest":
            return f"{'min' if node.op == 'least' else 'max'}({', '.join(texts)})"
        case "text":
            return texts[0]
        case "days":
            return f"{texts[1]} - {texts[0]} + 1"
        case "thirtieths":
            return f"trentiemes({', '.join(texts)})"
        case _:
            return f" {_INFIX[node.op]} ".join(texts)


def _holds(cell: RowCell, key: str) -> str:
    if isinstance(cell, Span):
        low = "" if cell.low is None else f"{cell.low} <= "
        high = "" if cell.high is None else f" <= {cell.high}"
        return f"{low}{key}{high}" if low or high else ""
    return f"{key} in {_literal(frozenset(str(one) for one in cell))}" if not any(
        isinstance(one, bool) for one in cell
    ) else f"{key} in ({', '.join(str(one) for one in sorted(cell))},)"  # fmt: skip


def _literal(value: Plain) -> str:
    if isinstance(value, date):
        return str(value.toordinal())
    if isinstance(value, frozenset):
        return f"{{{', '.join(repr(one) for one in sorted(value))}}}" if value else "()"
    return repr(value)


def _start(total: Total) -> str:
    match total.how:
        case "somme" | "compte":
            return "0" if total.once_per is None else "{}"
        case "existe":
            return "False"
        case "bits":
            return "0"
        case "distincts":
            return "set()"
        case "max" | "min":
            return "None"
