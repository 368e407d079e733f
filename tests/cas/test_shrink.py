"""The shrinker: what it ends with still shows it, and nothing can be taken from it."""

from __future__ import annotations

from decimal import Decimal

from engine.cas.reduction import shrink
from engine.source.tree import Plain

LINE: Plain = {"heures": Decimal("4.5"), "niveau": "seconde", "effectif": 36}
RECORD: Plain = {
    "date": "2024-10-01",
    "agent": {"corps": "certifie", "echelon": 7, "tzr": True},
    "services": [LINE, LINE, {"heures": 9, "niveau": "premiere"}, LINE],
}


def hours(record: Plain) -> Decimal:
    assert isinstance(record, dict)
    lines = record.get("services", [])
    assert isinstance(lines, list)
    return sum(
        (Decimal(str(one.get("heures", 0))) for one in lines if isinstance(one, dict)), Decimal(0)
    )


def test_what_does_not_matter_goes_lines_fields_then_digits() -> None:
    assert shrink(RECORD, lambda one: hours(one) >= 6) == {"services": [{"heures": 6}]}


def test_what_is_needed_stays() -> None:
    kept = shrink(RECORD, lambda one: hours(one) == Decimal("22.5"))
    assert hours(kept) == Decimal("22.5")
    assert kept == {
        "services": [{"heures": Decimal("4.5")}] * 2
        + [{"heures": 9}]
        + [{"heures": Decimal("4.5")}]
    }


def test_a_record_that_cannot_be_smaller_is_given_back() -> None:
    assert shrink(RECORD, lambda one: one == RECORD) == RECORD


def test_the_same_record_comes_out_each_time_and_the_budget_is_kept() -> None:
    tried: list[Plain] = []

    def shows(one: Plain) -> bool:
        tried.append(one)
        return hours(one) > 1

    first = shrink(RECORD, shows)
    count = len(tried)
    assert shrink(RECORD, shows) == first == {"services": [{"heures": 2}]}
    assert len(tried) == 2 * count < 200
    tried.clear()
    partly = shrink(RECORD, shows, budget=5)
    assert len(tried) == 5
    assert hours(partly) > 1
