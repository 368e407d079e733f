"""Messages of cycles, tables and published tables: E401 to E408, E424."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.reading import without_comma
from engine.source.positions import Span
from engine.source.tree import Node


def cycle(names: Sequence[str], spans: Sequence[Span]) -> Diagnostic:
    """E401: rules that need one another; the whole loop is shown, with each place."""
    loop = " → ".join([*names, names[0]])
    labels = tuple(
        (span, f"« {name} » a besoin de « {after} »")
        for name, after, span in zip(names, [*names[1:], names[0]], spans, strict=True)
    )
    return Diagnostic(
        Code.CYCLE, f"définition circulaire : {loop}", spans[0], labels,
        ("l'une de ces règles doit se définir sans les autres",),
    )  # fmt: skip


def table_gap(table: str, witness: str, others: int, day: date, span: Span) -> Diagnostic:
    """E402: a combination of keys that no row takes."""
    more = f" (et {others} autres combinaisons)" if others else ""
    return Diagnostic(
        Code.TABLE_GAP,
        f"table « {table} » : aucune ligne pour {witness}, au {day}{more}",
        span,
        (),
        ("ajoutez la ligne, au besoin avec la valeur sans_objet",),
    )


def table_overlap(table: str, witness: str, day: date, span: Span, first: Span) -> Diagnostic:
    """E403: a combination of keys that two rows take."""
    return Diagnostic(
        Code.TABLE_OVERLAP,
        f"table « {table} » : deux lignes pour {witness}, au {day}",
        span,
        ((first, "l'autre ligne"),),
        ("resserrez les clés d'une des lignes, ou écrivez `choix: premier` sur la version",),
    )


def dead_row(table: str, why: str, span: Span) -> Diagnostic:
    """E404: a row that can never be chosen."""
    return Diagnostic(
        Code.DEAD_ROW,
        f"table « {table} » : cette ligne ne peut jamais servir, {why}",
        span,
        (),
        ("effacez-la, ou corrigez ses clés ; une ligne plus précise s'écrit avant les autres",),
    )


def row_length(
    table: str, found: int, expected: int, span: Span, node: Node | None = None
) -> Diagnostic:
    """E405: a row that has not one cell per column; ``node``: the row as it is written."""
    return Diagnostic(
        Code.ROW_LENGTH,
        f"table « {table} » : {found} cases, il en faut {expected}",
        span,
        (),
        (node and without_comma(node))
        or ("une case par clé, dans l'ordre de `cles`, puis la valeur",),
    )


def bad_interval(text: str, span: Span) -> Diagnostic:
    """E406: a cell that is not a range of numbers."""
    return Diagnostic(
        Code.BAD_INTERVAL,
        f"« {text} » n'est pas un intervalle",
        span,
        (),
        ('écrivez [20, 35], "]35, ->[", "]<-, 20[" ou un nombre',),
    )


def key_differs(table: str, key: str, asked: str, value: str, span: Span) -> Diagnostic:
    """E408: a row whose value is not its key, in a table where it must be."""
    return Diagnostic(
        Code.KEY_DIFFERS,
        f"table « {table} » : la ligne {asked} vaut {value}, et sa valeur est toujours sa clé"
        f" « {key} »",
        span,
        (),
        (f"écrivez le même nombre deux fois : [{value}, {value}] si {asked} n'existe plus",),
    )


def published_differs(  # noqa: PLR0913, PLR0917 - two figures, where from, where
    name: str, printed: str, computed: str, source: str, span: Span, others: int, rule: Span
) -> Diagnostic:
    """E407: a published figure that the rules do not give; ``others``: as many in its column."""
    plural = "s" if others > 1 else ""
    more = f" (et {others} autre{plural} ligne{plural} du tableau)" if others else ""
    return Diagnostic(
        Code.PUBLISHED_DIFFERS,
        f"« {name} » : {printed} publié ({source}), {computed} calculé{more}",
        span,
        ((rule, "la règle qui le calcule"),),
        ("le tableau publié ou les règles (point d'indice, indices, formule) sont à corriger",),
    )


def published_twice(name: str, span: Span, first: Span) -> Diagnostic:
    """E424: two rows of a published table are about the same thing."""
    return Diagnostic(
        Code.PUBLISHED_TWICE,
        f"« {name} » : cette ligne a les mêmes premières colonnes qu'une autre",
        span,
        ((first, "l'autre ligne"),),
        ("effacez la ligne recopiée, ou corrigez ce qu'elle impose",),
    )
