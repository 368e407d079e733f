"""Two corpora go in; what changed in the law comes out, one change after the other, in words.

Rules, tables and controls are matched by their name, their versions by the day they begin, rows by
their keys: what moved in a file and says the same is no change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final, Literal, TypeAlias, TypeVar

from engine.evaluation.law import Folder, Law, read_folder
from engine.evaluation.outcomes import rounded
from engine.evaluation.show import counted, french, key_words
from engine.langage.agenda import Calendar, Delay, Plan, Window, of_month
from engine.langage.corpus import (
    Checked,
    Control,
    ControlVersion,
    Corpus,
    Nomenclature,
    Period,
    Point,
    Row,
    Rule,
    Table,
    TableVersion,
    Text,
    Version,
)
from engine.langage.kernel import Const, Expr, Missing
from engine.source.positions import Span

LawChangeKind: TypeAlias = Literal[
    "texte",
    "parametre",
    "regle",
    "table",
    "controle",
    "lecture",
    "code",
    "calendrier",
    "versement",
]
_DATED: Final = re.compile(r"^\{?\s*depuis: \S+|[>|]-\s*")
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)
Some = TypeVar("Some")


@dataclass(frozen=True, slots=True)
class LawSide:
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


def side_of(law: Law, folder: Folder) -> LawSide:
    """The corpus of a folder, and its files."""
    contents, _, _ = read_folder(folder)
    return LawSide(
        law.corpus, {f"{folder.shown}/{name}": one.decode() for name, one in contents.items()}
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of what, since when it applies, what it was and what it is, and where.

    ``what`` says which part of it changed; ``before`` or ``after`` is None when there is nothing on
    that side; ``move`` is in percent of the value before, when both are numbers.
    """

    kind: LawChangeKind
    name: str
    label: str
    since: date | None
    what: str
    before: str | None
    after: str | None
    move: Fraction | None
    place: Span


@dataclass(frozen=True, slots=True)
class _Subject:
    """What may have changed: its name, where it is now, since when what is compared applies."""

    kind: LawChangeKind
    name: str
    label: str
    place: Span
    since: date | None = None

    def change(
        self, what: str, old: str | None, new: str | None, move: Fraction | None = None
    ) -> Change:
        """A change of one part of it."""
        return Change(
            self.kind, self.name, self.label, self.since, what, old, new, move, self.place
        )

    def differ(self, what: str, old: str | None, new: str | None) -> Iterator[Change]:
        """The same, when there is one."""
        if old != new:
            yield self.change(what, old, new)


def compare(before: LawSide, after: LawSide) -> tuple[Change, ...]:
    """Every change of the law: texts, rules, tables, then all the rest, each by name."""
    a, b = before.corpus, after.corpus
    return (
        *_matched(_text_of, a.texts, b.texts, lambda _subject, _old, _new: ()),
        *_matched(
            _rule_of,
            {one.ident: one for one in a.rules},
            {one.ident: one for one in b.rules},
            lambda subject, old, new: _rule(subject, (before, old), (after, new)),
        ),
        *_matched(
            lambda one: _Subject("table", one.name, one.label, one.span),
            a.tables,
            b.tables,
            lambda subject, old, new: _table(subject, (before, old), (after, new)),
        ),
        *_results(a, b),
        *_matched(
            lambda one: _Subject("controle", one.code, one.label, one.span),
            {one.code: one for one in a.controls},
            {one.code: one for one in b.controls},
            lambda subject, old, new: _control(subject, (before, old), (after, new)),
        ),
        *_matched(
            lambda one: _Subject("lecture", one.name, one.subject, one.span),
            a.points,
            b.points,
            _point,
        ),
        *_matched(
            lambda one: _Subject("code", one.name, one.label, one.span),
            a.nomenclatures,
            b.nomenclatures,
            _codes,
        ),
        *_matched(
            lambda one: _Subject("calendrier", one.name, one.label, one.span),
            {one.name: one for one in a.calendars},
            {one.name: one for one in b.calendars},
            _calendar,
        ),
        *_plans(a, b),
        *_prescriptions(a, b),
    )


