"""Pass 3 of 6: from shape-checked trees to the table of every declared name, bodies unread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.langage import nodes
from engine.langage.corpus import (
    Gap,
    Kind,
    Nomenclature,
    Period,
    Point,
    Section,
    Term,
    Text,
)
from engine.langage.inputs import RecordModel
from engine.langage.symbols import Document, Head, Symbols, check_source
from engine.langage.units import NamedUnit, read_definition
from engine.source import tree
from engine.source.messages import names as say
from engine.source.positions import Span

_TYPES: Mapping[str, Kind] = {"booleen": "booleen", "date": "date", "texte": "texte"}


def declare(documents: tuple[Document, ...], model: RecordModel) -> Symbols:
    """Collect every declared name.

    Returns:
        The table, with E201 (unknown unit, type, scope) and E202 (one name, two things) in it.
    """
    symbols = Symbols(model)
    for kind, read in _READERS.items():  # units and nomenclatures before what refers to them
        for document in documents:
            if document.kind == kind:
                read(symbols, document)
    return symbols


def _once(symbols: Symbols, table: Mapping[str, object], key: tree.Scalar, first: Span) -> bool:
    if key.text in table:
        symbols.report(say.duplicate_name(key.text, key.span, first))
        return False
    return True


def _documents(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "documents"):
        symbols.documents[key.text] = nodes.text(node, "titre") or key.text


def _units(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "unites"):
        if document.broken(node.span):
            continue
        written = nodes.scalar(node, "definition")
        powers = ((key.text, 1),) if written is None else read_definition(written.text)
        if powers is None:
            symbols.report(say.unknown_name("définition d'unité", str(written), (), node.span))
            continue
        symbols.units[key.text] = NamedUnit(
            key.text,
            nodes.text(node, "symbole") or "",
            int(nodes.text(node, "decimales") or 0),
            powers,
            whole=nodes.text(node, "entier") == "true",
        )


def _nomenclature(symbols: Symbols, document: Document) -> None:
    root = document.root
    name = nodes.scalar(root, "nomenclature")
    if name is None or document.broken(root.span):
        return
    if not _once(symbols, symbols.nomenclatures, name, _span(symbols.nomenclatures, name)):
        return
    terms: dict[str, Term] = {}
    for node in nodes.mappings(root, "codes"):
        code = nodes.scalar(node, "code")
        if code is None:
            continue
        if _once(symbols, terms, code, _span(terms, code)):
            since = nodes.day(node, "depuis") or date.min
            period = Period(since, nodes.day(node, "jusqu_a"))
            label = nodes.text(node, "libelle") or code.text
            terms[code.text] = Term(code.text, label, period, code.span)
    sets: dict[str, frozenset[str]] = {}
    for key, node in nodes.entries(root, "ensembles"):
        members = nodes.scalars(node.get("codes"))
        for member in members:
            if member.text not in terms:
                symbols.report(say.unknown_code(member.text, name.text, list(terms), member.span))
        if _once(symbols, symbols.sets, key, root.span):
            sets[key.text] = frozenset(member.text for member in members)
            symbols.sets[key.text] = (name.text, sets[key.text])
    label = nodes.text(root, "libelle") or name.text
    symbols.nomenclatures[name.text] = Nomenclature(
        name.text, label, tuple(terms.values()), sets, name.span
    )


def _span(table: Mapping[str, Nomenclature] | Mapping[str, Term], key: tree.Scalar) -> Span:
    return table[key.text].span if key.text in table else key.span


def _points(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "lectures"):
        if document.broken(node.span):
            continue
        options = node.get("choix")
        named = {
            option.text: value.text
            for option, value in (options if isinstance(options, tree.Mapping) else ())
            if isinstance(value, tree.Scalar)
        }
        retained = nodes.scalar(node, "retenue")
        if retained is not None and retained.text not in named:
            symbols.report(say.unknown_name("lecture", retained.text, list(named), retained.span))
        sources = nodes.scalars(node.get("sources"))
        for source in sources:
            check_source(symbols, source)
        symbols.points[key.text] = Point(
            key.text,
            nodes.text(node, "sujet") or key.text,
            "" if retained is None else retained.text,
            nodes.text(node, "motif") or "",
            named,
            tuple(source.text for source in sources),
            key.span,
        )


def _gaps(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "registre"):
        for source in nodes.scalars(node.get("sources")):
            check_source(symbols, source)
        label = nodes.text(node, "libelle") or key.text
        lacking = nodes.text(node, "manque") or ""
        symbols.gaps[key.text] = Gap(key.text, label, lacking, key.span)


def _results(symbols: Symbols, document: Document) -> None:
    body = nodes.mapping(document.root.get("resultats"))
    if body is None or document.broken(body.span):
        return
    symbols.first_day = nodes.day(body, "depuis")
    for section in nodes.mappings(body, "sections"):
        names = nodes.scalars(section.get("noms"))
        symbols.exposed += names
        title = nodes.text(section, "titre") or ""
        symbols.sections.append(Section(title, tuple(name.text for name in names)))
    symbols.board += nodes.scalars(body.get("tableau"))


def _parameter(symbols: Symbols, document: Document) -> None:
    key = nodes.scalar(document.root, "parametre")
    if key is not None:
        _rule(symbols, _Owner(document, key.text, parameter=True), key, document.root)


def _publication(symbols: Symbols, document: Document) -> None:
    key = nodes.scalar(document.root, "publication")
    if key is not None:
        label = nodes.text(document.root, "libelle") or key.text
        broken = document.broken(document.root.span)
        symbols.publications[key.text] = Head(
            key.text, key.text, document.root, key, label, None, broken=broken
        )


def _text(symbols: Symbols, document: Document) -> None:
    root = document.root
    key = nodes.scalar(root, "texte")
    if key is None:
        return
    if key.text in symbols.texts:
        symbols.report(say.duplicate_name(key.text, key.span, symbols.texts[key.text].span))
    source = nodes.scalar(root, "source")
    if source is None:
        symbols.report(say.no_source(f"le texte « {key.text} » ne dit pas d'où il vient", key.span))
    else:
        check_source(symbols, source)
    symbols.texts[key.text] = Text(
        key.text,
        nodes.text(root, "intitule") or key.text,
        nodes.text(root, "abrege") or key.text,
        nodes.text(root, "nature") or "",
        "" if source is None else source.text,
        key.span,
    )
    for name, node in nodes.entries(root, "regles"):
        _rule(symbols, _Owner(document, key.text), name, node)
    for name, node in nodes.entries(root, "tables"):
        if _once(symbols, symbols.tables, name, _head_span(symbols.tables, name)):
            symbols.tables[name.text] = _head(symbols, _Owner(document, key.text), name, node)
    for name, node in nodes.entries(root, "controles"):
        if _once(symbols, symbols.controls, name, _head_span(symbols.controls, name)):
            head = Head(
                key.text,
                name.text,
                node,
                name,
                nodes.text(node, "libelle") or name.text,
                None,
                scope=_scope(symbols, node),
                broken=document.broken(node.span),
            )
            symbols.controls[name.text] = head


def _head_span(table: Mapping[str, Head], key: tree.Scalar) -> Span:
    return table[key.text].key.span if key.text in table else key.span


@dataclass(frozen=True, slots=True)
class _Owner:
    """What declares a name: a text, or a parameter file."""

    document: Document
    text: str
    parameter: bool = False


def _rule(symbols: Symbols, owner: _Owner, key: tree.Scalar, node: tree.Mapping) -> None:
    head = _head(symbols, owner, key, node)
    text, parameter = owner.text, owner.parameter
    same = symbols.rules.setdefault(key.text, [])
    twice = [other for other in same if other.text == text or parameter or other.parameter]
    taken = [one for one in symbols.model.fields if one.name == key.text]
    if twice:
        symbols.report(say.duplicate_name(key.text, key.span, twice[0].key.span))
    elif taken:
        symbols.report(say.duplicate_name(key.text, key.span, key.span))
    same.append(head)


def _head(symbols: Symbols, owner: _Owner, key: tree.Scalar, node: tree.Mapping) -> Head:
    unit, written = nodes.scalar(node, "unite"), nodes.scalar(node, "type")
    kind: Kind | None = None
    vocabulary: str | None = None
    if unit is not None and unit.text in symbols.units:
        kind = "nombre"
    elif unit is not None:
        symbols.report(say.unknown_name("unité", unit.text, list(symbols.units), unit.span))
    elif written is not None and written.text in _TYPES:
        kind = _TYPES[written.text]
    elif written is not None and written.text in symbols.nomenclatures:
        kind, vocabulary = "code", written.text
    elif written is not None:
        known = [*_TYPES, *symbols.nomenclatures]
        symbols.report(say.unknown_name("type", written.text, known, written.span))
    return Head(
        owner.text,
        key.text,
        node,
        key,
        nodes.text(node, "libelle") or key.text,
        kind,
        unit.text if unit is not None and kind else None,
        vocabulary,
        _scope(symbols, node),
        owner.parameter,
        broken=kind is None or owner.document.broken(node.span),
    )


def _scope(symbols: Symbols, node: tree.Mapping) -> str | None:
    written = nodes.scalar(node, "portee")
    if written is None:
        return None
    if symbols.model.collection(written.text) is None:
        known = [one.name for one in symbols.model.collections]
        symbols.report(say.unknown_name("liste", written.text, known, written.span))
        return None
    return written.text


_READERS: Mapping[str, Callable[[Symbols, Document], None]] = {
    "documents": _documents,
    "unites": _units,
    "nomenclature": _nomenclature,
    "lectures": _points,
    "registre": _gaps,
    "resultats": _results,
    "parametre": _parameter,
    "texte": _text,
    "publication": _publication,
}
