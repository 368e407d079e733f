"""Expressions go in; out come expressions that say the same, without what is known already.

A condition is read knowing what the conditions before it have settled: that a mask is 0, that a
value is there. A test that guards a value which is ``NULL`` anyway goes away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from engine.evaluation.compilation.ir import (
    FALSE,
    NULL,
    TRUE,
    ZERO,
    Call,
    Col,
    Function,
    If,
    Lit,
    Node,
    Rows,
    both,
    choose,
    either,
    negation,
    nodes,
)

Known: TypeAlias = Mapping[Node, bool]  # conditions that are settled, in one form each (``_atom``)

_SAME_FORM: Final[Mapping[Function, Function]] = {"!=": "==", ">=": "<", "<=": ">"}
_LAZY: Final = frozenset({"and", "or", "coalesce", "isnull", "notnull"})
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})


@dataclass(slots=True)
class Simplifier:
    """What is known of the columns of a program; it grows as they are simplified, in order.

    ``masks``: the mask of a column, which is ``NULL`` when its mask is not 0. ``owed``: the columns
    that are ``NULL`` for no other reason. ``certain``: the columns that are never ``NULL``.
    ``spreads``: an operation on ``NULL`` gives ``NULL`` by itself, so that no guard is needed.
    """

    spreads: bool
    masks: dict[Col, Node] = field(default_factory=dict)
    owed: set[Col] = field(default_factory=set)
    certain: set[Col] = field(default_factory=set)

    def value(self, node: Node, where: Node = TRUE) -> Node:
        """``node``, its ``NULL`` kept; it is read only if ``where`` is true."""
        return self._simple(node, self._assume(where, {}, true=True), condition=False)

    def condition(self, node: Node) -> Node:
        """``node`` where ``NULL`` is as good as false."""
        return self._simple(node, {}, condition=True)

    def learn(self, col: Col, node: Node) -> None:
        """``col`` is ``node``: whether it may be ``NULL`` is known from now on."""
        if self._is_there(node, {}):
            self.certain.add(col)

    # --- what is known

    def _atom(self, node: Node) -> tuple[Node, bool]:
        """One form for a condition and its contrary, and which of the two it is."""
        match node:
            case Call(op="not", args=(inside,)):
                key, same = self._atom(inside)
                return key, not same
            case Call(op="notnull"):
                return Call("isnull", node.args), False
            case Call() if node.op in _SAME_FORM:
                return Call(_SAME_FORM[node.op], node.args), False
            case Call() if node.op in _COMPARISONS:
                return Call(node.op, node.args), True
            case _:
                return node, True

    def _settled(self, node: Node, known: Known) -> bool | None:
        """Whether ``node`` is true, when what is known says so."""
        if isinstance(node, Lit):
            return node.value if isinstance(node.value, bool) else None
        key, same = self._atom(node)
        if key in known:
            return known[key] is same
        if isinstance(key, Call) and key.op == "isnull":
            missing = self._missing(key.args[0], known)
            return None if missing is None else missing is same
        return None

    def _missing(self, node: Node, known: Known) -> bool | None:
        """Whether ``node`` is ``NULL``."""
        if self._is_there(node, known):
            return False
        if node == NULL:
            return True
        if isinstance(node, Col) and node in self.masks:
            zero = known.get(_zero(self.masks[node]))
            if zero is False or (zero is True and node in self.owed):
                return not zero
        return None

    def _is_there(self, node: Node, known: Known) -> bool:
        """Whether ``node`` is shown never to be ``NULL``."""
        match node:
            case Lit():
                return node.value is not None
            case Col():
                if node in self.certain or known.get(Call("isnull", (node,))) is False:
                    return True
                mask = self.masks.get(node)
                return mask is not None and node in self.owed and known.get(_zero(mask)) is True
            case Call(op="isnull" | "notnull"):
                return True
            case Call(op="coalesce"):
                return any(self._is_there(arg, known) for arg in node.args)
            case Call():
                return all(self._is_there(arg, known) for arg in node.args)
            case If():
                values = (*(value for _, value in node.cases), node.otherwise)
                return all(self._is_there(value, known) for value in values)
            case Rows():
                return None not in (node.otherwise, *(value for _, value in node.rows))

    def _assume(self, node: Node, known: Known, *, true: bool, strictly: bool = True) -> Known:
        """What is known once ``node`` is true, or is not; ``strictly``: and is not ``NULL``."""
        match node:
            case Call(op="and" | "or", args=(left, right)):
                if (node.op == "and") is not true:
                    return known
                known = self._assume(left, known, true=true, strictly=strictly)
                return self._assume(right, known, true=true, strictly=strictly)
            case Call(op="not", args=(inside,)):
                return self._assume(inside, known, true=not true, strictly=strictly)
            case Lit():
                return known
            case _:
                pass
        if not (true or strictly or self._is_there(node, known)):
            return known
        key, same = self._atom(node)
        found = {**known, key: same is true}
        if isinstance(key, Call):
            self._follow(key, found)
        return found

    def _follow(self, key: Call, known: dict[Node, bool]) -> None:
        """What a settled condition says of masks and of values."""
        value = known[key]
        if key.op == "isnull" and not value:
            self._there(key.args[0], known)
        elif key.op == "==" and key.args[1] == ZERO and value:
            for part in _reasons(key.args[0]):
                known[_zero(part)] = True
        if key.op in _COMPARISONS:
            for arg in key.args:
                self._there(arg, known)

    def _there(self, node: Node, known: dict[Node, bool]) -> None:
        """``node`` is not ``NULL``, hence neither is what it is strictly made of."""
        if isinstance(node, Col):
            known[Call("isnull", (node,))] = False
            if node in self.masks:
                for part in _reasons(self.masks[node]):
                    known[_zero(part)] = True
        elif isinstance(node, Call) and node.op not in _LAZY:
            for arg in node.args:
                self._there(arg, known)

    # --- expressions

    def _simple(self, node: Node, known: Known, *, condition: bool) -> Node:
        match node:
            case Lit():
                return FALSE if condition and node == NULL else node
            case Col():
                return self._column(node, known)
            case Call(op="and" | "or"):
                return self._junction(node, known, condition=condition)
            case Call():
                return self._call(node, known, condition=condition)
            case If():
                return self._choice(node, known, condition=condition)
            case Rows():
                keys = tuple(self._simple(key, known, condition=False) for key in node.keys)
                return replace(node, keys=keys)

    def _column(self, node: Col, known: Known) -> Node:
        if node in known:
            return Lit(known[node])
        if known.get(_zero(node)) is True:
            return ZERO
        return NULL if self._missing(node, known) is True else node

    def _junction(self, node: Call, known: Known, *, condition: bool) -> Node:
        conjunction = node.op == "and"
        left = self._simple(node.args[0], known, condition=condition)
        then = self._assume(left, known, true=conjunction, strictly=not condition)
        right = self._simple(node.args[1], then, condition=condition)
        return (both if conjunction else either)(left, right)

    def _call(self, node: Call, known: Known, *, condition: bool) -> Node:
        if node.op == "coalesce":
            return self._fallback(node, known, condition=condition)
        args = tuple(self._simple(arg, known, condition=False) for arg in node.args)
        if node.op in ("isnull", "notnull"):
            return self._presence(replace(node, args=(_essence(args[0], self, known),)), known)
        if NULL in args:
            return FALSE if condition else NULL
        if node.op == "not":
            return negation(args[0])
        if node.op == "bitor" and ZERO in args:
            return args[1] if args[0] == ZERO else args[0]
        guarded = tuple(at for at in node.guarded if not self._is_there(args[at], known))
        found = replace(node, args=args, guarded=guarded)
        if node.op in _COMPARISONS:
            same = _compared(found)
            settled = self._settled(found, known) if same is None else same
            return found if settled is None else Lit(settled)
        return found

    def _presence(self, node: Call, known: Known) -> Node:
        settled = self._settled(node, known)
        return node if settled is None else Lit(settled)

    def _fallback(self, node: Call, known: Known, *, condition: bool) -> Node:
        value = self._simple(node.args[0], known, condition=condition)
        missing = self._missing(value, known)
        if missing is False or (condition and node.args[1] == FALSE):
            return value
        fallback = self._simple(node.args[1], known, condition=condition)
        return fallback if missing else replace(node, args=(value, fallback))

    def _choice(self, node: If, known: Known, *, condition: bool) -> Node:
        cases: list[tuple[Node, Node]] = []
        otherwise: Node | None = None
        for test, value in node.cases:
            simple = self._simple(test, known, condition=True)
            if simple in (FALSE, NULL):
                continue
            if simple == TRUE:
                otherwise = self._simple(value, known, condition=condition)
                break
            inside = self._assume(simple, known, true=True)
            cases.append((simple, self._simple(value, inside, condition=condition)))
            known = self._assume(simple, known, true=False, strictly=False)
        if otherwise is None:
            otherwise = self._simple(node.otherwise, known, condition=condition)
        return self._shortened(cases, otherwise)

    def _shortened(self, cases: list[tuple[Node, Node]], otherwise: Node) -> Node:
        """A choice without the guards of what is ``NULL`` anyway, or a plain condition."""
        kept: list[tuple[Node, Node]] = []
        values = [otherwise]
        for test, value in reversed(cases):
            if self.spreads and value == NULL and all(self._null_when(test, one) for one in values):
                continue
            kept.insert(0, (test, value))
            values.append(value)
        found = choose(kept, otherwise)
        match found:
            case If(cases=((test, value),)) if self._is_there(test, {}):
                last = found.otherwise
                if value == TRUE and _harmless(last):
                    return either(test, last)
                if value == FALSE and _harmless(last):
                    return both(negation(test), last)
                if last == FALSE and _harmless(value):
                    return both(test, value)
        return found

    def _null_when(self, test: Node, value: Node) -> bool:
        """Whether ``value`` is ``NULL`` whenever ``test`` is true."""
        match test:
            case Call(op="or"):
                return all(self._null_when(part, value) for part in test.args)
            case Call(op="and"):
                return any(self._null_when(part, value) for part in test.args)
            case Call(op="isnull", args=(missing,)):
                return value == NULL or _rests_on(value, missing, None, self.masks)
            case Call(op="!=", args=(mask, last)) if last == ZERO:
                return value == NULL or all(
                    _rests_on(value, None, part, self.masks) for part in _reasons(mask)
                )
            case _:
                return value == NULL


def _zero(mask: Node) -> Call:
    return Call("==", (mask, ZERO))


def _reasons(mask: Node) -> Sequence[Node]:
    """The masks that ``mask`` puts together."""
    if isinstance(mask, Call) and mask.op == "bitor":
        return [part for arg in mask.args for part in _reasons(arg)]
    return [mask]


def _essence(node: Node, simplifier: Simplifier, known: Known) -> Node:
    """What ``node`` is ``NULL`` with: the only operand that may be, of a strict operation."""
    while isinstance(node, Call) and node.op not in _LAZY:
        unsure = [arg for arg in node.args if not simplifier._is_there(arg, known)]  # noqa: SLF001
        if len(unsure) != 1:
            break
        node = unsure[0]
    return node


def _rests_on(
    value: Node, missing: Node | None, mask: Node | None, masks: Mapping[Col, Node]
) -> bool:
    """Whether ``value`` is ``NULL`` when ``missing`` is, or when ``mask`` is not 0."""
    if value in (missing, NULL):
        return True
    match value:
        case Col():
            return mask is not None and value in masks and mask in _reasons(masks[value])
        case Call() if value.op not in _LAZY:
            return any(_rests_on(arg, missing, mask, masks) for arg in value.args)
        case If():
            values = (*(one for _, one in value.cases), value.otherwise)
            return all(_rests_on(one, missing, mask, masks) for one in values)
        case _:
            return False


def _compared(node: Call) -> bool | None:
    """The comparison of two literal numbers or texts."""
    left, right = node.args
    if not (isinstance(left, Lit) and isinstance(right, Lit)) or node.op == "in":
        return None
    one, other = left.value, right.value
    if isinstance(one, int) and isinstance(other, int):
        signs = {"==": one == other, "!=": one != other, "<": one < other, "<=": one <= other,
                 ">": one > other, ">=": one >= other}  # fmt: skip
        return signs[node.op]
    return None


def _harmless(node: Node) -> bool:
    """Whether ``node`` may be worked out where it is not asked for: it divides by nothing."""
    return not any(isinstance(one, Call) and one.op in ("//", "quo") for one in nodes(node))
