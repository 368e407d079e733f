"""What is owed or overpaid, told: a listing per record, the reasons, the totals of everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.calcul.divergence import named, parting_json, reason_words, value_words
from engine.calcul.report import explanation_tree, reference
from engine.evaluation.divergence import Parting
from engine.evaluation.explanation import named_source
from engine.evaluation.schedule import Validation
from engine.evaluation.show import counted, exact_text, french_number, signed, visible
from engine.langage.agenda import Month, month_name, month_words, of_month
from engine.langage.corpus import Corpus
from engine.paye.recall import Fate, Limit, PaidGap, Recall, RecallCause, RecallSums, Terms, Totals
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown

_NO_MONTH: Final = "sans mois"
_UNSETTLED: Final = "à trancher : le mois n'est pas connu"
_COLUMNS: Final = (
    ListColumn("mois", "mois"),
    ListColumn("regle", None),
    ListColumn("libelle", "montant"),
    ListColumn("paye", "payé", "number"),
    ListColumn("du", "dû", "number"),
    ListColumn("difference", "différence", "move"),
    ListColumn("", "net du mois", "move"),
    ListColumn("sort", None),
    ListColumn("prescription", "prescription"),
)
_OUTSIDE: Final[Mapping[Fate, str]] = {
    "prescrit": "prescrit, donc hors du net",
    "indetermine": "sans mois connu, donc hors du net et à trancher",
}


def recall_report(
    recalls: Sequence[Recall],
    terms: Terms,
    totals: Totals,
    sector: str,
    asked: Validation | None,
    *,
    whole: bool,
) -> Report:
    """Each record that has something to be told, or every one when ``whole``; then the totals.

    ``whole``: also the amounts that do not differ, and at a terminal both explanations.
    """
    parts: list[Block] = []
    dossiers, same = [], 0
    for one in recalls:
        gaps = _gaps(one.gaps if whole else one.differing)
        dossiers.append(_json(one, gaps))
        if whole or one.differing or one.lacking:
            parts += _parts(one, gaps, terms, whole=whole)
        else:
            same += 1
    if same:
        nothing = "ce qui a été payé est ce qui est dû"
        parts.append(Sentence(f"rien à rappeler : {counted(same, 'dossier')}, {nothing}"))
    parts += _totals(totals, sector, asked)
    validation = (
        None
        if asked is None
        else {
            "jour": asked.day.isoformat(),
            "campagne": asked.window.name,
            "paye": month_name(asked.month),
            **_sums(totals.sums),
        }
    )
    data = {
        "au": terms.day.isoformat(),
        "reclame_le": [one.isoformat() for one in terms.claims],
        "empreinte": terms.law.corpus.digest,
        "payes_sous": [
            {"mois": month_name(month), "regles": law.told, "empreinte": law.law.corpus.digest}
            for month, law in terms.paid_under.items()
        ],
        "dossiers": dossiers,
        "totaux": {
            "personnes": totals.persons,
            "avec_rappel": totals.owed_persons,
            "avec_trop_percu": totals.overpaid_persons,
            "incomplets": totals.incomplete,
            **_sums(totals.sums),
            "prescrits": _sums(totals.prescribed),
            "indetermines": _sums(totals.unsettled),
            "mois": [
                {"mois": _name(one.month), "campagne": one.window, **_sums(one.sums)}
                for one in totals.months
            ],
        },
        "validation": validation,
    }
    return Report("Rappels", parts, data)


def _name(month: Month | None) -> str | None:
    return None if month is None else month_name(month)


def _sums(sums: RecallSums) -> dict[str, object]:
    named_sums = {"rappels": sums.owed, "trop_percus": sums.overpaid, "net": sums.net}
    return {name: exact_text(value, 2) for name, value in named_sums.items()}


# --- one record


def _gaps(gaps: Sequence[PaidGap]) -> Listing:
    """One row per month and amount; the last row of a month tells what it nets to."""
    rows = []
    for number, one in enumerate(gaps):
        last = number + 1 == len(gaps) or gaps[number + 1].month != one.month
        own = [gap for gap in gaps if gap.month == one.month and gap.fate == "exigible"]
        net = sum((gap.difference for gap in own), Fraction(0)) if last and own else None
        month = Shown(_name(one.month), _month(one.month))
        difference = Shown(one.difference, None if one.difference else "")
        fate = one.fate if one.difference else "exact"
        amounts = (one.name, one.label, one.paid, one.due, difference, net)
        rows.append((month, *amounts, fate, Shown(_limit(one.limit), _fate(one))))
    return Listing("", _COLUMNS, rows)


def _month(month: Month | None) -> str:
    return _NO_MONTH if month is None else month_words(month)


def _fate(gap: PaidGap) -> str:
    if gap.limit is None:
        return ""
    if gap.fate == "indetermine":
        return _UNSETTLED
    since = "prescrit depuis le" if gap.fate == "prescrit" else "dès le"
    return f"{since} {gap.limit.day.isoformat()}"


def _limit(limit: Limit | None) -> dict[str, object] | None:
    if limit is None:
        return None
    delay = limit.delay
    return {
        "sens": limit.prescription.sense,
        "libelle": limit.prescription.label,
        "annees": delay.years,
        "le": limit.day.isoformat(),
        "source": delay.source,
        "cite": delay.cite,
        "a_verifier": delay.note,
        "lieu": f"{delay.span.file}:{delay.span.line}",
    }


def _json(recall: Recall, gaps: Listing) -> dict[str, object]:
    sides = (("paye", recall.pair.paid), ("du", recall.pair.due))
    return {
        "dossier": recall.record.ident,
        "date": recall.record.day.isoformat(),
        "cotes": [name for name, side in sides if side is not None],
        "net": exact_text(recall.net, 2),
        "prescrit": exact_text(recall.sum("prescrit"), 2),
        "indetermine": exact_text(recall.sum("indetermine"), 2),
        "a_venir": exact_text(recall.later, 2),
        "complet": not recall.lacking,
        "montants": gaps.json(),
        "anomalies": [
            {"cote": lack.side, "montant": lack.name, **lack.anomaly.to_json()}
            for lack in recall.lacking
        ],
        "explications": [
            {
                "regle": cause.name,
                "expliquee_par": cause.rule,
                "mois": [_name(month) for month in cause.months],
                "payee_sous": cause.under or None,
                "origines": [parting_json(parting) for parting in _origins(cause)],
                "paye": None if cause.paid is None else cause.paid.to_json(),
                "du": None if cause.due is None else cause.due.to_json(),
            }
            for cause in recall.causes
        ],
    }


def _parts(recall: Recall, gaps: Listing, terms: Terms, *, whole: bool) -> Iterator[Block]:
    record = recall.record
    title = f"{visible(record.ident)}, année du {record.day.isoformat()}"
    if recall.pair.paid is None:
        title += "\naucun dossier payé : tout est dû"
    if recall.pair.due is None:
        title += "\naucun dossier dû : tout ce qui a été payé l'a été à tort"
    yield Heading(title)
    told = "\n".join((*_conclusion(recall, terms), *_limits(terms.law.corpus, recall.differing)))
    if gaps.rows:
        yield replace(gaps, notes=told.split("\n"))
    else:
        yield Sentence(told)
    for cause in recall.causes:
        yield Sentence("\n".join(_cause_words(cause)))
        for side, explained in (("payé", cause.paid), ("dû", cause.due)):
            if whole and explained is not None:
                yield Heading(f"Explication de ce qui est {side}")
                yield explanation_tree(explained, whole=True)


def _conclusion(recall: Recall, terms: Terms) -> Iterator[str]:
    """What the record comes to, and what is left out of it."""
    if not recall.differing:
        yield "rien à rappeler : ce qui a été payé est ce qui est dû"
    elif recall.net > 0:
        yield f"rappel dû : {_euros(recall.net)}"
    elif recall.net < 0:
        yield f"trop-perçu : {_euros(-recall.net)}"
    else:
        yield "net : 0,00 €, rien à demander"
    for fate, words in _OUTSIDE.items():
        if any(gap.fate == fate for gap in recall.gaps):
            yield f"{words} : {signed(recall.sum(fate), 2, '€')}"
    if recall.later:
        yield f"après {month_words(terms.last)}, à payer normalement : {_euros(recall.later)}"
    for lacking in recall.lacking:
        side = "payé" if lacking.side == "paye" else "dû"
        found = lacking.anomaly
        yield f"rappel incomplet, {lacking.name} n'est pas calculable ({side}) : {found.message}"


def _limits(corpus: Corpus, gaps: Sequence[PaidGap]) -> Iterator[str]:
    """The prescriptions that the rows rest on, once each: text, place, what is to be verified."""
    limits = [(one.limit.prescription, one.limit.delay) for one in gaps if one.limit is not None]
    for prescription, delay in dict.fromkeys(limits):
        note = f" ; à vérifier : {delay.note}" if delay.note else ""
        yield (
            f"{prescription.label} ({counted(delay.years, 'an')}) : "
            f"{named_source(corpus, delay.source)}   {delay.span.file}:{delay.span.line}{note}"
        )


def _origins(cause: RecallCause) -> Sequence[Parting]:
    return () if cause.divergence is None else cause.divergence.origins


def _cause_words(cause: RecallCause) -> Iterator[str]:
    """Why an amount differs: the steps where the two computations part, both laws told."""
    known = [month_words(one) for one in cause.months if one is not None]
    months = [" à ".join(known[:: len(known) - 1])] if len(known) > 1 else known
    months += [_NO_MONTH] if None in cause.months else []
    under = f" (payé sous les règles : {cause.under})" if cause.under else ""
    yield f"Pourquoi : {cause.label}, {', '.join(months)}{under}"
    if not _origins(cause):
        for side, told in (("payé", cause.paid), ("dû", cause.due)):
            if told is not None:
                yield f"  {side} : {value_words(told)}   {reference(told)}"
    for parting in _origins(cause):
        yield f"  {named(parting)}"
        yield f"    payé : {value_words(parting.a)}   {reference(parting.a)}"
        yield f"    dû : {value_words(parting.b)}   {reference(parting.b)}"
        yield from (f"  {line}" for line in reason_words(parting, "payé", "dû"))
    if cause.divergence is not None and not _origins(cause):
        yield "  le montant de l'année est le même : ses mois de versement ont changé"


# --- everyone


def _totals(totals: Totals, sector: str, asked: Validation | None) -> Iterator[Block]:
    """The totals of everyone, month by month, and the window that pays them."""
    owed = counted(totals.owed_persons, "rappel")
    over = counted(totals.overpaid_persons, "trop-perçu")
    lines = [f"{counted(totals.persons, 'personne')} : {owed}, {over}"]
    owed, over = _euros(totals.sums.owed), _euros(-totals.sums.overpaid)
    net = signed(totals.sums.net, 2, "€")
    lines.append(f"rappels : {owed} ; trop-perçus : {over} ; net : {net}")
    for sums, name in ((totals.prescribed, "prescrits"), (totals.unsettled, "à trancher")):
        if sums.owed or sums.overpaid:
            lines.append(f"{name} : {_both(sums)}")
    if totals.incomplete:
        lines.append(counted(totals.incomplete, "rappel incomplet", "rappels incomplets"))
    yield Sentence("\n".join(lines))
    columns = [ListColumn("", name) for name in ("mois", "campagne")]
    columns += [ListColumn("", name, "number", 2, "€") for name in ("dus", "perçus à tort")]
    rows, words = [], list[str]()
    for one in totals.months:
        month, window = _month(one.month), one.window or "aucune campagne connue"
        rows.append((month, window, one.sums.owed, -one.sums.overpaid))
        words.append(f"{month} : {_both(one.sums)} ({window})")
    if rows:
        title = f"par mois, avec la campagne qui l'a mis en paye ({sector})"
        yield Listing(title, columns, rows, words)
    if asked is not None:
        late = " (ouverte après ce jour)" if asked.late else ""
        yield Sentence(
            f"validation du {asked.day.isoformat()} : {asked.window.name}{late}, paye "
            f"{of_month(asked.month)} : {owed} de rappels, {over} de trop-perçus"
        )


def _both(sums: RecallSums) -> str:
    return f"{_euros(sums.owed)} dus, {_euros(-sums.overpaid)} perçus à tort"


def _euros(value: Fraction) -> str:
    return f"{french_number(value, 2)} €"
