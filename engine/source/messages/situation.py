"""Messages of situations: what service records, cases and commands ask for (E501 to E520)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, shown, suggestion
from engine.source.positions import Span, whole_file


def unreadable_number(
    label: str, text: str, forms: Sequence[str], near: str | None, span: Span
) -> Diagnostic:
    """E501: a text that is not a number in any accepted form; ``near`` is a likely form."""
    hints = (f"vouliez-vous dire « {near} » ?",) if near else ()
    return Diagnostic(
        Code.UNREADABLE_NUMBER,
        f"{label} : « {shown(text)} » ne se lit pas comme un nombre",
        span,
        (),
        (*hints, f"formes admises : {quoted(forms)}"),
    )


def unknown_link(
    label: str, value: str, known: Sequence[str], span: Span, declared: Span | None
) -> Diagnostic:
    """E502: a line refers to something that the record does not list."""
    message = f"{label} : « {shown(value)} » ne figure pas dans le dossier"
    labels = ((declared, "la liste où la valeur est cherchée"),) if declared else ()
    hints = suggestion(value, known, "valeurs connues")
    return Diagnostic(Code.UNKNOWN_LINK, message, span, labels, hints)


def duplicate_record(label: str, ident: str, span: Span, other: Span) -> Diagnostic:
    """E503: one identifier used twice, for two records or for two lines of one list."""
    return Diagnostic(
        Code.DUPLICATE_RECORD,
        f"{label} : « {shown(ident)} » est déjà employé",
        span,
        ((other, "autre emploi"),),
        ("donnez un identifiant différent à chacun, ou enlevez la répétition",),
    )


def date_outside_year(
    day: date, year: str, bounds: tuple[date, date], span: Span, declared: Span
) -> Diagnostic:
    """E504: the date of a record is not in its ``year`` (with its label); ``bounds`` are in it."""
    return Diagnostic(
        Code.DATE_OUTSIDE_YEAR,
        f"{year} : le {day} n'en fait pas partie",
        span,
        ((declared, f"du {bounds[0]} au {bounds[1]}"),),
        ("corrigez l'une des deux valeurs",),
    )


def before_corpus(day: date, first_day: date, span: Span) -> Diagnostic:
    """E505: the date of a record is before the first day for which rules exist."""
    return Diagnostic(
        Code.BEFORE_CORPUS,
        f"aucune règle n'est décrite au {day} ; première date traitée : {first_day}",
        span,
        (),
        (f"donnez une date à partir du {first_day}",),
    )


def input_missing(results: Sequence[str], missing: Sequence[str], span: Span) -> Diagnostic:
    """E506: results need fields that the record does not fill."""
    names = quoted(missing)
    return Diagnostic(
        Code.INPUT_MISSING,
        f"non calculable, le dossier ne renseigne pas {names} : {', '.join(results)}",
        span,
        (),
        (f"renseignez {names} dans le dossier",),
    )


def source_missing(results: Sequence[str], missing: str, span: Span) -> Diagnostic:
    """E507: results need a text or a figure that no source gives (``missing``)."""
    return Diagnostic(
        Code.SOURCE_MISSING, f"non calculable, il manque {missing} : {', '.join(results)}", span
    )


def two_cases(name: str, span: Span, first: Span, second: Span) -> Diagnostic:
    """E508: two cases of one choice apply to the same record."""
    return Diagnostic(
        Code.TWO_CASES,
        f"« {name} » : deux cas s'appliquent à ce dossier",
        span,
        ((first, "premier cas"), (second, "second cas")),
        ("rendez les conditions exclusives, ou écrivez `choix: premier`",),
    )


def no_case(name: str, span: Span) -> Diagnostic:
    """E509: no case of a choice applies to the record, and nothing says what happens then."""
    return Diagnostic(
        Code.NO_CASE,
        f"« {name} » : aucun cas ne s'applique à ce dossier",
        span,
        (),
        ("ajoutez un cas, ou `sinon:`",),
    )


def several_main(label: str, span: Span, first: Span) -> Diagnostic:
    """E510: two lines of one list say that they are the main one."""
    return Diagnostic(
        Code.SEVERAL_MAIN,
        f"{label} : une seule ligne peut porter cette indication",
        span,
        ((first, "première ligne qui la porte"),),
        ("gardez `true` sur une seule ligne ; sans indication, la première ligne est retenue",),
    )


def unknown_result(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E511: a command or a case asks for a result that the corpus does not define."""
    hints = suggestion(name, known, "résultats connus")
    return Diagnostic(
        Code.UNKNOWN_RESULT, f"résultat inconnu : « {shown(name)} »", span, hints=hints
    )


