"""Names: from what an expression writes, in its scope, to the field or rule that it means."""

from __future__ import annotations

from dataclasses import dataclass

from engine.langage.inputs import Collection, Field
from engine.langage.kernel import Ref
from engine.langage.symbols import Head, Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.language import unknown_name
from engine.source.positions import Span

WORDS = ("vrai", "faux", "sans_objet")


@dataclass(frozen=True, slots=True)
class Names:
    """Every visible name, by where it is visible from.

    ``root`` holds the record's names, ``lines`` those of each collection; a name is a field or
    the rules (all of one type) that give it a value.
    """

    root: dict[str, Field | Head]
    lines: dict[str, dict[str, Field | Head]]
    links: dict[str, dict[str, str]]  # collection -> link field -> collection referred to

    def visible(self, scope: str | None) -> list[str]:
        """What may be written in ``scope``, for suggestions."""
        return [*self.lines.get(scope or "", {}), *self.root, *WORDS]


def index_names(symbols: Symbols) -> Names:
    """Build the index of names.

    Reports E202 for a rule that has the name of a field visible from the same place, or that has
    another scope or type than the rules of the same name.
    """
    root: dict[str, Field | Head] = {}
    for field in symbols.model.fields:
        root[field.name] = field
        root.setdefault(field.name.rpartition(".")[2], field)
    lines: dict[str, dict[str, Field | Head]] = {}
    links: dict[str, dict[str, str]] = {}
    for collection in symbols.model.collections:
        lines[collection.name] = {field.name: field for field in collection.fields}
        links[collection.name] = _links(collection)
    for heads in symbols.rules.values():
        first = heads[0]
        table = root if first.scope is None else lines[first.scope]
        if isinstance(table.get(first.name), Field):
            symbols.report(say("E202", first.key.span, first.key.span, cas="regle", nom=first.name))
            continue
        table[first.name] = first
        for other in heads[1:]:
            same = (other.kind, other.unit, other.vocabulary, other.scope)
            if None not in (other.kind, first.kind) and same != (
                first.kind,
                first.unit,
                first.vocabulary,
                first.scope,
            ):
                symbols.report(
                    say("E202", other.key.span, first.key.span, cas="regle", nom=other.name)
                )
    return Names(root, lines, links)


def _links(collection: Collection) -> dict[str, str]:
    return {one.name: one.link.partition(".")[0] for one in collection.fields if one.link}


def resolve(names: Names, name: str, scope: str | None, span: Span) -> Ref | Diagnostic:
    """What the bare ``name`` means in ``scope``, or E201, or E211 when it needs a line."""
    if scope is not None and name in names.lines[scope]:
        return _ref(names.lines[scope][name], scope, span)
    if name in names.root:
        return _ref(names.root[name], None, span)
    for collection, table in names.lines.items():
        if name in table:
            return say("E211", span, nom=name, liste=collection)
    return unknown_name("règle ou champ", name, names.visible(scope), span)


def resolve_field(
    names: Names, owner: str, name: str, scope: str | None, span: Span
) -> Ref | Diagnostic:
    """What ``owner.name`` means in ``scope``: a group, a link, or the collection of the scope."""
    dotted = f"{owner}.{name}"
    if scope is not None:
        if dotted in names.lines[scope]:
            return _ref(names.lines[scope][dotted], scope, span)
        if owner == scope and name in names.lines[scope]:
            return _ref(names.lines[scope][name], scope, span)
        target = names.links[scope].get(owner)
        if target is not None and name in names.lines[target]:
            return _ref(names.lines[target][name], target, span, via=owner)
        if target is not None:
            known = [f"{owner}.{one}" for one in names.lines[target]]
            return unknown_name("champ", dotted, known, span)
    if dotted in names.root:
        return _ref(names.root[dotted], None, span)
    if owner in names.lines and name in names.lines[owner]:
        return say("E211", span, nom=dotted, liste=owner)
    return unknown_name("champ", dotted, names.visible(scope), span)


def _ref(target: Field | Head, scope: str | None, span: Span, via: str | None = None) -> Ref:
    kind = "champ" if isinstance(target, Field) else "regle"
    return Ref(kind, target.name, scope, span, via)  # type: ignore[arg-type]
