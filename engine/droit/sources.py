"""Where the law comes from: contested points and what they change; passages and what takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.evaluation.explanation import named_source
from engine.langage.agenda import Passage
from engine.langage.corpus import Corpus, Note, Point
from engine.langage.kernel import Reading, walk
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown

_PASSAGES: Final = (
    ListColumn("document", None),
    ListColumn("repere", "Repère"),
    ListColumn("texte", "Texte"),
    ListColumn("pris_par", "Pris par"),
    ListColumn("decide", "Décide"),
    ListColumn("sans_effet", "Sans effet"),
    ListColumn("lieu", "Lieu", "code"),
)


def readings_report(corpus: Corpus) -> Report:
    """The contested points, their readings and the rules they change; apart, the notes."""
    changed: dict[str, list[str]] = {name: [] for name in corpus.points}
    for rule in corpus.rules:
        for version in rule.versions:
            for node in walk(version.body):
                if isinstance(node, Reading) and rule.name not in changed[node.point]:
                    changed[node.point].append(rule.name)
    lines, points, notes = [], [], []
    for point in corpus.points.values():
        lines.append(f"{point.name} : {point.subject}")
        for option, words in point.options.items():
            kind = "retenue" if option == point.retained else "autre"
            lines.append(f"  {kind} : {option}, {words}")
        lines += [*_grounds(corpus, point), f"  change : {', '.join(changed[point.name])}"]
        points.append(
            {
                "nom": point.name,
                "sujet": point.subject,
                "retenue": point.retained,
                "motif": point.reason,
                "choix": dict(point.options),
                "sources": list(point.sources),
                "regles": changed[point.name],
            }
        )
    told = ["Notes : des doutes des sources qui ne changent aucun résultat, à ne pas demander"]
    for note in corpus.doctrine.values():
        told += [f"{note.name} : {note.subject}", f"  retenue : {note.retained}"]
        told += [] if note.other is None else [f"  autre : {note.other}"]
        told += _grounds(corpus, note)
        notes.append(
            {
                "nom": note.name,
                "sujet": note.subject,
                "retenue": note.retained,
                "autre": note.other,
                "motif": note.reason,
                "sources": list(note.sources),
            }
        )
    parts = [Sentence("\n".join(one)) for one in (lines, told if notes else []) if one]
    return Report("Les lectures", parts, {"lectures": points, "notes": notes})


def _grounds(corpus: Corpus, point: Point | Note) -> list[str]:
    sources = " ; ".join(named_source(corpus, source) for source in point.sources)
    return [f"  motif : {point.reason}", f"  sources : {sources}"]


def passages_report(corpus: Corpus) -> Report:
    """Every passage of every document, what takes it, and whether it decides anything."""
    parts: list[Block] = []
    for name, origin in corpus.documents.items():
        own = [one for one in corpus.passages if one.document == name]
        if own:
            rows = [_row(one) for one in own]
            words = [line for one in own for line in _passage_words(one)]
            title = f"{name} : {origin.title} (source {origin.nature})"
            parts += [Heading(title), Listing("", _PASSAGES, rows, words)]
    deciding = sum(one.idle is None for one in corpus.passages)
    retained = sum(bool(one.takers and one.idle) for one in corpus.passages)
    parts.append(
        Sentence(
            f"{len(corpus.passages)} passages : {deciding} décident, "
            f"{retained} sont retenus sans rien décider, "
            f"{len(corpus.passages) - deciding - retained} sont sans effet"
        )
    )
    every = Listing("", _PASSAGES, [_row(one) for one in corpus.passages])
    return Report("Les passages des sources", parts, every.json())


def _row(passage: Passage) -> Sequence[object]:
    taken = Shown(list(passage.takers), ", ".join(passage.takers))
    place = f"{passage.span.file}:{passage.span.line}"
    return (
        passage.document,
        passage.place,
        passage.text,
        taken,
        passage.idle is None,
        passage.idle,
        place,
    )


def _passage_words(passage: Passage) -> Iterator[str]:
    yield f"  {passage.place} : « {passage.text.strip()} »"
    taken = ", ".join(passage.takers)
    if passage.takers and passage.idle:
        taken += f" ; ne décide rien, {passage.idle}"
    yield f"    → {taken or f'sans effet, {passage.idle}'}"
