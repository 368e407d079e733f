"""The corpus: every declared thing of ``regles/``, checked, frozen and hashed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from engine.langage.agenda import Calendar, Passage, Schedule
from engine.langage.inputs import RecordModel, Value
from engine.langage.kernel import Absence, Expr, Missing
from engine.langage.units import NamedUnit
from engine.source.positions import Span

NOT_COMPUTED: Final = "non_calculables"  # names the results that a record lacks, beside them
Kind: TypeAlias = Literal["nombre", "booleen", "date", "texte", "code"]
Gravity: TypeAlias = Literal["bloquant", "alerte"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``since`` to ``until``, both included; no end when ``until`` is None."""

    since: date
    until: date | None

    def __contains__(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Text:
    """The identity of a regulation: its titles, whole and short, and where it was read.

    ``articles``: those that its rules may cite; none when the text does not list them.
    ``dates``: the days on which it was signed and published.
    """

    name: str
    title: str
    short: str
    nature: str
    source: str
    articles: tuple[str, ...]
    dates: tuple[date, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Justification:
    """Why a value that a check finds surprising (``code``) is right, as verified on ``day``."""

    code: str
    day: date
    reason: str
    span: Span = field(compare=False, repr=False)


Status: TypeAlias = Literal["projet", "signee", "abrogee"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said of a version: its status, what to fill, who checked and signed it, and when.

    ``places``: where its own keys are written (``depuis``, ``source``, ``signe_le``…).
    """

    status: Status
    to_fill: tuple[str, ...]
    verified_on: date | None
    verified_by: str | None
    signed_on: date | None
    signed_by: str | None
    published_on: date | None = None
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Version:
    """What a rule says during a period. ``note`` is set when the value is still to be verified.

    ``cite`` is the rule in the words of the text, ``example`` somebody's figures that it prints.
    """

    period: Period
    applicable: Expr | None
    body: Expr
    articles: tuple[str, ...]
    cite: str | None
    example: str | None
    source: str | None
    note: str | None
    amended_by: str | None
    justified: tuple[Justification, ...]
    checked: Checked
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named value given by one text (a parameter of no text has its own name as ``text``).

    ``scope`` is the collection each line of which has its own value, or None. ``overrides`` are
    the ``texte.nom`` of the rules over which this one prevails when it applies. ``follows``: the
    parameter whose changes its values are said to follow.
    """

    text: str
    name: str
    label: str
    kind: Kind
    unit: str | None
    vocabulary: str | None
    scope: str | None
    overrides: tuple[str, ...]
    versions: tuple[Version, ...]
    parameter: bool
    follows: str | None
    span: Span = field(compare=False, repr=False)

    @property
    def ident(self) -> str:
        """``texte.nom``, unique in the corpus."""
        return self.name if self.parameter else f"{self.text}.{self.name}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers; a None bound is infinite."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Fraction):
            return False
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below


# What a key cell accepts: some codes or truths, or a range of numbers.
Cell: TypeAlias = "frozenset[str] | frozenset[bool] | Interval"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what its keys accept, and the value."""

    cells: tuple[Cell, ...]
    value: Value | Absence | Missing
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A key of a table: a nomenclature, truths, or numbers of a unit."""

    name: str
    kind: Literal["code", "booleen", "nombre"]
    reference: str  # the nomenclature or the unit
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableVersion:
    """The rows of a table during a period; ``first`` when the first row that matches wins."""

    period: Period
    rows: tuple[Row, ...]
    first: bool
    source: str | None
    note: str | None
    justified: tuple[Justification, ...]
    checked: Checked
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table of a text.

    ``follows``: the parameter that its values are said to follow. ``equal``: the key whose number
    each row repeats as its value.
    """

    text: str
    name: str
    label: str
    kind: Kind
    unit: str | None
    vocabulary: str | None
    articles: tuple[str, ...]
    cite: str | None
    columns: tuple[Column, ...]
    versions: tuple[TableVersion, ...]
    follows: str | None
    equal: str | None
    span: Span = field(compare=False, repr=False)

    @property
    def ident(self) -> str:
        """``texte.nom``, unique in the corpus."""
        return f"{self.text}.{self.name}"


@dataclass(frozen=True, slots=True)
class ControlVersion:
    """The condition of a control during a period."""

    period: Period
    condition: Expr
    checked: Checked
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Control:
    """A blocking point or a warning: its condition, and its message cut at its values."""

    text: str
    code: str
    label: str
    gravity: Gravity
    articles: tuple[str, ...]
    source: str | None
    scope: str | None
    message: tuple[str | Expr, ...]
    versions: tuple[ControlVersion, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def ident(self) -> str:
        """``texte.code``, unique in the corpus."""
        return f"{self.text}.{self.code}"


@dataclass(frozen=True, slots=True)
class Term:
    """One code of a nomenclature and the days it exists."""

    code: str
    label: str
    period: Period
    justified: tuple[Justification, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """A closed vocabulary and its named sets."""

    name: str
    label: str
    terms: tuple[Term, ...]
    sets: Mapping[str, frozenset[str]]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """A document that sources name: its title, its short name, its nature as a person reads it.

    ``pages``: how many it has, when it has pages and the corpus says so.
    """

    title: str
    short: str
    nature: str
    pages: int | None


@dataclass(frozen=True, slots=True)
class Point:
    """A contested point: its readings, the one retained, and why."""

    name: str
    subject: str
    retained: str
    reason: str
    options: Mapping[str, str]
    sources: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A doubt of the sources that changes no result: what is retained, what could be instead."""

    name: str
    subject: str
    retained: str
    other: str | None
    reason: str
    sources: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """An entry of the register of what cannot be computed."""

    name: str
    label: str
    lacking: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of results shown together."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change of the law is measured by.

    ``total``: the rule whose difference is the effect. ``by``: the fields that it is told by, each
    with its collection (its main line is meant) or None.
    """

    total: str
    by: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """A published table held beside the rules: each row imposes some names and gives others."""

    name: str
    label: str
    source: str
    day: date
    imposed: tuple[str, ...]
    checked: tuple[str, ...]
    rows: tuple[tuple[tuple[Value | None, Span], ...], ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A maximal range of days in which nothing changes: what is in force then.

    ``rules`` gives, for each name, its rules in force with their version, exceptions first.
    """

    period: Period
    rules: Mapping[str, tuple[tuple[Rule, Version], ...]]
    tables: Mapping[str, TableVersion]
    controls: tuple[tuple[Control, ControlVersion], ...]
    # What the interpreter has made of its rules and controls, by name, for the next record: to
    # record what it evaluates, or not.
    prepared: dict[bool, dict[str, object]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class Corpus:
    """The whole law, ready to be applied. ``digest`` is the content hash of its files."""

    digest: str
    first_day: date
    model: RecordModel
    units: Mapping[str, NamedUnit]
    documents: Mapping[str, Origin]
    texts: Mapping[str, Text]
    nomenclatures: Mapping[str, Nomenclature]
    points: Mapping[str, Point]
    doctrine: Mapping[str, Note]
    gaps: Mapping[str, Gap]
    rules: tuple[Rule, ...]
    tables: Mapping[str, Table]
    controls: tuple[Control, ...]
    sections: tuple[Section, ...]
    board: tuple[str, ...]  # the columns of the table that is shown by default
    effects: Effects | None
    publications: tuple[Publication, ...]
    calendars: tuple[Calendar, ...]
    schedule: Schedule | None
    passages: tuple[Passage, ...]
    starts: tuple[date, ...]  # first day of each epoch

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the exposed results, in the order they are shown."""
        return tuple(name for section in self.sections for name in section.names)

    def rule(self, name: str) -> Rule:
        """Any rule of that name (all of them share their type, unit and scope)."""
        return next(rule for rule in self.rules if rule.name == name)

    def unit(self, name: str) -> NamedUnit | None:
        """The unit of the rules of that name; None when they have none."""
        return self.units.get(self.rule(name).unit or "")

    def epoch_number(self, day: date) -> int:
        """The number of the epoch that ``day`` falls in; ``day`` is not before the first one."""
        return bisect_right(self.starts, day) - 1
