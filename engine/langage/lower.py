"""Pass 4 of 6: from declared rules to the kernel, mechanism by mechanism."""

from __future__ import annotations

from typing import Final, cast

from engine.langage import nodes
from engine.langage.corpus import Rule, Version
from engine.langage.formulas import Place, lower_text
from engine.langage.kernel import (
    Aggregate,
    AggregateKind,
    Case,
    Choice,
    Expr,
    Lookup,
    Missing,
    Op,
    Reading,
    Round,
    RoundingMode,
)
from engine.langage.periods import periods
from engine.langage.resolve import Names
from engine.langage.statuses import checked, justified
from engine.langage.symbols import Head, Symbols, check_source
from engine.source.catalogue import say
from engine.source.messages.language import unknown_name
from engine.source.tree import Mapping, Node, Scalar

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
    place = Place(symbols, names, head.scope)
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


def _part(place: Place, node: Mapping, key: str, wanted: str | None = None) -> Expr | None:
    """The expression or the ``{non_calculable: …}`` under ``key``."""
    found = node.get(key)
    return None if found is None else lower_value(place, found, wanted)


def lower_value(place: Place, node: Node, wanted: str | None = None) -> Expr | None:
    """An expression, or ``{non_calculable: entry}``; ``wanted``: the nomenclature of its value."""
    if isinstance(node, Scalar):
        return lower_text(place, node, wanted)
    return _missing(place, node) if isinstance(node, Mapping) else None


def _missing(place: Place, node: Mapping) -> Expr | None:
    entry = nodes.scalar(node, "non_calculable")
    if entry is None:
        return None
    gaps = place.symbols.gaps
    if entry.text not in gaps:
        known = list(gaps)
        place.symbols.report(unknown_name("entrée du registre", entry.text, known, entry.span))
        return None
    return Missing("registre", entry.text, entry.span)


def lower_body(place: Place, node: Mapping, wanted: str | None = None) -> Expr | None:
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


def _round(place: Place, body: Expr, node: Mapping) -> Expr | None:
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


def _mechanism(place: Place, node: Mapping, wanted: str | None) -> Expr | None:
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
        return _table(place, node, value)
    if key == "selon":
        return _select(place, node, wanted)
    return _reading(place, value, wanted)


def _aggregate(
    place: Place, node: Mapping, kind: AggregateKind, value: Node, wanted: str | None
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


def _table(place: Place, node: Mapping, value: Node) -> Expr | None:
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


def _select(place: Place, node: Mapping, wanted: str | None) -> Expr | None:
    cases: list[Case] = []
    sound = True
    for written in nodes.mappings(node, "selon"):
        condition, value = _part(place, written, "si"), _part(place, written, "alors", wanted)
        if condition is None or value is None:
            sound = False
            continue
        cases.append(Case(condition, value, articles(written), nodes.text(written, "cite")))
    otherwise = _part(place, node, "sinon", wanted)
    if not sound or (otherwise is None and node.get("sinon") is not None):
        return None
    span = node.get("selon") or node
    first = nodes.text(node, "choix") == "premier"
    return Choice(tuple(cases), otherwise, exclusive=not first, span=span.span)


def _reading(place: Place, value: Node, wanted: str | None) -> Expr | None:
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
