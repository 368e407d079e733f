"""Two laws and a population go in; what changes for whom, by how much and why comes out, exactly.

Amounts are exact numbers of the unit of the total; shares of causes add up to the whole effect.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import duckdb

from engine.evaluation.causes import Mixture
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.compilation.totals import UnsupportedError
from engine.evaluation.law import Law
from engine.evaluation.relevance import Edits
from engine.evaluation.shapley import shares
from engine.langage.corpus import Corpus
from engine.source.diagnostics import Diagnostic
from engine.source.messages import campaign as said
from engine.source.messages import impact as say
from engine.sql.campaign import CHUNK, Settings, open_database
from engine.sql.columns import key_column
from engine.sql.effect_side import Place
from engine.sql.effects import SCALE
from engine.sql.effects_run import Asked, Found, weigh
from engine.sql.inputs import Tables, open_inputs
from engine.sql.plan import OffGridError
from engine.sql.runs import not_planned
from engine.usages.compare import Side
from engine.usages.impact_causes import Named, named, own_change
from engine.usages.impact_people import People, look
from engine.usages.impact_told import Teller, Told


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: a population, what it was before its own changes, the year of the law.

    ``year``: the first of the school year whose law applies, None: that of each record.
    ``top``: how many records are explained of each kind.
    """

    source: Path
    old: Path | None = None
    year: int | None = None
    top: int = 5
    memory: int | None = None
    threads: int | None = None
    chunk: int = CHUNK


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount: records in which it differs, its sums before and after where it may differ."""

    name: str
    label: str
    changed: int
    before: Fraction
    after: Fraction

    @property
    def move(self) -> Fraction:
        """What the change does to it."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause does, whatever the order: in all, and by amount."""

    cause: Named
    move: Fraction
    amounts: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Impact:
    """The effect of a change on a population.

    ``amounts``: those that may change. ``not_compared``: records with an amount that is computable
    on one side only; ``unsure``: records whose share between causes goes through a law under which
    an amount is not computable. ``own``: what changed in the records themselves, the greatest
    first, in all and for each. ``files``: the records that differ, one table per range.
    """

    total: str
    label: str
    symbol: str
    by: tuple[Place, ...]
    read: int
    refused: int
    amounts: tuple[Amount, ...]
    shares: tuple[Share, ...]
    not_compared: int
    unsure: int
    people: People
    told: tuple[Told, ...] = ()
    own: tuple[tuple[str, Fraction], ...] = ()

    @property
    def move(self) -> Fraction:
        """The whole effect."""
        return sum((one.move for one in self.shares), Fraction(0))


def impact(
    laws: tuple[Law, Law],
    sides: tuple[Side, Side],
    request: Request,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Impact | None, tuple[Diagnostic, ...]]:
    """The effect of going from one law to the other.

    Args:
        laws: the old one and the new one; records are read as the new one says.
        sides: the same, with the text of their files.
        request: what is asked.
        folder: an empty folder, where the records that differ are written, one file per range.
        tell: called with the number of records done and that of all of them.

    Returns:
        The effect, or None and what kept it from being measured: E115, E120 to E129, E528 to E530,
        E586, E589.
    """
    after = laws[1].corpus
    if after.effects is None:
        return None, (say.nothing_measured(after.digest),)
    # Two populations take as much memory as twice as many records.
    chunk = request.chunk if request.old is None else request.chunk // 2
    room = request.chunk if request.old is None else request.chunk * 2
    settings = Settings(None, {}, chunk, request.memory, request.threads)
    asked = Asked(after.effects.total, after.effects.by, request.year)
    try:
        with (
            tempfile.TemporaryDirectory() as aside,
            open_database(replace(settings, chunk=room), aside) as link,
        ):
            tables, findings = _open(link, request, after, Path(aside))
            if tables is None:
                return None, findings
            found = weigh(link, laws, tables, asked, settings, folder, tell)
            return _told(link, found, tables, sides, request, asked, folder), ()
    except duckdb.OutOfMemoryException:
        return None, (said.out_of_memory(request.memory),)
    except (OffGridError, UnsupportedError, TooWideError) as error:
        return None, (not_planned(error),)


