"""A sound corpus goes in; its dated values that are possible and surprising come out.

One value gives one finding at most: the one that says best what may be wrong. A version may justify
a finding, on a date and for a reason; a justification that silences nothing is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Final

from engine.edition.plausible_dates import date_check
from engine.evaluation.show import french, french_number, percent
from engine.langage.corpus import Corpus, Justification, Rule, Table, TableVersion, Version
from engine.langage.kernel import Const
from engine.langage.units import NamedUnit
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Succession:
    """A dated value after another, as texts; ``name``: what has them, with the row if any."""

    name: str
    new: str
    since: date
    old: str
    before: date
    span: Span

    @property
    def told(self) -> str:
        """« nom : 1 256 depuis le 2023-01-01, après 1 213,56 depuis le 2019-09-01 »."""
        return (
            f"{self.name} : {self.new} depuis le {self.since}, "
            f"après {self.old} depuis le {self.before}"
        )


# No revaluation of the corpus reaches a tenth but those that a text of their own decided.
JUMP: Final = Fraction(1, 10)
# Rows of one order are raised together; the steepest order of the corpus spreads over three points.
APART: Final = Fraction(1, 20)
# What follows another value is rounded: half a point of difference is no rounding.
LAG: Final = Fraction(1, 200)
# What time or a merge makes true: its justification says nothing any more, and stays.
PASSING: Final = frozenset({"W622", "W623", "W626"})
# A coefficient of the corpus is 2 at most.
PERCENT: Final = 5
_POWERS: Final = (10, 100, 1000)
_NEAR: Final = Fraction(1, 10)  # of a power of ten
_MOST: Final = Fraction(2, 3)  # of the rows, for the others to be the exception


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What surprises, and how many dated values were looked at."""

    findings: tuple[Diagnostic, ...]
    values: int


@dataclass(frozen=True, slots=True)
class _Dated:
    """One value of a parameter, or of a row of a table, from its first day on."""

    value: Fraction
    since: date
    span: Span


def plausibility(
    corpus: Corpus,
    today: date | None = None,
    past: Mapping[str, Sequence[Diagnostic]] | None = None,
) -> Plausibility:
    """W611 to W619, W621 to W625, W628 and W629 of every dated value, in the order of their places.

    ``today`` is the day on which somebody asks; without it, nothing is said of what is to come.
    ``past``: what changes in the past (W626), by the name of a rule or a table.
    """
    found: list[Diagnostic] = []
    values = 0
    dates = date_check(corpus, today)
    for rule in corpus.rules:
        said = [*(past or {}).get(rule.ident, ()),
                *dates.version_findings(rule.name, rule.versions)]  # fmt: skip
        if rule.parameter:
            history = [one for version in rule.versions for one in _of_version(version)]
            values += len(history)
            said += _parameter(corpus, rule, history)
        found += _unjustified(rule.name, rule.versions, said)
    for table in corpus.tables.values():
        said = [*(past or {}).get(table.name, ()),
                *dates.version_findings(table.name, table.versions)]  # fmt: skip
        if table.kind == "nombre":
            values += sum(isinstance(row.value, Fraction)
                          for version in table.versions for row in version.rows)  # fmt: skip
            said += _table(corpus, table)
        found += _unjustified(table.name, table.versions, said)
    for control in corpus.controls:
        found += dates.version_findings(control.code, control.versions)
    for calendar in corpus.calendars:
        found += dates.calendar_findings(calendar)
    for nomenclature in corpus.nomenclatures.values():
        found += dates.term_findings(nomenclature)
    for text in corpus.texts.values():
        found += dates.text_findings(text)
    return Plausibility(tuple(in_order(found)), values)


def far(before: Fraction, after: Fraction) -> bool:
    """Whether a value that takes the place of another one is surprisingly far from it."""
    return bool(before) and abs(after / before - 1) > JUMP


def _of_version(version: Version) -> Iterator[_Dated]:
    if isinstance(version.body, Const) and isinstance(version.body.value, Fraction):
        yield _Dated(version.body.value, version.period.since, version.body.span)


# --- parameters


