"""A corpus goes in; every small mistake that someone could make in it comes out, one at a time.

A mutant is one declaration of the corpus with one thing changed: a rate, a bound, a date, a
threshold, a coefficient, a cap, a rounding, an exception, a condition, a reference to an article, a
payment or a date of a calendar. A bound is moved in every row that names it, as it is when a
threshold of the law is mistyped: a bound moved in one row alone leaves a gap or an overlap, which
loading refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, TypeAlias, TypeVar, assert_never, get_args

from engine.evaluation.law import Law
from engine.evaluation.schedule import after
from engine.evaluation.show import decimal_text, french
from engine.langage.agenda import (
    Calendar,
    Deadline,
    Delay,
    Onset,
    Plan,
    Prescription,
    Schedule,
    Window,
    month_name,
    planned,
)
from engine.langage.checks.cycles import graph, needs
from engine.langage.corpus import (
    Cell,
    Control,
    ControlVersion,
    Corpus,
    Epoch,
    Interval,
    Nomenclature,
    Period,
    Row,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.inputs import Value
from engine.langage.kernel import (
    Absence,
    Aggregate,
    Branch,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Operator,
    Round,
    RoundingMode,
    children,
    walk,
    with_children,
)
from engine.source.positions import Span


def reached(corpus: Corpus, epoch: Epoch) -> frozenset[str]:
    """The names of the rules and of the tables that a result, a control or a payment rests on."""
    arrows = graph(epoch)
    waiting = [*corpus.results, *planned(corpus.schedule)]
    for control, version in epoch.controls:
        told = [part for part in control.message if not isinstance(part, str)]
        waiting += needs(version.condition, *told)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += arrows.get(name, ())
    bodies = [version.condition for _, version in epoch.controls]
    for name in found:
        for _, rule_version in epoch.rules.get(name, ()):
            parts = (rule_version.applicable, rule_version.body)
            bodies += [one for one in parts if one is not None]
    return frozenset(found) | frozenset(
        node.table for body in bodies for node in walk(body) if isinstance(node, Lookup)
    )


MistakeKind: TypeAlias = Literal[
    "taux",
    "coefficient",
    "seuil",
    "borne",
    "date",
    "plafond",
    "arrondi",
    "exception",
    "condition",
    "cas",
    "article",
    "versement",
    "campagne",
    "prescription",
]
ONE_DAY: Final = timedelta(days=1)
_STRICT: Final[dict[str, Operator]] = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
_SIGNS: Final = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}
_COMPARISONS: Final = ("==", "!=", *_STRICT)
_MODES: Final[tuple[RoundingMode, ...]] = ("proche", "superieur", "inferieur")
_COARSER: Final = (2, 10)  # by how much a step is made larger
REMOVED: Final = "supprimé"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its kind, where, what was written and what is written instead."""

    kind: MistakeKind
    span: Span
    before: str
    after: str


def node_changes(expr: Expr, number: MistakeKind = "coefficient") -> Iterator[tuple[Mistake, Expr]]:
    """Every mistake in an expression, and what it becomes; ``number``: what its numbers are."""
    yield from _own(expr, number)
    parts = children(expr)
    below: MistakeKind = (
        "seuil" if isinstance(expr, Op) and expr.op in _COMPARISONS else "coefficient"
    )
    for at, part in enumerate(parts):
        for change, changed in node_changes(part, below):
            yield change, with_children(expr, (*parts[:at], changed, *parts[at + 1 :]))


def last_digit(value: Fraction) -> Fraction:
    """One unit of the last decimal that ``value`` needs: 1 for 2550, a hundredth for 1218.96."""
    step = Fraction(1)
    while (value / step).denominator != 1:
        step /= 10
    return step


def written(value: Fraction) -> str:
    """A number as the files of the rules write it: « 2550 », « 12.5 »."""
    decimals = len(str(last_digit(value).denominator)) - 1
    return decimal_text(value, decimals)


