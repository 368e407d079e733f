"""Divergence: two evaluations in; the first steps where they part, why, and what follows, out.

Two steps of one rule that read the same things under the same law have the same value: wherever
values differ, either a step below differs too, or the step itself has a reason of its own. Those
are the origins; the rest follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from engine.evaluation.explanation import Explained, Explainer
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import Key, Outcome, Step, below
from engine.evaluation.show import french
from engine.evaluation.trace import FieldPlace, Reads, reads_of
from engine.langage.corpus import Corpus, Row
from engine.langage.kernel import Missing

_PLACE: Final = re.compile(r", [^,]+:[0-9]+$")
ReasonKind: TypeAlias = Literal["champ", "lignes", "version", "table", "lecture"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two steps of one rule differ by themselves; ``a`` and ``b`` are what each side has."""

    kind: ReasonKind
    what: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Parting:
    """One rule whose value differs. Every text is French; values carry their unit.

    ``first``: nothing that it rests on differs. ``through``: the rules it reads that differ.
    ``rows``: the tables of which it took another row because its keys differ, with both rows.
    ``branches``: the conditions that fail on one side only, with their figures.
    """

    name: str
    label: str
    line: int | None  # from 1
    about: str
    a: Explained
    b: Explained
    reasons: tuple[Reason, ...]
    first: bool
    through: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    branches: tuple[tuple[Literal["A", "B"], str, str], ...]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Every rule that differs, in order of dependency, and the results asked that do."""

    partings: tuple[Parting, ...]
    results: tuple[str, ...]

    @property
    def origins(self) -> tuple[Parting, ...]:
        """The steps that differ by themselves."""
        return tuple(one for one in self.partings if one.reasons)

    @property
    def rest(self) -> tuple[Parting, ...]:
        """Those that differ only because others do."""
        return tuple(one for one in self.partings if not one.reasons)


@dataclass(frozen=True, slots=True)
class _Side:
    """One evaluation, whole: its steps and their explanations."""

    interpreter: Interpreter
    steps: Mapping[Key, Step]
    told: Mapping[Key, Explained]
    reads: Mapping[Key, Reads]

    @property
    def corpus(self) -> Corpus:
        return self.interpreter.corpus


def diverge(first: Interpreter, second: Interpreter, names: Sequence[str]) -> Divergence:
    """Where the evaluations of ``names`` part.

    Args:
        first: the evaluation called A, traced.
        second: the evaluation called B, traced.
        names: the results looked at; one that a corpus does not have is *sans objet* there.
    """
    a, b = _side(first, names), _side(second, names)
    order = [key for key in _by_dependency(a, b, names) if a.steps[key].value != b.steps[key].value]
    partings = tuple(_parting(a, b, key, frozenset(order)) for key in order)
    return Divergence(partings, tuple(name for name in names if (name, None) in order))


def _side(interpreter: Interpreter, names: Sequence[str]) -> _Side:
    steps = {(one.name, one.line): one for one in below(*map(interpreter.step, names))}
    told: dict[Key, Explained] = {}
    explainer = Explainer(interpreter)
    for name in names:
        explained = explainer.of(interpreter.step(name))
        waiting = [explained]
        while waiting:
            one = waiting.pop()
            key = (one.name, None if one.line is None else one.line - 1)
            if key not in told:
                told[key] = one
                waiting += [*one.children, *one.conditions]
    return _Side(interpreter, steps, told, reads_of(interpreter))


def _by_dependency(a: _Side, b: _Side, names: Sequence[str]) -> Iterator[Key]:
    """The steps that both sides have, each after those that it rests on."""
    done: set[Key] = set()
    waiting: list[tuple[Key, bool]] = [((name, None), False) for name in reversed(names)]
    while waiting:
        key, ready = waiting.pop()
        if ready:
            yield key
        elif key not in done and key in a.steps and key in b.steps:
            done.add(key)
            waiting.append((key, True))
            waiting += [(one, False) for one in reversed(_needs(a, b, key))]


def _needs(a: _Side, b: _Side, key: Key) -> list[Key]:
    both = (*a.steps[key].needs, *b.steps[key].needs)
    return list(dict.fromkeys((one.name, one.line) for one in both))


def _parting(a: _Side, b: _Side, key: Key, differing: frozenset[Key]) -> Parting:
    through = [one for one in _needs(a, b, key) if one in differing]
    told_a, told_b = a.told[key], b.told[key]
    known = told_a if a.steps[key].rule is not None else told_b
    reasons = tuple(_reasons(a, b, key))
    other_law = any(one.kind == "version" for one in reasons)  # its conditions are not the same
    return Parting(
        known.name,
        known.label,
        known.line,
        known.about,
        told_a,
        told_b,
        reasons,
        not through,
        tuple(dict.fromkeys(name for name, _ in through)),
        () if other_law else tuple(_other_rows(a, b, key)),
        () if other_law else tuple(_branches(told_a, told_b)),
    )


def _branches(told_a: Explained, told_b: Explained) -> Iterator[tuple[Literal["A", "B"], str, str]]:
    """What was set aside on one side only: that side, the condition, and why."""
    known_a, known_b = ({_bare(one.what) for one in told.refused} for told in (told_a, told_b))
    for one in told_a.refused:
        if _bare(one.what) not in known_b:
            yield "A", one.what, one.why
    for one in told_b.refused:
        if _bare(one.what) not in known_a:
            yield "B", one.what, one.why


def _bare(what: str) -> str:
    """What was set aside, wherever it is written: two corpora have it in two places."""
    return _PLACE.sub("", what)


# --- the reasons of a step itself


def _reasons(a: _Side, b: _Side, key: Key) -> Iterator[Reason]:
    if _law(a, key) != _law(b, key):
        yield Reason("version", key[0], _version(a, key), _version(b, key))
    others = b.reads[key].fields
    for place, value in a.reads[key].fields.items():
        if place in others and others[place] != value:
            label, unit = _field(a.corpus, place)
            shown = [french(one, a.corpus.units.get(unit)) for one in (value, others[place])]
            yield Reason("champ", label, *shown)
    for collection, count in a.reads[key].lines.items():
        other = b.reads[key].lines.get(collection, count)
        if other != count:
            found = a.corpus.model.collection(collection)
            label = collection if found is None else found.label
            yield Reason("lignes", label, str(count), str(other))
    # the same keys that do not give the same value any more
    rows = b.reads[key].rows
    for (table, keys), row in a.reads[key].rows.items():
        if (table, keys) in rows and _value(rows[table, keys]) != _value(row):
            texts = (_row(a.corpus, table, row), _row(b.corpus, table, rows[table, keys]))
            yield Reason("table", f"{table} ({_keys(a.corpus, table, keys)})", *texts)
    for point in a.steps[key].points:
        if point in b.steps[key].points:
            taken = [_option(side, point) for side in (a, b)]
            if taken[0] != taken[1]:
                yield Reason("lecture", point, *taken)


def _law(side: _Side, key: Key) -> list[object]:
    """What the rules of this name say, down to the one that applied."""
    found: list[object] = []
    for rule, version in side.interpreter.epoch.rules.get(key[0], ()):
        found.append((rule.ident, version.applicable, version.body))
        if rule is side.steps[key].rule:
            break
    return found


def _version(side: _Side, key: Key) -> str:
    told = side.told[key]
    if all(rule.name != key[0] for rule in side.corpus.rules):
        return "aucune règle de ce nom"
    if key[0] not in side.interpreter.epoch.rules:
        return f"aucune version en vigueur au {side.interpreter.record.day.isoformat()}"
    if side.steps[key].version is None:
        return "aucune version ne s'applique"
    articles = f"art. {', '.join(told.articles)}" if told.articles else ""
    parts = (f"depuis le {told.since}", told.text, articles, told.origin, told.place)
    return ", ".join(part for part in parts if part)


def _field(corpus: Corpus, place: FieldPlace) -> tuple[str, str]:
    """How a field is named to people, and its unit."""
    name, scope, index = place
    collection = None if scope is None else corpus.model.collection(scope)
    fields = corpus.model.fields if collection is None else collection.fields
    found = next((one for one in fields if one.name == name), None)
    label = f"{name}" if found is None or found.label == name else f"{found.label} ({name})"
    where = "" if scope is None or index is None else f", {scope}, ligne {index + 1}"
    return f"{label}{where}", "" if found is None else found.unit or ""


def _other_rows(a: _Side, b: _Side, key: Key) -> Iterator[tuple[str, str, str]]:
    """The rows that each side took with keys that the other does not have."""
    rows_a, rows_b = a.reads[key].rows, b.reads[key].rows
    for table, keys in rows_a.keys() - rows_b.keys():
        others = [one for name, one in rows_b.keys() - rows_a.keys() if name == table]
        if len(others) == 1:
            sides = ((a, keys, rows_a), (b, others[0], rows_b))
            texts = [
                f"{_keys(side.corpus, table, one)} : {_row(side.corpus, table, rows[table, one])}"
                for side, one, rows in sides
            ]
            yield table, texts[0], texts[1]


def _keys(corpus: Corpus, table: str, keys: tuple[Outcome, ...]) -> str:
    named = zip(corpus.tables[table].columns, keys, strict=True)
    return ", ".join(f"{column.name} = {french(one)}" for column, one in named)


def _value(row: Row | None) -> object:
    return None if row is None else row.value


def _row(corpus: Corpus, table: str, row: Row | None) -> str:
    if row is None:
        return "aucune ligne"
    unit = corpus.units.get(corpus.tables[table].unit or "")
    value: Outcome | str = "non calculable" if isinstance(row.value, Missing) else row.value
    shown = value if isinstance(value, str) else french(value, unit)
    return f"{shown}, {row.span.file}:{row.span.line}"


def _option(side: _Side, point: str) -> str:
    """The option taken at a contested point, with its words."""
    found = side.corpus.points[point]
    option = side.interpreter.readings.get(point, found.retained)
    return f"{option} : {found.options[option]}"
