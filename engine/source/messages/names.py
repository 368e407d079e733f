"""Messages of names, versions, sources and use: E201 to E213, E217, E218, E223, E225 to E228."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span


def unknown_name(
    what: str, name: str, known: Sequence[str], span: Span, intro: str | None = None
) -> Diagnostic:
    """E201: nothing of that name (``what``: « règle ou champ », « table », « unité »…).

    ``intro``: what to say before the known names, where they are few and like no other.
    """
    hints = close_names(name, known) if intro is None else (f"{intro} : {', '.join(known)}",)
    return say("E201", span, quoi=what, nom=name, conseils=hints)


def duplicate_name(name: str, span: Span, first: Span, *, rule: bool = True) -> Diagnostic:
    """E202: one name for two things; ``rule``: two rules, of which one may prevail."""
    return say("E202", span, first, cas="regle" if rule else "autre", nom=name)


def reserved_name(name: str, what: Literal["mot", "colonne"], span: Span) -> Diagnostic:
    """E217: a rule called like a word of expressions, or like a column of the output tables."""
    return say("E217", span, cas=what, nom=name)


def too_deep(name: str, depth: int, most: int, span: Span) -> Diagnostic:
    """E218: the operations of a rule and of those it needs lie too deep in one another."""
    return say("E218", span, nom=name, profondeur=depth, limite=most)


def unknown_code(code: str, nomenclature: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E203: a code that the nomenclature does not have."""
    return say("E203", span, code=code, nomenclature=nomenclature, proches=close_names(code, known))


def code_aside(
    code: str, lacking: Literal["schema", "regles"], nomenclature: str, span: Span
) -> Diagnostic:
    """E213: a code that only the schema of the record has, or only the nomenclature."""
    return say("E213", span, cas=lacking, code=code, nomenclature=nomenclature)


def dates_reversed(
    since: date, until: date, span: Span, what: Literal["version", "campagne", "vie du code"]
) -> Diagnostic:
    """E204: a version, a window of a calendar, or a code, that ends before it begins."""
    return say("E204", span, cas=what, depuis=since, jusque=until)


def versions_overlap(day: date, span: Span, other: Span) -> Diagnostic:
    """E205: two versions in force the same day."""
    return say("E205", span, other, jour=day)


def versions_hole(first: date, last: date, span: Span, other: Span) -> Diagnostic:
    """E206: days between two versions on which neither is in force."""
    return say("E206", span, other, premier=first, dernier=last)


def no_priority(name: str, day: date, span: Span, other: Span) -> Diagnostic:
    """E207: two rules give one name a value the same day, and none prevails."""
    return say("E207", span, other, nom=name, jour=day)


def bad_exception(target: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E208: an exception to something that is not a rule of the same name and kind."""
    return say("E208", span, cible=target, pourquoi=why, proches=close_names(target, known))


def no_source(what: str, span: Span, known: Sequence[str] = ()) -> Diagnostic:
    """E209: nothing says where this comes from, or the document named is not declared."""
    return say("E209", span, cas="documents" if known else "rien", quoi=what, connus=known)


def no_such_page(name: str, page: str, last: int, span: Span) -> Diagnostic:
    """E225: a source that names a page after the last one of its document."""
    return say("E225", span, nom=name, page=page, dernier=last)


def doubtful_page(name: str, page: str, last: int | None, span: Span) -> Diagnostic:
    """E226: a page of a document without pages (``last``: None), or a number without « p. »."""
    return say(
        "E226", span, cas="sans" if last is None else "avec", nom=name, page=page, dernier=last
    )


def label_twice(label: str, what: str, span: Span, first: Span) -> Diagnostic:
    """E227: two things of one kind that a person could not tell apart."""
    return say("E227", span, first, libelle=label, quoi=what)


def other_day(text: str, day: date, why: str, span: Span) -> Diagnostic:
    """E228: the day of a text that is not that of its title, or a publication that precedes it."""
    return say("E228", span, texte=text, jour=day, pourquoi=why)


def unused_rule(what: str, name: str, span: Span) -> Diagnostic:
    """E210: nothing uses it and it is not a result."""
    return say("E210", span, quoi=what, nom=name)


def idle_reading(name: str, span: Span, *, read: bool) -> Diagnostic:
    """E223: a contested point that changes nothing; ``read``: a rule reads it all the same."""
    return say("E223", span, cas="lue" if read else "jamais_lue", nom=name)


def wrong_scope(name: str, collection: str, span: Span) -> Diagnostic:
    """E211: a value of each line is used where there is no line."""
    return say("E211", span, nom=name, liste=collection)


def not_in_force(name: str, day: date, first: date | None, span: Span) -> Diagnostic:
    """E212: a name is used on a day when no version of it is in force."""
    return say(
        "E212",
        span,
        cas="jamais" if first is None else "premiere",
        nom=name,
        jour=day,
        premiere=first,
    )