def _own(node: Expr, number: MistakeKind) -> Iterator[tuple[Mistake, Expr]]:
    match node:
        case Const(value=Fraction() as value):
            step = last_digit(value)
            for other in (value - step, value + step) if number == "seuil" else (value + step,):
                told = Mistake(number, node.span, written(value), written(other))
                yield told, replace(node, value=other)
        case Const(value=date() as day):
            for moved in (day - ONE_DAY, day + ONE_DAY):
                told = Mistake("date", node.span, day.isoformat(), moved.isoformat())
                yield told, replace(node, value=moved)
        case Op():
            yield from _of_operation(node)
        case Round():
            yield from _of_rounding(node)
        case Choice(cases=cases) if len(cases) > 1 or node.otherwise is not None:
            yield from _of_choice(node)
        case Aggregate():
            if node.where is not None:
                told = Mistake("condition", node.where.span, "si", REMOVED)
                yield told, replace(node, where=None)
            if node.once_per is not None:
                told = Mistake("condition", node.once_per.span, "une_fois_par", REMOVED)
                yield told, replace(node, once_per=None)
        case _:
            pass


def _of_operation(node: Op) -> Iterator[tuple[Mistake, Expr]]:
    if node.op in _STRICT:
        other = _STRICT[node.op]
        told = Mistake("seuil", node.span, _SIGNS[node.op], _SIGNS[other])
        yield told, replace(node, op=other)
    elif node.op in ("plafond", "plancher"):
        yield Mistake("plafond", node.span, node.op, REMOVED), node.args[0]
    elif node.op in ("min", "max"):
        for at, arg in enumerate(node.args):
            rest = (*node.args[:at], *node.args[at + 1 :])
            told = Mistake("plafond", arg.span, f"{node.op}, terme {at + 1}", REMOVED)
            yield told, rest[0] if len(rest) == 1 else replace(node, args=rest)


def _of_rounding(node: Round) -> Iterator[tuple[Mistake, Expr]]:
    for mode in _MODES:
        if mode != node.mode:
            told = Mistake("arrondi", node.span, f"sens: {node.mode}", f"sens: {mode}")
            yield told, replace(node, mode=mode)
    for times in _COARSER:
        step = node.step * times
        before, after = f"pas: {written(node.step)}", f"pas: {written(step)}"
        yield Mistake("arrondi", node.span, before, after), replace(node, step=step)


def _of_choice(node: Choice) -> Iterator[tuple[Mistake, Expr]]:
    for at, case in enumerate(node.cases):
        rest = (*node.cases[:at], *node.cases[at + 1 :])
        told = Mistake("cas", case.condition.span, f"cas {at + 1}", REMOVED)
        if rest:
            yield told, replace(node, cases=rest)
        elif node.otherwise is not None:
            yield told, node.otherwise
        yield from _of_articles(node, at, case)


def _of_articles(node: Choice, at: int, case: Branch) -> Iterator[tuple[Mistake, Expr]]:
    for number, article in enumerate(case.articles):
        wrong = wrong_article(case.articles, number)
        changed = replace(case, articles=wrong)
        cases = (*node.cases[:at], changed, *node.cases[at + 1 :])
        told = Mistake("article", case.condition.span, article, wrong[number])
        yield told, replace(node, cases=cases)


def wrong_article(articles: tuple[str, ...], at: int) -> tuple[str, ...]:
    """``articles``, the one at ``at`` being another, that no text has."""
    return (*articles[:at], f"0{articles[at]}", *articles[at + 1 :])


def row_changes(
    table: Table, version: TableVersion, nomenclatures: Mapping[str, Nomenclature]
) -> Iterator[tuple[Mistake, TableVersion]]:
    """Every mistake in the value of a row: for all that it accepts, or for one code it names."""
    for at, row in enumerate(version.rows):
        wrong = _other_value(table, row.value, nomenclatures)
        if wrong is None:
            continue
        before, after = _shown(row.value), _shown(wrong)
        told = Mistake("taux", row.span, before, after)
        parts = list(_parts(table, row, nomenclatures))
        if not parts:
            rows = (*version.rows[:at], replace(row, value=wrong), *version.rows[at + 1 :])
            yield told, replace(version, rows=rows)
        for code, cells in parts:
            alone = replace(told, before=f"{code} : {before}", after=f"{code} : {after}")
            split = replace(row, cells=cells, value=wrong)
            yield alone, replace(version, rows=(*version.rows[:at], split, *version.rows[at:]))


