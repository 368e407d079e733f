"""Messages of the statuses of versions (E214 to E216, E224)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted
from engine.source.positions import Span


def draft(name: str, since: date | None, to_fill: Sequence[str], span: Span) -> Diagnostic:
    """E214: a version or a calendar that is still a draft: the production refuses it."""
    subject = f"« {name} » : la version du {since}" if since else f"le calendrier « {name} »"
    left = f" ; à remplir : {', '.join(to_fill)}" if to_fill else ""
    return Diagnostic(
        Code.DRAFT,
        f"{subject} est un projet, que la production refuse{left}",
        span,
        (),
        (
            "« reglo --projets … » l'essaie quand même",
            "vérifiée et signée, écrivez `statut: signee`, `signe_le` et `signe_par`",
        ),
    )


def not_filled(name: str, since: date | None, to_fill: Sequence[str], span: Span) -> Diagnostic:
    """E215: a version that is no draft any more, and whose fields are still to be filled."""
    return Diagnostic(
        Code.NOT_FILLED,
        f"{_named(name, since)} : {quoted(to_fill)} reste à remplir",
        span,
        (),
        ("remplissez, puis retirez ce nom de `a_remplir`",),
    )


def _named(name: str, since: date | None) -> str:
    return f"« {name} », version du {since}" if since else f"calendrier « {name} »"


def repealed_without_end(name: str, since: date, span: Span) -> Diagnostic:
    """E216: a version that is repealed, and nothing says from when."""
    return Diagnostic(
        Code.REPEALED_OPEN,
        f"« {name} » : la version du {since} est abrogée, et rien ne dit depuis quand",
        span,
        (),
        ("ajoutez `jusqu_a`, ou la version qui lui succède",),
    )


def signed_by_nobody(
    name: str, since: date | None, lacking: Sequence[str], span: Span
) -> Diagnostic:
    """E224: something is said to be signed, and not by whom, or not when."""
    return Diagnostic(
        Code.SIGNED_BY_NOBODY,
        f"{_named(name, since)} : une signature dit le jour et la personne ;"
        f" il manque {quoted(lacking)}",
        span,
        (),
        ("écrivez `signe_le: AAAA-MM-JJ` et `signe_par: Prénom Nom`",),
    )
