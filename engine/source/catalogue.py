"""The sentences of every finding, as data: ``catalogue.yaml``, one entry per code.

An entry has a ``titre`` and a ``phrase``, maybe ``conseils``, and ``lieux`` (the words of the other
places). ``{nom}`` is what ``say`` is given under that name; after a colon, how it is written:
``court`` on one line and cut, ``liste`` between quotes, ``suite`` with commas, ``points`` with
semicolons, ``nom`` the last part of a path. ``{fichier}`` is the file of the finding. ``cas`` are
variants by name: the words that ``{cas}`` stands for, then the advice of that variant. A piece of
advice is left out where something it names is None, or where it comes out empty; ``{conseils}``
alone, given as a tuple, is as many pieces of advice.

The same finding thousands of times in one file is told a hundred times, then counted (E138).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from string import Formatter
from typing import Any, Final

from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import quoted, shown
from engine.source.positions import Span, whole_file

FILE: Final = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of one code."""

    titre: str
    phrase: str
    conseils: list[str] = field(default_factory=list)
    lieux: list[str] = field(default_factory=list)
    cas: dict[str, list[str]] = field(default_factory=dict)


def say(
    code: str,
    where: Span | str,
    /,
    *others: Span | tuple[Span, str] | None,
    cas: str | None = None,
    **places: object,
) -> Diagnostic:
    """The finding ``code``, its places filled.

    Args:
        code: an entry of the catalogue.
        where: what is at fault; a file, or a word of the command line, as a whole.
        others: the other places, in the order of ``lieux``, None where there is none; those
            with words of their own come after.
        cas: which variant, where the entry has some.
        places: the value of each place that the entry names.
    """
    found = entry(code)
    span = whole_file(where) if isinstance(where, str) else where
    values = {**places, "fichier": span.file}
    advice = found.conseils
    if cas is not None:
        words, *more = found.cas[cas]
        values["cas"] = _WORDS.vformat(words, (), values)
        advice = advice + more
    spoken = iter(found.lieux)
    labels: list[tuple[Span, str]] = []
    for other in others:
        if isinstance(other, Span):
            labels.append((other, _WORDS.vformat(next(spoken), (), values)))
        elif other is not None:
            labels.append(other)
    hints = [hint for one in advice for hint in _hints(one, values) if hint]
    return Diagnostic(
        code, _WORDS.vformat(found.phrase, (), values), span, tuple(labels), tuple(hints)
    )


def codes() -> tuple[str, ...]:
    """Every code, in order."""
    return tuple(_sources())


@cache
def entry(code: str) -> CatalogueEntry:
    """What the catalogue says of a code (KeyError: no such code). Read when first asked for."""
    import yaml

    return CatalogueEntry(**yaml.safe_load(_sources()[code])[code])


@cache
def _sources() -> dict[str, str]:
    """The text of each entry: reading one of them is a thousand times less than reading all."""
    text = FILE.read_text(encoding="utf-8")
    parts = re.split(r"^(?=[EW]\d{3}:)", text, flags=re.MULTILINE)[1:]
    return {part[:4]: part for part in parts}


def _hints(words: str, values: Mapping[str, object]) -> tuple[str, ...]:
    alone = values.get(words[1:-1]) if words.startswith("{") else None
    if isinstance(alone, tuple):
        return alone
    names = [name for _, name, _, _ in _WORDS.parse(words) if name]
    if any(values[name] is None for name in names):
        return ()
    return (_WORDS.vformat(words, (), values),)


class _Wording(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        how = _FORMS.get(format_spec)
        return format(value, format_spec) if how is None else how(value)


_FORMS: Final[Mapping[str, Callable[[Any], str]]] = {
    "court": shown,
    "liste": quoted,
    "suite": ", ".join,
    "points": " ; ".join,
    "nom": lambda path: PurePath(path).name,
}
_WORDS: Final = _Wording()


MOST: Final = 100  # findings of one code told of one file
# Of what a file says: anyone may have written it. What is said of the law is told in full.
_OF_FILES: Final = ("E1", "E50", "E51")


def more_findings(code: str, count: int | None, span: Span) -> Diagnostic:
    """E138: how many more there are of a code, the first of them at ``span``; None: not known."""
    return say(
        "E138",
        span,
        cas="suite" if count is None else "un" if count == 1 else "autres",
        code=code,
        nombre=count,
    )


def capped(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings to tell: of each file, a hundred of a code, then how many more there are."""
    told: list[Diagnostic] = []
    met: Counter[tuple[str, str]] = Counter()
    beyond: dict[tuple[str, str], int] = {}  # where to tell how many more there are
    for one in findings:
        kind = (one.span.file, one.code)
        met[kind] += 1
        if met[kind] <= MOST or not one.code.startswith(_OF_FILES):
            told.append(one)
        elif kind not in beyond:
            beyond[kind] = len(told)
            told.append(one)
    for kind, at in beyond.items():
        told[at] = more_findings(kind[1], met[kind] - MOST, told[at].span)
    return tuple(told)
