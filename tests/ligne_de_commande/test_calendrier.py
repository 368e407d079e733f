"""``reglo calendrier``: the answers of the contract, the other sector, the iCalendar file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import icalendar
import pytest

from tests.ligne_de_commande.commande import reglo


def answer(*arguments: str) -> dict[str, object]:
    run = reglo("calendrier", *arguments, "--format", "json")
    assert run.code == 0, run.err
    found = json.loads(run.out)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("day", "opened", "paid", "coming", "coming_paid"),
    [
        ("2024-09-19", None, None, "2024-09-20", "2024-10"),
        ("2024-09-20", "2024-09-20", "2024-10", "2024-11-04", "2024-12"),
        ("2024-09-25", "2024-09-20", "2024-10", "2024-11-04", "2024-12"),
        ("2024-09-26", "2024-09-20", "2024-11", "2024-11-04", "2024-12"),
        ("2024-10-22", "2024-09-20", "2024-11", "2024-11-04", "2024-12"),
        ("2024-10-23", None, None, "2024-11-04", "2024-12"),
        ("2024-11-13", "2024-11-04", "2024-12", "2024-12-02", "2025-01"),
        ("2024-11-14", None, None, "2024-12-02", "2025-01"),
        ("2025-07-18", "2025-07-01", "2025-08", None, None),
        ("2025-07-19", None, None, None, None),
    ],
)
def test_the_public_calendar_of_the_circular(
    day: str, opened: str | None, paid: str | None, coming: str | None, coming_paid: str | None
) -> None:
    found = answer("2024-2025", "--date", day)
    assert (found["annee"], found["date"], found["paye"]) == ("2024-2025", day, paid)
    window, after = found["campagne"], found["prochaine"]
    assert (window["debut"] if isinstance(window, dict) else None) == opened
    assert (after["debut"] if isinstance(after, dict) else None) == coming
    assert (after["paye"] if isinstance(after, dict) else None) == coming_paid


def test_every_window_printed_in_the_source_pays_its_month() -> None:
    printed = [  # 000, § 2
        ("2024-11-04", "2024-11-13", "2024-12"),
        ("2024-12-02", "2024-12-18", "2025-01"),
        ("2025-01-06", "2025-01-22", "2025-02"),
        ("2025-02-03", "2025-02-21", "2025-03"),
        ("2025-03-03", "2025-03-21", "2025-04"),
        ("2025-04-01", "2025-04-18", "2025-05"),
        ("2025-05-05", "2025-05-21", "2025-06"),
        ("2025-06-02", "2025-06-20", "2025-07"),
        ("2025-07-01", "2025-07-18", "2025-08"),
    ]
    for start, end, paid in printed:
        for day in (start, end):
            found = answer("2024-2025", "--date", day)
            window = found["campagne"]
            assert isinstance(window, dict)
            assert (window["type"], window["debut"], window["fin"]) == ("modificative", start, end)
            assert found["paye"] == paid


@pytest.mark.parametrize(
    ("day", "opened"),
    [("2024-09-18", False), ("2024-09-19", True), ("2024-11-08", True), ("2024-11-09", False)],
)
def test_the_private_sector_has_its_own_window_and_no_pay_month(day: str, *, opened: bool) -> None:
    found = answer("2024-2025", "--secteur", "prive", "--date", day)
    window = found["campagne"]
    assert isinstance(window, dict) is opened
    assert found["paye"] is None
    if isinstance(window, dict):
        assert (window["secteur"], window["fin"]) == ("prive", "2024-11-08")


def test_the_text_shows_the_calendar_its_steps_and_the_day() -> None:
    run = reglo("calendrier", "2024-2025", "--date", "2024-11-13")
    assert run.code == 0
    for words in (
        "mercredi 2024-11-13",
        "décembre 2024",
        "une validation ce jour est payée en décembre 2024",
    ):
        assert words in run.out
    assert "\n4. Calcul des HSA et traitement des bloquants" in run.out
    assert "\n7. " in run.out


def test_the_icalendar_file_is_whole_and_always_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "un.ics", tmp_path / "deux.ics"
    for path in (first, second):
        run = reglo("calendrier", "2024-2025", "--date", "2024-11-13", "--ics", str(path))
        assert run.code == 0
    assert first.read_bytes() == second.read_bytes()
    agenda = icalendar.Calendar.from_ical(first.read_bytes())
    events = agenda.walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == len(events) == 10 + 11
    days = {(event.decoded("dtstart"), event.decoded("dtend")) for event in events}
    assert (date(2024, 11, 4), date(2024, 11, 14)) in days  # the end is excluded


def test_a_year_without_a_calendar_is_a_wrong_use() -> None:  # E517
    run = reglo("calendrier", "2031-2032", "--date", "2031-11-13")
    assert run.code == 2
    assert "aucun calendrier" in run.err
    assert "2024-2025" in run.err
