"""Messages of names, versions, sources and use: E201 to E213, E217, E218, E223, E225 to E228."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span


def unknown_name(
    what: str, name: str, known: Sequence[str], span: Span, intro: str | None = None
) -> Diagnostic:
    """E201: nothing of that name (``what``: « règle ou champ », « table », « unité »…).

    ``intro``: what to say before the known names, where they are few and like no other.
    """
    hints = close_names(name, known) if intro is None else (f"{intro} : {', '.join(known)}",)
    return Diagnostic(Code.UNKNOWN_NAME, f"nom inconnu : {what} « {name} »", span, (), hints)


def duplicate_name(name: str, span: Span, first: Span, *, rule: bool = True) -> Diagnostic:
    """E202: one name for two things; ``rule``: two rules, of which one may prevail."""
    way_out = "effacez l'un des deux, ou donnez-lui un autre nom"
    if rule:
        way_out += ", ou déclarez `deroge_a` si une règle l'emporte sur l'autre"
    return Diagnostic(
        Code.DUPLICATE_NAME,
        f"« {name} » est déjà défini",
        span,
        ((first, "première définition"),),
        (way_out,),
    )


def reserved_name(name: str, what: Literal["mot", "colonne"], span: Span) -> Diagnostic:
    """E217: a rule called like a word of expressions, or like a column of the output tables."""
    why = {
        "mot": "c'est un mot des expressions, qui ne pourraient pas nommer la règle",
        "colonne": "c'est une colonne du tableau des résultats d'une campagne",
    }
    return Diagnostic(
        Code.RESERVED_NAME,
        f"une règle ne peut pas s'appeler « {name} » : {why[what]}",
        span,
        (),
        ("donnez-lui un autre nom",),
    )


def too_deep(name: str, depth: int, most: int, span: Span) -> Diagnostic:
    """E218: the operations of a rule and of those it needs lie too deep in one another."""
    return Diagnostic(
        Code.RULES_TOO_DEEP,
        f"« {name} » demande {depth} opérations l'une dans l'autre, de règle en règle : "
        f"{most} au plus",
        span,
        (),
        ("coupez la suite : employez un total de lignes, ou une table",),
    )


def unknown_code(code: str, nomenclature: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E203: a code that the nomenclature does not have."""
    return Diagnostic(
        Code.UNKNOWN_CODE,
        f"« {code} » n'est pas un code de la nomenclature « {nomenclature} »",
        span,
        (),
        close_names(code, known),
    )


def code_aside(
    code: str, lacking: Literal["schema", "regles"], nomenclature: str, span: Span
) -> Diagnostic:
    """E213: a code that only the schema of the record has, or only the nomenclature."""
    where = (
        "le schéma du dossier ne l'admet pas"
        if lacking == "schema"
        else f"le schéma du dossier l'admet, et la nomenclature « {nomenclature} » ne l'a pas"
    )
    return Diagnostic(
        Code.CODE_ASIDE,
        f"code « {code} » : {where}",
        span,
        (),
        ("le schéma et la nomenclature ont les mêmes codes : corrigez celui qui a tort",),
    )


def dates_reversed(
    since: date, until: date, span: Span, what: Literal["version", "campagne", "vie du code"]
) -> Diagnostic:
    """E204: a version, a window of a calendar, or a code, that ends before it begins."""
    way_out = "`depuis` et `jusqu_a` sont inclus ; `jusqu_a` ne se met que pour une fin sans suite"
    if what == "campagne":
        way_out = "`debut` et `fin` sont inclus : vérifiez l'année, le mois et le jour des deux"
    return Diagnostic(
        Code.DATES_REVERSED,
        f"dates inversées : la {what} commence le {since} et finit le {until}",
        span,
        (),
        (way_out,),
    )


def versions_overlap(day: date, span: Span, other: Span) -> Diagnostic:
    """E205: two versions in force the same day."""
    return Diagnostic(
        Code.VERSIONS_OVERLAP,
        f"deux versions en vigueur le {day}",
        span,
        ((other, "l'autre version"),),
        ("une version vaut jusqu'à la veille de la suivante, sans qu'il faille `jusqu_a`",),
    )


def versions_hole(first: date, last: date, span: Span, other: Span) -> Diagnostic:
    """E206: days between two versions on which neither is in force."""
    return Diagnostic(
        Code.VERSIONS_HOLE,
        f"aucune version en vigueur du {first} au {last}",
        span,
        ((other, "la version suivante"),),
        ("enlevez `jusqu_a`, ou ajoutez la version qui manque",),
    )


