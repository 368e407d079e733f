"""Specialised rules go in; columns of integers and conditions come out, their bounds proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Final

from engine.evaluation.compilation.disjoint import exclude_each_other
from engine.evaluation.compilation.ir import (
    FALSE,
    NULL,
    ONE,
    TRUE,
    ZERO,
    Call,
    Col,
    Function,
    Lit,
    Node,
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
from engine.evaluation.compilation.program import Column, Source, Total
from engine.evaluation.compilation.scaled import (
    ABSENT_VALUE,
    FITS,
    Typed,
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
)
from engine.evaluation.compilation.specialise import EPOCH, Definition, Special
from engine.evaluation.compilation.tables import rows_of
from engine.evaluation.compilation.totals import Obstacle, Totals, UnsupportedError
from engine.evaluation.outcomes import Lack
from engine.langage.checks.facts import when_false, when_true
from engine.langage.checks.typed import NOTHING, Facts, key_of
from engine.langage.corpus import Corpus
from engine.langage.inputs import Field
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
    sources: dict[str, Source] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)
    lacks: dict[Lack, int] = field(default_factory=dict)
    _known: dict[str, Typed] = field(default_factory=dict)
    _shared: dict[tuple[Aggregate, str], Typed] = field(default_factory=dict)
    _made: dict[tuple[str | None, Node], Col] = field(default_factory=dict)
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

    def rule(self, name: str) -> Typed:
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

    def keep(self, definition: Definition, typed: Typed) -> Typed:
        """Make columns of a value; the value comes back as references to them."""
        kind = typed.kind or definition.kind
        most = max(abs(typed.low), abs(typed.high))

        def column(what: str, node: Node, *, high: int = 0) -> Node:
            if isinstance(node, Lit | Col):
                return node
            if what and (definition.scope, node) in self._made:
                return self._made[definition.scope, node]
            name = marked(what, self.piece) if what else value_column(self.piece)
            own = kind if not what else "nombre"
            big = (high or most) > FITS and own == "nombre"
            self.columns[name] = Column(name, definition.scope, node, own, self.told, wide=big)
            found = Col(name, definition.scope)
            self._made[definition.scope, node] = found
            return found

        mask: Node | None = None
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

    def bit(self, lack: Lack) -> Node:
        """The mask of one reason; the same reason has the same bit everywhere."""
        place = self.lacks.setdefault(lack, len(self.lacks))
        if place >= _MOST_REASONS:
            raise UnsupportedError(Obstacle.RAISONS, lack.span)
        return Lit(1 << place)

    # --- expressions

    def expression(self, expr: Expr, facts: Facts) -> Typed:
        """The compiled form of ``expr`` where ``facts`` are known to be present."""
        match expr:
            case Const():
                return self._const(expr)
            case Ref():
                return self._ref(expr, facts)
            case Op():
                return self._op(expr, facts)
            case Choice():
                return self._choice(expr, facts)
            case Aggregate():
                return self._aggregate(expr, facts)
            case Lookup():
                return self._lookup(expr, facts)
            case Round():
                value = self.expression(expr.value, facts)
                return value if value.node == NULL else rounded(value, expr.step, expr.mode)
            case Otherwise():
                return self._otherwise(expr, facts)
            case Missing():
                bit = self.bit(Lack(expr.kind, expr.name, expr.span))
                return lacking(bit)
            case Reading():
                message = "readings are chosen beforehand"
                raise AssertionError(message)

    def _const(self, expr: Const) -> Typed:
        value = expr.value
        if value is ABSENT:
            return ABSENT_VALUE
        if isinstance(value, bool):
            return truth(TRUE if value else FALSE)
        if isinstance(value, Fraction):
            return literal(value)
        if isinstance(value, date):
            return Typed(Lit(value), "date", low=value.toordinal(), high=value.toordinal())
        return Typed(Lit(value), "texte")

    def _ref(self, ref: Ref, facts: Facts) -> Typed:
        if ref.kind == "regle":
            if ref.via is not None:
                raise UnsupportedError(Obstacle.RENVOI, ref.span)
            found = self.rule(ref.name)
        elif ref.name == EPOCH:
            return Typed(Col(EPOCH_COLUMN), "nombre", high=self.most_epochs)
        else:
            found = self._field(ref)
        if key_of(ref) in facts:
            return replace(found, absent=False, mask=None)
        return found

    def _field(self, ref: Ref) -> Typed:
        link: Field | None = None
        scope, target = ref.scope, self._fields[ref.scope, ref.name]
        if ref.via is not None:
            scope, link = next(
                (place, one)
                for (place, name), one in self._fields.items()
                if name == ref.via and one.link and one.link.partition(".")[0] == ref.scope
            )
        name = self._field_columns[scope, target.name, None if link is None else link.name]
        self.sources.setdefault(name, Source(name, scope, target, link))
        absent = target.may_be_absent or link is not None
        node = Col(name, scope)
        if target.kind == "date":
            return Typed(node, "date", low=1, high=date.max.toordinal(), absent=absent)
        if target.kind != "nombre":
            return Typed(node, target.kind, absent=absent)
        step = target.grid
        if step is None or target.minimum is None or target.maximum is None:
            raise UnsupportedError(Obstacle.BORNES, ref.span, target.name)
        low, high = -(-target.minimum // step), target.maximum // step
        return Typed(node, "nombre", step, int(low), int(high), absent)

    # --- operations

    def _op(self, expr: Op, facts: Facts) -> Typed:
        if expr.op in ("and", "or"):
            return self._junction(expr, facts)
        args = [self.expression(arg, facts) for arg in expr.args]
        if expr.op != "present" and any(arg.node == NULL for arg in args):
            return strict(args)
        match expr.op:
            case "present":
                return _present(args[0])
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
                op: Function = "days" if expr.op == "jours" else "thirtieths"
                return Typed(
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

    def _junction(self, expr: Op, facts: Facts) -> Typed:
        """``and``, ``or``: each part is read knowing what the ones before have not settled."""
        args: list[Typed] = []
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

    def _quotient(self, expr: Op, top: Typed, bottom: Typed) -> Typed:
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
            den = Typed(bottom.den, "nombre", low=1, high=bottom.den_high)
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

    def _otherwise(self, expr: Otherwise, facts: Facts) -> Typed:
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

    def _choice(self, expr: Choice, facts: Facts) -> Typed:
        known = facts
        conditions: list[Typed] = []
        values: list[Typed] = []
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
        tests: list[tuple[Node, Typed]] = []
        for place, condition in enumerate(conditions):
            if condition.nullable:
                stopped = Typed(NULL, None, absent=condition.absent, mask=condition.mask)
                tests.append((null_test(condition), stopped))
            tests += self._twice(expr, conditions, place)
            tests.append((assured(condition.node), values[place]))
        return _chosen(tests, values[-1])

    def _twice(
        self, expr: Choice, conditions: Sequence[Typed], place: int
    ) -> list[tuple[Node, Typed]]:
        """When another case may be true with the one at ``place``: the record is not settled."""
        if not expr.exclusive:
            return []
        case = expr.cases[place]
        others: Node = FALSE
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

    def _lookup(self, expr: Lookup, facts: Facts) -> Typed:
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

    def _aggregate(self, expr: Aggregate, facts: Facts) -> Typed:
        key = (expr, repr(sorted(map(str, facts))))
        if key not in self._shared:
            collection = self.corpus.model.collection(expr.collection)
            if collection is None:
                message = f"no collection {expr.collection}"
                raise AssertionError(message)
            totals = Totals(self.piece, self.told, collection, self.totals)
            self._shared[key] = totals.lower(expr, facts, self.expression)
        found = self._shared[key]
        if expr.kind not in ("max", "min") or expr.otherwise is None:
            return found
        fallback = self.expression(expr.otherwise, facts)
        return _chosen([(absence_test(found), fallback)], found)


def _present(arg: Typed) -> Typed:
    """Whether there is a value; not computable when it is not."""
    there: Node = TRUE
    if arg.absent:
        there = FALSE if arg.node == NULL else Call("notnull", (arg.node,))
    if arg.mask is None:
        return truth(there)
    stopped = Call("!=", (arg.mask, ZERO))
    return truth(choose([(stopped, NULL)], there), mask=arg.mask)


def _chosen(tests: Sequence[tuple[Node, Typed]], otherwise: Typed) -> Typed:
    """The value of the first test that is true; the values are unified here."""
    values = unified([*(value for _, value in tests), otherwise])
    low, high = spread(values)
    shaped = next((one for one in values if one.kind is not None), values[0])
    last = values[-1]
    conditions = [condition for condition, _ in tests]
    masks = [ZERO if value.mask is None else value.mask for value in values]
    mask = choose(list(zip(conditions, masks[:-1], strict=True)), masks[-1])
    den: Node | None = None
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
