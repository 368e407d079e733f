"""A reading that someone asks for goes in; what is wrong with it comes out, if anything."""

from __future__ import annotations

from engine.langage.corpus import Corpus
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def wrong_reading(corpus: Corpus, asked: str, span: Span) -> Diagnostic | None:
    """E512 for « NOM=OPTION » that the corpus does not have, E599 for a note, which has none."""
    name, _, option = asked.partition("=")
    point = corpus.points.get(name)
    if point is not None and option in point.options:
        return None
    if name in corpus.doctrine:
        return say("E599", span, nom=name)
    known = [f"{one.name}={key}" for one in corpus.points.values() for key in one.options]
    return say("E512", span, nom=asked, proches=suggestion(asked, known, "lectures connues"))
