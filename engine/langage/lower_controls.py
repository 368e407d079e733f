"""Pass 4 of 6, controls and published tables: conditions, messages cut at their values, rows."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from engine.langage import nodes
from engine.langage.checks.typed import WORDS
from engine.langage.corpus import Control, ControlVersion, Kind, Publication
from engine.langage.formulas import Place, lower_text
from engine.langage.inputs import Field, Value
from engine.langage.kernel import Expr
from engine.langage.lower import articles
from engine.langage.periods import periods, span_of
from engine.langage.resolve import Names
from engine.langage.statuses import checked
from engine.langage.symbols import Head, Symbols, check_source
from engine.source.catalogue import say
from engine.source.messages.hints import close_names
from engine.source.messages.language import row_length, unknown_name
from engine.source.positions import Span
from engine.source.tree import Scalar, Sequence

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


def lower_controls(symbols: Symbols, names: Names) -> tuple[Control, ...]:
    """Every sound control, in the order of their codes."""
    found = [_control(symbols, names, head) for _, head in sorted(symbols.controls.items())]
    return tuple(control for control in found if control is not None)


def _control(symbols: Symbols, names: Names, head: Head) -> Control | None:
    if head.broken:
        return None
    place = Place(symbols, names, head.scope)
    source = nodes.scalar(head.node, "source")
    if source is not None:
        check_source(symbols, source)
    elif not articles(head.node):
        message = f"le contrôle « {head.name} » n'a ni article ni source"
        symbols.report(say("E209", head.key.span, cas="rien", quoi=message))
    written = nodes.mappings(head.node, "versions")
    dated, findings = periods(written)
    symbols.findings += findings
    versions = []
    for node, period in zip(written, dated, strict=True):
        test = nodes.scalar(node, "si")
        condition = None if test is None else lower_text(place, test)
        if condition is not None:
            told = checked(symbols, head.name, node, period)
            versions.append(ControlVersion(period, condition, told, node.span))
    text = nodes.scalar(head.node, "message")
    message_parts = () if text is None else _message(place, text)
    if len(versions) < len(written) or message_parts is None:
        return None
    return Control(
        head.text,
        head.name,
        head.label,
        "bloquant" if nodes.text(head.node, "gravite") == "bloquant" else "alerte",
        articles(head.node),
        None if source is None else source.text,
        head.scope,
        message_parts,
        tuple(sorted(versions, key=lambda version: version.period.since)),
        head.key.span,
    )


def _message(place: Place, scalar: Scalar) -> tuple[str | Expr, ...] | None:
    """The message cut at its ``{names}``: texts and expressions in turn."""
    parts: list[str | Expr] = []
    end = 0
    for hole in _HOLE.finditer(scalar.text):
        name = Scalar(
            hole[1], quoted=False, span=scalar.part(hole.start(1), hole.end(1)), inner=None
        )
        value = lower_text(place, name)
        if value is None:
            return None
        parts += [scalar.text[end : hole.start()], value]
        end = hole.end()
    parts.append(scalar.text[end:])
    return tuple(part for part in parts if part != "")


def lower_publications(symbols: Symbols, names: Names) -> tuple[Publication, ...]:
    """Every sound published table. Names that are imposed or checked must be values of a record."""
    found = [_publication(symbols, names, head) for head in symbols.publications.values()]
    return tuple(one for one in found if one is not None)


def _publication(symbols: Symbols, names: Names, head: Head) -> Publication | None:
    if head.broken:
        return None
    source = nodes.scalar(head.node, "source")
    if source is None:
        message = f"le tableau publié « {head.name} » n'a pas de source"
        symbols.report(say("E209", head.key.span, cas="rien", quoi=message))
    else:
        check_source(symbols, source)
    imposed = nodes.scalars(head.node.get("impose"))
    checked = nodes.scalars(head.node.get("verifie"))
    rules = [name for name, target in names.root.items() if isinstance(target, Head)]
    unknown = [one for one in imposed if one.text not in names.root]
    for one in unknown:
        known = names.visible(None)
        symbols.report(unknown_name("règle ou champ", one.text, known, one.span))
    for one in checked:
        if one.text not in rules:
            unknown.append(one)
            symbols.report(unknown_name("règle", one.text, rules, one.span))
    width = len(imposed) + len(checked)
    rows: list[tuple[tuple[Value | None, Span], ...]] = []
    seen: dict[tuple[str, ...], Span] = {}
    for node in nodes.items(head.node, "lignes"):
        cells = node.items if isinstance(node, Sequence) else ()
        if len(cells) != width:
            symbols.report(row_length(head.name, len(cells), width, node.span))
            continue
        written = [cell for cell in cells if isinstance(cell, Scalar)]
        targets = [names.root.get(one.text) for one in (*imposed, *checked)]
        read = zip(targets, written, strict=True)
        rows.append(tuple((_cell(symbols, *pair), pair[1].span) for pair in read))
        keys = tuple(cell.text for cell in written[: len(imposed)])
        first = seen.setdefault(keys, node.span)
        if first is not node.span:
            symbols.report(say("E424", node.span, first, nom=head.name))
    if unknown:
        return None
    day = nodes.day(head.node, "au") or date.min
    named = _DAY.search(head.name)
    if named is not None and named[0] != str(day):
        place = span_of(head.node, "au")
        symbols.report(
            say("E420", place, cas="tableau", nom=head.name, dit=named[0], annee=str(day))
        )
    if symbols.first_day is not None and day < symbols.first_day:
        place = span_of(head.node, "au")
        symbols.report(say("E505", place, jour=day, premier_jour=symbols.first_day))
    return Publication(
        head.name,
        head.label,
        "" if source is None else source.text,
        day,
        tuple(names.root[one.text].name for one in imposed),
        tuple(one.text for one in checked),
        tuple(rows),
        head.key.span,
    )


def _cell(symbols: Symbols, target: Field | Head | None, cell: Scalar) -> Value | None:
    """The value of a cell, read as the field or the rule of its column wants it."""
    if cell.value is None or target is None or target.kind is None:
        return None
    value = _read(target.kind, cell)
    if value is None:
        found = f"« {cell.text} »"
        symbols.report(say("E302", cell.span, attendu=WORDS[target.kind], lu=found))
    if target.kind == "code" and target.vocabulary in symbols.nomenclatures:
        known = [term.code for term in symbols.nomenclatures[target.vocabulary].terms]
        if cell.text not in known:
            symbols.report(
                say(
                    "E203",
                    cell.span,
                    code=cell.text,
                    nomenclature=target.vocabulary,
                    proches=close_names(cell.text, known),
                )
            )
    return value


def _read(kind: Kind, cell: Scalar) -> Value | None:
    match kind:
        case "nombre":
            return nodes.number(cell)
        case "booleen":
            return cell.value if isinstance(cell.value, bool) else None
        case "date":
            try:
                return date.fromisoformat(cell.text)
            except ValueError:
                return None
        case "texte" | "code":
            return cell.text
