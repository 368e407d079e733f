"""What changed besides rules and tables: texts, controls, readings, codes, calendars, payments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from engine.langage.agenda import Calendar, Delay, Plan, Window, of_month
from engine.langage.corpus import Control, Corpus, Point
from engine.usages.compare import Change, Side, names, pairs, presence
from engine.usages.words import counted


def texts(a: Corpus, b: Corpus) -> Iterator[Change]:
    """The texts that only one side has."""
    for name in names(a.texts, b.texts):
        old, new = a.texts.get(name), b.texts.get(name)
        told = [None if side is None else side.title for side in (old, new)]
        yield from presence("texte", name, told, (new or old or a.texts[name]).span)


def others(before: Side, after: Side) -> Iterator[Change]:
    """Results, controls, readings, codes, calendars, payments, prescriptions, in this order."""
    yield from _results(before.corpus, after.corpus)
    yield from _all_controls(before, after)
    yield from _points(before.corpus.points, after.corpus.points)
    yield from _codes(before.corpus, after.corpus)
    yield from _calendars(before.corpus.calendars, after.corpus.calendars)
    yield from _plans(before.corpus, after.corpus)
    yield from _prescriptions(before.corpus, after.corpus)


# --- results, controls, readings, codes


def _results(a: Corpus, b: Corpus) -> Iterator[Change]:
    """The rules of both sides that only one of them shows."""
    known = {one.name for one in a.rules}
    for rule in {one.name: one for one in b.rules}.values():
        was, now = ("oui" if rule.name in side.results else "non" for side in (a, b))
        if rule.name in known and was != now:
            what = "parmi les résultats"
            yield Change("regle", rule.ident, rule.label, None, what, was, now, None, rule.span)


def _all_controls(before: Side, after: Side) -> Iterator[Change]:
    a = {one.code: one for one in before.corpus.controls}
    b = {one.code: one for one in after.corpus.controls}
    for name in names(a, b):
        old, new = a.get(name), b.get(name)
        one = new or old or a[name]
        told = [None if side is None else side.label for side in (old, new)]
        yield from presence("controle", name, told, one.span)
        if old is not None and new is not None:
            yield from _control(before, after, old, new)


def _control(before: Side, after: Side, old: Control, new: Control) -> Iterator[Change]:
    def told(what: str, since: date | None, was: str | None, now: str | None) -> Change:
        return Change("controle", new.code, new.label, since, what, was, now, None, new.span)

    if old.gravity != new.gravity:
        yield told("gravité", None, old.gravity, new.gravity)
    if old.message != new.message:
        yield told("message", None, _message(before, old), _message(after, new))
    if (old.articles, old.source) != (new.articles, new.source):
        yield told("article ou source", None, _rests(old), _rests(new))
    for one, other in pairs(old.versions, new.versions):
        if one is None or other is None or one.condition != other.condition:
            since = (other or one or old.versions[0]).period.since
            yield told("condition", since,
                       None if one is None else before.written(one.condition.span),
                       None if other is None else after.written(other.condition.span))  # fmt: skip


def _message(side: Side, control: Control) -> str:
    parts = (
        part if isinstance(part, str) else f"{{{side.written(part.span)}}}"
        for part in control.message
    )
    return "".join(parts)


def _rests(control: Control) -> str:
    return ", ".join((*control.articles, *((control.source,) if control.source else ())))


def _points(a: Mapping[str, Point], b: Mapping[str, Point]) -> Iterator[Change]:
    for name in names(a, b):
        old, new = a.get(name), b.get(name)
        one = new or old or a[name]
        told = [None if side is None else side.subject for side in (old, new)]
        yield from presence("lecture", name, told, one.span)
        if old is None or new is None:
            continue
        if old.retained != new.retained:
            yield Change("lecture", name, new.subject, None, "lecture retenue", old.retained,
                         new.retained, None, new.span)  # fmt: skip
        if old.options != new.options:
            yield Change("lecture", name, new.subject, None, "lectures possibles",
                         ", ".join(old.options), ", ".join(new.options), None,
                         new.span)  # fmt: skip


def _codes(a: Corpus, b: Corpus) -> Iterator[Change]:
    for name in names(a.nomenclatures, b.nomenclatures):
        old, new = a.nomenclatures.get(name), b.nomenclatures.get(name)
        one = new or old
        if one is None:
            continue
        told = [None if side is None else side.label for side in (old, new)]
        yield from presence("code", name, told, one.span)
        if old is None or new is None:
            continue
        was = {term.code: term.label for term in old.terms}
        now = {term.code: term.label for term in new.terms}
        for code in names(was, now):
            if was.get(code) != now.get(code):
                yield Change("code", f"{name} {code}", new.label, None, "libellé", was.get(code),
                             now.get(code), None, new.span)  # fmt: skip
        for group in names(old.sets, new.sets):
            one_, other = old.sets.get(group, frozenset()), new.sets.get(group, frozenset())
            if one_ != other:
                yield Change("code", f"{name} {group}", new.label, None, "ensemble",
                             ", ".join(sorted(one_)), ", ".join(sorted(other)), None,
                             new.span)  # fmt: skip


# --- calendars, payments


def _calendars(a: Sequence[Calendar], b: Sequence[Calendar]) -> Iterator[Change]:
    was, now = ({one.name: one for one in side} for side in (a, b))
    for name in names(was, now):
        old, new = was.get(name), now.get(name)
        one = new or old or was[name]
        told = [None if side is None else side.label for side in (old, new)]
        yield from presence("calendrier", name, told, one.span)
        if old is None or new is None:
            continue
        if old.checked.status != new.checked.status:
            yield Change("calendrier", name, new.label, None, "statut", old.checked.status,
                         new.checked.status, None, new.span)  # fmt: skip
        windows = ({one.name: _window(one) for one in side.windows} for side in (old, new))
        before, after = windows
        for window in dict.fromkeys((*before, *after)):
            if before.get(window) != after.get(window):
                yield Change("calendrier", name, new.label, None, window, before.get(window),
                             after.get(window), None, new.span)  # fmt: skip


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
    for name in names(was, now):
        old, new = was.get(name), now.get(name)
        one = None if old is None else _plan(old)
        other = None if new is None else _plan(new)
        if one != other:
            place = (new or old or was[name]).span
            yield Change("versement", name, name, None, "versement", one, other, None, place)


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
    for sense, label, since in dict.fromkeys((*was, *now)):
        old, new = (side.get((sense, label, since)) for side in (was, now))
        one, other = (None if one is None else _delay(one) for one in (old, new))
        place = new or old
        if one != other and place is not None:
            yield Change("versement", sense, label, since, "prescription", one, other, None,
                         place.span)  # fmt: skip


def _delay(delay: Delay) -> str:
    until = "" if delay.period.until is None else f", jusqu'au {delay.period.until}"
    years = counted(delay.years, "an")
    return f"{years}, {delay.onset}, {delay.again} après réclamation, {delay.source}{until}"
