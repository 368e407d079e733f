"""A simplified expression says what it said, of any record, and guards what still may be NULL."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.compilation.ir import NULL, ZERO, Call, Col, If, Lit, Node, Rows
from engine.evaluation.compilation.simplify import Simplifier

Cell = int | bool | None

# « a » is NULL when its mask is not 0 and for no other reason, « b » when its mask is not 0 or for
# no reason at all, « c » never; « d » may be.
A, B, C, D, MA, MB = (Col(name) for name in ("a", "b", "c", "d", "a__manque", "b__manque"))
MASKS: Mapping[Col, Node] = {A: MA, B: MB}
RECORDS = [
    {A: a, B: b, C: c, D: d, MA: ma, MB: mb}
    for a, b, c, d, ma, mb in product((None, 0, 2), (None, 0, 1), (0, 3), (None, 0), (0, 4), (0, 8))
    if (a is None) is (ma != 0) and (b is None or mb == 0)
]


def simplifier(*, spreads: bool) -> Simplifier:
    return Simplifier(spreads, dict(MASKS), {A}, {C, MA, MB})


def evaluated(node: Node, record: Mapping[Col, Cell], *, guarded: bool) -> Cell:
    """``guarded``: an operation meets NULL only where it says so, as in Python."""
    match node:
        case Lit():
            assert node.value is None or isinstance(node.value, bool | int)
            return node.value
        case Col():
            return record[node]
        case If():
            for test, value in node.cases:
                if evaluated(test, record, guarded=guarded) is True:
                    return evaluated(value, record, guarded=guarded)
            return evaluated(node.otherwise, record, guarded=guarded)
        case Call(op="and" | "or"):
            first = evaluated(node.args[0], record, guarded=guarded)
            if first is (node.op == "or"):
                return first
            second = evaluated(node.args[1], record, guarded=guarded)
            return second if first is not None or second is (node.op == "or") else None
        case Call():
            return operated(node, record, guarded=guarded)
        case Rows():
            raise AssertionError(node)


def operated(node: Call, record: Mapping[Col, Cell], *, guarded: bool) -> Cell:
    args = [evaluated(arg, record, guarded=guarded) for arg in node.args]
    match node.op:
        case "isnull":
            return args[0] is None
        case "notnull":
            return args[0] is not None
        case "coalesce":
            return args[0] if args[0] is not None else args[1]
        case _:
            pass
    if None in args:
        missing = {at for at, arg in enumerate(args) if arg is None}
        assert not guarded or missing <= {*node.guarded}, node
        return None
    first, *rest = (int(arg) for arg in args if arg is not None)
    other = rest[0] if rest else 0
    values: dict[str, int | bool] = {
        "+": first + other, "*": first * other, "bitor": first | other, "least": min(first, other),
        "==": first == other, "!=": first != other, "<": first < other, ">=": first >= other,
        "not": not first,
    }  # fmt: skip
    return values[node.op]


NUMBERS: st.SearchStrategy[Node] = st.sampled_from((A, B, C, D, ZERO, Lit(2), NULL))
MASKS_READ: st.SearchStrategy[Node] = st.sampled_from((MA, MB, Call("bitor", (MA, MB))))
PRESENCES = st.builds(
    lambda op, col: Call(op, (col,)), st.sampled_from(("isnull", "notnull")),
    st.sampled_from((A, B, C, D)),
)  # fmt: skip
SETTLED = st.builds(lambda op, mask: Call(op, (mask, ZERO)), st.sampled_from(("==", "!=")),
                    MASKS_READ)  # fmt: skip
CERTAIN: st.SearchStrategy[Node] = st.one_of(PRESENCES, SETTLED, st.just(Call("<", (C, Lit(2)))))


def strict(op: str, *args: Node) -> Node:
    """An operation on anything: each of its arguments may be NULL."""
    return Call(op, args, tuple(range(len(args))))  # type: ignore[arg-type]


def conditions(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    compared = st.builds(strict, st.sampled_from(("==", "!=", "<", ">=")), below, below)
    found: st.SearchStrategy[Node] = st.one_of(
        CERTAIN, compared, st.builds(strict, st.just("not"), compared),
        st.builds(lambda op, one, other: Call(op, (one, other)), st.sampled_from(("and", "or")),
                  CERTAIN, st.one_of(CERTAIN, compared)),
        st.builds(lambda one: Call("coalesce", (one, Lit(value=False))), compared),
    )  # fmt: skip
    return found


def numbers(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    cases = st.lists(st.tuples(conditions(below), below), min_size=1, max_size=3)
    made: st.SearchStrategy[Node] = st.one_of(
        st.builds(lambda found, last: If(tuple(found), last), cases, below),
        st.builds(strict, st.sampled_from(("+", "*", "least")), below, below),
        st.builds(lambda one: Call("coalesce", (one, ZERO)), below),
    )
    return made


EXPRESSIONS: st.SearchStrategy[Node] = st.recursive(NUMBERS, numbers, max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(node=EXPRESSIONS)
def test_a_simplified_value_is_the_value(node: Node) -> None:
    for spreads in (False, True):
        simple = simplifier(spreads=spreads).value(node)
        for record in RECORDS:
            expected = evaluated(node, record, guarded=True)
            found = evaluated(simple, record, guarded=not spreads)
            assert (found, type(found)) == (expected, type(expected)), (spreads, simple, record)


@settings(max_examples=400, deadline=None)
@given(node=conditions(EXPRESSIONS))
def test_a_simplified_condition_is_true_of_the_same_records(node: Node) -> None:
    for spreads in (False, True):
        simple = simplifier(spreads=spreads).condition(node)
        for record in RECORDS:
            expected = evaluated(node, record, guarded=True) is True
            assert (evaluated(simple, record, guarded=not spreads) is True) is expected, simple


def test_a_guard_goes_away_where_null_spreads_by_itself() -> None:
    guarded = If(((Call("!=", (MA, ZERO)), NULL),), Call("+", (A, C)))
    assert simplifier(spreads=True).value(guarded) == Call("+", (A, C))
    assert simplifier(spreads=False).value(guarded) == guarded


def test_what_a_test_has_settled_is_not_asked_again() -> None:
    again = If(((Call("!=", (MA, ZERO)), NULL), (Call("notnull", (A,)), MA)), Lit(2))
    assert simplifier(spreads=False).value(again) == If(((Call("!=", (MA, ZERO)), NULL),), ZERO)