def no_priority(name: str, day: date, span: Span, other: Span) -> Diagnostic:
    """E207: two rules give one name a value the same day, and none prevails."""
    return Diagnostic(
        Code.NO_PRIORITY,
        f"deux règles donnent « {name} » au {day}, sans dire laquelle l'emporte",
        span,
        ((other, "l'autre règle"),),
        ("ajoutez `deroge_a: texte.nom` à celle qui l'emporte, ou des dates disjointes",),
    )


def bad_exception(target: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E208: an exception to something that is not a rule of the same name and kind."""
    return Diagnostic(
        Code.BAD_EXCEPTION,
        f"`deroge_a: {target}` : {why}",
        span,
        (),
        (*close_names(target, known), "écrivez `texte.nom`, le nom étant celui de cette règle"),
    )


def no_source(what: str, span: Span, known: Sequence[str] = ()) -> Diagnostic:
    """E209: nothing says where this comes from, or the document named is not declared."""
    hint = (
        f"documents déclarés : {', '.join(known)}"
        if known
        else 'ajoutez `article:` ou `source: "document, repérage"`'
    )
    return Diagnostic(Code.NO_SOURCE, what, span, (), (hint,))


def no_such_page(name: str, page: str, last: int, span: Span) -> Diagnostic:
    """E225: a source that names a page after the last one of its document."""
    return Diagnostic(
        Code.NO_SUCH_PAGE,
        f"« {name} » n'a pas de page {page} : la dernière est la page {last}",
        span,
        (),
        ("relisez la page dans la source ; `pages:` de regles/documents.yaml dit leur nombre",),
    )


def doubtful_page(name: str, page: str, last: int | None, span: Span) -> Diagnostic:
    """E226: a page of a document without pages (``last``: None), or a number without « p. »."""
    if last is None:
        message = f"page {page} de « {name} », qui n'a pas de pages"
        way_out = "vérifiez le document ; s'il a des pages, `pages:` de documents.yaml le dit"
    else:
        message = f"« {name}, {page} » : « {name} » se cite par page, et ceci n'en est pas une"
        way_out = f"écrivez « {name}, p. {page} » si c'est la page (il en a {last})"
    return Diagnostic(Code.DOUBTFUL_PAGE, message, span, (), (way_out,))


def label_twice(label: str, what: str, span: Span, first: Span) -> Diagnostic:
    """E227: two things of one kind that a person could not tell apart."""
    return Diagnostic(
        Code.LABEL_TWICE,
        f"« {label} » nomme déjà un autre {what}",
        span,
        ((first, "le premier"),),
        ("écrivez le nom de celui-ci, ou effacez-le s'il est recopié",),
    )


def other_day(text: str, day: date, why: str, span: Span) -> Diagnostic:
    """E228: the day of a text that is not that of its title, or a publication that precedes it."""
    return Diagnostic(
        Code.OTHER_DAY,
        f"« {text} » : {day}, et {why}",
        span,
        (),
        ("écrivez le jour que le texte porte, dans son titre comme ici",),
    )


def unused_rule(what: str, name: str, span: Span) -> Diagnostic:
    """E210: nothing uses it and it is not a result."""
    return Diagnostic(
        Code.UNUSED_RULE,
        f"{what} « {name} » ne sert à rien : aucune règle, aucun contrôle ni résultat ne s'en sert",
        span,
        (),
        ("enlevez-le, employez-le, ou exposez-le dans `resultats`",),
    )


def idle_reading(name: str, span: Span, *, read: bool) -> Diagnostic:
    """E223: a contested point that changes nothing; ``read``: a rule reads it all the same."""
    why = "ses options donnent la même valeur" if read else "aucune règle ne la lit"
    return Diagnostic(
        Code.IDLE_READING,
        f"la lecture « {name} » ne change aucun résultat : {why}",
        span,
        (),
        ("écrivez-la sous `notes:`, ou calculez son autre option dans une règle",),
    )


def wrong_scope(name: str, collection: str, span: Span) -> Diagnostic:
    """E211: a value of each line is used where there is no line."""
    return Diagnostic(
        Code.WRONG_SCOPE,
        f"« {name} » a une valeur par ligne de « {collection} », il n'y a pas de ligne ici",
        span,
        (),
        (f"employez somme, max, min, compte ou existe, avec `de: {collection}`",),
    )


def not_in_force(name: str, day: date, first: date | None, span: Span) -> Diagnostic:
    """E212: a name is used on a day when no version of it is in force."""
    start = f" ; première : {first}" if first is not None else ""
    return Diagnostic(
        Code.NOT_IN_FORCE,
        f"aucune version de « {name} » en vigueur au {day}{start}",
        span,
        (),
        (f"écrivez défaut({name}, …), ou faites commencer cette règle plus tard",),
    )
