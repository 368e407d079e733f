"""Two corpora go in; what changed in the law comes out, one change after the other, in words.

Rules, tables and controls are matched by their name, their versions by the day they begin, rows by
their keys: what moved in a file and says the same is no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal, TypeAlias, TypeVar

from engine.evaluation.law import Folder, Law, read_folder
from engine.evaluation.outcomes import rounded
from engine.evaluation.show import french
from engine.langage.corpus import (
    Checked,
    ControlVersion,
    Corpus,
    Period,
    Row,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.kernel import Const, Expr, Missing
from engine.source.positions import Span
from engine.usages.key_words import key_words

Kind: TypeAlias = Literal[
    "texte", "parametre", "regle", "table", "controle", "lecture", "code", "calendrier",
    "versement",
]  # fmt: skip
_DATED: Final = re.compile(r"^\{?\s*depuis: \S+|[>|]-\s*")
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


@dataclass(frozen=True, slots=True)
class Side:
    """A corpus, and the text of its files by the name they are shown under."""

    corpus: Corpus
    texts: Mapping[str, str]

    def written(self, span: Span) -> str:
        """What is written at a place, its spaces reduced."""
        lines = self.texts.get(span.file, "").split("\n")[span.line - 1 : span.end_line]
        if not lines:
            return ""
        if len(lines) == 1:
            return lines[0][span.column - 1 : span.end_column - 1].strip()
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(" ".join(lines).split())


def side_of(law: Law, folder: Folder) -> Side:
    """The corpus of a folder, and its files."""
    contents, _, _ = read_folder(folder)
    return Side(law.corpus, {f"{folder.shown}/{name}": one.decode()
                             for name, one in contents.items()})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of what, since when it applies, what it was and what it is, and where.

    ``what`` says which part of it changed; ``before`` or ``after`` is None when there is nothing on
    that side; ``move`` is in percent of the value before, when both are numbers.
    """

    kind: Kind
    name: str
    label: str
    since: date | None
    what: str
    before: str | None
    after: str | None
    move: Fraction | None
    place: Span


def compare(before: Side, after: Side) -> tuple[Change, ...]:
    """Every change of the law, texts first, then by name."""
    from engine.usages import compare_rest as rest

    found = [*_all_rules(before, after), *_all_tables(before, after)]
    return (*rest.texts(before.corpus, after.corpus), *found, *rest.others(before, after))


