"""From the kernel to operations on integers: expressions, tables, totals; exact, or refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeAlias

from engine.evaluation.compilation.ir import (
    FALSE,
    NULL,
    ONE,
    TRUE,
    ZERO,
    Call,
    Col,
    ColumnExpr,
    CountRange,
    Lit,
    LiteralValue,
    Operation,
    RowCell,
    RowLookup,
    both,
    choose,
    either,
    negation,
)
from engine.evaluation.compilation.names import (
    DENOMINATOR,
    EPOCH_COLUMN,
    MASK,
    FieldOf,
    field_columns,
    marked,
    value_column,
)
from engine.evaluation.compilation.program import CompiledColumn, SourceColumn, Total, TotalKind
from engine.evaluation.compilation.scaled import (
    ABSENT_VALUE,
    FITS,
    Scaled,
    absence_test,
    added,
    any_null,
    assured,
    call,
    compared,
    constant,
    extreme,
    joined_mask,
    lacking,
    literal,
    negated,
    null_test,
    product,
    rounded,
    scaled_by,
    spread,
    strict,
    times_count,
    truth,
    unified,
    wide,
)
from engine.evaluation.compilation.specialise import EPOCH, Definition, Special
from engine.evaluation.outcomes import Lack
from engine.langage.checks.types import NOTHING, Facts, key_of, when_false, when_true
from engine.langage.corpus import Cell, Column, Corpus, Interval, Kind, TableVersion
from engine.langage.inputs import Collection, Field, step_of
from engine.langage.kernel import (
    ABSENT,
    Aggregate,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
)
from engine.source.positions import Span


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


_MOST_COMBINATIONS = 100_000  # of keys tried to prove that a row matches each of them


def rows_of(
    corpus: Corpus,
    table: tuple[Sequence[Column], TableVersion],
    keys: Sequence[Scaled],
    bit: Callable[[Lack], ColumnExpr],
    nowhere: Lack,
) -> Scaled:
    """The value of the row that matches ``keys``, all of them present.

    Args:
        corpus: what the codes of a column are.
        table: the columns, and the rows: the first that matches wins.
        keys: one per column, in order.
        bit: the mask of a reason.
        nowhere: the reason of a record that no row matches; not used when each record is matched.
    """
    columns, version = table
    values = [row.value for row in version.rows]
    cells = [
        tuple(_cell(cell, key) for cell, key in zip(row.cells, keys, strict=True))
        for row in version.rows
    ]
    numbers = [value for value in values if isinstance(value, Fraction)]
    step = step_of([Fraction(1), *numbers])
    plain: list[LiteralValue] = []
    masks: list[int] = []
    for value in values:
        lack = Lack(value.kind, value.name, value.span) if isinstance(value, Missing) else None
        masks.append(0 if lack is None else _bits(bit(lack)))
        if isinstance(value, Fraction):
            plain.append(int(value / step))
        else:
            plain.append(None if value is ABSENT or isinstance(value, Missing) else value)
    complete = _complete(corpus, columns, keys, cells)
    missed = 0 if complete else _bits(bit(nowhere))
    nodes = tuple(key.node for key in keys)
    mask = _rows(nodes, cells, masks, missed, complete=complete)
    counts = [one for one in plain if isinstance(one, int)]
    first = next((one for one in plain if one is not None), None)
    return Scaled(
        _rows(nodes, cells, plain, None, complete=complete),
        _kind(first),
        step,
        min(counts, default=0),
        max(counts, default=0),
        absent=ABSENT in values,
        mask=None if mask == Lit(0) else mask,
    )


def _kind(value: LiteralValue) -> Kind | None:
    """What a table gives, by one of its values; None when it gives none."""
    match value:
        case None:
            return None
        case bool():
            return "booleen"
        case int():
            return "nombre"
        case date():
            return "date"
        case _:
            return "texte"


def _rows(
    nodes: tuple[ColumnExpr, ...],
    cells: Sequence[tuple[RowCell, ...]],
    values: Sequence[LiteralValue],
    missed: LiteralValue,
    *,
    complete: bool,
) -> ColumnExpr:
    """The rows; in a complete table the last ones, when they say the same, need no test."""
    last = len(values)
    otherwise = missed
    if complete:
        otherwise = values[-1]
        while last and _same(values[last - 1], otherwise):
            last -= 1
    kept = tuple(zip(cells[:last], values[:last], strict=True))
    if all(_same(value, otherwise) for _, value in kept):
        return Lit(otherwise)
    return RowLookup(nodes, kept, otherwise)


def _same(left: LiteralValue, right: LiteralValue) -> bool:
    return left == right and type(left) is type(right)


def _bits(node: ColumnExpr) -> int:
    if isinstance(node, Lit) and isinstance(node.value, int):
        return node.value
    message = f"no mask: {node!r}"
    raise AssertionError(message)


def _cell(cell: Cell, key: Scaled) -> RowCell:
    """What a cell accepts; an interval becomes whole counts of the step of its key."""
    if not isinstance(cell, Interval):
        return cell
    low = high = None
    if cell.low is not None:
        low = -(-cell.low // key.step)
        low += 1 if low * key.step == cell.low and not cell.low_in else 0
    if cell.high is not None:
        high = cell.high // key.step
        high -= 1 if high * key.step == cell.high and not cell.high_in else 0
    return CountRange(low, high)


def _complete(
    corpus: Corpus,
    columns: Sequence[Column],
    keys: Sequence[Scaled],
    cells: Sequence[tuple[RowCell, ...]],
) -> bool:
    """Whether some row matches every combination of keys that a record may have."""
    domains: list[Sequence[str | bool | int]] = [
        _domain(corpus, column, key, [row[place] for row in cells])
        for place, (column, key) in enumerate(zip(columns, keys, strict=True))
    ]
    count = 1
    for domain in domains:
        count *= len(domain)
    if count > _MOST_COMBINATIONS:
        return False
    return all(
        any(all(_accepts(cell, key) for cell, key in zip(row, tried, strict=True)) for row in cells)
        for tried in itertools.product(*domains)
    )


def _domain(
    corpus: Corpus, column: Column, key: Scaled, cells: Sequence[RowCell]
) -> Sequence[str | bool | int]:
    """Every code, both truths, or the counts at which a cell begins or ceases to accept."""
    if column.kind == "code":
        return [term.code for term in corpus.nomenclatures[column.reference].terms]
    if column.kind == "booleen":
        return [True, False]
    ends: set[int] = {key.low, key.high}
    for cell in cells:
        if isinstance(cell, CountRange):
            ends |= {
                end + one for end in (cell.low, cell.high) if end is not None for one in (-1, 0, 1)
            }
    return sorted(end for end in ends if key.low <= end <= key.high)


def _accepts(cell: RowCell, key: str | bool | int) -> bool:  # noqa: FBT001 - a key, not a flag
    if not isinstance(cell, CountRange):
        return key in cell
    count = int(key)
    return (cell.low is None or count >= cell.low) and (cell.high is None or count <= cell.high)


Lower: TypeAlias = Callable[[Expr, Facts], Scaled]


class Obstacle(StrEnum):
    """Why something of the law has no compiled form."""

    BORNES = "bornes"
    QUOTIENTS = "quotients"
    UNE_FOIS_PAR = "une_fois_par"
    RENVOI = "renvoi"
    RAISONS = "raisons"
    LARGEUR = "largeur"


class UnsupportedError(Exception):
    """Something of the law that the back ends cannot hold: what, where it is written, its name."""

    def __init__(self, what: Obstacle, span: Span, name: str = "") -> None:
        super().__init__(what)
        self.what, self.span, self.name = what, span, name


@dataclass(frozen=True, slots=True)
class TotalsLowering:
    """The totals of one rule over ``collection``; ``found`` receives them by name.

    ``piece``: what their columns are called after (see ``Lowering``).
    """

    piece: str
    rule: str
    collection: Collection
    found: dict[str, Total]

    def lower(self, expr: Aggregate, facts: Facts, lower: Lower) -> Scaled:
        """The total, ``NULL`` when it is the greatest or the least of nothing."""
        where = truth(TRUE) if expr.where is None else lower(expr.where, facts)
        inside = facts if expr.where is None else facts | when_true(expr.where)
        body = Scaled(ONE, "nombre", low=1, high=1)
        if expr.body is not None:
            body = lower(expr.body, inside)
        mark = None if expr.once_per is None else lower(expr.once_per, inside)
        if body.den is not None and expr.kind != "existe":
            raise UnsupportedError(Obstacle.QUOTIENTS, expr.span)
        if mark is not None and expr.kind in ("min", "compte_distinct"):
            raise UnsupportedError(Obstacle.UNE_FOIS_PAR, expr.span)
        kept = Call("coalesce", (where.node, FALSE)) if where.nullable else where.node
        found = self._value(expr, body, kept, mark)
        return self._states(found, where, body, kept, mark)

    def _value(
        self, expr: Aggregate, body: Scaled, kept: ColumnExpr, mark: Scaled | None
    ) -> Scaled:
        most = self.collection.max_items
        low, high = min(0, body.low) * most, max(0, body.high) * most
        once = None if mark is None else mark.node
        if body.node == NULL:  # no line has a value: the states of the lines tell the rest
            empty = expr.kind in ("max", "min")
            return Scaled(NULL if empty else ZERO, body.kind or "nombre", absent=empty)
        match expr.kind:
            case "somme" | "compte":
                name = self._add("somme", body, kept, once, wide_=wide(low, high))
                return replace(
                    body, node=name, kind="nombre", low=low, high=high, absent=False, mask=None
                )
            case "existe":
                return truth(self._add("existe", truth(TRUE), kept, None))
            case "compte_distinct":
                name = self._add("distincts", body, kept, None)
                return Scaled(name, "nombre", high=most)
            case "max" | "min":
                name = self._add(expr.kind, body, kept, None)
                return replace(body, node=name, absent=True, mask=None)

    def _states(
        self, found: Scaled, where: Scaled, body: Scaled, kept: ColumnExpr, mark: Scaled | None
    ) -> Scaled:
        """Lines that cannot be told, or have no value, stop the whole total."""
        reasons: ColumnExpr = ZERO
        parts = [one.mask for one in (body, mark) if one is not None and one.mask is not None]
        for part in parts:
            reasons = part if reasons == ZERO else Call("bitor", (reasons, part))
        line_mask = choose([(kept, reasons)], ZERO)
        if where.mask is not None:
            line_mask = choose([(null_test(where), where.mask)], line_mask)
        if line_mask != ZERO:
            mask = self._add("bits", Scaled(line_mask, "nombre"), TRUE, None)
            stopped = choose([(Call("!=", (mask, ZERO)), NULL)], found.node)
            return replace(found, node=stopped, mask=mask)
        if body.absent:
            lost = self._add("existe", truth(TRUE), both(kept, null_test(body)), None)
            return replace(found, node=choose([(lost, NULL)], found.node), absent=True)
        return found

    def _add(
        self,
        how: TotalKind,
        body: Scaled,
        where: ColumnExpr,
        once: ColumnExpr | None,
        *,
        wide_: bool = False,
    ) -> ColumnExpr:
        """A total of the record; one that is there already serves again."""
        kind: Kind = body.kind or "nombre"
        kind = "nombre" if how == "distincts" else kind
        collection = self.collection.name
        same = (collection, how, body.node, where, once)
        for name, one in self.found.items():
            if (one.collection, one.how, one.body, one.where, one.once_per) == same:
                return Col(name)
        name, number = marked(how, self.piece), 1
        while name in self.found:
            number += 1
            name = marked(f"{how}{number}", self.piece)
        self.found[name] = Total(
            name, collection, how, body.node, where, once, kind, self.rule, body.nullable, wide_
        )
        return Col(name)


_MOST_REASONS: Final = 62  # bits of a column of 64 bits


@dataclass(slots=True)
class Lowering:
    """The compilation of one specialised law; asked for rules by name, it finds what they need.

    ``piece`` is the rule, the part of one or the control under way, as its columns are called;
    ``told`` is how people call it.
    """

    corpus: Corpus
    special: Special
    most_epochs: int
    sources: dict[str, SourceColumn] = field(default_factory=dict)
    columns: dict[str, CompiledColumn] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)
    lacks: dict[Lack, int] = field(default_factory=dict)
    _known: dict[str, Scaled] = field(default_factory=dict)
    _shared: dict[tuple[Aggregate, str], Scaled] = field(default_factory=dict)
    _made: dict[tuple[str | None, ColumnExpr], Col] = field(default_factory=dict)
    piece: str = ""
    told: str = ""
    _fields: Mapping[tuple[str | None, str], Field] = field(init=False)
    _field_columns: Mapping[FieldOf, str] = field(init=False)

    def __post_init__(self) -> None:
        self._fields = {(None, one.name): one for one in self.corpus.model.fields}
        for collection in self.corpus.model.collections:
            self._fields |= {(collection.name, one.name): one for one in collection.fields}
        self._field_columns = field_columns(self.corpus.model)

    # --- rules

    def rule(self, name: str) -> Scaled:
        """A reference to the column of a rule or of a part of one, compiled when first asked for.

        ``name``: as ``Special.definitions`` calls it.
        """
        if name not in self._known:
            definition = self.special.definitions[name]
            outer = self.piece, self.told
            self.piece, self.told = name, definition.rule
            self._known[name] = self.keep(definition, self.expression(definition.expr, NOTHING))
            self.piece, self.told = outer
        return self._known[name]

    def keep(self, definition: Definition, typed: Scaled) -> Scaled:
        """Make columns of a value; the value comes back as references to them."""
        kind = typed.kind or definition.kind
        most = max(abs(typed.low), abs(typed.high))

        def column(what: str, node: ColumnExpr, *, high: int = 0) -> ColumnExpr:
            if isinstance(node, Lit | Col):
                return node
            if what and (definition.scope, node) in self._made:
                return self._made[definition.scope, node]
            name = marked(what, self.piece) if what else value_column(self.piece)
            own = kind if not what else "nombre"
            big = (high or most) > FITS and own == "nombre"
            self.columns[name] = CompiledColumn(
                name, definition.scope, node, own, self.told, wide=big
            )
            found = Col(name, definition.scope)
            self._made[definition.scope, node] = found
            return found

        mask: ColumnExpr | None = None
        if typed.mask is not None:
            mask = column(MASK, typed.mask, high=1)
        node = column("", typed.node)
        return replace(
            typed,
            kind=kind,
            node=node,
            mask=mask,
            den=None if typed.den is None else column(DENOMINATOR, typed.den, high=typed.den_high),
        )

    def bit(self, lack: Lack) -> ColumnExpr:
        """The mask of one reason; the same reason has the same bit everywhere."""
        place = self.lacks.setdefault(lack, len(self.lacks))
        if place >= _MOST_REASONS:
            raise UnsupportedError(Obstacle.RAISONS, lack.span)
        return Lit(1 << place)

    # --- expressions

    def expression(self, expr: Expr, facts: Facts) -> Scaled:
        """The compiled form of ``expr`` where ``facts`` are known to be present."""
        match expr:
            case Const():
                value = expr.value
                if value is ABSENT:
                    return ABSENT_VALUE
                if isinstance(value, bool):
                    return truth(TRUE if value else FALSE)
                if isinstance(value, Fraction):
                    return literal(value)
                if isinstance(value, date):
                    return Scaled(Lit(value), "date", low=value.toordinal(), high=value.toordinal())
                return Scaled(Lit(value), "texte")
            case Ref():
                if expr.kind == "regle":
                    if expr.via is not None:
                        raise UnsupportedError(Obstacle.RENVOI, expr.span)
                    found = self.rule(expr.name)
                elif expr.name == EPOCH:
                    return Scaled(Col(EPOCH_COLUMN), "nombre", high=self.most_epochs)
                else:
                    found = self._field(expr)
                if key_of(expr) in facts:
                    return replace(found, absent=False, mask=None)
                return found
            case Op():
                return self._op(expr, facts)
            case Choice():
                return self._choice(expr, facts)
            case Aggregate():
                return self._aggregate(expr, facts)
            case Lookup():
                return self._lookup(expr, facts)
            case Round():
                exact = self.expression(expr.value, facts)
                return exact if exact.node == NULL else rounded(exact, expr.step, expr.mode)
            case Otherwise():
                return self._otherwise(expr, facts)
            case Missing():
                bit = self.bit(Lack(expr.kind, expr.name, expr.span))
                return lacking(bit)
            case Reading():
                message = "readings are chosen beforehand"
                raise AssertionError(message)

    def _field(self, ref: Ref) -> Scaled:
        link: Field | None = None
        scope, target = ref.scope, self._fields[ref.scope, ref.name]
        if ref.via is not None:
            scope, link = next(
                (place, one)
                for (place, name), one in self._fields.items()
                if name == ref.via and one.link and one.link.partition(".")[0] == ref.scope
            )
        name = self._field_columns[scope, target.name, None if link is None else link.name]
        self.sources.setdefault(name, SourceColumn(name, scope, target, link))
        absent = target.may_be_absent or link is not None
        node = Col(name, scope)
        if target.kind == "date":
            return Scaled(node, "date", low=1, high=date.max.toordinal(), absent=absent)
        if target.kind != "nombre":
            return Scaled(node, target.kind, absent=absent)
        step = target.grid
        if step is None or target.minimum is None or target.maximum is None:
            raise UnsupportedError(Obstacle.BORNES, ref.span, target.name)
        low, high = -(-target.minimum // step), target.maximum // step
        return Scaled(node, "nombre", step, int(low), int(high), absent)

    # --- operations

    def _op(self, expr: Op, facts: Facts) -> Scaled:
        if expr.op in ("and", "or"):
            return self._junction(expr, facts)
        args = [self.expression(arg, facts) for arg in expr.args]
        if expr.op != "present" and any(arg.node == NULL for arg in args):
            return strict(args)
        match expr.op:
            case "present":
                # whether there is a value; not computable when it is not
                arg = args[0]
                there: ColumnExpr = TRUE
                if arg.absent:
                    there = FALSE if arg.node == NULL else Call("notnull", (arg.node,))
                if arg.mask is None:
                    return truth(there)
                stopped = Call("!=", (arg.mask, ZERO))
                return truth(choose([(stopped, NULL)], there), mask=arg.mask)
            case "not":
                return replace(args[0], node=negation(args[0].node))
            case "neg":
                return negated(args[0])
            case "+" | "-":
                return added(args[0], args[1], expr.op)
            case "*":
                return product(args[0], args[1])
            case "/":
                return self._quotient(expr, args[0], args[1])
            case "==" | "!=" | "<" | "<=" | ">" | ">=":
                return compared(expr.op, args[0], args[1])
            case "in":
                node = call("in", args)
                return truth(node, absent=args[0].absent, mask=args[0].mask)
            case "jours" | "trentiemes":
                high = date.max.toordinal()
                owed = strict(args)
                op: Operation = "days" if expr.op == "jours" else "thirtieths"
                return Scaled(
                    call(op, args),
                    "nombre",
                    low=-high,
                    high=high,
                    absent=owed.absent,
                    mask=owed.mask,
                )
            case "min" | "plafond":
                return extreme(args, "least")
            case "max" | "plancher":
                return extreme(args, "greatest")
            case _:
                message = f"{expr.op} is read by _junction"
                raise AssertionError(message)

    def _junction(self, expr: Op, facts: Facts) -> Scaled:
        """``and``, ``or``: each part is read knowing what the ones before have not settled."""
        args: list[Scaled] = []
        for part in expr.args:
            args.append(self.expression(part, facts))
            facts |= when_true(part) if expr.op == "and" else when_false(part)
        conjunction = expr.op == "and"
        found = args[-1]
        for arg in reversed(args[:-1]):
            node = (both if conjunction else either)(arg.node, found.node)
            goes_on = arg.node if conjunction else negation(arg.node)
            if arg.nullable:
                node = choose(
                    [(null_test(arg), NULL)],
                    (both if conjunction else either)(assured(arg.node), found.node),
                )
                goes_on = assured(arg.node) if conjunction else negation(assured(arg.node))
                goes_on = both(negation(null_test(arg)), goes_on)
            later = None if found.mask is None else choose([(goes_on, found.mask)], ZERO)
            mask = joined_mask([arg.mask, later])
            found = truth(node, absent=arg.absent or found.absent, mask=mask)
        return found

    def _quotient(self, expr: Op, top: Scaled, bottom: Scaled) -> Scaled:
        known = constant(bottom)
        if known is not None and known != 0:
            return scaled_by(top, 1 / known)
        unusable = null_test(bottom)
        count = assured(bottom.node)
        if bottom.low < 0:
            below = Call("<", (count, ZERO))
            flipped = choose([(unusable, NULL), (below, negated(top).node)], top.node)
            most = max(abs(top.low), abs(top.high))
            top = replace(top, node=flipped, low=-most, high=most)
            count = Call("abs", (count,))
        mask = joined_mask([top.mask, bottom.mask])
        if bottom.low <= 0 <= bottom.high:
            zero = Call("==", (count, ZERO))
            lack = self.bit(Lack("division", self.told, expr.span))
            stops = both(negation(unusable), zero) if unusable != FALSE else zero
            mask = joined_mask([mask, choose([(stops, lack)], ZERO)])
            unusable = either(unusable, zero)
        if bottom.den is not None:
            den = Scaled(bottom.den, "nombre", low=1, high=bottom.den_high)
            top = times_count(top, den)
        den_node = choose([(unusable, ONE)], count)
        den_high = max(abs(bottom.low), abs(bottom.high)) * top.den_high
        if top.den is not None:
            den_node = Call("*", (top.den, den_node))
        return replace(
            top,
            node=choose([(unusable, NULL)], top.node),
            step=top.step / bottom.step,
            absent=top.absent or bottom.absent,
            mask=mask,
            den=den_node,
            den_high=den_high,
        )

    def _otherwise(self, expr: Otherwise, facts: Facts) -> Scaled:
        value = self.expression(expr.value, facts)
        if not value.absent:
            return value
        fallback = self.expression(expr.fallback, facts)
        value, fallback = unified([value, fallback])
        low, high = spread([value, fallback])
        absent = absence_test(value)
        later = None if fallback.mask is None else choose([(absent, fallback.mask)], ZERO)
        if fallback.node == NULL:
            node = value.node
        elif value.mask is None:
            node = Call("coalesce", (value.node, fallback.node))
            node = fallback.node if value.node == NULL else node
        else:
            node = choose([(absent, fallback.node)], value.node)
        den = value.den
        if den is not None and fallback.den is not None and fallback.den != den:
            den = choose([(absent, fallback.den)], den)
        return replace(
            value,
            node=node,
            low=low,
            high=high,
            den=den,
            den_high=max(value.den_high, fallback.den_high),
            absent=fallback.absent,
            mask=joined_mask([value.mask, later]),
        )

    # --- choices

    def _choice(self, expr: Choice, facts: Facts) -> Scaled:
        known = facts
        conditions: list[Scaled] = []
        values: list[Scaled] = []
        for case in expr.cases:
            conditions.append(self.expression(case.condition, known))
            values.append(self.expression(case.value, known | when_true(case.condition)))
            if not expr.exclusive:
                known |= when_false(case.condition)
        for case in expr.cases:
            known |= when_false(case.condition)
        if expr.otherwise is not None:
            values.append(self.expression(expr.otherwise, known))
        else:
            bit = self.bit(Lack("aucun_cas", self.told, expr.span))
            values.append(lacking(bit))
        values = unified(values)
        tests: list[tuple[ColumnExpr, Scaled]] = []
        for place, condition in enumerate(conditions):
            if condition.nullable:
                stopped = Scaled(NULL, None, absent=condition.absent, mask=condition.mask)
                tests.append((null_test(condition), stopped))
            tests += self._twice(expr, conditions, place)
            tests.append((assured(condition.node), values[place]))
        return _chosen(tests, values[-1])

    def _twice(
        self, expr: Choice, conditions: Sequence[Scaled], place: int
    ) -> list[tuple[ColumnExpr, Scaled]]:
        """When another case may be true with the one at ``place``: the record is not settled."""
        if not expr.exclusive:
            return []
        case = expr.cases[place]
        others: ColumnExpr = FALSE
        for other, typed in zip(expr.cases[place + 1 :], conditions[place + 1 :], strict=True):
            if not exclude_each_other(case.condition, other.condition):
                test = typed.node
                if typed.nullable:
                    test = Call("coalesce", (test, FALSE))
                others = either(others, test)
        if others == FALSE:
            return []
        bit = self.bit(Lack("deux_cas", self.told, expr.span))
        return [(both(assured(conditions[place].node), others), lacking(bit))]

    def _lookup(self, expr: Lookup, facts: Facts) -> Scaled:
        keys = [self.expression(key, facts) for key in expr.keys]
        found = rows_of(
            self.corpus,
            self.special.tables[expr.table],
            keys,
            self.bit,
            Lack("aucun_cas", self.told, expr.span),
        )
        owed = strict(keys)
        stops = any_null(keys)
        if stops == FALSE:
            return found
        later = None if found.mask is None else choose([(stops, ZERO)], found.mask)
        return replace(
            found,
            node=choose([(stops, NULL)], found.node),
            absent=found.absent or owed.absent,
            mask=joined_mask([owed.mask, later]),
        )

    # --- totals

    def _aggregate(self, expr: Aggregate, facts: Facts) -> Scaled:
        key = (expr, repr(sorted(map(str, facts))))
        if key not in self._shared:
            collection = self.corpus.model.collection(expr.collection)
            if collection is None:
                message = f"no collection {expr.collection}"
                raise AssertionError(message)
            totals = TotalsLowering(self.piece, self.told, collection, self.totals)
            self._shared[key] = totals.lower(expr, facts, self.expression)
        found = self._shared[key]
        if expr.kind not in ("max", "min") or expr.otherwise is None:
            return found
        fallback = self.expression(expr.otherwise, facts)
        return _chosen([(absence_test(found), fallback)], found)


def _chosen(tests: Sequence[tuple[ColumnExpr, Scaled]], otherwise: Scaled) -> Scaled:
    """The value of the first test that is true; the values are unified here."""
    values = unified([*(value for _, value in tests), otherwise])
    low, high = spread(values)
    shaped = next((one for one in values if one.kind is not None), values[0])
    last = values[-1]
    conditions = [condition for condition, _ in tests]
    masks = [ZERO if value.mask is None else value.mask for value in values]
    mask = choose(list(zip(conditions, masks[:-1], strict=True)), masks[-1])
    den: ColumnExpr | None = None
    if any(value.den is not None for value in values):
        dens = [ONE if value.den is None else value.den for value in values]
        den = choose(list(zip(conditions, dens[:-1], strict=True)), dens[-1])
    nodes = [value.node for value in values]
    return replace(
        shaped,
        node=choose(list(zip(conditions, nodes[:-1], strict=True)), last.node),
        low=low,
        high=high,
        den=den,
        den_high=max(value.den_high for value in values),
        absent=any(value.absent for value in values),
        mask=None if mask == ZERO else mask,
    )