def _parameter(corpus: Corpus, rule: Rule, history: Sequence[_Dated]) -> Iterator[Diagnostic]:
    for at, one in enumerate(history):
        yield from _decimals(corpus, rule.name, rule.unit, one)
        if at:
            unit = corpus.units.get(rule.unit or "")
            yield from _after(corpus, rule.name, history[: at + 1], rule.follows, unit)
        elif rule.unit is not None and not corpus.units[rule.unit].powers:
            yield from _share(rule.name, one)


def _after(
    corpus: Corpus, name: str, history: Sequence[_Dated], leader: str | None,
    unit: NamedUnit | None,
) -> Iterator[Diagnostic]:  # fmt: skip
    """What is said of the last value of a history, if anything: one thing."""
    new, old = history[-1], history[-2]
    change = _change(name, old, new, unit)
    found = (
        _moved_point(change, old, new)
        or _swapped(change, old, new)
        or _comes_back(change, history)
        or _out_of_step(corpus, change, (old, new), leader)
    )
    if found is not None:
        yield found


def _change(name: str, old: _Dated, new: _Dated, unit: NamedUnit | None) -> Succession:
    texts = french(new.value, unit), french(old.value, unit)
    return Succession(name, texts[0], new.since, texts[1], old.since, new.span)


def _decimals(corpus: Corpus, name: str, unit: str | None, one: _Dated) -> Iterator[Diagnostic]:
    known = corpus.units.get(unit or "")
    if known is None or not known.symbol or (one.value * 10**known.decimals).denominator == 1:
        return
    yield say(
        "W614",
        one.span,
        nom=name,
        valeur=french_number(one.value),
        decimales=known.decimals,
        unite=known.name,
    )


def _share(name: str, one: _Dated) -> Iterator[Diagnostic]:
    """W629: what multiplies is near 1; where it is not, it may have been typed in hundredths."""
    if abs(one.value) >= PERCENT:
        share = french_number(one.value / 100).replace(",", ".")
        yield say("W629", one.span, nom=name, valeur=french_number(one.value), part=share)


def _moved_point(change: Succession, old: _Dated, new: _Dated) -> Diagnostic | None:
    if not old.value or not new.value:
        return None
    ratio = new.value / old.value
    for power in _POWERS:
        if abs(ratio / power - 1) <= _NEAR:
            return say("W612", change.span, evolution=change.told, fois=f"{power} fois plus")
        if abs(ratio * power - 1) <= _NEAR:
            return say("W612", change.span, evolution=change.told, fois=f"{power} fois moins")
    return None


def _swapped(change: Succession, old: _Dated, new: _Dated) -> Diagnostic | None:
    scale = 1
    while (old.value * scale).denominator != 1 or (new.value * scale).denominator != 1:
        scale *= 10
    before, after = str(int(old.value * scale)), str(int(new.value * scale))
    if len(before) != len(after):
        return None
    apart = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    if len(apart) == 2 and apart[1] == apart[0] + 1:  # noqa: PLR2004 - a pair of digits
        first, second = apart
        if before[first] == after[second] and before[second] == after[first]:
            return say("W613", change.span, evolution=change.told)
    return None


def _comes_back(change: Succession, history: Sequence[_Dated]) -> Diagnostic | None:
    new, old = history[-1], history[-2]
    if new.value == old.value:
        return None
    first = next((one for one in history[:-2] if one.value == new.value), None)
    return (
        None
        if first is None
        else say("W615", change.span, evolution=change.told, premier=first.since)
    )


def _out_of_step(
    corpus: Corpus, change: Succession, pair: tuple[_Dated, _Dated], leader: str | None
) -> Diagnostic | None:
    """A change that is not that of the parameter it follows; a great one, when it follows none."""
    old, new = pair
    if not old.value:
        return None
    own = new.value / old.value
    led = None if leader is None else _change_of(corpus, leader, old.since, new.since)
    if leader is None or led is None:
        jumps = far(old.value, new.value)
        return (
            say(
                "W611",
                change.span,
                evolution=change.told,
                pourcent=percent(own),
                limite=f"{french_number(JUMP * 100)} %",
            )
            if jumps
            else None
        )
    if abs(own - led) <= LAG:
        return None
    return say(
        "W618",
        change.span,
        evolution=change.told,
        pourcent=percent(own),
        meneur=leader,
        suivi=percent(led),
    )