def bound_changes(table: Table, version: TableVersion) -> Iterator[tuple[Mistake, TableVersion]]:
    """Every bound moved by its last digit, and every bound that goes to the row beside it."""
    for column in range(len(table.columns)):
        ends = {one for row in version.rows for one in _ends(row.cells[column])}
        for bound in sorted(ends):
            named = [row for row in version.rows if bound in _ends(row.cells[column])]
            span = named[0].span
            shown = written(bound)
            step = last_digit(bound)
            for moved in (bound - step, bound + step):
                told = Mistake("borne", span, shown, written(moved))
                rows = tuple(
                    _with(row, column, _with_moved_bound(row.cells[column], bound, moved))
                    for row in version.rows
                )
                yield told, replace(version, rows=rows)
            cells = [row.cells[column] for row in named]
            if any(isinstance(one, Interval) and one.low == one.high == bound for one in cells):
                continue  # a row for this very number has no side to give it to
            told = Mistake("borne", span, f"{shown} d'un côté", f"{shown} de l'autre")
            rows = tuple(
                _with(row, column, _flipped(row.cells[column], bound)) for row in version.rows
            )
            yield told, replace(version, rows=rows)


def _other_value(
    table: Table, value: Value | Absence | Missing, nomenclatures: Mapping[str, Nomenclature]
) -> Value | None:
    """A wrong value for a row; None when there is no other one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Fraction):
        return value + last_digit(value)
    if table.kind == "nombre":  # « sans objet », or not computable: a figure all the same
        return Fraction(1)
    if table.kind == "booleen":
        return True
    terms = nomenclatures[table.vocabulary or ""].terms
    return next((term.code for term in terms if term.code != value), None)


def _shown(value: Value | Absence | Missing) -> str:
    if isinstance(value, Fraction):
        return written(value)
    return "non calculable" if isinstance(value, Missing) else french(value)


def _parts(
    table: Table, row: Row, nomenclatures: Mapping[str, Nomenclature]
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """The row cut at each code of the cells that list some: one code, the other cells whole."""
    for at, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        if column.kind != "code" or not isinstance(cell, frozenset) or len(cell) == 1:
            continue
        if len(cell) == len(nomenclatures[column.reference].terms):
            continue  # « * »
        for code in sorted(str(one) for one in cell):
            yield code, (*row.cells[:at], frozenset((code,)), *row.cells[at + 1 :])


def _ends(cell: Cell) -> tuple[Fraction, ...]:
    if not isinstance(cell, Interval):
        return ()
    return tuple(one for one in (cell.low, cell.high) if one is not None)


def _with_moved_bound(cell: Cell, bound: Fraction, moved: Fraction) -> Cell:
    if not isinstance(cell, Interval):
        return cell
    low = moved if cell.low == bound else cell.low
    return replace(cell, low=low, high=moved if cell.high == bound else cell.high)


def _flipped(cell: Cell, bound: Fraction) -> Cell:
    if not isinstance(cell, Interval):
        return cell
    low_in = not cell.low_in if cell.low == bound else cell.low_in
    return replace(
        cell, low_in=low_in, high_in=not cell.high_in if cell.high == bound else cell.high_in
    )


def _with(row: Row, column: int, cell: Cell) -> Row:
    return replace(row, cells=(*row.cells[:column], cell, *row.cells[column + 1 :]))


Agenda: TypeAlias = Plan | Schedule | Calendar | Prescription
_TENFOLD = Fraction(10)
_ONE_MONTH = 1
_ONSETS: Final[tuple[Onset, ...]] = get_args(Onset)


def agenda_owner(declaration: Agenda) -> str:
    """The name of a plan, a prescription or a calendar, or of the whole schedule."""
    match declaration:
        case Plan():
            return f"versements.{declaration.name}"
        case Prescription():
            return f"versements.{declaration.sense}"
        case Calendar():
            return declaration.name
        case Schedule():
            return "versements"
        case _:
            assert_never(declaration)


def schedule_changes(schedule: Schedule) -> Iterator[tuple[Mistake, Agenda, Agenda]]:
    """The step of the shares, each month, delay and wait of each plan, then each prescription."""
    step = replace(schedule, step=schedule.step * _TENFOLD)
    texts = f"pas: {decimal_text(schedule.step, 2)}", f"pas: {decimal_text(step.step, 2)}"
    span = schedule.plans[0].span
    yield Mistake("arrondi", span, *texts), schedule, step
    for plan in schedule.plans:
        yield from _plan_changes(plan)
    for prescription in schedule.prescriptions:
        for at, delay in enumerate(prescription.delays):
            for before, after_, new in _delay_changes(delay):
                delays = (*prescription.delays[:at], new, *prescription.delays[at + 1 :])
                told = Mistake("prescription", delay.span, before, after_)
                yield told, prescription, replace(prescription, delays=delays)


def _delay_changes(delay: Delay) -> Iterator[tuple[str, str, Delay]]:
    """A year more, a year less, another day from which it is counted."""
    for years in (delay.years - 1, delay.years + 1):
        if years:
            yield f"annees: {delay.years}", f"annees: {years}", replace(delay, years=years)
    for onset in _ONSETS:
        if onset not in (delay.onset, "jour_suivant"):  # the day that follows a month begins one
            texts = f"a_partir_de: {delay.onset}", f"a_partir_de: {onset}"
            yield *texts, replace(delay, onset=onset)
        if onset != delay.again:
            texts = f"apres_reclamation: {delay.again}", f"apres_reclamation: {onset}"
            yield *texts, replace(delay, again=onset)


def _plan_changes(plan: Plan) -> Iterator[tuple[Mistake, Agenda, Agenda]]:
    for month in plan.months:
        fewer = tuple(one for one in plan.months if one != month)
        told = Mistake("versement", plan.span, f"mois {month}", REMOVED)
        yield told, plan, replace(plan, months=fewer)
    if plan.scope is not None:
        later = replace(plan, delay=plan.delay + _ONE_MONTH)
        texts = f"decalage: {plan.delay}", f"decalage: {later.delay}"
        yield Mistake("versement", plan.span, *texts), plan, later
    if plan.months:
        other = replace(plan, validated=not plan.validated)
        words = {True: "après validation", False: "sans attendre"}
        texts = words[plan.validated], words[other.validated]
        yield Mistake("versement", plan.span, *texts), plan, other


def calendar_changes(calendar: Calendar) -> Iterator[tuple[Mistake, Agenda, Agenda]]:
    """Each end of each window, each deadline and the month that it pays, moved by one."""
    for at, window in enumerate(calendar.windows):
        for before, after_, moved in _window_changes(window):
            windows = (*calendar.windows[:at], moved, *calendar.windows[at + 1 :])
            told = Mistake("campagne", window.span, before, after_)
            yield told, calendar, replace(calendar, windows=windows)


def _window_changes(window: Window) -> Iterator[tuple[str, str, Window]]:
    for shift in (-ONE_DAY, ONE_DAY):
        start, end = window.start + shift, window.end + shift
        yield f"debut: {window.start}", f"debut: {start}", replace(window, start=start)
        # the window with another end, which is also the deadline of its only month
        alone = len(window.deadlines) == 1
        deadlines = tuple(replace(one, until=end) for one in window.deadlines)
        yield (
            f"fin: {window.end}",
            f"fin: {end}",
            replace(window, end=end, deadlines=deadlines if alone else window.deadlines),
        )
    for at, one in enumerate(window.deadlines):
        for until in (one.until - ONE_DAY, one.until + ONE_DAY):
            if len(window.deadlines) > 1:  # else it is the end that says it
                yield (
                    f"jusqu_au: {one.until}",
                    f"jusqu_au: {until}",
                    _deadline(window, at, replace(one, until=until)),
                )
        for count in (-_ONE_MONTH, _ONE_MONTH):
            month = after(one.month, count)
            yield (
                f"paye: {month_name(one.month)}",
                f"paye: {month_name(month)}",
                _deadline(window, at, replace(one, month=month)),
            )


def _deadline(window: Window, at: int, changed: Deadline) -> Window:
    deadlines = (*window.deadlines[:at], changed, *window.deadlines[at + 1 :])
    return replace(window, deadlines=deadlines)


MutantKey: TypeAlias = tuple[str, str, str, str, str, int]
Declaration: TypeAlias = Rule | Table | Control | Agenda
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: ``new`` is written instead of ``old``.

    ``owner``: « texte.nom » of the rule or table, « texte.code » of the control, the plan or the
    calendar; ``since``: the first day of the version; ``day``: the only day on which it changes
    anything, when the mistake is that of a date.
    """

    kind: MistakeKind
    owner: str
    since: date
    span: Span = field(compare=False)
    before: str
    after: str
    old: Declaration = field(compare=False, repr=False)
    new: Declaration = field(compare=False, repr=False)
    day: date | None = None
    rank: int = 1  # among those of one version that read the same

    @property
    def key(self) -> MutantKey:
        """What tells it from the others, whatever the line where it is written."""
        return self.kind, self.owner, self.since.isoformat(), self.before, self.after, self.rank