def unknown_reading(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E512: a command or a case asks for a contested reading that the corpus does not have."""
    hints = (*suggestion(name, known, "lectures connues"), "`reglo lectures` les liste toutes")
    return Diagnostic(
        Code.UNKNOWN_READING, f"lecture inconnue : « {shown(name)} »", span, hints=hints
    )


def note_asked(name: str, span: Span) -> Diagnostic:
    """E599: a command or a case asks for a note, as if it were a contested reading."""
    return Diagnostic(
        Code.NOTE_ASKED,
        f"« {name} » est une note : elle dit un doute des sources et ne change aucun résultat",
        span,
        (),
        ("`reglo lectures` montre les notes, après les lectures",),
    )


def unknown_record(ident: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E513: a command asks for a record that its files do not hold."""
    hints = suggestion(ident, known, "dossiers lus")
    return Diagnostic(
        Code.UNKNOWN_RECORD, f"dossier introuvable : « {shown(ident)} »", span, hints=hints
    )


def division_by_zero(name: str, span: Span) -> Diagnostic:
    """E514: a rule divides by a value that is 0 for the record."""
    return Diagnostic(
        Code.DIVISION_BY_ZERO,
        f"« {name} » : division par zéro pour ce dossier",
        span,
        (),
        ("traitez d'abord le cas où le diviseur est nul : `selon:` ou `applicable_si:`",),
    )


def no_result_asked(known: Sequence[str], span: Span) -> Diagnostic:
    """E515: the list of wanted results is empty."""
    hints = suggestion("", known, "résultats connus")
    return Diagnostic(Code.NO_RESULT_ASKED, "aucun résultat n'est demandé", span, hints=hints)


def reading_twice(name: str, span: Span) -> Diagnostic:
    """E516: two readings of one contested point are asked for."""
    return Diagnostic(
        Code.READING_TWICE,
        f"deux lectures demandées pour « {name} »",
        span,
        (),
        ("gardez-en une seule",),
    )


def unknown_calendar(year: str, sector: str, known: Sequence[str]) -> Diagnostic:
    """E517: no calendar of that year and that sector."""
    wanted = " ".join(part for part in (year, sector) if part)
    return Diagnostic(
        Code.UNKNOWN_CALENDAR,
        f"aucun calendrier pour « {wanted} »",
        whole_file("calendrier"),
        (),
        suggestion(wanted, known, "calendriers connus"),
    )


def no_window(day: date, sector: str) -> Diagnostic:
    """E518: nothing that is validated on that day is paid, as far as the calendars say."""
    return Diagnostic(
        Code.NO_WINDOW,
        f"aucun calendrier connu ({sector}) ne dit quel mois paye une validation faite le {day}",
        whole_file("--validee-le"),
        (),
        ("`reglo calendrier` donne les campagnes connues et leurs mois de paye",),
    )


def not_a_month(text: str) -> Diagnostic:
    """E519: a text that is not a month."""
    return Diagnostic(
        Code.NOT_A_MONTH,
        f"« {shown(text)} » n'est pas un mois de la forme AAAA-MM",
        whole_file("--mois"),
        (),
        ("décembre 2024 s'écrit 2024-12",),
    )


def orphan_line(ident: str, table: str, span: Span) -> Diagnostic:
    """E520: a line of a table belongs to a record that ``table`` does not hold."""
    return Diagnostic(
        Code.ORPHAN_LINE,
        f"ligne sans dossier : « {shown(ident)} » ne figure pas dans la table « {table} »",
        span,
        (),
        ("corrigez l'identifiant, ajoutez le dossier ou enlevez la ligne",),
    )