def _matched(
    subject_of: Callable[[Some], _Subject],
    a: Mapping[str, Some],
    b: Mapping[str, Some],
    inside: Callable[[_Subject, Some, Some], Iterable[Change]],
) -> Iterator[Change]:
    """By name: what only one side has, and what changed ``inside`` what both have."""
    for name in sorted({*a, *b}):
        old, new = a.get(name), b.get(name)
        if old is None and new is not None:
            subject = subject_of(new)
            yield subject.change("ajouté", None, subject.label)
        elif old is not None and new is None:
            subject = subject_of(old)
            yield subject.change("supprimé", subject.label, None)
        elif old is not None and new is not None:
            yield from inside(subject_of(new), old, new)


def _text_of(text: Text) -> _Subject:
    return _Subject("texte", text.name, text.title, text.span)


# --- rules, parameters


def _rule_of(rule: Rule) -> _Subject:
    kind: LawChangeKind = "parametre" if rule.parameter else "regle"
    return _Subject(kind, rule.ident, rule.label, rule.span)


def _rule(subject: _Subject, a: tuple[LawSide, Rule], b: tuple[LawSide, Rule]) -> Iterator[Change]:
    (old_side, old), (new_side, new) = a, b
    yield from subject.differ(
        "ce qu'elle écarte", ", ".join(old.overrides), ", ".join(new.overrides)
    )
    for one, other, version in _pairs(old.versions, new.versions):
        own = replace(subject, since=version.period.since, place=version.span)
        if one is not None and other is not None:
            yield from _same_version(own, (old_side, old, one), (new_side, new, other))
        elif other is not None:
            last = _before(new.versions, other)
            was = None if last is None else value_of(new_side, new, last)
            move = None if last is None else _move(last.body, other.body)
            yield own.change("version ajoutée", was, value_of(new_side, new, other), move)
        elif one is not None:
            yield own.change("version supprimée", value_of(old_side, old, one), None)


def _same_version(
    subject: _Subject, a: tuple[LawSide, Rule, Version], b: tuple[LawSide, Rule, Version]
) -> Iterator[Change]:
    (old_side, _, old), (new_side, _, new) = a, b
    if old.body != new.body:
        what = "valeur" if isinstance(new.body, Const) else "formule"
        yield subject.change(what, value_of(*a), value_of(*b), _move(old.body, new.body))
    if old.applicable != new.applicable:
        conditions = (_said(old_side, old.applicable), _said(new_side, new.applicable))
        yield subject.change("condition", *conditions)
    yield from subject.differ("article", ", ".join(old.articles), ", ".join(new.articles))
    yield from _around(subject, old, new)
    yield from subject.differ("modifié par", old.amended_by, new.amended_by)
    yield from subject.differ("à vérifier", old.note, new.note)


def _around(
    subject: _Subject, old: Version | TableVersion, new: Version | TableVersion
) -> Iterator[Change]:
    """What may change around a value: its end, its source, its status."""
    yield from subject.differ("dernier jour", _end(old.period), _end(new.period))
    yield from subject.differ("source", old.source, new.source)
    yield from subject.differ("statut", _status(old.checked), _status(new.checked))


def _end(period: Period) -> str | None:
    return None if period.until is None else period.until.isoformat()


def _status(checked: Checked) -> str:
    by = f", par {checked.signed_by}" if checked.signed_by else ""
    return f"{checked.status}{by}"


def value_of(side: LawSide, rule: Rule, version: Version) -> str:
    """A number with its unit, or all that the file says of the version, its date aside."""
    body = version.body
    if isinstance(body, Missing):
        return f"non calculable ({body.name})"
    if isinstance(body, Const) and isinstance(body.value, Fraction):
        return french(body.value, side.corpus.units.get(rule.unit or ""))
    return _DATED.sub("", side.written(version.span)).strip(" ,{}")


def _said(side: LawSide, expr: Expr | None) -> str | None:
    return None if expr is None else side.written(expr.span)