def mutants(law: Law) -> Iterator[Mutant]:
    """Every mutant of the law: rules, tables, controls, then payment plans and calendars.

    What can change nothing is left out: a date moved to a day on which nothing reads what is dated.
    """
    corpus = law.corpus
    reach: dict[date, frozenset[str]] = {}
    ranks: Counter[MutantKey] = Counter()
    for found in _every(corpus):
        if found.day is not None and isinstance(found.old, Rule | Table):
            epoch = law.epoch(found.day)
            since = epoch.period.since
            if since not in reach:
                reach[since] = reached(corpus, epoch)
            if found.old.name not in reach[since]:
                continue
        ranks[found.key] += 1
        yield replace(found, rank=ranks[found.key])


def _every(corpus: Corpus) -> Iterator[Mutant]:
    for rule in corpus.rules:
        yield from _of_rule(corpus, rule)
    for table in corpus.tables.values():
        yield from _of_table(corpus, table)
    for control in corpus.controls:
        yield from _of_control(corpus, control)
    if corpus.schedule is not None:
        for change, old, new in schedule_changes(corpus.schedule):
            yield _mutant(change, agenda_owner(old), corpus.first_day, old, new)
    for calendar in corpus.calendars:
        for change, old, new in calendar_changes(calendar):
            since = calendar.windows[0].start
            yield _mutant(change, agenda_owner(old), since, old, new)


