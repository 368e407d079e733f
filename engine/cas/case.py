"""A file of cases goes in; its cases, what each says of payments and prescriptions, come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias, cast

from engine.dossiers.read import ReadOutcome, Refusal, read_records
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.results import wrong_reading
from engine.evaluation.schedule import (
    PUBLIC,
    after,
    calendar_of,
    payments,
    prescribed_on,
    unpaid,
    validation,
)
from engine.evaluation.show import french_number
from engine.langage import nodes
from engine.langage.agenda import Month, Sense, month_name, month_words, of_month
from engine.langage.corpus import Corpus
from engine.source import tree
from engine.source.cache import Shelf
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents, read_text
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.schema import Schema, check_shape

SUFFIXES = (".yaml", ".yml")
PROTECTION = "protection.yaml"
STATES = ("sans_objet", "non_calculable")  # the keys of what has no value
PROPERTIES = "proprietes"  # the folders of properties, and the key of their files
# The documents of a file with what is wrong in their shape, and what is wrong with the text.
_Shaped: TypeAlias = (
    "tuple[tuple[tuple[tree.Node, tuple[Diagnostic, ...]], ...], tuple[Diagnostic, ...]]"
)


@dataclass(frozen=True, slots=True)
class CaseSource:
    """Where the expected values come from."""

    document: str
    place: str
    nature: str


@dataclass(frozen=True, slots=True)
class Case:
    """One regression case, on one day.

    ``articles``: for a result, some articles that its steps rest on; ``grounds``: for a rule,
    exactly those that its own step rests on. ``anomalies`` is None when nothing is said of them;
    ``said``: the words of some. ``paid``: what is said of payments.
    """

    name: str
    source: CaseSource
    outcome: ReadOutcome
    expected: Mapping[str, tree.Scalar]
    absent: tuple[str, ...]
    not_computable: tuple[str, ...]
    articles: Mapping[str, tuple[str, ...]]
    grounds: Mapping[str, tuple[str, ...]]
    anomalies: tuple[str, ...] | None
    said: Mapping[str, str]
    readings: Mapping[str, str]
    paid: tuple[Paid, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The results that the case speaks of."""
        named = (*self.expected, *self.absent, *self.not_computable, *self.articles)
        return tuple(dict.fromkeys(named))


def is_case_file(path: Path) -> bool:
    """Whether a file holds cases, by its place and its name."""
    return path.suffix in SUFFIXES and path.name != PROTECTION and PROPERTIES not in path.parts


def case_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """The case files under ``paths``: files as given, folders in depth, sorted.

    The file of a folder that says what its cases must protect holds none, nor do the folders of
    properties.

    Returns:
        The files, and W601 for each folder that holds none.
    """
    found: list[Path] = []
    findings: list[Diagnostic] = []
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if is_case_file(one))
        found += inside if path.is_dir() else [path] if is_case_file(path) else []
        if path.is_dir() and not inside and PROPERTIES not in path.parts:
            findings.append(say("W601", path.as_posix(), suffixes=SUFFIXES))
    return tuple(found), tuple(findings)


def read_cases(
    path: Path, corpus: Corpus, schema: Schema, shelf: Shelf | None = None
) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """The cases of one file; ``shelf``: where files already read with this schema are kept.

    Returns:
        The sound cases, and what is wrong with the others: E101 to E119, E141, E511, E512.
    """
    shown = path.as_posix()
    text, findings = read_text(path, shown)
    if text is None:
        return (), findings

    def shaped(shown: str, text: str) -> _Shaped:
        documents, wrong = read_documents(shown, text)
        return tuple((one, check_shape(one, schema)) for one in documents), wrong

    rules = sorted({rule.name for rule in corpus.rules})
    results = sorted({rule.name for rule in corpus.rules if rule.scope is None})
    plans = [] if corpus.schedule is None else [one.name for one in corpus.schedule.plans]
    documents, wrong = shaped(shown, text) if shelf is None else shelf.thing(shaped, shown, text)
    found = [*findings, *wrong]
    cases: list[Case] = []
    for document, shape in documents:
        found += shape
        for node in nodes.mappings(document, "cas") if isinstance(document, tree.Mapping) else ():
            touched = any(node.span.line <= one.span.line <= node.span.end_line for one in shape)
            case = None if touched else _case(node, corpus)
            wrong_names = (
                ()
                if case is None
                else tuple(_wrong_names(case, node, corpus, (results, rules, plans)))
            )
            found += wrong_names
            if case is not None and not wrong_names:
                cases += [case, *_other_days(case, node, corpus)]
    return tuple(cases), tuple(found)


