"""A compiled program goes in, the text of a WebAssembly module comes out: one function, no trap.

The function ``calculer(premier, fin)`` computes the records of a range. A value is one local, and
one more that says whether it is there when it may not be; a number that may not hold in 64 bits is
two.
What is absent holds any bits: nothing reads them, and nothing done to them can stop the module,
since no divisor is 0 and no line is read but those of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib.resources import files
from typing import Final, Literal, TypeAlias, assert_never

from engine.evaluation.compilation.ir import (
    NULL,
    TRUE,
    Call,
    Col,
    ColumnExpr,
    CountRange,
    If,
    Lit,
    LiteralValue,
    RowCell,
    RowLookup,
    columns,
)
from engine.evaluation.compilation.names import EPOCH_COLUMN
from engine.evaluation.compilation.program import (
    CompiledColumn,
    Level,
    Pass,
    Total,
    line_columns,
    line_levels,
)
from engine.module.layout import (
    EPOCH_DAY,
    SLOT,
    AnswerSlots,
    Input,
    Layout,
    Link,
    needs_space,
)

ColumnKey: TypeAlias = "tuple[str | None, str]"
Type: TypeAlias = Literal["i32", "i64"]
WORD: Final = 2**63
NEVER: Final = "(i32.const 0)"
ALWAYS: Final = "(i32.const 1)"
_COMPARED: Final[Mapping[str, str]] = {
    "==": "eq",
    "!=": "ne",
    "<": "lt_s",
    "<=": "le_s",
    ">": "gt_s",
    ">=": "ge_s",
}
_WIDE_COMPARED: Final[Mapping[str, tuple[str, bool]]] = {  # the test, whether it is turned round
    "==": ("egal", False),
    "!=": ("egal", True),
    "<": ("moins", False),
    ">=": ("moins", True),
}
_WORDS: Final[Mapping[str, str]] = {"+": "plus", "*": "fois", "//": "quotient", "quo": "tronque"}
_SIMPLE: Final[Mapping[str, str]] = {"+": "add", "-": "sub", "*": "mul", "bitor": "or"}


@dataclass(frozen=True, slots=True)
class Emitted:
    """A value on its way: a truth (32 bits) or 64 bits, and 64 more above when it is ``wide``.

    ``there``: whether it is there, None when it always is. Each text reads locals and nothing else.
    """

    truth: bool
    text: str
    there: str | None = None
    high: str | None = None

    @property
    def type(self) -> Type:
        """Of what type its local is."""
        return "i32" if self.truth else "i64"


def emit(layout: Layout) -> str:
    """The text of the module of a program."""
    writer = _Writer(layout)
    writer.function()
    declared = "\n".join(f"    (local ${name} {kind})" for name, kind in writer.locals.items())
    body = "\n".join(writer.lines)
    helpers = files("engine.module").joinpath("aide.wat").read_text(encoding="utf-8")
    return (
        f'(module\n  (memory (export "memoire") 1 65536)\n{helpers}'
        f'  (func (export "calculer") (param $premier i32) (param $fin i32)\n{declared}\n{body}\n'
        "  )\n)\n"
    )


def _truth(text: str, there: str | None = None) -> Emitted:
    return Emitted(truth=True, text=text, there=there)


def _number(text: str, there: str | None = None, high: str | None = None) -> Emitted:
    return Emitted(truth=False, text=text, there=there, high=high)


@dataclass(slots=True)
class _Writer:
    layout: Layout
    lines: list[str] = field(default_factory=list)
    locals: dict[str, Type] = field(default_factory=dict)
    known: dict[ColumnKey, Emitted] = field(default_factory=dict)
    kinds: dict[ColumnKey, bool] = field(default_factory=dict)  # whether a column is a truth
    places: dict[str, int] = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)
    inputs: dict[ColumnKey, Input] = field(default_factory=dict)
    labels: int = 0

    # --- locals, blocks

    def local(self, kind: Type, name: str = "t") -> str:
        """A new local."""
        made = f"{name}{len(self.locals)}"
        self.locals[made] = kind
        return made

    def say(self, line: str) -> None:
        self.lines.append(line)

    def put(self, name: str, text: str) -> None:
        self.say(f"(local.set ${name} {text})")

    @contextmanager
    def aside(self, into: list[str]) -> Iterator[None]:
        """What is written meanwhile goes ``into`` another list."""
        outer, self.lines = self.lines, into
        try:
            yield
        finally:
            self.lines = outer

    def hold(self, text: str, kind: Type) -> str:
        """The same value, that can be read twice."""
        if text.startswith(("(local.get", "(i32.const", "(i64.const")):
            return text
        name = self.local(kind)
        self.put(name, text)
        return f"(local.get ${name})"

    def held(self, value: Emitted) -> Emitted:
        return Emitted(
            value.truth,
            self.hold(value.text, value.type),
            None if value.there is None else self.hold(value.there, "i32"),
            None if value.high is None else self.hold(value.high, "i64"),
        )

    def slot(self, number: int) -> str:
        """The address of a column, read once."""
        if number not in self.addresses:
            self.addresses[number] = self.local("i32", "a")
        return f"(local.get ${self.addresses[number]})"

    # --- the function

    def function(self) -> None:
        layout, program = self.layout, self.layout.program
        self.places = {text: number for number, text in enumerate(layout.texts)}
        self.inputs = {(one.source.scope, one.source.name): one for one in layout.inputs}
        self.kinds = {
            **{key: one.sort == "booleen" for key, one in self.inputs.items()},
            **{(one.scope, one.name): one.kind == "booleen" for one in program.columns},
            **{
                (None, total.name): total.how == "existe"
                or (total.how in ("max", "min") and total.kind == "booleen")
                for step in program.steps
                if isinstance(step, Pass)
                for total in step.totals
            },
            (None, EPOCH_COLUMN): False,
        }
        body: list[str] = []
        with self.aside(body):
            self._record()
        for number, name in self.addresses.items():
            self.put(name, f"(i32.load (i32.const {number * SLOT}))")
        self.locals["i"] = "i32"
        self.put("i", "(local.get $premier)")
        self.say("(block $rien (br_if $rien (i32.ge_s (local.get $i) (local.get $fin)))")
        self.say("(loop $dossier")
        self.lines += body
        self.put("i", "(i32.add (local.get $i) (i32.const 1))")
        self.say("(br_if $dossier (i32.lt_s (local.get $i) (local.get $fin)))))")

    def _record(self) -> None:
        layout, program = self.layout, self.layout.program
        index = "(local.get $i)"
        epoch = self.hold(_load(self.slot(layout.epoch), index, "jour"), "i64")
        self.known[None, EPOCH_COLUMN] = _number(epoch)
        for key, one in self.inputs.items():
            if key[0] is None:
                self.known[key] = self._loaded(one, index, None)
        for step in program.steps:
            match step:
                case Level():
                    for column in step.columns:
                        self._keep(column)
                case Pass():
                    self._pass(step)
                case _:
                    assert_never(step)
        for answer in layout.results:
            self._answer(answer, index)
        self._alarms()

    def _loaded(self, one: Input, index: str, links: Mapping[str, Emitted] | None) -> Emitted:
        """A field of the record or of a line; that of the line it leads to, when there is one."""
        there = None
        if one.source.via is not None and links is not None:
            link = links[one.source.via.name]
            index, there = link.text, link.there
        truth = one.sort == "booleen"
        name = self.local("i32" if truth else "i64", "c")
        has = None if one.there is None else self.local("i32", "p")
        load = [f"(local.set ${name} {_load(self.slot(one.values), index, one.sort)})"]
        if has is not None and one.there is not None:
            load.append(f"(local.set ${has} {_bit(self.slot(one.there), index)})")
        if there is not None:
            load = [f"(local.set ${has} {NEVER})", f"(if {there} (then", *load, "))"]
        self.lines += load
        return Emitted(
            truth, f"(local.get ${name})", None if has is None else f"(local.get ${has})"
        )

    def _keep(self, column: CompiledColumn) -> None:
        """A column in locals of its own."""
        self.known[column.scope, column.name] = self.held(
            self.value(column.node, truth=column.kind == "booleen")
        )

    # --- the lines of a record

    def _pass(self, step: Pass) -> None:
        wanted: list[CompiledColumn | Total | AnswerSlots] = [
            one for level in step.levels for one in level
        ]
        wanted += step.totals
        ends = {one.name: self._begin(one) for one in step.totals}
        with self._each(step.collection, wanted):
            for level in step.levels:
                for column in level:
                    self._keep(column)
            for total in step.totals:
                self._bring_up(total, ends[total.name])
        for total in step.totals:
            self.known[None, total.name] = ends[total.name].value

    @contextmanager
    def _each(
        self, collection: str, wanted: Sequence[CompiledColumn | Total | AnswerSlots]
    ) -> Iterator[str]:
        """A loop over the lines of the record, the fields wanted being loaded; its index."""
        offsets, index = self.slot(self.layout.offsets[collection]), "(local.get $i)"
        line, last = self.local("i32", "j"), self.local("i32", "f")
        self.put(line, _load(offsets, index, "ligne"))
        self.put(last, _load(offsets, "(i32.add (local.get $i) (i32.const 1))", "ligne"))
        self.labels += 1
        out, again = f"$sortie{self.labels}", f"$ligne{self.labels}"
        self.say(f"(block {out} (br_if {out} (i32.ge_s (local.get ${line}) (local.get ${last})))")
        self.say(f"(loop {again}")
        read = {(col.scope, col.name) for one in wanted for col in _read(one)}
        links = {
            one.name: self._link(one, f"(local.get ${line})")
            for one in self.layout.links
            if one.scope == collection and any(self._goes(key, one) for key in read)
        }
        for key in sorted(read, key=str):
            if key in self.inputs and key[0] == collection:
                self.known[key] = self._loaded(self.inputs[key], f"(local.get ${line})", links)
        yield f"(local.get ${line})"
        self.put(line, f"(i32.add (local.get ${line}) (i32.const 1))")
        self.say(f"(br_if {again} (i32.lt_s (local.get ${line}) (local.get ${last})))))")
        self.known = {key: one for key, one in self.known.items() if key[0] is None}

    def _goes(self, key: ColumnKey, link: Link) -> bool:
        one = self.inputs.get(key)
        return one is not None and one.source.via is not None and one.source.via.name == link.name

    def _link(self, link: Link, index: str) -> Emitted:
        """The line that a line leads to, among all those of the collection it leads to."""
        there = self.hold(_bit(self.slot(link.there), index), "i32")
        place = self.local("i32", "l")
        first = _load(self.slot(self.layout.offsets[link.target]), "(local.get $i)", "ligne")
        own = _load(self.slot(link.values), index, "ligne")
        self.say(f"(if {there} (then (local.set ${place} (i32.add {first} {own}))))")
        return _truth(f"(local.get ${place})", there=there)

    def _begin(self, total: Total) -> _Running:
        kind: Type = "i32" if self.kinds[None, total.name] else "i64"
        name = self.local(kind, "s")
        self.put(name, f"({kind}.const 0)")
        high = has = count = None
        if total.wide:
            high = self.local("i64", "s")
            self.put(high, "(i64.const 0)")
        if total.how in ("max", "min"):
            has = self.local("i32", "p")
            self.put(has, NEVER)
        if needs_space(total):
            count = self.local("i32", "n")
            self.put(count, NEVER)
        there = None if has is None else f"(local.get ${has})"
        value = Emitted(
            kind == "i32",
            f"(local.get ${name})",
            there,
            None if high is None else f"(local.get ${high})",
        )
        return _Running(name, high, has, count, value)

    def _bring_up(self, total: Total, into: _Running) -> None:
        """What one line adds to a total."""
        inside: list[str] = []
        where = self.value(total.where, truth=True)
        with self.aside(inside):
            body = self.value(total.body, truth=self.kinds[None, total.name])
            if total.nullable and body.there is not None:
                body = self.held(body)
                more: list[str] = []
                with self.aside(more):
                    self._added(total, into, body)
                self.lines += [f"(if {body.there} (then", *more, "))"]
            else:
                self._added(total, into, body)
        if total.where == TRUE:
            self.lines += inside
        else:
            self.lines += [f"(if {_holds(where)} (then", *inside, "))"]

    def _added(self, total: Total, into: _Running, body: Emitted) -> None:
        own = f"(local.get ${into.name})"
        match total.how:
            case "somme" if total.once_per is not None:
                if body.high is not None:
                    message = f"{total.rule}: what is kept of each mark has 64 bits"
                    raise AssertionError(message)
                mark = self.value(total.once_per, truth=False)
                has = ALWAYS if mark.there is None else mark.there
                got, kept = self.local("i64"), f"(local.get ${into.count})"
                self.say(f"(call $garde {self._piece(total)} {kept} {mark.text} {has} {body.text})")
                self.say(f"local.set ${into.count}")
                self.say(f"local.set ${got}")
                self._add(into, _number(f"(local.get ${got})"))
            case "distincts":
                text = f"(i64.extend_i32_u {body.text})" if body.truth else body.text
                got = self.hold(
                    f"(call $nouveau {self._piece(total)} (local.get ${into.count}) {text})", "i32"
                )
                self.put(into.name, f"(i64.add {own} (i64.extend_i32_u {got}))")
                self.put(into.count or "", f"(i32.add (local.get ${into.count}) {got})")
            case "somme" | "compte":
                self._add(into, body)
            case "existe":
                self.put(into.name, ALWAYS)
            case "bits":
                self.put(into.name, f"(i64.or {own} {body.text})")
            case "max" | "min":
                self._extreme(total, into, self.held(body))
            case _:
                assert_never(total.how)

    def _add(self, into: _Running, more: Emitted) -> None:
        own = _number(f"(local.get ${into.name})")
        if into.high is None:
            self.put(into.name, f"(i64.add {own.text} {more.text})")
            return
        low, high = self._words("plus", replace(own, high=f"(local.get ${into.high})"), more)
        self.put(into.name, low)
        self.put(into.high, high)

    def _extreme(self, total: Total, into: _Running, body: Emitted) -> None:
        own, sign = f"(local.get ${into.name})", "gt" if total.how == "max" else "lt"
        more = ""
        if into.high is not None:
            pair = _number(own, high=f"(local.get ${into.high})")
            lesser, greater = (pair, body) if total.how == "max" else (body, pair)
            less = f"(call $moins {_pair(lesser)} {_pair(greater)})"
            other = f"(i32.or (i32.eqz (local.get ${into.has})) {less})"
            more = f" (local.set ${into.high} {_high(body)})"
        elif total.kind in ("texte", "code"):
            ranks = self.slot(self.layout.ranks or 0)
            first, second = (
                _load(ranks, f"(i32.wrap_i64 {one})", "ligne") for one in (body.text, own)
            )
            better = f"(i32.{sign}_s {first} {second})"
            other = f"(if (result i32) (local.get ${into.has}) (then {better}) (else {ALWAYS}))"
        else:
            kind = body.type
            better = f"({kind}.{sign}_{'u' if body.truth else 's'} {body.text} {own})"
            other = f"(i32.or (i32.eqz (local.get ${into.has})) {better})"
        self.lines += [
            f"(if {other} (then (local.set ${into.name} {body.text})",
            f"(local.set ${into.has} {ALWAYS}){more}))",
        ]

    def _piece(self, total: Total) -> str:
        """The address of the working space of a total."""
        totals = [
            one
            for step in self.layout.program.steps
            if isinstance(step, Pass)
            for one in step.totals
            if needs_space(one)
        ]
        at = next(place for place, one in enumerate(totals) if one is total)
        space = self.layout.space or 0
        return f"(i32.add {self.slot(space)} (i32.mul {self.slot(space + 1)} (i32.const {at})))"

    # --- what is given

    def _answer(self, answer: AnswerSlots, index: str) -> None:
        typed = answer.typed
        value = self.value(typed.node, truth=answer.sort == "booleen")
        there = value.there
        if answer.sort == "booleen":
            if typed.kind is not None:
                shown = value.text if there is None else f"(i32.and {there} {value.text})"
                self.say(_set_bit(self.slot(answer.values), index, shown))
        else:
            size = "i64.store" if answer.sort in ("nombre", "grand") else "i64.store32"
            shift = {"nombre": 3, "grand": 4}.get(answer.sort, 2)
            place = self.hold(_at(self.slot(answer.values), index, shift), "i32")
            value = self.held(value)
            self.say(f"({size} {place} {value.text})")
            if answer.sort == "grand":
                self.say(f"(i64.store offset=8 {place} {_high(value)})")
        if answer.there is not None:
            self.say(_set_bit(self.slot(answer.there), index, ALWAYS if there is None else there))
        if answer.mask is not None and typed.mask is not None:
            found = self.value(typed.mask, truth=False)
            text = found.text
            if found.there is not None:
                text = f"(select {text} (i64.const 0) {found.there})"
            self.say(f"(i64.store {_at(self.slot(answer.mask), index, 3)} {text})")
        if answer.den is not None and typed.den is not None:
            found = self.held(self.value(typed.den, truth=False))
            place = self.hold(_at(self.slot(answer.den), index, 4), "i32")
            self.say(f"(i64.store {place} {found.text})")
            self.say(f"(i64.store offset=8 {place} {_high(found)})")

    def _alarms(self) -> None:
        """Controls: of the record first, then a reading of the lines of each collection."""
        answers: dict[str | None, list[AnswerSlots]] = {}
        for one in self.layout.alarms:
            answers.setdefault(one.scope, []).append(one)
        for scope, own in answers.items():
            if scope is None:
                self._fire(own, "(local.get $i)")
                continue
            lines = line_columns(self.layout.program.columns)
            asked = [
                CompiledColumn(f"{at}", scope, node, "nombre", "")
                for at, node in enumerate(_asked(own))
            ]
            levels = line_levels(asked, lines)
            wanted: list[CompiledColumn | Total | AnswerSlots] = [
                one for level in levels for one in level
            ]
            wanted += own
            with self._each(scope, wanted) as line:
                for level in levels:
                    for column in level:
                        self._keep(column)
                self._fire(own, line)

    def _fire(self, answers: Sequence[AnswerSlots], index: str) -> None:
        """Whether each control fires, and the values of its message where it does."""
        by_control: dict[int, list[AnswerSlots]] = {}
        for one in answers:
            by_control.setdefault(int(one.about[0]), []).append(one)
        for condition, *message in by_control.values():
            fires = self.hold(_holds(self.value(condition.typed.node, truth=True)), "i32")
            self.say(_set_bit(self.slot(condition.values), index, fires))
            if message:
                inside: list[str] = []
                with self.aside(inside):
                    for one in message:
                        self._answer(one, index)
                self.lines += [f"(if {fires} (then", *inside, "))"]

    # --- expressions

    def value(self, node: ColumnExpr, *, truth: bool) -> Emitted:
        """An expression; ``truth``: what it is, should it be ``NULL`` and nothing else."""
        match node:
            case Lit():
                return self._literal(node.value, truth=truth)
            case Col():
                return self.known[node.scope, node.name]
            case Call():
                return self._call(node, truth=truth)
            case If():
                return self._if(node, truth=self._is_truth(node, otherwise=truth))
            case RowLookup():
                return self._rows(node, truth=self._is_truth(node, otherwise=truth))
            case _:
                assert_never(node)

    def _is_truth(self, node: ColumnExpr, *, otherwise: bool) -> bool:
        """Whether an expression is a truth; ``otherwise`` when nothing tells."""
        match node:
            case Lit(value):
                return otherwise if value is None else isinstance(value, bool)
            case Col():
                return self.kinds[node.scope, node.name]
            case If():
                found = [value for _, value in node.cases] + [node.otherwise]
                told = [one for one in found if one != NULL]
                return self._is_truth(told[0], otherwise=otherwise) if told else otherwise
            case RowLookup():
                values = [value for _, value in node.rows] + [node.otherwise]
                told_ = [one for one in values if one is not None]
                return isinstance(told_[0], bool) if told_ else otherwise
            case Call(op="coalesce" | "text", args=args):
                told = [one for one in args if one != NULL]
                return self._is_truth(told[0], otherwise=otherwise) if told else otherwise
            case Call():
                return node.op in (
                    "==",
                    "!=",
                    "<",
                    "<=",
                    ">",
                    ">=",
                    "in",
                    "and",
                    "or",
                    "not",
                    "isnull",
                    "notnull",
                )

    def _literal(self, value: LiteralValue, *, truth: bool) -> Emitted:
        if value is None:
            return Emitted(truth, NEVER if truth else "(i64.const 0)", NEVER)
        if isinstance(value, bool):
            return _truth(ALWAYS if value else NEVER)
        if isinstance(value, date):
            return _number(f"(i64.const {value.toordinal() - EPOCH_DAY})")
        if isinstance(value, str):
            return _number(f"(i64.const {self.places[value]})")
        if isinstance(value, frozenset):
            message = "a set is only read by « in »"
            raise TypeError(message)
        low = value & (2**64 - 1)
        text = f"(i64.const {low - 2**64 if low >= WORD else low})"
        fits = -WORD <= value < WORD
        return _number(text, high=None if fits else f"(i64.const {value >> 64})")

    def _call(self, node: Call, *, truth: bool) -> Emitted:
        match node.op:
            case "isnull" | "notnull":
                there = self.value(node.args[0], truth=False).there or ALWAYS
                return _truth(f"(i32.eqz {there})" if node.op == "isnull" else there)
            case "coalesce":
                return self._coalesce(node, truth=truth)
            case "and" | "or":
                return self._chain(node)
            case "in":
                return self._in(node)
            case "text":
                return self.value(node.args[0], truth=False)
            case _:
                return self._guarded(node)

    def _coalesce(self, node: Call, *, truth: bool) -> Emitted:
        kind = self._is_truth(node, otherwise=truth)
        first, other = node.args
        value = self.held(self.value(first, truth=kind))
        if value.there is None:
            return value
        return self._either(
            value.there,
            lambda: replace(value, there=None),
            lambda: self.value(other, truth=kind),
            truth=kind,
        )

    def _either(
        self,
        condition: str,
        then: Callable[[], Emitted],
        other: Callable[[], Emitted],
        *,
        truth: bool,
    ) -> Emitted:
        """One of two values; what each needs is only worked out when it is the one."""
        sides: list[tuple[list[str], Emitted]] = []
        for make in (then, other):
            lines: list[str] = []
            with self.aside(lines):
                made = make()
            sides.append((lines, made))
        (first, one), (second, two) = sides
        absent = one.there is not None or two.there is not None
        wide = one.high is not None or two.high is not None
        kind: Type = "i32" if truth else "i64"
        if not first and not second and not absent and not wide:
            return Emitted(truth, f"(select {one.text} {two.text} {condition})")
        name = self.local(kind)
        has = self.local("i32", "p") if absent else None
        high = self.local("i64") if wide else None
        for lines, made in sides:
            lines.append(f"(local.set ${name} {made.text})")
            if has is not None:
                lines.append(f"(local.set ${has} {ALWAYS if made.there is None else made.there})")
            if high is not None:
                lines.append(f"(local.set ${high} {_high(made)})")
        self.lines += [f"(if {condition} (then", *first, ") (else", *second, "))"]
        there, above = (None if one is None else f"(local.get ${one})" for one in (has, high))
        return Emitted(truth, f"(local.get ${name})", there, above)

    def _chain(self, node: Call) -> Emitted:
        """« and », « or »: the next argument is only read when it decides."""
        found = self.value(node.args[0], truth=True)
        stop = _truth(NEVER if node.op == "and" else ALWAYS)
        for arg in node.args[1:]:
            left = self.hold(_holds(found), "i32")
            sides = (partial(self.value, arg, truth=True), lambda: stop)
            first, other = sides if node.op == "and" else sides[::-1]
            found = self._either(left, first, other, truth=True)
        return found

    def _in(self, node: Call) -> Emitted:
        value = self.held(self.value(node.args[0], truth=False))
        among = node.args[1]
        codes = among.value if isinstance(among, Lit) and isinstance(among.value, frozenset) else ()
        text = self._among(value.text, codes)
        return _truth(text, value.there if 0 in node.guarded else None)

    def _among(self, text: str, codes: Iterable[str]) -> str:
        """Whether a text is one of some: a word has one bit for each of sixty-four of them."""
        words: dict[int, int] = {}
        for code in codes:
            number = self.places[code]
            words[number >> 6] = words.get(number >> 6, 0) | 1 << (number & 63)
        tests = []
        for word, bits in sorted(words.items()):
            if bits.bit_count() == 1:
                number = (word << 6) + bits.bit_length() - 1
                tests.append(f"(i64.eq {text} (i64.const {number}))")
                continue
            signed = bits - 2**64 if bits >= WORD else bits
            bit = f"(i32.wrap_i64 (i64.and (i64.shr_u (i64.const {signed}) {text}) (i64.const 1)))"
            same = f"(i64.eq (i64.shr_u {text} (i64.const 6)) (i64.const {word}))"
            tests.append(f"(i32.and {same} {bit})")
        return _joined("i32.or", tests, NEVER)

    def _guarded(self, node: Call) -> Emitted:
        """An operation; there when every argument that may be absent is."""
        values = [self.value(arg, truth=False) for arg in node.args]
        wide = node.wide or any(one.high is not None for one in values)
        if wide:
            values = [self.held(one) for one in values]
        told = [
            one.there
            for place, one in enumerate(values)
            if place in node.guarded and one.there is not None
        ]
        there = _joined("i32.and", list(dict.fromkeys(told)), "") or None
        if wide:  # what is made of wide values may be a truth, or narrow again
            found = self._wide(node, values)
            return replace(found, there=there, high=found.high if node.wide else None)
        return replace(self._narrow(node, values), there=there)

    def _narrow(self, node: Call, values: Sequence[Emitted]) -> Emitted:
        texts = [one.text for one in values]
        match node.op:
            case "==" | "!=" | "<" | "<=" | ">" | ">=":
                if node.op not in ("==", "!=") and any(self._is_text(arg) for arg in node.args):
                    message = "texts are not compared by their order"
                    raise AssertionError(message)
                return _truth(f"({values[0].type}.{_COMPARED[node.op]} {texts[0]} {texts[1]})")
            case "not":
                return _truth(f"(i32.eqz {texts[0]})")
            case "+" | "-" | "*" | "bitor":
                return _number(_joined(f"i64.{_SIMPLE[node.op]}", texts, ""))
            case "neg":
                return _number(f"(i64.sub (i64.const 0) {texts[0]})")
            case "abs":
                text = self.hold(texts[0], "i64")
                minus = f"(i64.sub (i64.const 0) {text})"
                return _number(f"(select {text} {minus} (i64.ge_s {text} (i64.const 0)))")
            case "least" | "greatest":
                test = "lt_s" if node.op == "least" else "gt_s"
                found = self.hold(texts[0], "i64")
                for text in texts[1:]:
                    one = self.hold(text, "i64")
                    found = self.hold(f"(select {found} {one} (i64.{test} {found} {one}))", "i64")
                return _number(found)
            case "//" | "quo":
                how = "div_u" if node.op == "//" else "div_s"
                return _number(f"(i64.{how} {texts[0]} {self._divisor(node.args[1], texts[1])})")
            case "days":
                return _number(f"(i64.add (i64.sub {texts[1]} {texts[0]}) (i64.const 1))")
            case "thirtieths":
                return _number(f"(call $trentiemes {texts[0]} {texts[1]})")
            case _:
                message = f"{node.op} is no operation on values"
                raise AssertionError(message)

    def _is_text(self, node: ColumnExpr) -> bool:
        if isinstance(node, Lit):
            return isinstance(node.value, str)
        one = self.inputs.get((node.scope, node.name)) if isinstance(node, Col) else None
        return one is not None and one.sort == "texte"

    def _divisor(self, node: ColumnExpr, text: str) -> str:
        """A divisor is positive where it is read; where it is absent, it may be 0."""
        if isinstance(node, Lit):
            return text
        held = self.hold(text, "i64")
        return f"(i64.or {held} (i64.extend_i32_u (i64.eqz {held})))"

    def _wide(self, node: Call, values: Sequence[Emitted]) -> Emitted:
        """The same on 128 bits."""
        first = values[0]
        match node.op:
            case "+" | "*":
                found = first
                for other in values[1:]:
                    low, high = self._words(_WORDS[node.op], found, other)
                    found = _number(low, high=high)
                return found
            case "-" | "//" | "quo":
                name = _WORDS.get(node.op, "plus")
                other = self._negated(values[1]) if node.op == "-" else values[1]
                low, high = self._words(name, first, other)
                return _number(low, high=high)
            case "neg":
                return self._negated(first)
            case "abs":
                minus = self._negated(first)
                negative = f"(i64.lt_s {_high(first)} (i64.const 0))"
                return _number(
                    f"(select {minus.text} {first.text} {negative})",
                    high=f"(select {_high(minus)} {_high(first)} {negative})",
                )
            case "least" | "greatest":
                found = first
                for other in values[1:]:
                    pair = (found, other) if node.op == "least" else (other, found)
                    less = self.hold(f"(call $moins {_pair(pair[0])} {_pair(pair[1])})", "i32")
                    low = self.hold(f"(select {found.text} {other.text} {less})", "i64")
                    high = self.hold(f"(select {_high(found)} {_high(other)} {less})", "i64")
                    found = _number(low, high=high)
                return found
            case "==" | "!=" | "<" | ">=" | ">" | "<=":
                pair, op = (values[0], values[1]), node.op
                if op in (">", "<="):
                    pair, op = (values[1], values[0]), "<" if op == ">" else ">="
                name, turned = _WIDE_COMPARED[op]
                text = f"(call ${name} {_pair(pair[0])} {_pair(pair[1])})"
                return _truth(f"(i32.eqz {text})" if turned else text)
            case _:
                return self._narrow(node, values)

    def _words(self, name: str, first: Emitted, second: Emitted) -> tuple[str, str]:
        """A function of 128 bits called: its low word, its high one."""
        low, high = self.local("i64"), self.local("i64")
        self.say(f"(call ${name} {_pair(first)} {_pair(second)})")
        self.say(f"local.set ${high}")
        self.say(f"local.set ${low}")
        return f"(local.get ${low})", f"(local.get ${high})"

    def _negated(self, value: Emitted) -> Emitted:
        low, high = self._words("moins_128", _number("(i64.const 0)"), value)
        return _number(low, high=high)

    def _if(self, node: If, *, truth: bool) -> Emitted:
        def chosen(cases: Sequence[tuple[ColumnExpr, ColumnExpr]]) -> Emitted:
            if not cases:
                return self.value(node.otherwise, truth=truth)
            (condition, value), *rest = cases
            holds = self.hold(_holds(self.value(condition, truth=True)), "i32")
            return self._either(
                holds, lambda: self.value(value, truth=truth), lambda: chosen(rest), truth=truth
            )

        return chosen(node.cases)

    def _rows(self, node: RowLookup, *, truth: bool) -> Emitted:
        keys = [self.held(self.value(key, truth=False)) for key in node.keys]

        def chosen(rows: Sequence[tuple[tuple[RowCell, ...], LiteralValue]]) -> Emitted:
            if not rows:
                return self._literal(node.otherwise, truth=truth)
            (cells, value), *rest = rows
            tests = [
                test
                for cell, key in zip(cells, keys, strict=True)
                if (test := self._cell(cell, key))
            ]
            holds = _joined("i32.and", tests, ALWAYS)
            return self._either(
                holds, lambda: self._literal(value, truth=truth), lambda: chosen(rest), truth=truth
            )

        return chosen(node.rows)

    def _cell(self, cell: RowCell, key: Emitted) -> str:
        if isinstance(cell, CountRange):
            tests = []
            if cell.low is not None:
                tests.append(f"(i64.ge_s {key.text} (i64.const {cell.low}))")
            if cell.high is not None:
                tests.append(f"(i64.le_s {key.text} (i64.const {cell.high}))")
            return _joined("i32.and", tests, "")
        truths = {one for one in cell if isinstance(one, bool)}
        if truths:
            return (
                "" if len(truths) > 1 else key.text if True in truths else f"(i32.eqz {key.text})"
            )
        return self._among(key.text, [one for one in cell if isinstance(one, str)])


@dataclass(frozen=True, slots=True)
class _Running:
    """The locals of a total: its words, whether it is there, what it keeps; then its value."""

    name: str
    high: str | None
    has: str | None
    count: str | None
    value: Emitted


def _read(one: CompiledColumn | Total | AnswerSlots) -> frozenset[Col]:
    if isinstance(one, CompiledColumn):
        return columns(one.node)
    if isinstance(one, Total):
        parts = [part for part in (one.body, one.where, one.once_per) if part is not None]
    else:
        parts = list(_asked([one]))
    return frozenset(col for part in parts for col in columns(part))


def _asked(answers: Iterable[AnswerSlots]) -> list[ColumnExpr]:
    return [
        part
        for one in answers
        for part in (one.typed.node, one.typed.mask, one.typed.den)
        if part is not None
    ]


def _holds(value: Emitted) -> str:
    """Whether a truth is there and true."""
    return value.text if value.there is None else f"(i32.and {value.there} {value.text})"


def _high(value: Emitted) -> str:
    return value.high or f"(i64.shr_s {value.text} (i64.const 63))"


def _pair(value: Emitted) -> str:
    return f"{value.text} {_high(value)}"


def _joined(how: str, texts: Sequence[str], nothing: str) -> str:
    found = texts[0] if texts else nothing
    for text in texts[1:]:
        found = f"({how} {found} {text})"
    return found


def _at(base: str, index: str, shift: int) -> str:
    return f"(i32.add {base} (i32.shl {index} (i32.const {shift})))"


def _load(base: str, index: str, sort: str) -> str:
    """A value of a column."""
    if sort == "booleen":
        return _bit(base, index)
    if sort == "nombre":
        return f"(i64.load {_at(base, index, 3)})"
    return f"({'i32.load' if sort == 'ligne' else 'i64.load32_s'} {_at(base, index, 2)})"


def _bit(base: str, index: str) -> str:
    byte = f"(i32.load8_u (i32.add {base} (i32.shr_u {index} (i32.const 3))))"
    return f"(i32.and (i32.shr_u {byte} (i32.and {index} (i32.const 7))) (i32.const 1))"


def _set_bit(base: str, index: str, truth: str) -> str:
    """The host gives bitmaps that are all 0."""
    place = f"(i32.add {base} (i32.shr_u {index} (i32.const 3)))"
    bit = f"(i32.shl {truth} (i32.and {index} (i32.const 7)))"
    return f"(i32.store8 {place} (i32.or (i32.load8_u {place}) {bit}))"
