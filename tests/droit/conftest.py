"""What the properties of the law need before hypothesis draws its first example."""

from __future__ import annotations

from datetime import date

import pytest

from tests.droit.teachers import Teacher, results


@pytest.fixture(autouse=True, scope="session")
def _first_evaluation() -> None:
    """Evaluate once: the interpreter raises Python's recursion limit for good.

    Hypothesis warns when the limit moves while it draws, and a warning is a failure here.
    """
    results(Teacher(date(2024, 10, 1), {"corps": "certifie"}))