def _other_days(case: Case, node: tree.Mapping, corpus: Corpus) -> Iterator[Case]:
    """The same case on the other days on which it is said to hold."""
    record = nodes.mapping(node.get("dossier"))
    field = corpus.model.role("date").name
    for day in nodes.scalars(node.get("aussi_le")):
        if record is None:
            continue
        entries = tuple((key, day if key.text == field else value) for key, value in record.entries)
        moved = tree.Mapping(entries, record.span)
        name = f"{case.name} (le {day.text})"
        outcome = _outcome(name, moved, node, corpus)
        yield replace(case, name=name, outcome=outcome, span=day.span)


def _outcome(
    name: str, record: tree.Node | None, node: tree.Mapping, corpus: Corpus
) -> ReadOutcome:
    outcomes = read_records(
        () if record is None else (record,),
        corpus.model,
        first_day=corpus.first_day,
        default_ident=name,
    )
    refused = Refusal(name, (reading.missing_key(("dossier",), node.span),), node.span)
    return outcomes[0] if outcomes else refused


def _case(node: tree.Mapping, corpus: Corpus) -> Case:
    name = nodes.text(node, "nom") or ""
    source = nodes.mapping(node.get("source"))
    anomalies = node.get("anomalies")
    return Case(
        name,
        CaseSource(
            "" if source is None else nodes.text(source, "document") or "",
            "" if source is None else nodes.text(source, "reperage") or "",
            nodes.text(node, "nature") or "",
        ),
        _outcome(name, node.get("dossier"), node, corpus),
        {key.text: value for key, value in _pairs(node, "attendu")},
        _texts(node, "sans_objet"),
        _texts(node, "non_calculable"),
        _named_texts(node, "articles"),
        _named_texts(node, "fondements"),
        None if anomalies is None else tuple(one.text for one in nodes.scalars(anomalies)),
        {key.text: value.text for key, value in _pairs(node, "messages")},
        {key.text: value.text for key, value in _pairs(node, "lectures")},
        tuple(_paid(one) for one in nodes.mappings(node, "versements")),
        node.span,
    )


def _pairs(node: tree.Mapping, key: str) -> list[tuple[tree.Scalar, tree.Scalar]]:
    inside = nodes.mapping(node.get(key)) or ()
    return [(name, value) for name, value in inside if isinstance(value, tree.Scalar)]


def _named_texts(node: tree.Mapping, key: str) -> dict[str, tuple[str, ...]]:
    return {
        name.text: tuple(one.text for one in nodes.scalars(value))
        for name, value in nodes.mapping(node.get(key)) or ()
    }


def _texts(node: tree.Mapping, key: str) -> tuple[str, ...]:
    return tuple(one.text for one in nodes.scalars(node.get(key)))


