"""Messages of the statuses of versions (E214 to E216, E224)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


def draft(name: str, since: date | None, to_fill: Sequence[str], span: Span) -> Diagnostic:
    """E214: a version or a calendar that is still a draft: the production refuses it."""
    subject = f"« {name} » : la version du {since}" if since else f"le calendrier « {name} »"
    left = f" ; à remplir : {', '.join(to_fill)}" if to_fill else ""
    return say("E214", span, sujet=subject, reste=left)


def not_filled(name: str, since: date | None, to_fill: Sequence[str], span: Span) -> Diagnostic:
    """E215: a version that is no draft any more, and whose fields are still to be filled."""
    return say("E215", span, sujet=_named(name, since), noms=to_fill)


def _named(name: str, since: date | None) -> str:
    return f"« {name} », version du {since}" if since else f"calendrier « {name} »"


def signed_by_nobody(
    name: str, since: date | None, lacking: Sequence[str], span: Span
) -> Diagnostic:
    """E224: something is said to be signed, and not by whom, or not when."""
    return say("E224", span, sujet=_named(name, since), manquants=lacking)
