"""Where the law comes from: contested points and what they change; passages and what takes them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.evaluation.explanation import named_source
from engine.langage.corpus import Corpus, Note, Point
from engine.langage.kernel import Reading, walk


def readings(corpus: Corpus) -> dict[str, list[dict[str, object]]]:
    """The contested points, their readings and the rules they change; apart, the notes."""
    changed: dict[str, list[str]] = {name: [] for name in corpus.points}
    for rule in corpus.rules:
        for version in rule.versions:
            for node in walk(version.body):
                if isinstance(node, Reading) and rule.name not in changed[node.point]:
                    changed[node.point].append(rule.name)
    points: list[dict[str, object]] = [
        {
            "nom": point.name,
            "sujet": point.subject,
            "retenue": point.retained,
            "motif": point.reason,
            "choix": dict(point.options),
            "sources": list(point.sources),
            "regles": changed[point.name],
        }
        for point in corpus.points.values()
    ]
    notes: list[dict[str, object]] = [
        {
            "nom": note.name,
            "sujet": note.subject,
            "retenue": note.retained,
            "autre": note.other,
            "motif": note.reason,
            "sources": list(note.sources),
        }
        for note in corpus.doctrine.values()
    ]
    return {"lectures": points, "notes": notes}


def readings_words(corpus: Corpus) -> Iterator[str]:
    """The same, to be read."""
    found = readings(corpus)
    for point, told in zip(corpus.points.values(), found["lectures"], strict=True):
        yield f"{point.name} : {point.subject}"
        for option, words in point.options.items():
            yield f"  {'retenue' if option == point.retained else 'autre'} : {option}, {words}"
        yield from _grounds(corpus, point)
        yield f"  change : {', '.join(_texts(told['regles']))}"
    if corpus.doctrine:
        yield ""
        yield "Notes : des doutes des sources qui ne changent aucun résultat, à ne pas demander"
    for note in corpus.doctrine.values():
        yield f"{note.name} : {note.subject}"
        yield f"  retenue : {note.retained}"
        if note.other is not None:
            yield f"  autre : {note.other}"
        yield from _grounds(corpus, note)


def _grounds(corpus: Corpus, one: Point | Note) -> Iterator[str]:
    yield f"  motif : {one.reason}"
    yield f"  sources : {' ; '.join(named_source(corpus, source) for source in one.sources)}"


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []


def coverage(corpus: Corpus) -> list[dict[str, object]]:
    """Every passage of every document, what takes it, and whether it decides anything."""
    return [
        {
            "document": one.document,
            "repere": one.place,
            "texte": one.text,
            "pris_par": list(one.takers),
            "decide": one.idle is None,
            "sans_effet": one.idle,
            "lieu": f"{one.span.file}:{one.span.line}",
        }
        for one in corpus.passages
    ]


def coverage_words(corpus: Corpus) -> Iterator[str]:
    """The same, document by document, then a count."""
    for name, origin in corpus.documents.items():
        own = [one for one in corpus.passages if one.document == name]
        if not own:
            continue
        yield f"{name} : {origin.title} (source {origin.nature})"
        for one in own:
            yield f"  {one.place} : « {one.text.strip()} »"
            taken = ", ".join(one.takers)
            if one.takers and one.idle:
                taken += f" ; ne décide rien, {one.idle}"
            yield f"    → {taken or f'sans effet, {one.idle}'}"
    deciding = sum(one.idle is None for one in corpus.passages)
    retained = sum(bool(one.takers and one.idle) for one in corpus.passages)
    yield (
        f"{len(corpus.passages)} passages : {deciding} décident, "
        f"{retained} sont retenus sans rien décider, "
        f"{len(corpus.passages) - deciding - retained} sont sans effet"
    )