def _wrong_names(
    case: Case, node: tree.Mapping, corpus: Corpus, declared: Sequence[Sequence[str]]
) -> Iterator[Diagnostic]:
    """E511 of a name that is none of those ``declared``: it would say nothing, for ever.

    ``declared``: the results, the rules, the plans. E512 and E599 of a contested point; E141 of a
    value that is the name of a state.
    """
    planned = [one.plan for one in case.paid if one.plan is not None]
    for names, known in zip((case.wanted, case.grounds, planned), declared, strict=True):
        for name in names:
            if name not in known:
                proches = suggestion(name, known, "résultats connus")
                yield say("E511", node.span, nom=name, proches=proches)
    for name, option in case.readings.items():
        wrong = wrong_reading(corpus, f"{name}={option}", node.span)
        if wrong is not None:
            yield wrong
    for name, value in case.expected.items():
        key = "_".join(value.text.lower().split())
        if key in STATES:
            yield say("E141", value.span, nom=name, cle=key)


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What is expected of one month: ``expected`` is None when no delay must be in force.

    ``day``: the one that chooses the delay, that of the record when None.
    """

    sense: Sense
    month: Month
    day: date | None
    claims: tuple[date, ...]
    expected: date | None


def _day_shown(day: date | None) -> str:
    return "aucune" if day is None else f"le {day.isoformat()}"


UNDATED: Final = "sans_mois"
_NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Paid:
    """What is expected of one validation day, or without any.

    ``plan``: the amount looked at, all of them when None. ``window`` and ``month`` are None when
    nothing is said of them, "" when there must be none. ``months``: every amount expected, by month
    or under ``UNDATED``; None when nothing is said.
    """

    plan: str | None
    day: date | None
    sector: str
    window: str | None
    month: str | None
    months: Mapping[str, Fraction] | None = field(default=None)
    prescribed: tuple[Prescribed, ...] = ()


def _paid(node: tree.Mapping) -> Paid:
    amounts = nodes.mapping(node.get("mois"))
    return Paid(
        nodes.text(node, "montant"),
        nodes.day(node, "validee_le"),
        nodes.text(node, "secteur") or PUBLIC,
        _said(node, "campagne"),
        _said(node, "paye"),
        None if amounts is None else dict(_amounts(amounts)),
        tuple(
            Prescribed(
                cast("Sense", nodes.text(one, "sens")),
                _month(nodes.text(one, "mois") or ""),
                nodes.day(one, "au"),
                tuple(
                    date.fromisoformat(day.text) for day in nodes.scalars(one.get("reclamee_le"))
                ),
                nodes.day(one, "prescrit_le"),
            )
            for one in nodes.mappings(node, "prescriptions")
        ),
    )


def _said(node: tree.Mapping, name: str) -> str | None:
    found = nodes.scalar(node, name)
    if found is None:
        return None
    return "" if found.value is None else found.text


def _amounts(node: tree.Mapping) -> Iterator[tuple[str, Fraction]]:
    """Each month with its amount; « 2024-09/2025-08 » stands for each of these months."""
    for key, value in node.entries:
        if not isinstance(value, tree.Scalar):
            continue
        amount = Fraction(value.text)
        first, _, last = key.text.partition("/")
        yield first, amount
        while last and first != last:
            first = month_name(after(_month(first), 1))
            yield first, amount


def _month(text: str) -> Month:
    year, _, month = text.partition("-")
    return int(year), int(month)


def paid_differences(paid: Paid, interpreter: Interpreter) -> Iterator[str]:
    """What the calendars and the plans of the corpus give that is not expected."""
    calendar = calendar_of(interpreter, paid.sector)
    found = None
    if paid.day is not None and calendar is not None:
        found = validation(calendar, paid.day)
    about = "versements" if paid.day is None else f"validé le {paid.day.isoformat()}"
    windows = () if calendar is None else calendar.windows
    open_on_it = (one.name for one in windows if paid.day and one.start <= paid.day <= one.end)
    window = next(open_on_it, "")
    if paid.window is not None and paid.window != window:
        yield f"{about} : campagne attendue {_shown(paid.window)}, obtenue {_shown(window)}"
    month = "" if found is None else month_name(found.month)
    if paid.month is not None and paid.month != month:
        wanted, given = (_shown(_month_shown(one)) for one in (paid.month, month))
        yield f"{about} : paye attendue {wanted}, obtenue {given}"
    if paid.months is not None:
        for name in unpaid(interpreter):  # what is not computed is not nothing
            if paid.plan in (None, name):
                yield f"{about}, {name} : non calculable"
        totals: dict[str, Fraction] = {}
        for one in payments(interpreter, found):
            if paid.plan in (None, one.plan.name):
                name = UNDATED if one.month is None else month_name(one.month)
                totals[name] = totals.get(name, _NOTHING) + one.amount
        named = "" if paid.plan is None else f", {paid.plan}"
        for name in sorted({*paid.months, *totals}):
            amounts = [one.get(name, _NOTHING) for one in (paid.months, totals)]
            if amounts[0] != amounts[1]:
                wanted, given = (french_number(one, 2) for one in amounts)
                yield f"{about}{named}, {_month_shown(name)} : attendu {wanted}, obtenu {given}"
    schedule, seen = interpreter.corpus.schedule, interpreter.record.day
    for due in paid.prescribed:
        delay = None if schedule is None else schedule.delay(due.sense, due.day or seen)
        lost = None if delay is None else prescribed_on(delay[1], due.month, due.claims)
        if lost != due.expected:
            yield (
                f"prescription, {due.sense} {of_month(due.month)} : "
                f"attendue {_day_shown(due.expected)}, obtenue {_day_shown(lost)}"
            )


def _month_shown(name: str) -> str:
    """« décembre 2024 », « sans mois » ; nothing when there is none."""
    if name == UNDATED:
        return "sans mois"
    return month_words(_month(name)) if name else ""


def _shown(text: str) -> str:
    return f"« {text} »" if text else "aucune"
