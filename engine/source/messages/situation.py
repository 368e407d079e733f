"""Messages of situations: what service records, cases and commands ask for (E501 to E520)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def unreadable_number(
    label: str, text: str, forms: Sequence[str], near: str | None, span: Span
) -> Diagnostic:
    """E501: a text that is not a number in any accepted form; ``near`` is a likely form."""
    return say("E501", span, libelle=label, texte=text, proche=near or None, formes=forms)


def unknown_link(
    label: str, value: str, known: Sequence[str], span: Span, declared: Span | None
) -> Diagnostic:
    """E502: a line refers to something that the record does not list."""
    return say(
        "E502",
        span,
        declared,
        libelle=label,
        valeur=value,
        proches=suggestion(value, known, "valeurs connues"),
    )


def duplicate_record(label: str, ident: str, span: Span, other: Span) -> Diagnostic:
    """E503: one identifier used twice, for two records or for two lines of one list."""
    return say("E503", span, other, libelle=label, dossier=ident)


def date_outside_year(
    day: date, year: str, bounds: tuple[date, date], span: Span, declared: Span
) -> Diagnostic:
    """E504: the date of a record is not in its ``year`` (with its label); ``bounds`` are in it."""
    return say("E504", span, declared, annee=year, jour=day, debut=bounds[0], fin=bounds[1])


def before_corpus(day: date, first_day: date, span: Span) -> Diagnostic:
    """E505: the date of a record is before the first day for which rules exist."""
    return say("E505", span, jour=day, premier_jour=first_day)


def input_missing(results: Sequence[str], missing: Sequence[str], span: Span) -> Diagnostic:
    """E506: results need fields that the record does not fill."""
    return say("E506", span, manquants=missing, resultats=results)


def source_missing(results: Sequence[str], missing: str, span: Span) -> Diagnostic:
    """E507: results need a text or a figure that no source gives (``missing``)."""
    return say("E507", span, manquants=missing, resultats=results)


def two_cases(name: str, span: Span, first: Span, second: Span) -> Diagnostic:
    """E508: two cases of one choice apply to the same record."""
    return say("E508", span, first, second, nom=name)


def no_case(name: str, span: Span) -> Diagnostic:
    """E509: no case of a choice applies to the record, and nothing says what happens then."""
    return say("E509", span, nom=name)


def several_main(label: str, span: Span, first: Span) -> Diagnostic:
    """E510: two lines of one list say that they are the main one."""
    return say("E510", span, first, libelle=label)


def unknown_result(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E511: a command or a case asks for a result that the corpus does not define."""
    return say("E511", span, nom=name, proches=suggestion(name, known, "résultats connus"))


def unknown_reading(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E512: a command or a case asks for a contested reading that the corpus does not have."""
    return say("E512", span, nom=name, proches=suggestion(name, known, "lectures connues"))


def note_asked(name: str, span: Span) -> Diagnostic:
    """E599: a command or a case asks for a note, as if it were a contested reading."""
    return say("E599", span, nom=name)


def unknown_record(ident: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E513: a command asks for a record that its files do not hold."""
    return say("E513", span, dossier=ident, proches=suggestion(ident, known, "dossiers lus"))


def division_by_zero(name: str, span: Span) -> Diagnostic:
    """E514: a rule divides by a value that is 0 for the record."""
    return say("E514", span, nom=name)


def no_result_asked(known: Sequence[str], span: Span) -> Diagnostic:
    """E515: the list of wanted results is empty."""
    return say("E515", span, proches=suggestion("", known, "résultats connus"))


def reading_twice(name: str, span: Span) -> Diagnostic:
    """E516: two readings of one contested point are asked for."""
    return say("E516", span, nom=name)


def unknown_calendar(year: str, sector: str, known: Sequence[str]) -> Diagnostic:
    """E517: no calendar of that year and that sector."""
    wanted = " ".join(part for part in (year, sector) if part)
    return say(
        "E517", "calendrier", voulu=wanted, proches=suggestion(wanted, known, "calendriers connus")
    )


def no_window(day: date, sector: str) -> Diagnostic:
    """E518: nothing that is validated on that day is paid, as far as the calendars say."""
    return say("E518", "--validee-le", secteur=sector, jour=day)


def not_a_month(text: str) -> Diagnostic:
    """E519: a text that is not a month."""
    return say("E519", "--mois", texte=text)


def orphan_line(ident: str, table: str, span: Span) -> Diagnostic:
    """E520: a line of a table belongs to a record that ``table`` does not hold."""
    return say("E520", span, dossier=ident, table=table)