def _change_of(corpus: Corpus, name: str, before: date, after: date) -> Fraction | None:
    """The ratio of a parameter between two days, None when it has no value on one of them."""
    values = [
        one for rule in corpus.rules if rule.name == name
        for version in rule.versions for one in _of_version(version)
    ]  # fmt: skip
    there = [
        next((one.value for one in reversed(values) if one.since <= day), Fraction(0))
        for day in (before, after)
    ]
    return there[1] / there[0] if all(there) else None


# --- tables


def _table(corpus: Corpus, table: Table) -> Iterator[Diagnostic]:
    for at, version in enumerate(table.versions):
        for row in version.rows:
            if isinstance(row.value, Fraction):
                dated = _Dated(row.value, version.period.since, row.span)
                yield from _decimals(corpus, table.name, table.unit, dated)
        if at:
            yield from _version(corpus, table, table.versions[: at + 1])


def _version(
    corpus: Corpus, table: Table, versions: Sequence[TableVersion]
) -> Iterator[Diagnostic]:
    """What is said of the rows of the last version, each after the same row of the others."""
    unit = corpus.units.get(table.unit or "")
    histories = [_history(table, at, versions) for at in range(len(versions[-1].rows))]
    pairs = [one for one in histories if len(one) > 1 and one[-2].value]
    ratios = [one[-1].value / one[-2].value for one in pairs]
    moved = [one for one in ratios if one != 1]
    together = bool(moved) and len(moved) >= _MOST * len(ratios)
    usual = median(moved) if together else Fraction(1)
    for history, ratio in zip(pairs, ratios, strict=True):
        name = f"{table.name}, ligne « {_keys(versions[-1], history[-1].span)} »"
        change = _change(name, history[-2], history[-1], unit)
        if together and ratio == 1:
            yield say("W616", change.span, evolution=change.told, autres=len(moved))
        elif together and len(moved) > 2 and abs(ratio - usual) > APART:  # noqa: PLR2004
            typed = _moved_point(change, history[-2], history[-1]) or _swapped(
                change, history[-2], history[-1]
            )
            yield typed or say(
                "W617",
                change.span,
                evolution=change.told,
                pourcent=percent(ratio),
                habituel=percent(usual),
            )
        else:
            yield from _after(corpus, name, history, table.follows, unit)


def _history(table: Table, at: int, versions: Sequence[TableVersion]) -> list[_Dated]:
    """The values of the rows of each version that accept what a row accepts, oldest first.

    Where a key repeats the value, it moves with it: rows are those that have the same rank.
    """
    last = versions[-1].rows
    if not isinstance(last[at].value, Fraction):
        return []
    if table.equal is not None:
        same = [(one, one.rows[at]) for one in versions if len(one.rows) == len(last)]
    else:
        same = [(one, row) for one in versions for row in one.rows if row.cells == last[at].cells]
    return [
        _Dated(row.value, version.period.since, row.span)
        for version, row in same if isinstance(row.value, Fraction)
    ]  # fmt: skip


def _keys(version: TableVersion, span: Span) -> str:
    number = next(at for at, row in enumerate(version.rows, 1) if row.span is span)
    return str(number)


# --- justifications


def _unjustified(
    name: str, versions: Sequence[Version] | Sequence[TableVersion], said: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """The findings that no version justifies, then the justifications that silence nothing."""
    used: set[Justification] = set()
    for one in said:
        silencing = [
            mine for version in versions if _inside(one.span, version.span)
            for mine in version.justified if mine.code == one.code
        ]  # fmt: skip
        used.update(silencing)
        if not silencing:
            yield one
    for version in versions:
        for mine in version.justified:
            if mine not in used and mine.code not in PASSING:
                yield say("W619", mine.span, nom=name, code=mine.code)


def _inside(part: Span, whole: Span) -> bool:
    begins = (whole.line, whole.column) <= (part.line, part.column)
    return begins and (part.end_line, part.end_column) <= (whole.end_line, whole.end_column)
