"""What these tests need before hypothesis draws its first example."""

from __future__ import annotations

import pytest

from tests.evaluation.kitchen import interpreter


@pytest.fixture(autouse=True, scope="session")
def _first_evaluation() -> None:
    """Evaluate once: the interpreter raises Python's recursion limit for good.

    Hypothesis warns when the limit moves while it draws, and a warning is a failure here.
    """
    interpreter()
