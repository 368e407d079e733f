"""Messages of situations: what service records, cases and commands ask for (E501 to E520)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion


def unknown_calendar(year: str, sector: str, known: Sequence[str]) -> Diagnostic:
    """E517: no calendar of that year and that sector."""
    wanted = " ".join(part for part in (year, sector) if part)
    return say(
        "E517", "calendrier", voulu=wanted, proches=suggestion(wanted, known, "calendriers connus")
    )
