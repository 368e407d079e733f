"""The table of declared names, and what a written name means: a field, a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from engine.langage.corpus import Gap, Kind, Nomenclature, Note, Origin, Point, Section, Text
from engine.langage.inputs import Field, RecordModel
from engine.langage.kernel import Ref
from engine.langage.units import NamedUnit
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.reading import unknown_kind, unknown_name
from engine.source.positions import Span

_PAGE = re.compile(r"\bp(?:ages?|p?\.)? ?(\d{1,6})\b", re.IGNORECASE)
_BARE = re.compile(r", *(\d{1,6})(?=,|$)")  # what may be a page, or a part
KINDS = (
    "texte",
    "parametres",
    "nomenclature",
    "lectures",
    "registre",
    "resultats",
    "unites",
    "documents",
    "publication",
    "calendrier",
    "versements",
    "passages",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of the corpus, with the places where its shape is wrong."""

    root: tree.Mapping
    kind: str
    faults: tuple[Span, ...] = ()

    def broken(self, span: Span) -> bool:
        """Whether a shape finding lies in ``span``: what is written there is left unread."""
        return any(span.line <= fault.line <= span.end_line for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a rule, parameter, table or control before its body is read.

    ``kind`` is None when the declaration is broken: every use of it is then accepted.
    """

    text: str
    name: str
    node: tree.Mapping
    key: tree.Scalar
    label: str
    kind: Kind | None
    unit: str | None = None
    vocabulary: str | None = None
    scope: str | None = None
    parameter: bool = False
    broken: bool = False


@dataclass(slots=True)
class Symbols:
    """Every declared name. Filled by this pass only; later passes read it."""

    model: RecordModel
    documents: dict[str, Origin] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)  # the documents whose file is at hand
    units: dict[str, NamedUnit] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    nomenclatures: dict[str, Nomenclature] = field(default_factory=dict)
    sets: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    doctrine: dict[str, Note] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)
    rules: dict[str, list[Head]] = field(default_factory=dict)
    tables: dict[str, Head] = field(default_factory=dict)
    controls: dict[str, Head] = field(default_factory=dict)
    publications: dict[str, Head] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    exposed: list[tree.Scalar] = field(default_factory=list)
    board: list[tree.Scalar] = field(default_factory=list)
    effects: tuple[tree.Scalar, tuple[tree.Scalar, ...]] | None = None  # the total, the fields
    first_day: date | None = None
    places: dict[tuple[str, str], Span] = field(default_factory=dict)  # by kind of thing and name
    unread: set[str] = field(default_factory=set)  # declared, but in a wrong shape
    findings: list[Diagnostic] = field(default_factory=list)

    def report(self, finding: Diagnostic) -> None:
        """Keep a finding."""
        self.findings.append(finding)


def only_once(symbols: Symbols, kind: str, key: tree.Scalar) -> bool:
    """Whether ``key`` is the first thing of its kind to bear its name; E202 when it is not."""
    first = symbols.places.setdefault((kind, key.text), key.span)
    if first is not key.span:
        symbols.report(say("E202", key.span, first, cas="autre", nom=key.text))
    return first is key.span


def kind_of(root: tree.Node) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The kind of a document, told by its first key; E116 when there is none."""
    first = root.entries[0][0] if isinstance(root, tree.Mapping) and root.entries else None
    if first is not None and first.text in KINDS:
        return first.text, ()
    span = root.span if first is None else first.span
    return None, (unknown_kind(None if first is None else first.text, KINDS, span),)


def check_source(symbols: Symbols, source: tree.Scalar) -> None:
    """E209 of a source without a declared document, E225 and E226 of a page it cannot have."""
    name = source.text.split(",", 1)[0].strip()
    if name not in symbols.documents:
        known = sorted(symbols.documents)
        message = f"la source « {source.text} » ne commence pas par un document déclaré"
        symbols.report(
            say(
                "E209",
                source.span,
                cas="documents" if known else "rien",
                quoi=message,
                connus=known,
            )
        )
        return
    last, pages = symbols.documents[name].pages, list(_PAGE.finditer(source.text, len(name)))
    bare = None if pages else _BARE.match(source.text, len(name))
    if last is not None and bare is not None:
        place = source.part(bare.start(1), bare.end(1))
        symbols.report(
            say(
                "E226",
                place,
                cas="avec",
                nom=name,
                page=bare[1],
                dernier=last,
            )
        )
    for page in pages:
        place = source.part(page.start(1), page.end(1))
        if last is None:
            symbols.report(say("E226", place, cas="sans", nom=name, page=page[1]))
        elif not 1 <= int(page[1]) <= last:
            symbols.report(say("E225", place, nom=name, page=page[1], dernier=last))


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
    for root_field in symbols.model.fields:
        root[root_field.name] = root_field
        root.setdefault(root_field.name.rpartition(".")[2], root_field)
    lines: dict[str, dict[str, Field | Head]] = {}
    links: dict[str, dict[str, str]] = {}
    for collection in symbols.model.collections:
        lines[collection.name] = {field.name: field for field in collection.fields}
        links[collection.name] = {
            one.name: one.link.partition(".")[0] for one in collection.fields if one.link
        }
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