def _of_rule(corpus: Corpus, rule: Rule) -> Iterator[Mutant]:
    for at, version in enumerate(rule.versions):
        if _over(corpus, version.period):
            continue
        for change, changed in _version_changes(version):
            new = replace(rule, versions=_at(rule.versions, at, changed))
            yield _mutant(change, rule.ident, version.period.since, rule, new)
    for ident in rule.overrides:
        new = replace(rule, overrides=tuple(one for one in rule.overrides if one != ident))
        since = rule.versions[0].period.since
        told = Mistake("exception", rule.span, f"deroge_a: {ident}", REMOVED)
        yield _mutant(told, rule.ident, since, rule, new)
    yield from _moved_dates(corpus, rule, rule.ident, rule.versions)


def _version_changes(version: Version) -> Iterator[tuple[Mistake, Version]]:
    number: MistakeKind = "taux" if isinstance(version.body, Const) else "coefficient"
    for change, body in node_changes(version.body, number):
        yield change, replace(version, body=body)
    if version.applicable is not None:
        for change, applicable in node_changes(version.applicable):
            yield change, replace(version, applicable=applicable)
        told = Mistake("condition", version.applicable.span, "applicable_si", REMOVED)
        yield told, replace(version, applicable=None)
    for number_, article in enumerate(version.articles):
        wrong = wrong_article(version.articles, number_)
        told = Mistake("article", version.span, article, wrong[number_])
        yield told, replace(version, articles=wrong)


