"""A source as the rules write it goes in; the name and the nature of its document come out."""

from __future__ import annotations

import re

from engine.langage.corpus import Corpus

_CITED = re.compile(r"\(([a-z0-9][a-z0-9-]*)((?:, [^()]*)?)\)")


def named_source(corpus: Corpus, written: str) -> str:
    """« guide, p. 6 » as « guide des retards (source syndicale), p. 6 ».

    The articles of a text, « arrete-pain art. 4 », take its short title; a place stays as it is.
    """
    ident, comma, place = written.partition(",")
    origin = corpus.documents.get(ident)
    if origin is not None:
        return f"{origin.short} (source {origin.nature}){comma}{place}"
    parts = [one.partition(" art. ") for one in written.split(", ")]
    if not all(article and text in corpus.texts for text, article, _ in parts):
        return written
    return ", ".join(f"{corpus.texts[text].short}, art. {number}" for text, _, number in parts)


def named_in(corpus: Corpus, sentence: str) -> str:
    """A sentence whose sources, « (guide, p. 6) », are told by their names."""

    def named(found: re.Match[str]) -> str:
        origin = corpus.documents.get(found[1])
        if origin is None:
            return found[0]
        return f"({origin.short}, source {origin.nature}{found[2]})"

    return _CITED.sub(named, sentence)