def _open(
    link: duckdb.DuckDBPyConnection, request: Request, corpus: Corpus, aside: Path
) -> tuple[tuple[Tables, Tables | None] | None, tuple[Diagnostic, ...]]:
    """The tables of both populations, or what is wrong with them."""
    found: list[Tables | None] = []
    for place, source in enumerate((request.source, request.old)):
        if source is None:
            found.append(None)
            continue
        copies = aside / f"copies-{place}"
        copies.mkdir()
        tables, findings = open_inputs(link, source, corpus.model, corpus.first_day, copies)
        if tables is None:
            return None, findings
        found.append(tables)
    new, old = found
    if new is None:
        message = "a population is always asked for"
        raise AssertionError(message)
    kinds = {_key_kind(one, corpus) for one in (new, old) if one is not None}
    if request.old is not None and len(kinds) > 1:
        return None, (say.keys_differ(request.old.as_posix(), request.source.as_posix()),)
    return (new, old), ()


def _key_kind(tables: Tables, corpus: Corpus) -> bool:
    """Whether the identifiers of records are texts."""
    key, root = key_column(corpus.model), corpus.model.table
    written = dict(tables.renamed[root])[key]
    return tables.raw[root].types[written] == "VARCHAR"


def _told(  # noqa: PLR0913, PLR0917 - everything that a report is made of
    link: duckdb.DuckDBPyConnection, found: Found, tables: tuple[Tables, Tables | None],
    sides: tuple[Side, Side], request: Request, asked: Asked, folder: Path,
) -> Impact:  # fmt: skip
    mixture, effects = found.mixture, found.effects
    corpus = mixture.after
    rule = corpus.rule(asked.total)
    unit = corpus.units[rule.unit or ""]
    grid = Fraction(1, 10**unit.decimals)
    people = look(link, folder, asked.by, effects.people, grid, request.top)
    teller = Teller(link, mixture, tables, found.years, found.amounts, request.source.as_posix())
    own = [(ident, value * grid / SCALE) for ident, value in people.own]
    return Impact(
        asked.total,
        rule.label,
        unit.symbol,
        asked.by,
        effects.read,
        effects.refused,
        tuple(_amounts(found, grid)),
        _shares(found, sides, grid),
        people.not_compared,
        sum(one.stuck for one in effects.sums.values()),
        people,
        teller.all(people.chosen),
        tuple(own),
    )


def _amounts(found: Found, grid: Fraction) -> Iterable[Amount]:
    for name in found.amounts:
        sums = [one for (amount, _), one in found.effects.sums.items() if amount == name]
        changed = sum(one.differ for one in sums)
        before, after = sum(one.before for one in sums), sum(one.after for one in sums)
        if changed:
            yield Amount(name, found.mixture.after.rule(name).label, changed, before * grid,
                         after * grid)  # fmt: skip


@dataclass(slots=True)
class _Sum:
    move: Fraction = Fraction(0)
    amounts: dict[str, Fraction] = field(default_factory=dict)


def _shares(found: Found, sides: tuple[Side, Side], grid: Fraction) -> tuple[Share, ...]:
    """The share of each cause, the greatest first; a cause without any effect has one of 0."""
    every = range(len(found.mixture.causes))
    total: dict[Edits, _Sum] = {frozenset({one}): _Sum() for one in every}
    for (amount, players), sums in found.effects.sums.items():
        if amount not in found.measured.weighed:
            continue
        values = {frozenset(one for one in players if one <= edits): Fraction(value) * grid
                  for edits, value in sums.between.items()}  # fmt: skip
        for player, part in shares(frozenset(players), values).items():
            one = total.setdefault(player, _Sum())
            one.move += part
            one.amounts[amount] = one.amounts.get(amount, Fraction(0)) + part
    told = [Share(_named(found.mixture, sides, edits), one.move, one.amounts)
            for edits, one in total.items()]  # fmt: skip
    return tuple(sorted(told, key=lambda one: (-abs(one.move), one.cause.name)))


def _named(mixture: Mixture, sides: tuple[Side, Side], edits: Edits) -> Named:
    return own_change() if len(mixture.causes) in edits else named(mixture, sides, edits)


def to_grid(parts: Sequence[Fraction], grid: Fraction) -> list[Fraction]:
    """``parts`` on the grid, their sum that of the exact ones (largest remainders)."""
    whole = [part / grid for part in parts]
    cut = [one.numerator // one.denominator for one in whole]
    left = sum(whole, Fraction(0)) - sum(cut)
    order = sorted(range(len(parts)), key=lambda at: cut[at] - whole[at])
    for at in order[: left.numerator // left.denominator]:
        cut[at] += 1
    return [one * grid for one in cut]