def _move(old: Expr, new: Expr) -> Fraction | None:
    if not isinstance(old, Const) or not isinstance(new, Const):
        return None
    return move_of(old.value, new.value)


def move_of(old: object, new: object) -> Fraction | None:
    """How much a number moves, in percent, to the hundredth; None when it makes no sense."""
    if not isinstance(old, Fraction) or not isinstance(new, Fraction) or old == 0:
        return None
    return rounded((new - old) / old * 100, Fraction(1, 100), "proche")


def _pairs(
    old: Sequence[Dated], new: Sequence[Dated]
) -> Iterator[tuple[Dated | None, Dated | None, Dated]]:
    """The versions of both sides that begin on the same day, and the last of them."""
    a: dict[date, Dated] = {one.period.since: one for one in old}
    b: dict[date, Dated] = {one.period.since: one for one in new}
    for since in sorted({*a, *b}):
        yield a.get(since), b.get(since), b.get(since) or a[since]


def _before(versions: Sequence[Dated], version: Dated) -> Dated | None:
    earlier = [other for other in versions if other.period.since < version.period.since]
    return earlier[-1] if earlier else None


# --- tables


def _table(
    subject: _Subject, a: tuple[LawSide, Table], b: tuple[LawSide, Table]
) -> Iterator[Change]:
    (_, old), (after, new) = a, b
    for one, other, version in _pairs(old.versions, new.versions):
        own = replace(subject, since=version.period.since, place=version.span)
        if one is not None and other is not None:
            yield from _rows(own, (*a, one), (*b, other))
            yield from _around(own, one, other)
        elif other is not None:
            yield own.change("version ajoutée", None, None)
            last = _before(new.versions, other)
            if last is not None:
                yield from _rows(own, (after, new, last), (*b, other))
        else:
            yield own.change("version supprimée", None, None)


def _rows(
    subject: _Subject,
    a: tuple[LawSide, Table, TableVersion],
    b: tuple[LawSide, Table, TableVersion],
) -> Iterator[Change]:
    (before, _, old), (after, table, new) = a, b
    was, now = ({row.cells: row for row in one.rows} for one in (old, new))
    for cells in dict.fromkeys((*was, *now)):
        one, other = was.get(cells), now.get(cells)
        if other is None:
            keys = keys_of(before.corpus, table, was[cells])
            yield subject.change(
                f"ligne supprimée {keys}", cell_of(before, table, was[cells]), None
            )
            continue
        own, told = replace(subject, place=other.span), cell_of(after, table, other)
        keys = keys_of(after.corpus, table, other)
        if one is None:
            yield own.change(f"ligne ajoutée {keys}", None, told)
        elif one.value != other.value:
            move = move_of(one.value, other.value)
            yield own.change(f"ligne {keys}", cell_of(before, table, one), told, move)


def keys_of(corpus: Corpus, table: Table, row: Row) -> str:
    """The keys of a row, in words."""
    pairs = zip(table.columns, row.cells, strict=True)
    return ", ".join(key_words(corpus, column, cell) for column, cell in pairs)


def cell_of(side: LawSide, table: Table, row: Row) -> str:
    """The value of a row with its unit."""
    value = row.value
    if isinstance(value, Missing):
        return f"non calculable ({value.name})"
    return french(value, side.corpus.units.get(table.unit or ""))


# --- results, controls, readings, codes


def _results(a: Corpus, b: Corpus) -> Iterator[Change]:
    """The rules of both sides that only one of them shows."""
    known = {one.name for one in a.rules}
    for rule in {one.name: one for one in b.rules}.values():
        if rule.name in known:
            was, now = ("oui" if rule.name in side.results else "non" for side in (a, b))
            subject = _Subject("regle", rule.ident, rule.label, rule.span)
            yield from subject.differ("parmi les résultats", was, now)


