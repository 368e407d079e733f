"""Whatever the reader accepts, the engine computes and explains: a result, an absence, a reason."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.explanation import explain
from engine.evaluation.results import compute, interpreter_for
from tests.droit.any_record import records
from tests.droit.teachers import law, read

# One option of each contested point, retained or not; the law is loaded when a test runs.
READINGS: st.SearchStrategy[dict[str, str]] = st.deferred(
    lambda: st.fixed_dictionaries(
        {name: st.sampled_from(sorted(one.options)) for name, one in law().corpus.points.items()}
    )
)


@settings(max_examples=200)
@given(records(), READINGS)
def test_any_accepted_record_is_computed(text: str, readings: dict[str, str]) -> None:
    found = compute(law(), read(text), readings=readings)
    assert set(found.values) == set(law().corpus.results)
    assert set(found.points) <= set(readings)


@settings(max_examples=40)
@given(records(), READINGS)
def test_any_accepted_record_is_explained(text: str, readings: dict[str, str]) -> None:
    interpreter = interpreter_for(law(), read(text), readings, traced=True)
    for name in law().corpus.board:
        assert explain(interpreter, name).name == name
