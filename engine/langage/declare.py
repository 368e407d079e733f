"""Pass 3 of 6: from shape-checked trees to the table of every declared name, bodies unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from keyword import iskeyword

from engine.langage import nodes
from engine.langage.corpus import (
    NOT_COMPUTED,
    Gap,
    Kind,
    Nomenclature,
    Note,
    Origin,
    Period,
    Point,
    Section,
    Term,
    Text,
)
from engine.langage.expressions import RESERVED
from engine.langage.inputs import RecordModel
from engine.langage.symbols import Document, Head, Symbols, check_source, only_once
from engine.langage.units import NamedUnit, Powers, read_definition
from engine.langage.versions import in_words, justified, reversed_dates
from engine.source import tree
from engine.source.catalogue import say
from engine.source.messages.hints import close_names
from engine.source.messages.reading import unknown_name

_TYPES: Mapping[str, Kind] = {"booleen": "booleen", "date": "date", "texte": "texte"}


def declare(documents: tuple[Document, ...], model: RecordModel) -> Symbols:
    """Collect every declared name.

    Returns:
        The table, with E201 (unknown unit, type, scope), E202 (one name, two things) and E217 (a
        name that no rule may have) in it.
    """
    symbols = Symbols(model)
    for kind, read in _READERS.items():  # units and nomenclatures before what refers to them
        for document in documents:
            if document.kind == kind:
                read(symbols, document)
    return symbols


def _documents(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "documents"):
        if only_once(symbols, "document", key):
            _labelled_once(symbols, "document", nodes.scalar(node, "titre"))
            title = nodes.text(node, "titre") or key.text
            short = nodes.text(node, "abrege") or title
            nature, pages = nodes.text(node, "nature") or "", nodes.text(node, "pages")
            symbols.documents[key.text] = Origin(title, short, nature, int(pages or 0) or None)
            if nodes.text(node, "fichier") is not None:
                symbols.kept.add(key.text)


def _units(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "unites"):
        if not only_once(symbols, "unite", key):
            continue
        if document.broken(node.span):
            symbols.unread.add(key.text)
            continue
        written = nodes.scalar(node, "definition")
        powers: Powers | None = ((key.text, 1),)
        if written is not None:
            powers = read_definition(written.text)
        if written is not None and powers is None:
            name = "définition d'unité"
            symbols.report(unknown_name(name, written.text, (), written.span))
        if powers is None:
            symbols.unread.add(key.text)
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
    if name is None or not only_once(symbols, "nomenclature", name):
        return
    if document.broken(root.span):
        symbols.unread |= {name.text, *(key.text for key, _ in nodes.entries(root, "ensembles"))}
        return
    source = nodes.scalar(root, "source")
    if source is not None:
        check_source(symbols, source)
    terms: dict[str, Term] = {}
    for node in nodes.mappings(root, "codes"):
        code = nodes.scalar(node, "code")
        if code is not None and only_once(symbols, f"code de {name.text}", code):
            period = Period(nodes.day(node, "depuis") or date.min, nodes.day(node, "jusqu_a"))
            symbols.findings += reversed_dates(node, period, "vie du code")
            _labelled_once(symbols, f"code de {name.text}", nodes.scalar(node, "libelle"))
            label = nodes.text(node, "libelle") or code.text
            terms[code.text] = Term(code.text, label, period, justified(node), code.span)
    sets: dict[str, frozenset[str]] = {}
    for key, node in nodes.entries(root, "ensembles"):
        members = nodes.scalars(node.get("codes"))
        for member in members:
            if member.text not in terms:
                symbols.report(
                    say(
                        "E203",
                        member.span,
                        code=member.text,
                        nomenclature=name.text,
                        proches=close_names(member.text, list(terms)),
                    )
                )
        if only_once(symbols, "ensemble", key):
            sets[key.text] = frozenset(member.text for member in members)
            symbols.sets[key.text] = (name.text, sets[key.text])
    label = nodes.text(root, "libelle") or name.text
    symbols.nomenclatures[name.text] = Nomenclature(
        name.text, label, tuple(terms.values()), sets, name.span
    )


def _points(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "lectures"):
        if not only_once(symbols, "lecture", key):
            continue
        if document.broken(node.span):
            symbols.unread.add(key.text)
            continue
        options = node.get("choix")
        named = {
            option.text: value.text
            for option, value in (options if isinstance(options, tree.Mapping) else ())
            if isinstance(value, tree.Scalar)
        }
        retained = nodes.scalar(node, "retenue")
        if retained is not None and retained.text not in named:
            symbols.report(unknown_name("lecture", retained.text, list(named), retained.span))
        symbols.points[key.text] = Point(
            key.text,
            nodes.text(node, "sujet") or key.text,
            "" if retained is None else retained.text,
            nodes.text(node, "motif") or "",
            named,
            _sources(symbols, node),
            key.span,
        )
    for key, node in nodes.entries(document.root, "notes"):
        if only_once(symbols, "lecture", key):
            symbols.doctrine[key.text] = Note(
                key.text,
                nodes.text(node, "sujet") or key.text,
                nodes.text(node, "retenue") or "",
                nodes.text(node, "autre"),
                nodes.text(node, "motif") or "",
                _sources(symbols, node),
                key.span,
            )


def _sources(symbols: Symbols, node: tree.Mapping) -> tuple[str, ...]:
    sources = nodes.scalars(node.get("sources"))
    for source in sources:
        check_source(symbols, source)
    return tuple(source.text for source in sources)


def _gaps(symbols: Symbols, document: Document) -> None:
    for key, node in nodes.entries(document.root, "registre"):
        if not only_once(symbols, "registre", key):
            continue
        for source in nodes.scalars(node.get("sources")):
            check_source(symbols, source)
        label = nodes.text(node, "libelle") or key.text
        lacking = nodes.text(node, "manque") or ""
        symbols.gaps[key.text] = Gap(key.text, label, lacking, key.span)


def _results(symbols: Symbols, document: Document) -> None:
    body = nodes.mapping(document.root.get("resultats"))
    if body is None:
        return
    if document.broken(body.span):
        symbols.unread.add("resultats")
    try:
        symbols.first_day = nodes.day(body, "depuis")
    except ValueError:  # not a date: a shape finding says so
        symbols.first_day = None
    for section in nodes.mappings(body, "sections"):
        names = nodes.scalars(section.get("noms"))
        symbols.exposed += names
        title = nodes.text(section, "titre") or ""
        symbols.sections.append(Section(title, tuple(name.text for name in names)))
    symbols.board += nodes.scalars(body.get("tableau"))
    effects = nodes.mapping(body.get("effets"))
    total = None if effects is None else nodes.scalar(effects, "total")
    if effects is not None and total is not None:
        symbols.effects = total, tuple(nodes.scalars(effects.get("par")))


def _parameters(symbols: Symbols, document: Document, text: str | None = None) -> None:
    for name, node in nodes.entries(document.root, "parametres"):
        _rule(symbols, _Owner(document, text or name.text, parameter=True), name, node)


def _publication(symbols: Symbols, document: Document) -> None:
    key = nodes.scalar(document.root, "publication")
    if key is not None and only_once(symbols, "publication", key):
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
    only_once(symbols, "texte", key)
    source = nodes.scalar(root, "source")
    if source is None:
        symbols.report(
            say(
                "E209",
                key.span,
                cas="rien",
                quoi=f"le texte « {key.text} » ne dit pas d'où il vient",
            )
        )
    else:
        check_source(symbols, source)
    days = tuple(_days(document, ("date", "publie_le")))
    title = nodes.text(root, "intitule") or key.text
    # E228: a text is signed on the day of its title, and published from that day on
    said, place = [*in_words(title)], nodes.scalar(root, "date")
    published = nodes.scalar(root, "publie_le")
    if days and said and place is not None and place.text not in map(str, said):
        why = f"son titre dit {' ou '.join(map(str, said))}"
        symbols.report(say("E228", place.span, texte=key.text, jour=days[0], pourquoi=why))
    elif published is not None and len(days) > 1 and days[1] < days[0]:
        why = f"il est signé le {days[0]}, donc publié ce jour-là ou après"
        symbols.report(say("E228", published.span, texte=key.text, jour=days[1], pourquoi=why))
    # the articles that a text lists; E201 for each one cited in it that it does not
    listed = tuple(one.text for one in nodes.scalars(root.get("articles")))
    for cited in _cited(root) if listed else ():
        if cited.text not in listed:
            intro = "articles que ce texte liste"
            symbols.report(unknown_name("article", cited.text, listed, cited.span, intro))
    symbols.texts[key.text] = Text(
        key.text,
        title,
        nodes.text(root, "abrege") or key.text,
        nodes.text(root, "nature") or "",
        "" if source is None else source.text,
        listed,
        days,
        key.span,
    )
    _parameters(symbols, document, key.text)
    for name, node in nodes.entries(root, "regles"):
        _rule(symbols, _Owner(document, key.text), name, node)
    for name, node in nodes.entries(root, "tables"):
        if only_once(symbols, "table", name):
            symbols.tables[name.text] = _head(symbols, _Owner(document, key.text), name, node)
    for name, node in nodes.entries(root, "controles"):
        if only_once(symbols, "controle", name):
            scope = _scope(symbols, node)
            head = Head(
                key.text,
                name.text,
                node,
                name,
                nodes.text(node, "libelle") or name.text,
                None,
                scope=scope,
                broken=document.broken(node.span) or _lost(node, scope),
            )
            symbols.controls[name.text] = head


def _days(document: Document, keys: tuple[str, ...]) -> Iterator[date]:
    """The days under some keys of a document; a shape finding says which are none."""
    for key in keys:
        written = nodes.scalar(document.root, key)
        if written is not None and not document.broken(written.span):
            yield date.fromisoformat(written.text)


def _labelled_once(symbols: Symbols, kind: str, label: tree.Scalar | None) -> None:
    """E227: two things of one kind have the same name for a person."""
    if label is not None:
        first = symbols.places.setdefault((f"libellé de {kind}", label.text), label.span)
        if first is not label.span:
            symbols.report(
                say("E227", label.span, first, libelle=label.text, quoi=kind.partition(" ")[0])
            )


@dataclass(frozen=True, slots=True)
class _Owner:
    """What declares a name: a text, or a parameter of no text, by its own name."""

    document: Document
    text: str
    parameter: bool = False


def _cited(node: tree.Node) -> Iterator[tree.Scalar]:
    """Every reference to an article below ``node``."""
    if isinstance(node, tree.Sequence):
        for item in node.items:
            yield from _cited(item)
    elif isinstance(node, tree.Mapping):
        for key, value in node:
            if key.text == "article":
                yield from nodes.scalars(value)
            else:
                yield from _cited(value)


def _rule(symbols: Symbols, owner: _Owner, key: tree.Scalar, node: tree.Mapping) -> None:
    head = _head(symbols, owner, key, node)
    text, parameter = owner.text, owner.parameter
    same = symbols.rules.setdefault(key.text, [])
    twice = [other for other in same if other.text == text or parameter or other.parameter]
    taken = [one for one in symbols.model.fields if one.name == key.text]
    if key.text in RESERVED or iskeyword(key.text):
        symbols.report(say("E217", key.span, cas="mot", nom=key.text))
    elif key.text == NOT_COMPUTED:
        symbols.report(say("E217", key.span, cas="colonne", nom=key.text))
    elif twice:
        rule = not (parameter or twice[0].parameter)
        symbols.report(
            say("E202", key.span, twice[0].key.span, cas="regle" if rule else "autre", nom=key.text)
        )
    elif taken:
        symbols.report(say("E202", key.span, key.span, cas="regle", nom=key.text))
    same.append(head)


def _head(symbols: Symbols, owner: _Owner, key: tree.Scalar, node: tree.Mapping) -> Head:
    unit, written = nodes.scalar(node, "unite"), nodes.scalar(node, "type")
    kind: Kind | None = None
    vocabulary: str | None = None
    if unit is not None and unit.text in symbols.units:
        kind = "nombre"
    elif unit is not None and unit.text not in symbols.unread:
        symbols.report(unknown_name("unité", unit.text, list(symbols.units), unit.span))
    elif written is not None and written.text in _TYPES:
        kind = _TYPES[written.text]
    elif written is not None and written.text in symbols.nomenclatures:
        kind, vocabulary = "code", written.text
    elif written is not None and written.text not in symbols.unread:
        known = [*_TYPES, *symbols.nomenclatures]
        symbols.report(unknown_name("type", written.text, known, written.span))
    scope = _scope(symbols, node)
    return Head(
        owner.text,
        key.text,
        node,
        key,
        nodes.text(node, "libelle") or key.text,
        kind,
        unit.text if unit is not None and kind else None,
        vocabulary,
        scope,
        owner.parameter,
        broken=kind is None or owner.document.broken(node.span) or _lost(node, scope),
    )


def _scope(symbols: Symbols, node: tree.Mapping) -> str | None:
    written = nodes.scalar(node, "portee")
    if written is None:
        return None
    if symbols.model.collection(written.text) is None:
        known = [one.name for one in symbols.model.collections]
        symbols.report(unknown_name("liste", written.text, known, written.span))
        return None
    return written.text


def _lost(node: tree.Mapping, scope: str | None) -> bool:
    """Whether the scope that is written could not be understood."""
    return scope is None and node.get("portee") is not None


_READERS: Mapping[str, Callable[[Symbols, Document], None]] = {
    "documents": _documents,
    "unites": _units,
    "nomenclature": _nomenclature,
    "lectures": _points,
    "registre": _gaps,
    "resultats": _results,
    "parametres": _parameters,
    "texte": _text,
    "publication": _publication,
}
