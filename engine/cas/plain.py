"""A record as plain values: made by a program, read as if from a file, written on one line."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final

from engine.dossiers.read import Outcome, read_records
from engine.langage.corpus import Corpus
from engine.source import tree
from engine.source.positions import Span, whole_file
from engine.source.tree import Plain

_HERE: Final = whole_file("dossier")
_BARE: Final = re.compile(r"[a-z][a-z0-9_]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: Final = ("true", "false", "null", "yes", "no", "on", "off", "oui", "non", "vrai", "faux")


def to_tree(value: Plain, here: Span = _HERE) -> tree.Node:
    """The values as if they had been read at ``here``."""
    match value:
        case dict():
            entries = [
                (tree.Scalar(name, quoted=False, span=here), to_tree(one, here))
                for name, one in value.items()
            ]
            return tree.Mapping(tuple(entries), here)
        case list():
            return tree.Sequence(tuple(to_tree(one, here) for one in value), here)
        case _:
            return tree.Scalar(_text(value), quoted=isinstance(value, str), span=here)


def to_flow(value: Plain) -> str:
    """The values on one line of YAML, quoted only where another reader could go wrong."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}: {to_flow(one)}' for name, one in value.items())}}}"
        case list():
            return f"[{', '.join(to_flow(one) for one in value)}]"
        case str() if _BARE.fullmatch(value) is None or value in _WORDS:
            return json.dumps(value, ensure_ascii=False)
        case _:
            return _text(value)


def _text(value: str | int | Decimal | bool | None) -> str:  # noqa: FBT001 - a value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def read_plain(value: Plain, corpus: Corpus, ident: str | None = None) -> Outcome:
    """The record that these values make; ``ident`` when they give it no identifier."""
    node = to_tree(value)
    (found,) = read_records((node,), corpus.model, first_day=corpus.first_day, default_ident=ident)
    return found
