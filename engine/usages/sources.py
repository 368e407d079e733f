"""Where the law comes from: contested points and what they change; passages and what takes them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.langage.corpus import Corpus
from engine.langage.kernel import Reading, walk


def readings(corpus: Corpus) -> list[dict[str, object]]:
    """Every contested point: its readings, the one retained and why, and the rules it changes."""
    changed: dict[str, list[str]] = {name: [] for name in corpus.points}
    for rule in corpus.rules:
        for version in rule.versions:
            for node in walk(version.body):
                if isinstance(node, Reading) and rule.name not in changed[node.point]:
                    changed[node.point].append(rule.name)
    return [
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


def readings_words(corpus: Corpus) -> Iterator[str]:
    """The same, to be read."""
    for found in readings(corpus):
        yield f"{found['nom']} : {found['sujet']}"
        options = found["choix"]
        for name, words in options.items() if isinstance(options, dict) else ():
            mark = "retenue" if name == found["retenue"] else "autre"
            yield f"  {mark} : {name}, {words}"
        yield f"  motif : {found['motif']}"
        yield f"  sources : {' ; '.join(_texts(found['sources']))}"
        rules = _texts(found["regles"])
        yield f"  change : {', '.join(rules)}" if rules else "  ne change aucun résultat"


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
    for name, title in corpus.documents.items():
        own = [one for one in corpus.passages if one.document == name]
        if not own:
            continue
        yield f"{name} : {title}"
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
