"""Pass 4 of 6, tables: rows of cells to codes, ranges and values."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from engine.langage import nodes
from engine.langage.corpus import Cell, Column, Interval, Period, Row, Table, TableVersion
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Absence, Missing
from engine.langage.lower import articles, followed
from engine.langage.periods import periods, span_of
from engine.langage.statuses import checked, justified
from engine.langage.symbols import Head, Symbols, check_source
from engine.source.catalogue import say
from engine.source.messages import reading as say_reading
from engine.source.messages.hints import close_names
from engine.source.messages.language import row_length, unknown_name
from engine.source.tree import Mapping, Node, Scalar, Sequence

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_INTERVAL: Final = re.compile(rf"([\[\]])\s*({_NUMBER}|<-)\s*,\s*({_NUMBER}|->)\s*([\[\]])")
ANY: Final = "*"
_TRUTHS: Final = {"true": True, "vrai": True, "false": False, "faux": False}


def lower_tables(symbols: Symbols) -> dict[str, Table]:
    """Every sound table; a table with a finding in a row is left out."""
    found = {name: _table(symbols, head) for name, head in symbols.tables.items()}
    return {name: table for name, table in found.items() if table is not None}


def _table(symbols: Symbols, head: Head) -> Table | None:
    if head.broken or head.kind is None:
        return None
    if head.kind in ("texte", "date"):
        found = f"« {head.kind} »"
        wanted = "un nombre, un code ou un booléen"
        symbols.report(say("E302", span_of(head.node, "type"), attendu=wanted, lu=found))
        return None
    written = nodes.mapping(head.node.get("cles"))
    columns = [_column(symbols, key, value) for key, value in written or ()]
    kept = tuple(column for column in columns if column is not None)
    if len(kept) < len(columns):
        return None
    versions = nodes.mappings(head.node, "versions")
    dated, findings = periods(versions)
    symbols.findings += findings
    pairs = zip(versions, dated, strict=True)
    lowered = [_version(symbols, head, kept, node, period) for node, period in pairs]
    sound = [version for version in lowered if version is not None]
    if len(sound) < len(lowered):
        return None
    return Table(
        head.text,
        head.name,
        head.label,
        head.kind,
        head.unit,
        head.vocabulary,
        articles(head.node),
        nodes.text(head.node, "cite"),
        kept,
        tuple(sorted(sound, key=lambda version: version.period.since)),
        followed(symbols, head),
        nodes.text(head.node, "valeur_egale"),
        head.key.span,
    )


def _version(
    symbols: Symbols, head: Head, columns: tuple[Column, ...], node: Mapping, period: Period
) -> TableVersion | None:
    source = nodes.scalar(node, "source")
    if source is not None:
        check_source(symbols, source)
    elif not articles(node) and not articles(head.node):
        message = f"la table « {head.name} » n'a ni article ni source"
        symbols.report(say("E209", head.key.span, cas="rien", quoi=message))
    rows = [_row(symbols, head, columns, row) for row in nodes.items(node, "lignes")]
    sound = tuple(row for row in rows if row is not None)
    if len(sound) < len(rows):
        return None
    _check_equal(symbols, head, columns, nodes.items(node, "lignes"))
    return TableVersion(
        period,
        sound,
        nodes.text(node, "choix") == "premier",
        None if source is None else source.text,
        nodes.text(node, "a_verifier"),
        justified(node),
        checked(symbols, head.name, node, period),
        node.span,
    )


def _check_equal(
    symbols: Symbols, head: Head, columns: tuple[Column, ...], rows: tuple[Node, ...]
) -> None:
    """E408: where the value is said to be that of a key, a row that has one number there is it."""
    written = nodes.scalar(head.node, "valeur_egale")
    if written is None:
        return
    names = [column.name for column in columns]
    if written.text not in names:
        symbols.report(unknown_name("clé", written.text, names, written.span))
        return
    for row in rows:
        cells = row.items if isinstance(row, Sequence) else ()
        key, value = cells[names.index(written.text)], cells[-1]
        if isinstance(key, Scalar) and isinstance(value, Scalar):
            number = nodes.number(key)
            if number is not None and number != nodes.number(value):
                symbols.report(
                    say(
                        "E408",
                        value.span,
                        table=head.name,
                        demande=key.text,
                        valeur=value.text,
                        cle=written.text,
                    )
                )


def _column(symbols: Symbols, key: Scalar, value: Node) -> Column | None:
    name = value.text if isinstance(value, Scalar) else ""
    if name in symbols.nomenclatures:
        return Column(key.text, "code", name, key.span)
    if name == "booleen":
        return Column(key.text, "booleen", name, key.span)
    if name in symbols.units:
        return Column(key.text, "nombre", name, key.span)
    if name in symbols.unread:
        return None
    known = [*symbols.nomenclatures, *symbols.units, "booleen"]
    symbols.report(unknown_name("nomenclature ou unité", name, known, value.span))
    return None


def _row(symbols: Symbols, head: Head, columns: tuple[Column, ...], node: Node) -> Row | None:
    written = node.items if isinstance(node, Sequence) else ()
    if len(written) != len(columns) + 1:
        symbols.report(row_length(head.name, len(written), len(columns) + 1, node.span, node))
        return None
    cells = [_cell(symbols, *pair) for pair in zip(columns, written, strict=False)]
    value = _value(symbols, head, written[-1])
    kept = tuple(cell for cell in cells if cell is not None)
    if len(kept) < len(cells) or value is None:
        return None
    return Row(kept, value, node.span)


def _cell(symbols: Symbols, column: Column, node: Node) -> Cell | None:
    if column.kind == "nombre":
        return _interval(symbols, node)
    written = nodes.scalars(node)
    if column.kind == "booleen":
        if [one.text for one in written] == [ANY]:
            return frozenset((True, False))
        wrong = [one for one in written if one.text not in _TRUTHS]
        for one in wrong:
            symbols.report(say("E302", one.span, attendu="vrai ou faux", lu=f"« {one.text} »"))
        return None if wrong else frozenset(_TRUTHS[one.text] for one in written)
    terms = symbols.nomenclatures[column.reference].terms
    known = [term.code for term in terms]
    if [one.text for one in written] == [ANY]:
        return frozenset(known)
    unknown = [one for one in written if one.text not in known]
    for one in unknown:
        symbols.report(
            say(
                "E203",
                one.span,
                code=one.text,
                nomenclature=column.reference,
                proches=close_names(one.text, known),
            )
        )
    codes = frozenset(one.text for one in written)
    if len(codes) < len(written):
        symbols.report(say_reading.out_of_bounds("uniqueItems", "", "", node.span))
    return None if unknown else codes


def _interval(symbols: Symbols, node: Node) -> Interval | None:
    """``[20, 35]`` (a YAML list), a text in the French notation, ``*``, or one number."""
    if isinstance(node, Sequence):
        ends = [nodes.number(one) for one in node.items if isinstance(one, Scalar)]
        if len(ends) == len(node.items) == 2 and None not in ends:  # noqa: PLR2004 - two ends
            return Interval(ends[0], ends[1], low_in=True, high_in=True)
        symbols.report(say("E406", node.span, texte="…"))
        return None
    if not isinstance(node, Scalar):
        symbols.report(say("E406", node.span, texte="…"))
        return None
    if node.text == ANY:
        return Interval(None, None, low_in=False, high_in=False)
    point = nodes.number(node)
    if point is not None:
        return Interval(point, point, low_in=True, high_in=True)
    found = _INTERVAL.fullmatch(node.text.strip())
    infinite = found is not None and (
        (found[2] == "<-" and found[1] == "[") or (found[3] == "->" and found[4] == "]")
    )
    if found is None or infinite:
        symbols.report(say("E406", node.span, texte=node.text))
        return None
    low = None if found[2] == "<-" else Fraction(found[2])
    high = None if found[3] == "->" else Fraction(found[3])
    return Interval(low, high, low_in=found[1] == "[", high_in=found[4] == "]")


def _value(symbols: Symbols, head: Head, node: Node) -> Value | Absence | Missing | None:
    if isinstance(node, Mapping):
        entry = nodes.scalar(node, "non_calculable")
        if entry is not None and entry.text in symbols.gaps:
            return Missing("registre", entry.text, entry.span)
        known = list(symbols.gaps)
        name = "" if entry is None else entry.text
        symbols.report(unknown_name("entrée du registre", name, known, node.span))
        return None
    if not isinstance(node, Scalar):
        return None
    if node.text == "sans_objet":
        return ABSENT
    if head.kind == "nombre":
        number = nodes.number(node)
        if number is None:
            symbols.report(say("E302", node.span, attendu="un nombre", lu=f"« {node.text} »"))
        return number
    if head.kind == "booleen":
        if node.text not in _TRUTHS:
            symbols.report(say("E302", node.span, attendu="vrai ou faux", lu=f"« {node.text} »"))
        return _TRUTHS.get(node.text)
    known = [term.code for term in symbols.nomenclatures[head.vocabulary or ""].terms]
    if node.text not in known:
        symbols.report(
            say(
                "E203",
                node.span,
                code=node.text,
                nomenclature=head.vocabulary or "",
                proches=close_names(node.text, known),
            )
        )
        return None
    return node.text
