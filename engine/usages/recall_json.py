"""What is owed or overpaid, for other programs: each record, both explanations, the totals."""

from __future__ import annotations

from collections.abc import Sequence

from engine.evaluation.schedule import Validation
from engine.evaluation.show import exact_text
from engine.langage.agenda import Month, month_name
from engine.usages.divergence import parting_json
from engine.usages.recall_forms import Cause, Gap, Recall, Terms
from engine.usages.recall_totals import MonthTotal, Sums, Totals

Json = dict[str, object]


def recalls_json(
    recalls: Sequence[Recall],
    terms: Terms,
    found: Totals,
    asked: Validation | None,
    *,
    whole: bool = False,
) -> Json:
    """The whole answer; ``whole``: also the amounts that do not differ."""
    return {
        "au": terms.day.isoformat(),
        "reclame_le": [one.isoformat() for one in terms.claims],
        "empreinte": terms.law.corpus.digest,
        "payes_sous": [
            {
                "mois": month_name(month),
                "regles": law.told,
                "empreinte": law.law.corpus.digest,
            }
            for month, law in terms.paid_under.items()
        ],
        "dossiers": [_recall(one, whole=whole) for one in recalls],
        "totaux": _totals(found),
        "validation": None
        if asked is None
        else {
            "jour": asked.day.isoformat(),
            "campagne": asked.window.name,
            "paye": month_name(asked.month),
            **_sums(found.sums),
        },
    }


def _recall(one: Recall, *, whole: bool) -> Json:
    return {
        "dossier": one.record.ident,
        "date": one.record.day.isoformat(),
        "cotes": [
            name
            for name, side in (("paye", one.pair.paid), ("du", one.pair.due))
            if side is not None
        ],
        "net": exact_text(one.net, 2),
        "prescrit": exact_text(one.sum("prescrit"), 2),
        "indetermine": exact_text(one.sum("indetermine"), 2),
        "a_venir": exact_text(one.later, 2),
        "complet": not one.lacking,
        "montants": [_gap(gap) for gap in (one.gaps if whole else one.differing)],
        "anomalies": [
            {"cote": lack.side, "montant": lack.name, **lack.anomaly.to_json()}
            for lack in one.lacking
        ],
        "explications": [_cause(cause) for cause in one.causes],
    }


def _gap(gap: Gap) -> Json:
    limit = gap.limit
    return {
        "mois": _month(gap.month),
        "regle": gap.name,
        "libelle": gap.label,
        "paye": exact_text(gap.paid, 2),
        "du": exact_text(gap.due, 2),
        "difference": exact_text(gap.difference, 2),
        "sort": gap.fate if gap.difference else "exact",
        "prescription": None
        if limit is None
        else {
            "sens": limit.prescription.sense,
            "libelle": limit.prescription.label,
            "annees": limit.delay.years,
            "le": limit.day.isoformat(),
            "source": limit.delay.source,
            "cite": limit.delay.cite,
            "a_verifier": limit.delay.note,
            "lieu": f"{limit.delay.span.file}:{limit.delay.span.line}",
        },
    }


def _cause(cause: Cause) -> Json:
    origins = () if cause.divergence is None else cause.divergence.origins
    return {
        "regle": cause.name,
        "expliquee_par": cause.rule,
        "mois": [_month(one) for one in cause.months],
        "payee_sous": cause.under or None,
        "origines": [parting_json(one) for one in origins],
        "paye": None if cause.paid is None else cause.paid.to_json(),
        "du": None if cause.due is None else cause.due.to_json(),
    }


def _month(month: Month | None) -> str | None:
    return None if month is None else month_name(month)


def _totals(found: Totals) -> Json:
    return {
        "personnes": found.persons,
        "avec_rappel": found.owed_persons,
        "avec_trop_percu": found.overpaid_persons,
        "incomplets": found.incomplete,
        **_sums(found.sums),
        "prescrits": _sums(found.prescribed),
        "indetermines": _sums(found.unsettled),
        "mois": [_month_total(one) for one in found.months],
    }


def _month_total(one: MonthTotal) -> Json:
    return {"mois": _month(one.month), "campagne": one.window, **_sums(one.sums)}


def _sums(sums: Sums) -> Json:
    return {
        "rappels": exact_text(sums.owed, 2),
        "trop_percus": exact_text(sums.overpaid, 2),
        "net": exact_text(sums.net, 2),
    }
