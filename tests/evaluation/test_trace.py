"""The trace: the ten nodes are known, each has one name, and what is recorded is what was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from simpleeval import FeatureNotAvailable

from engine.evaluation.interpreter import Interpreter, Maker
from engine.evaluation.outcomes import below
from engine.evaluation.results import interpreter_for, raised
from engine.evaluation.trace import TracedNode, applicable_of, body_of, condition_of, reads_of
from engine.langage import kernel
from engine.langage.corpus import Corpus
from engine.langage.kernel import Expr
from tests.evaluation.kitchen import batches, law, number, op, rule, used


class Known:
    expr: Expr


def traced() -> Interpreter:
    """Every result and every control of an order."""
    found = interpreter_for(law(), batches(12, 7), {}, traced=True)
    for name in law().corpus.results:
        found.step(name)
    raised(found)
    return found


def roots(corpus: Corpus) -> Iterator[TracedNode]:
    for one in corpus.rules:
        for version in one.versions:
            applicable = applicable_of(one, version)
            yield from () if applicable is None else (applicable,)
            yield body_of(one, version)
    for control in corpus.controls:
        yield from (condition_of(control, version) for version in control.versions)


def test_the_table_of_nodes_is_the_ten_of_the_kernel() -> None:
    ten = get_args(get_type_hints(Known, vars(kernel))["expr"])
    assert len(ten) == 10
    assert set(Maker().machine.nodes) == set(ten)


def test_what_is_not_one_of_the_ten_is_refused() -> None:
    case = kernel.Branch(number(1), number(2))
    with pytest.raises(FeatureNotAvailable):
        Maker().function(op("+", number(1), case))  # type: ignore[arg-type]


def test_each_node_of_the_law_has_a_name_of_its_own() -> None:
    names = [node.place for root in roots(law().corpus) for node in root.walk()]
    assert len(names) > 100
    assert len(set(names)) == len(names)


def test_a_name_does_not_depend_on_what_is_written_elsewhere() -> None:
    other = law(rule("essai", "valeur: 1"), used("essai")).corpus
    named = {node.place: node.expr for root in roots(other) for node in root.walk()}
    assert all(
        named[node.place] == node.expr for root in roots(law().corpus) for node in root.walk()
    )


def test_what_is_recorded_is_what_the_node_gives() -> None:
    found = traced()
    events = list(found.trace.events)
    assert len(events) > 100
    for _, node, at, value in events:
        assert found.value(node.expr, at) == value == found.seen(node, at)


def test_recording_changes_no_step() -> None:
    found, other = traced(), interpreter_for(law(), batches(12, 7), {})
    for name in law().corpus.results:
        assert below(found.step(name)) == below(other.step(name))


def test_a_branch_that_is_not_taken_is_not_recorded_but_can_be_told() -> None:
    body = "selon: [{si: pieces > 10, alors: 1}, {si: pieces = 5, alors: 2}], sinon: 0"
    under = law(rule("essai", body), used("essai"))
    found = interpreter_for(under, batches(11), {}, traced=True)
    step = found.step("essai")
    assert step.rule is not None
    assert step.version is not None
    first, one, second, two, none = body_of(step.rule, step.version).parts
    recorded = [found.trace.value(node.place, None) for node in (first, one, second, two, none)]
    assert recorded == [True, 1, False, None, None]  # no two cases may apply: both are read
    assert [found.seen(node, None) for node in (two, none)] == [2, 0]


def test_a_step_reads_only_what_it_names_itself() -> None:
    reads = reads_of(traced())
    assert reads["pieces", None].lines == {"fournees": 2}
    assert {name for name, *_ in reads["pieces", None].fields} == {"quantite"}


def test_nothing_is_recorded_unless_asked() -> None:
    silent = interpreter_for(law(), batches(3), {})
    silent.step("pieces")
    with pytest.raises(AssertionError):
        _ = silent.trace