def _of_table(corpus: Corpus, table: Table) -> Iterator[Mutant]:
    owner = table.ident
    for at, version in enumerate(table.versions):
        if _over(corpus, version.period):
            continue
        for changes in (
            row_changes(table, version, corpus.nomenclatures),
            bound_changes(table, version),
        ):
            for change, changed in changes:
                new = replace(table, versions=_at(table.versions, at, changed))
                yield _mutant(change, owner, version.period.since, table, new)
    for number, article in enumerate(table.articles):
        wrong = wrong_article(table.articles, number)
        told = Mistake("article", table.span, article, wrong[number])
        since = table.versions[0].period.since
        yield _mutant(told, owner, since, table, replace(table, articles=wrong))
    yield from _moved_dates(corpus, table, owner, table.versions)


def _of_control(corpus: Corpus, control: Control) -> Iterator[Mutant]:
    owner = control.ident
    for at, version in enumerate(control.versions):
        if _over(corpus, version.period):
            continue
        for change, condition in node_changes(version.condition):
            changed = replace(version, condition=condition)
            new = replace(control, versions=_at(control.versions, at, changed))
            yield _mutant(change, owner, version.period.since, control, new)
    yield from _moved_dates(corpus, control, owner, control.versions)


# --- dates


def _moved_dates(
    corpus: Corpus, old: Declaration, owner: str, versions: Sequence[Dated]
) -> Iterator[Mutant]:
    """Each version that begins, or that ends for good, one day earlier or later.

    The version before ends accordingly. Only one day is then under another law.
    """
    for at, version in enumerate(versions):
        period = version.period
        for since in (period.since - ONE_DAY, period.since + ONE_DAY):
            day = min(since, period.since)
            if day < corpus.first_day:
                continue
            changed = _at(versions, at, _dated(version, Period(since, period.until)))
            before = versions[at - 1] if at else None
            if before is not None and before.period.until == period.since - ONE_DAY:
                last = Period(before.period.since, since - ONE_DAY)
                changed = _at(changed, at - 1, _dated(before, last))
            yield _date_mutant(old, owner, period.since, version.span, since, day, changed)
        until = period.until
        if until is None or until < corpus.first_day or _follows(versions, at):
            continue
        for end in (until - ONE_DAY, until + ONE_DAY):
            changed = _at(versions, at, _dated(version, Period(period.since, end)))
            day = max(end, until)
            yield _date_mutant(old, owner, until, version.span, end, day, changed, period.since)


def _date_mutant(
    old: Declaration,
    owner: str,
    day_written: date,
    span: Span,
    moved: date,
    day: date,
    versions: Sequence[Dated],
    since: date | None = None,
) -> Mutant:
    new = replace(old, versions=tuple(versions))  # type: ignore[arg-type]
    texts = day_written.isoformat(), moved.isoformat()
    return Mutant("date", owner, since or day_written, span, *texts, old, new, day)


def _follows(versions: Sequence[Dated], at: int) -> bool:
    """Whether the next version begins when this one ends."""
    until = versions[at].period.until
    return at + 1 < len(versions) and versions[at + 1].period.since - ONE_DAY == until


def _dated(version: Dated, period: Period) -> Dated:
    return replace(version, period=period)


# --- small parts


def _over(corpus: Corpus, period: Period) -> bool:
    """Whether a period ends before the corpus begins."""
    return period.until is not None and period.until < corpus.first_day


def _at(versions: Sequence[Dated], at: int, changed: Dated) -> tuple[Dated, ...]:
    return tuple(changed if number == at else one for number, one in enumerate(versions))


def _mutant(change: Mistake, owner: str, since: date, old: Declaration, new: Declaration) -> Mutant:
    texts = change.before, change.after
    return Mutant(change.kind, owner, since, change.span, *texts, old, new)
