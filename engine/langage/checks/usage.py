"""Pass 5 of 6: nothing is declared twice, without use, or against its vocabulary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from engine.langage.checks.cycles import needs
from engine.langage.corpus import Control, Effects, Publication, Rule
from engine.langage.inputs import RecordModel
from engine.langage.kernel import Const, Expr, Lookup, Reading, walk
from engine.langage.symbols import Symbols
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.reading import unknown_name

SEVERAL: Final = 2  # names that two files share by accident, at most


def copied_files(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """E140 for each pair of files between which E202 was found, when one is a copy of the other."""
    pairs: defaultdict[tuple[str, str], list[Diagnostic]] = defaultdict(list)
    for one in findings:
        if one.code == "E202" and one.labels[0][0].file != one.span.file:
            pairs[one.labels[0][0].file, one.span.file].append(one)
    return [
        _copied(*files, twice)
        for files, twice in pairs.items()
        if len(twice) > SEVERAL or _named_after(*files)
    ]


def _copied(first: str, second: str, twice: Sequence[Diagnostic]) -> Diagnostic:
    """At the copy: the one that is named after the other, else the one that is read last."""
    again, before = twice[0].span, twice[0].labels[0][0]
    if _named_after(first, second) and len(PurePath(first).name) > len(PurePath(second).name):
        first, second = second, first
        again, before = before, again
    return say(
        "E140",
        again,
        before,
        cas="plusieurs" if len(twice) > 1 else "un",
        copie=PurePath(second).name,
        autre=PurePath(first).name,
        nombre=len(twice),
    )


def _named_after(first: str, second: str) -> bool:
    """« indices - Copie.yaml », « indices.yml » and « indices.yaml » beside each other."""
    one, other = sorted((PurePath(first), PurePath(second)), key=lambda path: len(path.name))
    return one.parent == other.parent and other.name.startswith(one.stem)


def check_vocabularies(symbols: Symbols) -> list[Diagnostic]:
    """E213 for each code that the schema of the record and a nomenclature do not both have."""
    found: dict[tuple[str, str], Diagnostic] = {}
    model = symbols.model
    for field in (*model.fields, *(one for below in model.collections for one in below.fields)):
        known = symbols.nomenclatures.get(field.vocabulary or "")
        if known is None:
            continue
        listed = {term.code for term in known.terms}
        for term in known.terms:
            if term.code not in field.codes:
                key = known.name, term.code
                found.setdefault(
                    key,
                    say("E213", term.span, cas="schema", code=term.code),
                )
        for code in field.codes:
            if code not in listed:
                key = known.name, code
                found.setdefault(
                    key, say("E213", known.span, cas="regles", code=code, nomenclature=known.name)
                )
    return list(found.values())


def check_results(symbols: Symbols) -> list[Diagnostic]:
    """E201 for each exposed result or column that no rule gives, E211 for one given by line.

    E201 too for a total of effects that is no result, or a field that the record does not have.
    """
    names = list(symbols.rules)
    shown = [one.text for one in symbols.exposed]
    found = [_unknown(one, names) for one in symbols.exposed if one.text not in names]
    for one in symbols.exposed:
        scopes = [head.scope for head in symbols.rules.get(one.text, ()) if head.scope]
        found += [say("E211", one.span, nom=one.text, liste=scope) for scope in scopes[:1]]
    found += [_unknown(one, shown) for one in symbols.board if one.text not in shown]
    if symbols.effects is not None:
        total, fields = symbols.effects
        found += [_unknown(total, shown)] if total.text not in shown else []
        known = list(_places(symbols.model))
        found += [
            unknown_name("champ", one.text, known, one.span)
            for one in fields
            if one.text not in known
        ]
    return found


def _places(model: RecordModel) -> dict[str, tuple[str | None, str]]:
    """The fields that may tell records apart: those of the record, and of a main line."""
    own: dict[str, tuple[str | None, str]] = {one.name: (None, one.name) for one in model.fields}
    return own | {
        f"{collection.name}.{one.name}": (collection.name, one.name)
        for collection in model.collections
        if any(each.default_from == "premier" for each in collection.fields)
        for one in collection.fields
    }


def effects_of(symbols: Symbols) -> Effects | None:
    """What a change of the law is measured by, once ``check_results`` found nothing."""
    if symbols.effects is None:
        return None
    total, fields = symbols.effects
    places = _places(symbols.model)
    return Effects(total.text, tuple(places[one.text] for one in fields if one.text in places))


def _unknown(name: tree.Scalar, known: Sequence[str]) -> Diagnostic:
    return unknown_name("résultat", name.text, list(known), name.span)


def check_usage(
    symbols: Symbols,
    rules: Sequence[Rule],
    controls: Sequence[Control],
    publications: Sequence[Publication],
    otherwise: set[str],
) -> list[Diagnostic]:
    """E210 for what is neither exposed nor used by anything else than itself.

    And E223 for a reading that no rule reads, or whose options are one and the same wherever it is.
    ``otherwise``: rules that serve something else than another rule (payment plans).
    """
    bodies: list[tuple[str | None, Expr]] = []
    for rule in rules:
        for version in rule.versions:
            bodies.append((rule.name, version.body))
            if version.applicable is not None:
                bodies.append((rule.name, version.applicable))
    for control in controls:
        bodies += [(None, version.condition) for version in control.versions]
        bodies += [(None, part) for part in control.message if not isinstance(part, str)]
    used = otherwise | {one.text for one in symbols.exposed}
    used |= {name for one in publications for name in (*one.imposed, *one.checked)}
    tables: set[str] = set()
    read: dict[str, bool] = {}  # the contested points, and whether an option differs from another
    for owner, body in bodies:
        used |= needs(body) - {owner}
        for node in walk(body):
            if isinstance(node, Lookup):
                tables.add(node.table)
            elif isinstance(node, Const) and node.label is not None:
                tables.add(node.label)
            elif isinstance(node, Reading):
                given = [option for _, option in node.options]
                differ = any(one != given[0] for one in given)
                read[node.point] = read.get(node.point, False) or differ
    found = [
        say(
            "E210",
            head.key.span,
            quoi="le paramètre" if heads[0].parameter else "la règle",
            nom=name,
        )
        for name, heads in symbols.rules.items()
        if name not in used
        for head in heads
    ]
    found += [
        say("E210", head.key.span, quoi="la table", nom=name)
        for name, head in symbols.tables.items()
        if name not in tables
    ]
    return found + [
        say("E223", point.span, cas="lue" if name in read else "jamais_lue", nom=name)
        for name, point in symbols.points.items()
        if not read.get(name, False)
    ]
