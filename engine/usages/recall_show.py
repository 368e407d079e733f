"""What is owed or overpaid, to read: a table per record, the reasons, the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from engine.evaluation.explanation import named_source
from engine.evaluation.schedule import Validation
from engine.evaluation.show import counted, french_number, signed, visible
from engine.langage.agenda import Month, month_words, of_month
from engine.langage.corpus import Corpus
from engine.usages.divergence import named, reason_words, value_words
from engine.usages.recall_forms import Cause, Fate, Gap, Limit, Recall, Terms
from engine.usages.recall_totals import Totals
from engine.usages.show import explanation_tree, reference

_NO_MONTH = "sans mois"
_UNSETTLED = "à trancher : le mois n'est pas connu"


def print_recalls(
    screen: Console, recalls: Sequence[Recall], terms: Terms, *, whole: bool = False
) -> None:
    """Each record that has something to be told, or every one when ``whole``; then a count."""
    told = [one for one in recalls if whole or one.differing or one.lacking]
    for one in told:
        _print_recall(screen, one, terms, whole=whole)
    if len(told) < len(recalls):
        same = counted(len(recalls) - len(told), "dossier")
        screen.print(f"rien à rappeler : {same}, ce qui a été payé est ce qui est dû")


def _print_recall(screen: Console, one: Recall, terms: Terms, *, whole: bool) -> None:
    record = one.record
    screen.rule(f"{visible(record.ident)}, année du {record.day.isoformat()}", align="left")
    if one.pair.paid is None:
        screen.print("aucun dossier payé : tout est dû")
    if one.pair.due is None:
        screen.print("aucun dossier dû : tout ce qui a été payé l'a été à tort")
    shown = one.gaps if whole else one.differing
    if shown:
        screen.print(_table(shown))
    for line in (*_conclusion(one, terms), *_limits(terms.law.corpus, one.differing)):
        screen.print(line, soft_wrap=True)
    for cause in one.causes:
        screen.print()
        for line in _cause_words(cause):
            screen.print(line, soft_wrap=True)
        if whole:
            _print_trees(screen, cause)
    screen.print()


def _table(gaps: Sequence[Gap]) -> Table:
    """One row per month and amount; the last row of a month tells what it nets to."""
    table = Table(box=None, header_style="bold")
    table.add_column("mois")
    table.add_column("montant")
    for heading in ("payé", "dû", "différence", "net du mois"):
        table.add_column(heading, justify="right")
    table.add_column("prescription")
    months = [one.month for one in gaps]
    for number, one in enumerate(gaps):
        last = number + 1 == len(gaps) or months[number + 1] != one.month
        own = [gap for gap in gaps if gap.month == one.month and gap.fate == "exigible"]
        net = signed(sum((gap.difference for gap in own), Fraction(0)), 2) if last and own else ""
        table.add_row(
            _month(one.month), one.label, french_number(one.paid, 2), french_number(one.due, 2),
            signed(one.difference, 2) if one.difference else "", net, _fate(one),
        )  # fmt: skip
    return table


def _month(month: Month | None) -> str:
    return _NO_MONTH if month is None else month_words(month)


def _fate(one: Gap) -> str:
    if one.limit is None:
        return ""
    if one.fate == "indetermine":
        return _UNSETTLED
    if one.fate == "prescrit":
        return f"prescrit depuis le {one.limit.day.isoformat()}"
    return f"dès le {one.limit.day.isoformat()}"


def _conclusion(one: Recall, terms: Terms) -> Iterator[str]:
    """What the record comes to, and what is left out of it."""
    if not one.differing:
        yield "rien à rappeler : ce qui a été payé est ce qui est dû"
    elif one.net > 0:
        yield f"rappel dû : {french_number(one.net, 2)} €"
    elif one.net < 0:
        yield f"trop-perçu : {french_number(-one.net, 2)} €"
    else:
        yield "net : 0,00 €, rien à demander"
    fates: tuple[tuple[Fate, str], ...] = (
        ("prescrit", "prescrit, donc hors du net"),
        ("indetermine", "sans mois connu, donc hors du net et à trancher"),
    )
    for fate, words in fates:
        if any(gap.fate == fate for gap in one.gaps):
            yield f"{words} : {signed(one.sum(fate), 2)} €"
    if one.later:
        yield (
            f"après {month_words(terms.last)}, à payer normalement : "
            f"{french_number(one.later, 2)} €"
        )
    for lacking in one.lacking:
        side = "payé" if lacking.side == "paye" else "dû"
        found = lacking.anomaly
        yield f"rappel incomplet, {lacking.name} n'est pas calculable ({side}) : {found.message}"


def _limits(corpus: Corpus, gaps: Sequence[Gap]) -> Iterator[str]:
    """The prescriptions that the rows rest on, once each."""
    limits = [one.limit for one in gaps if one.limit is not None]
    yield from dict.fromkeys(limit_words(corpus, one) for one in limits)


def limit_words(corpus: Corpus, limit: Limit) -> str:
    """A prescription, its text, its place, what is to be verified of it."""
    delay = limit.delay
    years = counted(delay.years, "an")
    note = f" ; à vérifier : {delay.note}" if delay.note else ""
    return (
        f"{limit.prescription.label} ({years}) : {named_source(corpus, delay.source)}   "
        f"{delay.span.file}:{delay.span.line}{note}"
    )


def _cause_words(cause: Cause) -> Iterator[str]:
    """Why an amount differs: the steps where the two computations part, both laws told."""
    under = f" (payé sous les règles : {cause.under})" if cause.under else ""
    yield f"Pourquoi : {cause.label}, {months_words(cause.months)}{under}"
    for side, told in (("payé", cause.paid), ("dû", cause.due)):
        if told is not None and (cause.divergence is None or not cause.divergence.origins):
            yield f"  {side} : {value_words(told)}   {reference(told)}"
    if cause.divergence is None:
        return
    for parting in cause.divergence.origins:
        yield f"  {named(parting)}"
        yield f"    payé : {value_words(parting.a)}   {reference(parting.a)}"
        yield f"    dû : {value_words(parting.b)}   {reference(parting.b)}"
        yield from (f"  {line}" for line in reason_words(parting, "payé", "dû"))
    if not cause.divergence.origins:
        yield "  le montant de l'année est le même : ses mois de versement ont changé"


def months_words(months: Sequence[Month | None]) -> str:
    """« octobre 2024 à juin 2025 », « octobre 2024 »; what has no month is told so."""
    known = [one for one in months if one is not None]
    told = [] if not known else [month_words(known[0])]
    if len(known) > 1:
        told = [f"{month_words(known[0])} à {month_words(known[-1])}"]
    return ", ".join([*told, *([_NO_MONTH] if None in months else [])])


def _print_trees(screen: Console, cause: Cause) -> None:
    for side, told in (("payé", cause.paid), ("dû", cause.due)):
        if told is not None:
            screen.print(f"Explication de ce qui est {side}")
            screen.print(explanation_tree(told, whole=True))


def total_words(found: Totals, sector: str, asked: Validation | None) -> Iterator[str]:
    """The totals of everyone, month by month, and the window that pays them."""
    owed = counted(found.owed_persons, "rappel")
    over = counted(found.overpaid_persons, "trop-perçu")
    yield f"{counted(found.persons, 'personne')} : {owed}, {over}"
    yield (
        f"rappels : {_euros(found.sums.owed)} ; trop-perçus : {_euros(-found.sums.overpaid)} ; "
        f"net : {signed(found.sums.net, 2)} €"
    )
    for sums, words in ((found.prescribed, "prescrits"), (found.unsettled, "à trancher")):
        if sums.owed or sums.overpaid:
            yield f"{words} : {_euros(sums.owed)} dus, {_euros(-sums.overpaid)} perçus à tort"
    if found.incomplete:
        yield counted(found.incomplete, "rappel incomplet", "rappels incomplets")
    if found.months:
        yield f"par mois, avec la campagne qui l'a mis en paye ({sector}) :"
    for one in found.months:
        window = one.window or "aucune campagne connue"
        yield (
            f"  {_month(one.month)} : {_euros(one.sums.owed)} dus, "
            f"{_euros(-one.sums.overpaid)} perçus à tort ({window})"
        )
    if asked is not None:
        late = " (ouverte après ce jour)" if asked.late else ""
        yield (
            f"validation du {asked.day.isoformat()} : {asked.window.name}{late}, paye "
            f"{of_month(asked.month)} : {_euros(found.sums.owed)} de rappels, "
            f"{_euros(-found.sums.overpaid)} de trop-perçus"
        )


def _euros(value: Fraction) -> str:
    return f"{french_number(value, 2)} €"