def names(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    """Every name of both sides, sorted."""
    return sorted({*a, *b})


def presence(kind: Kind, name: str, sides: Sequence[str | None], place: Span) -> Iterator[Change]:
    """Something that only one side has; ``sides``: what it is called on each."""
    old, new = sides
    if (old is None) != (new is None):
        what = "ajouté" if old is None else "supprimé"
        yield Change(kind, name, old or new or name, None, what, old, new, None, place)


# --- rules, parameters


def _all_rules(before: Side, after: Side) -> Iterator[Change]:
    a = {rule.ident: rule for rule in before.corpus.rules}
    b = {rule.ident: rule for rule in after.corpus.rules}
    for name in names(a, b):
        old, new = a.get(name), b.get(name)
        one = new or old or a[name]
        kind: Kind = "parametre" if one.parameter else "regle"
        told = [None if side is None else side.label for side in (old, new)]
        yield from presence(kind, name, told, one.span)
        if old is not None and new is not None:
            if old.overrides != new.overrides:
                yield _text(kind, new, None, "ce qu'elle écarte", ", ".join(old.overrides),
                            ", ".join(new.overrides), new.span)  # fmt: skip
            yield from _versions(kind, (before, old), (after, new))


def _versions(kind: Kind, a: tuple[Side, Rule], b: tuple[Side, Rule]) -> Iterator[Change]:
    (old_side, old), (new_side, new) = a, b
    for one, other in pairs(old.versions, new.versions):
        if one is not None and other is not None:
            yield from _same_version(kind, new, (old_side, one), (new_side, other))
            continue
        if other is not None:
            last = _before(new.versions, other)
            value = value_of(new_side, new, other)
            was = None if last is None else value_of(new_side, new, last)
            yield Change(kind, new.ident, new.label, other.period.since, "version ajoutée", was,
                         value, None if last is None else _move(last.body, other.body),
                         other.span)  # fmt: skip
        elif one is not None:
            yield Change(kind, new.ident, new.label, one.period.since, "version supprimée",
                         value_of(old_side, old, one), None, None, one.span)  # fmt: skip


def _same_version(
    kind: Kind, rule: Rule, a: tuple[Side, Version], b: tuple[Side, Version]
) -> Iterator[Change]:
    (old_side, old), (new_side, new) = a, b
    since = new.period.since

    def told(what: str, one: str | None, other: str | None) -> Change:
        return _text(kind, rule, since, what, one, other, new.span)

    if old.body != new.body:
        what = "valeur" if isinstance(new.body, Const) else "formule"
        one, other = value_of(old_side, rule, old), value_of(new_side, rule, new)
        yield Change(kind, rule.ident, rule.label, since, what, one, other,
                     _move(old.body, new.body), new.span)  # fmt: skip
    if old.applicable != new.applicable:
        yield told("condition", _said(old_side, old.applicable), _said(new_side, new.applicable))
    if old.articles != new.articles:
        yield told("article", ", ".join(old.articles), ", ".join(new.articles))
    yield from (told(*one) for one in _around(old, new))
    if old.amended_by != new.amended_by:
        yield told("modifié par", old.amended_by, new.amended_by)
    if old.note != new.note:
        yield told("à vérifier", old.note, new.note)


def _around(
    old: Version | TableVersion, new: Version | TableVersion
) -> Iterator[tuple[str, str | None, str | None]]:
    """What may change around a value: its end, its source, its status."""
    if _end(old.period) != _end(new.period):
        yield "dernier jour", _end(old.period), _end(new.period)
    if old.source != new.source:
        yield "source", old.source, new.source
    if _status(old.checked) != _status(new.checked):
        yield "statut", _status(old.checked), _status(new.checked)


def _end(period: Period) -> str | None:
    return None if period.until is None else period.until.isoformat()


def _status(checked: Checked) -> str:
    by = f", par {checked.signed_by}" if checked.signed_by else ""
    return f"{checked.status}{by}"


def value_of(side: Side, rule: Rule, version: Version) -> str:
    """A number with its unit, or all that the file says of the version, its date aside."""
    body = version.body
    if isinstance(body, Missing):
        return f"non calculable ({body.name})"
    if isinstance(body, Const) and isinstance(body.value, Fraction):
        return french(body.value, side.corpus.units.get(rule.unit or ""))
    return _DATED.sub("", side.written(version.span)).strip(" ,{}")


def _said(side: Side, expr: Expr | None) -> str | None:
    return None if expr is None else side.written(expr.span)


def _text(
    kind: Kind, rule: Rule, since: date | None, what: str, one: str | None, other: str | None,
    place: Span,
) -> Change:  # fmt: skip
    return Change(kind, rule.ident, rule.label, since, what, one, other, None, place)


def _move(old: Expr, new: Expr) -> Fraction | None:
    if not isinstance(old, Const) or not isinstance(new, Const):
        return None
    return move_of(old.value, new.value)


def move_of(old: object, new: object) -> Fraction | None:
    """How much a number moves, in percent, to the hundredth; None when it makes no sense."""
    if not isinstance(old, Fraction) or not isinstance(new, Fraction) or old == 0:
        return None
    return rounded((new - old) / old * 100, Fraction(1, 100), "proche")


def pairs(
    old: Sequence[Dated], new: Sequence[Dated]
) -> Iterator[tuple[Dated | None, Dated | None]]:
    """The versions of both sides that begin on the same day."""
    a: dict[date, Dated] = {one.period.since: one for one in old}
    b: dict[date, Dated] = {one.period.since: one for one in new}
    for since in sorted({*a, *b}):
        yield a.get(since), b.get(since)


def _before(versions: Sequence[Dated], one: Dated) -> Dated | None:
    earlier = [other for other in versions if other.period.since < one.period.since]
    return earlier[-1] if earlier else None


# --- tables


def _all_tables(before: Side, after: Side) -> Iterator[Change]:
    a, b = before.corpus.tables, after.corpus.tables
    for name in names(a, b):
        old, new = a.get(name), b.get(name)
        one = new or old or a[name]
        told = [None if side is None else side.label for side in (old, new)]
        yield from presence("table", name, told, one.span)
        if old is not None and new is not None:
            yield from _table_versions(before, after, old, new)


def _table_versions(before: Side, after: Side, old: Table, new: Table) -> Iterator[Change]:
    for one, other in pairs(old.versions, new.versions):
        if other is not None and one is None:
            last = _before(new.versions, other)
            yield Change("table", new.name, new.label, other.period.since, "version ajoutée",
                         None, None, None, other.span)  # fmt: skip
            if last is not None:
                yield from _rows(after, after, new, last, other)
        elif one is not None and other is None:
            yield Change("table", new.name, new.label, one.period.since, "version supprimée",
                         None, None, None, one.span)  # fmt: skip
        elif one is not None and other is not None:
            yield from _rows(before, after, new, one, other)
            for what, was, now in _around(one, other):
                yield Change("table", new.name, new.label, other.period.since, what, was, now,
                             None, other.span)  # fmt: skip


def _rows(
    before: Side, after: Side, table: Table, old: TableVersion, new: TableVersion
) -> Iterator[Change]:
    a, b = ({row.cells: row for row in one.rows} for one in (old, new))
    for cells in dict.fromkeys((*a, *b)):
        one, other = a.get(cells), b.get(cells)
        if one is not None and other is not None and one.value == other.value:
            continue
        row = other or one
        if row is None:
            continue
        keys = keys_of(after.corpus if other else before.corpus, table, row)
        what = "ligne" if one and other else "ligne ajoutée" if other else "ligne supprimée"
        yield Change(
            "table", table.name, table.label, new.period.since, f"{what} {keys}",
            None if one is None else cell_of(before, table, one),
            None if other is None else cell_of(after, table, other),
            move_of(one.value, other.value) if one and other else None,
            row.span if other is not None else new.span,
        )  # fmt: skip


def keys_of(corpus: Corpus, table: Table, row: Row) -> str:
    """The keys of a row, in words."""
    pairs = zip(table.columns, row.cells, strict=True)
    return ", ".join(key_words(corpus, column, cell) for column, cell in pairs)


def cell_of(side: Side, table: Table, row: Row) -> str:
    """The value of a row with its unit."""
    value = row.value
    if isinstance(value, Missing):
        return f"non calculable ({value.name})"
    return french(value, side.corpus.units.get(table.unit or ""))
