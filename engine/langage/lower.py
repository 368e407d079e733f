"""Pass 4 of 6: the bodies of rules, tables and controls go in; the kernel comes out."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Final, cast

from engine.langage import nodes
from engine.langage.checks.types import WORDS
from engine.langage.corpus import (
    Cell,
    Column,
    Control,
    ControlVersion,
    Interval,
    Kind,
    Period,
    Publication,
    Row,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.formulas import FormulaPlace, lower_text
from engine.langage.inputs import Field, Value
from engine.langage.kernel import (
    ABSENT,
    Absence,
    Aggregate,
    AggregateKind,
    Branch,
    Choice,
    Expr,
    Lookup,
    Missing,
    Op,
    Reading,
    Round,
    RoundingMode,
)
from engine.langage.symbols import Head, Names, Symbols, check_source
from engine.langage.versions import checked, justified, periods, span_of
from engine.source.catalogue import say
from engine.source.messages import reading as say_reading
from engine.source.messages.hints import close_names
from engine.source.messages.reading import row_length, unknown_name
from engine.source.positions import Span
from engine.source.tree import Mapping, Node, Scalar, Sequence

AGGREGATES: Final = ("somme", "compte", "compte_distinct", "max", "min", "existe")
MECHANISMS: Final = ("valeur", "table", "selon", "lecture", *AGGREGATES)


def lower_rules(symbols: Symbols, names: Names) -> tuple[Rule, ...]:
    """Every sound rule, in the order of the files.

    A version whose body has a finding is left out; so is a rule without any version left.
    """
    found = [lower_rule(symbols, names, head) for heads in symbols.rules.values() for head in heads]
    return tuple(rule for rule in found if rule is not None)


def lower_rule(symbols: Symbols, names: Names, head: Head) -> Rule | None:
    """One rule or parameter, or None when it is broken."""
    if head.broken or head.kind is None:
        return None
    written = nodes.mappings(head.node, "valeurs" if head.parameter else "versions")
    dated, findings = periods(written)
    symbols.findings += findings
    place = FormulaPlace(symbols, names, head.scope)
    overrides = nodes.scalars(head.node.get("deroge_a"))
    versions = []
    for node, period in zip(written, dated, strict=True):
        _check_sources(symbols, head, node)
        body = lower_body(place, node, head.vocabulary)
        applicable = _part(place, node, "applicable_si")
        if body is None or (applicable is None and node.get("applicable_si") is not None):
            continue
        versions.append(
            Version(
                period,
                applicable,
                body,
                articles(node) or articles(head.node),
                nodes.text(node, "cite") or nodes.text(head.node, "cite"),
                nodes.text(node, "exemple") or nodes.text(head.node, "exemple"),
                nodes.text(node, "source") or nodes.text(head.node, "source"),
                nodes.text(node, "a_verifier") or nodes.text(head.node, "a_verifier"),
                nodes.text(node, "modifie_par"),
                justified(node),
                checked(symbols, head.name, node, period),
                node.span,
            )
        )
    if len(versions) < len(written):
        return None
    return Rule(
        head.text,
        head.name,
        head.label,
        head.kind,
        head.unit,
        head.vocabulary,
        head.scope,
        tuple(one.text for one in overrides),
        tuple(sorted(versions, key=lambda version: version.period.since)),
        head.parameter,
        followed(place.symbols, head),
        head.key.span,
    )


def followed(symbols: Symbols, head: Head) -> str | None:
    """The parameter that the values of ``head`` follow; E201 when there is none of that name."""
    written = nodes.scalar(head.node, "suit")
    if written is None:
        return None
    known = [name for name, heads in symbols.rules.items() if heads[0].parameter]
    if written.text not in known:
        symbols.report(unknown_name("paramètre", written.text, known, written.span))
        return None
    return written.text


def articles(node: Mapping) -> tuple[str, ...]:
    """The articles written on ``node``."""
    return tuple(one.text for one in nodes.scalars(node.get("article")))


def _check_sources(symbols: Symbols, head: Head, node: Mapping) -> None:
    """E209: each version rests on an article or a source, of its own, its rule's or its cases'."""
    sources = [nodes.scalar(node, "source"), nodes.scalar(head.node, "source")]
    for source in sources:
        if source is not None:
            check_source(symbols, source)
    cases = nodes.mappings(node, "selon")
    by_case = bool(cases) and all(articles(case) for case in cases)
    if any(sources) or by_case or articles(node) or articles(head.node):
        return
    what = "la valeur" if head.parameter else "la version"
    since = nodes.scalar(node, "depuis")
    span = node.span if since is None else since.span
    message = f"{what} de « {head.name} » n'a ni article ni source"
    symbols.report(say("E209", span, cas="rien", quoi=message))


def _part(place: FormulaPlace, node: Mapping, key: str, wanted: str | None = None) -> Expr | None:
    """The expression or the ``{non_calculable: …}`` under ``key``."""
    found = node.get(key)
    return None if found is None else lower_value(place, found, wanted)


def lower_value(place: FormulaPlace, node: Node, wanted: str | None = None) -> Expr | None:
    """An expression, or ``{non_calculable: entry}``; ``wanted``: the nomenclature of its value."""
    if isinstance(node, Scalar):
        return lower_text(place, node, wanted)
    return _missing(place, node) if isinstance(node, Mapping) else None


def _missing(place: FormulaPlace, node: Mapping) -> Expr | None:
    entry = nodes.scalar(node, "non_calculable")
    if entry is None:
        return None
    gaps = place.symbols.gaps
    if entry.text not in gaps:
        known = list(gaps)
        place.symbols.report(unknown_name("entrée du registre", entry.text, known, entry.span))
        return None
    return Missing("registre", entry.text, entry.span)


def lower_body(place: FormulaPlace, node: Mapping, wanted: str | None = None) -> Expr | None:
    """The mechanism of a version, then its floor, its ceiling and its rounding, in this order."""
    body = _missing(place, node) if node.get("non_calculable") else _mechanism(place, node, wanted)
    if body is None:
        return None
    for key, op in (("plancher", "plancher"), ("plafond", "plafond")):
        written = node.get(key)
        if written is None:
            continue
        bound = lower_value(place, written)
        if bound is None:
            return None
        body = Op("plancher" if op == "plancher" else "plafond", (body, bound), written.span)
    rounding = node.get("arrondi")
    return body if not isinstance(rounding, Mapping) else _round(place, body, rounding)


def _round(place: FormulaPlace, body: Expr, node: Mapping) -> Expr | None:
    step, mode = nodes.scalar(node, "pas"), nodes.text(node, "sens")
    source = nodes.scalar(node, "source")
    if source is None:
        message = "cet arrondi ne dit pas d'où il vient"
        place.symbols.report(say("E209", node.span, cas="rien", quoi=message))
    else:
        check_source(place.symbols, source)
    grid = None if step is None else nodes.number(step)
    if grid is None or grid <= 0:
        place.symbols.report(
            say("E309", node.span, nom="arrondi", regle="`pas` est un nombre positif")
        )
        return None
    cited = "" if source is None else source.text
    return Round(body, grid, cast("RoundingMode", mode), cited, node.span)


def _mechanism(place: FormulaPlace, node: Mapping, wanted: str | None) -> Expr | None:
    written = [key for key, _ in node if key.text in MECHANISMS]
    if len(written) != 1:
        rule = "un mécanisme et un seul par version : " + ", ".join(MECHANISMS)
        span = node.span if not written else written[1].span
        place.symbols.report(say("E309", span, nom="versions", regle=rule))
        return None
    key = written[0].text
    value = node.get(key)
    if value is None:
        return None
    if key in AGGREGATES:
        return _aggregate(place, node, cast("AggregateKind", key), value, wanted)
    if key == "valeur":
        return lower_value(place, value, wanted)
    if key == "table":
        return _table_lookup(place, node, value)
    if key == "selon":
        cases: list[Branch] = []
        sound = True
        for case in nodes.mappings(node, "selon"):
            condition, then = _part(place, case, "si"), _part(place, case, "alors", wanted)
            if condition is None or then is None:
                sound = False
                continue
            cases.append(Branch(condition, then, articles(case), nodes.text(case, "cite")))
        otherwise = _part(place, node, "sinon", wanted)
        if not sound or (otherwise is None and node.get("sinon") is not None):
            return None
        first = nodes.text(node, "choix") == "premier"
        return Choice(tuple(cases), otherwise, exclusive=not first, span=value.span)
    return _reading(place, value, wanted)


def _aggregate(
    place: FormulaPlace, node: Mapping, kind: AggregateKind, value: Node, wanted: str | None
) -> Expr | None:
    collection = nodes.scalar(node, "de")
    known = [one.name for one in place.symbols.model.collections]
    if collection is None or collection.text not in known:
        span = value.span if collection is None else collection.span
        if collection is None:
            place.symbols.report(say("E309", span, nom=kind, regle="`de:` dit sur quelle liste"))
        else:
            place.symbols.report(unknown_name("liste", collection.text, known, span))
        return None
    if kind in ("max", "min") and node.get("sinon") is None:
        rule = "`sinon:` dit la valeur quand aucune ligne n'est retenue"
        place.symbols.report(say("E309", value.span, nom=kind, regle=rule))
        return None
    inside = place.inside(collection.text)
    counts = kind in ("compte", "existe")
    given = [key for key in ("si", "une_fois_par") if node.get(key) is not None]
    body = None if counts else lower_value(inside, value)
    parts = {key: _part(inside, node, key) for key in given}
    otherwise = _part(place, node, "sinon", wanted)
    if (body is None and not counts) or any(part is None for part in parts.values()):
        return None
    return Aggregate(
        kind,
        collection.text,
        body,
        parts.get("si"),
        parts.get("une_fois_par"),
        otherwise,
        value.span,
    )


def _table_lookup(place: FormulaPlace, node: Mapping, value: Node) -> Expr | None:
    name = value.text if isinstance(value, Scalar) else ""
    head = place.symbols.tables.get(name)
    if head is None:
        known = list(place.symbols.tables)
        place.symbols.report(unknown_name("table", name, known, value.span))
        return None
    if head.broken:  # its columns are not known for sure
        return None
    columns = nodes.mapping(head.node.get("cles"))
    names = [key for key, _ in columns] if columns is not None else []
    kinds = {key.text: kind.text for key, kind in columns or () if isinstance(kind, Scalar)}
    written = nodes.mapping(node.get("avec"))
    for key, _ in written or ():
        if key.text not in [column.text for column in names]:
            known = [column.text for column in names]
            place.symbols.report(unknown_name("colonne", key.text, known, key.span))
    keys = []
    for column in names:
        given = written.get(column.text) if written is not None else None
        # A column that `avec` does not give takes the value of the same name, read at the call.
        implicit = Scalar(column.text, quoted=False, span=value.span, inner=None)
        kind = kinds.get(column.text)
        wanted = kind if kind in place.symbols.nomenclatures else None
        keys.append(lower_value(place, implicit if given is None else given, wanted))
    kept = tuple(key for key in keys if key is not None)
    return Lookup(name, kept, value.span) if len(kept) == len(keys) else None


def _reading(place: FormulaPlace, value: Node, wanted: str | None) -> Expr | None:
    body = nodes.mapping(value)
    name = None if body is None else nodes.scalar(body, "point")
    if body is None or name is None:
        return None
    point = place.symbols.points.get(name.text)
    if name.text in place.symbols.unread:
        return None
    if point is None:
        known = list(place.symbols.points)
        place.symbols.report(unknown_name("lecture", name.text, known, name.span))
        return None
    written = nodes.mapping(body.get("choix"))
    options: list[tuple[str, Expr | None]] = []
    for key, option in written or ():
        if key.text not in point.options:
            known = list(point.options)
            place.symbols.report(unknown_name("option", key.text, known, key.span))
        options.append((key.text, lower_value(place, option, wanted)))
    lacking = [option for option in point.options if option not in dict(options)]
    if lacking:
        rule = f"il manque l'option {', '.join(f'« {one} »' for one in lacking)}"
        place.symbols.report(say("E309", name.span, nom=f"lecture {name.text}", regle=rule))
        return None
    kept = tuple((key, option) for key, option in options if option is not None)
    return Reading(name.text, kept, value.span) if len(kept) == len(options) else None


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


_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


def lower_controls(symbols: Symbols, names: Names) -> tuple[Control, ...]:
    """Every sound control, in the order of their codes."""
    found = [_control(symbols, names, head) for _, head in sorted(symbols.controls.items())]
    return tuple(control for control in found if control is not None)


def _control(symbols: Symbols, names: Names, head: Head) -> Control | None:
    if head.broken:
        return None
    place = FormulaPlace(symbols, names, head.scope)
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


def _message(place: FormulaPlace, scalar: Scalar) -> tuple[str | Expr, ...] | None:
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
        rows.append(tuple((_published_cell(symbols, *pair), pair[1].span) for pair in read))
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


def _published_cell(symbols: Symbols, target: Field | Head | None, cell: Scalar) -> Value | None:
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