def _control(
    subject: _Subject, a: tuple[LawSide, Control], b: tuple[LawSide, Control]
) -> Iterator[Change]:
    (before, old), (after, new) = a, b
    yield from subject.differ("gravité", old.gravity, new.gravity)
    if old.message != new.message:
        yield subject.change("message", _message(before, old), _message(after, new))
    if (old.articles, old.source) != (new.articles, new.source):
        yield subject.change("article ou source", _rests(old), _rests(new))
    for one, other, version in _pairs(old.versions, new.versions):
        if one is None or other is None or one.condition != other.condition:
            own = replace(subject, since=version.period.since)
            was = None if one is None else before.written(one.condition.span)
            now = None if other is None else after.written(other.condition.span)
            yield own.change("condition", was, now)


def _message(side: LawSide, control: Control) -> str:
    parts = (
        part if isinstance(part, str) else f"{{{side.written(part.span)}}}"
        for part in control.message
    )
    return "".join(parts)


def _rests(control: Control) -> str:
    return ", ".join((*control.articles, *((control.source,) if control.source else ())))


def _point(subject: _Subject, old: Point, new: Point) -> Iterator[Change]:
    yield from subject.differ("lecture retenue", old.retained, new.retained)
    if old.options != new.options:
        yield subject.change("lectures possibles", ", ".join(old.options), ", ".join(new.options))


def _codes(subject: _Subject, old: Nomenclature, new: Nomenclature) -> Iterator[Change]:
    was, now = ({term.code: term.label for term in one.terms} for one in (old, new))
    for code in sorted({*was, *now}):
        own = replace(subject, name=f"{subject.name} {code}")
        yield from own.differ("libellé", was.get(code), now.get(code))
    for group in sorted({*old.sets, *new.sets}):
        own = replace(subject, name=f"{subject.name} {group}")
        told = [", ".join(sorted(one.sets.get(group, ()))) for one in (old, new)]
        yield from own.differ("ensemble", *told)


# --- calendars, payments


def _calendar(subject: _Subject, old: Calendar, new: Calendar) -> Iterator[Change]:
    yield from subject.differ("statut", old.checked.status, new.checked.status)
    was, now = ({one.name: _window(one) for one in side.windows} for side in (old, new))
    for window in dict.fromkeys((*was, *now)):
        yield from subject.differ(window, was.get(window), now.get(window))


def _window(window: Window) -> str:
    paid = ", ".join(
        f"jusqu'au {one.until} : paye {of_month(one.month)}" for one in window.deadlines
    )
    return f"du {window.start} au {window.end}" + (f" ({paid})" if paid else "")


def _plans(a: Corpus, b: Corpus) -> Iterator[Change]:
    was, now = (
        {} if side.schedule is None else {one.name: one for one in side.schedule.plans}
        for side in (a, b)
    )
    for name in sorted({*was, *now}):
        old, new = (None if name not in side else _plan(side[name]) for side in (was, now))
        subject = _Subject("versement", name, name, (now.get(name) or was[name]).span)
        yield from subject.differ("versement", old, new)


def _plan(plan: Plan) -> str:
    if plan.months:
        months = ", ".join(str(one) for one in plan.months)
        return f"mois {months}" + (", après validation" if plan.validated else "")
    if plan.date_field is not None:
        return f"{plan.delay} mois après {plan.date_field}"
    return f"sans mois : {plan.undated}"


def _prescriptions(a: Corpus, b: Corpus) -> Iterator[Change]:
    """The delays of each sense, by the day on which they begin."""
    was, now = (
        {
            (one.sense, one.label, delay.period.since): delay
            for one in (() if side.schedule is None else side.schedule.prescriptions)
            for delay in one.delays
        }
        for side in (a, b)
    )
    for key in dict.fromkeys((*was, *now)):
        sense, label, since = key
        old, new = (None if key not in side else _delay(side[key]) for side in (was, now))
        subject = _Subject("versement", sense, label, (now.get(key) or was[key]).span, since)
        yield from subject.differ("prescription", old, new)


def _delay(delay: Delay) -> str:
    until = "" if delay.period.until is None else f", jusqu'au {delay.period.until}"
    years = counted(delay.years, "an")
    return f"{years}, {delay.onset}, {delay.again} après réclamation, {delay.source}{until}"
