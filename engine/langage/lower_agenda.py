"""Pass 4 of 6: calendars, payments, prescriptions and passages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final, cast

from engine.langage import nodes
from engine.langage.agenda import (
    Calendar,
    Deadline,
    Delay,
    Month,
    Onset,
    Passage,
    Plan,
    Prescription,
    Schedule,
    Sense,
    Stage,
    Window,
)
from engine.langage.corpus import Period
from engine.langage.lower import articles
from engine.langage.symbols import Document, Symbols, check_source, only_once
from engine.langage.versions import checked, periods, said, span_of
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def _prescription(symbols: Symbols, key: tree.Scalar, node: tree.Mapping) -> Prescription:
    versions = nodes.mappings(node, "versions")
    found, wrong = periods(versions)
    for one in wrong:
        symbols.report(one)
    return Prescription(
        cast("Sense", key.text),
        nodes.text(node, "libelle") or "",
        tuple(
            _delay(symbols, key.text, version, period)
            for version, period in zip(versions, found, strict=True)
        ),
        node.span,
    )


def _delay(symbols: Symbols, name: str, node: tree.Mapping, period: Period) -> Delay:
    source = nodes.scalar(node, "source")
    if source is not None:
        check_source(symbols, source)
    return Delay(
        period,
        int(nodes.text(node, "annees") or 0),
        cast("Onset", nodes.text(node, "a_partir_de")),
        cast("Onset", nodes.text(node, "apres_reclamation")),
        "" if source is None else source.text,
        nodes.text(node, "cite"),
        nodes.text(node, "a_verifier"),
        checked(symbols, name, node, period),
        node.span,
    )


CENT: Final = Fraction(1, 100)


def lower_calendars(symbols: Symbols, documents: tuple[Document, ...]) -> tuple[Calendar, ...]:
    """Every sound calendar."""
    return tuple(
        _calendar(symbols, one.root)
        for one in documents
        if one.kind == "calendrier" and not one.faults
    )


def _calendar(symbols: Symbols, root: tree.Mapping) -> Calendar:
    name = nodes.scalar(root, "calendrier")
    source = nodes.scalar(root, "source")
    if name is not None:
        only_once(symbols, "calendrier", name)
    if source is not None:
        check_source(symbols, source)
    months = nodes.mapping(root.get("mois_payes"))
    told = "" if name is None else name.text
    place = f"{root.span}"  # two calendars may have one name by mistake
    windows = [_window(symbols, place, node) for node in nodes.mappings(root, "campagnes")]
    for node in nodes.mappings(root, "etapes"):
        rank = nodes.scalar(node, "rang")
        if rank is not None:
            only_once(symbols, f"rang de {place}", rank)
    return Calendar(
        told,
        nodes.text(root, "libelle") or "",
        nodes.text(root, "annee") or "",
        nodes.text(root, "secteur") or "",
        "" if source is None else source.text,
        tuple(sorted(windows, key=lambda window: window.start)),
        tuple(
            Stage(
                int(nodes.text(node, "rang") or 0),
                nodes.text(node, "libelle") or "",
                tuple(one.text for one in nodes.scalars(node.get("qui"))),
                nodes.text(node, "observation"),
            )
            for node in nodes.mappings(root, "etapes")
        ),
        None if months is None else (_month(months, "du"), _month(months, "au")),
        said(symbols, told, None, root),
        root.span,
    )


def _window(symbols: Symbols, calendar: str, node: tree.Mapping) -> Window:
    start = nodes.day(node, "debut") or date.min
    end = nodes.day(node, "fin") or date.max
    if end < start:
        symbols.report(say("E204", span_of(node, "fin"), cas="campagne", depuis=start, jusque=end))
    name = nodes.scalar(node, "nom")
    if name is not None:
        only_once(symbols, f"campagne de {calendar}", name)
    deadlines = [
        Deadline(nodes.day(one, "jusqu_au") or end, _month(one, "paye"), span_of(one, "paye"))
        for one in nodes.mappings(node, "payes")
    ]
    if nodes.text(node, "paye") is not None:
        deadlines.append(Deadline(end, _month(node, "paye"), span_of(node, "paye")))
    return Window(
        nodes.text(node, "nom") or "",
        nodes.text(node, "type") or "",
        start,
        end,
        tuple(sorted(deadlines, key=lambda one: one.until)),
        node.span,
        {key.text: value.span for key, value in node},
    )


def _month(node: tree.Mapping, key: str) -> Month:
    year, _, month = (nodes.text(node, key) or "1-1").partition("-")
    return int(year), int(month)


def lower_schedule(symbols: Symbols, documents: tuple[Document, ...]) -> Schedule | None:
    """The payment plans of the corpus and its prescriptions, or None when it has none.

    Reports E202, E204 to E206, E209 and E214 to E216 of a prescription, one per sense.
    """
    if any(one.faults for one in documents if one.kind == "versements"):
        symbols.unread.add("versements")  # so that no rule is said to serve nothing
    roots = [one.root for one in documents if one.kind == "versements" and not one.faults]
    bodies = [body for body in (nodes.mapping(root.get("versements")) for root in roots) if body]
    if not bodies:
        return None
    sharing = nodes.mapping(bodies[0].get("repartition"))
    source = None if sharing is None else nodes.scalar(sharing, "source")
    if source is not None:
        check_source(symbols, source)
    step = None if sharing is None else nodes.scalar(sharing, "pas")
    plans = [_plan(symbols, node) for body in bodies for node in nodes.mappings(body, "plans")]
    return Schedule(
        CENT if step is None else nodes.number(step) or CENT,
        "" if source is None else source.text,
        tuple(plan for plan in plans if plan is not None),
        tuple(
            _prescription(symbols, key, node)
            for body in bodies
            for key, node in nodes.entries(body, "prescriptions")
            if only_once(symbols, "prescription", key)
        ),
    )


def _plan(symbols: Symbols, node: tree.Mapping) -> Plan | None:
    name = nodes.scalar(node, "montant")
    if name is not None:
        only_once(symbols, "versement", name)
    source = nodes.scalar(node, "source")
    if source is not None:
        check_source(symbols, source)
    elif not articles(node):
        symbols.report(
            say(
                "E209",
                node.span,
                cas="rien",
                quoi="ce versement ne dit pas d'où il vient",
            )
        )
    heads = symbols.rules.get("" if name is None else name.text, [])
    if name is None or not heads:
        text = "" if name is None else name.text
        span = node.span if name is None else name.span
        symbols.report(_bad_plan(text, "aucune règle de ce nom", list(symbols.rules), span))
        return None
    scope = heads[0].scope
    if heads[0].kind not in (None, "nombre"):
        symbols.report(_bad_plan(name.text, "ce n'est pas un nombre", (), name.span))
        return None
    field = nodes.scalar(node, "date")
    if field is not None:
        lines = None if scope is None else symbols.model.collection(scope)
        known = [] if lines is None else [one.name for one in lines.fields if one.kind == "date"]
        if field.text not in known:
            why = f"« {field.text} » n'est pas une date de ses lignes"
            symbols.report(_bad_plan(name.text, why, known, field.span))
            return None
    elif scope is not None and nodes.text(node, "sans_mois") is None:
        why = "un montant par ligne demande `date:`, le champ qui dit son mois"
        symbols.report(_bad_plan(name.text, why, (), name.span))
        return None
    return Plan(
        name.text,
        tuple(int(one.text) for one in nodes.scalars(node.get("mois"))),
        scope,
        None if field is None else field.text,
        int(nodes.text(node, "decalage") or 0),
        nodes.text(node, "sans_mois"),
        nodes.text(node, "apres_validation") == "true",
        articles(node),
        "" if source is None else source.text,
        nodes.text(node, "cite"),
        node.span,
    )


def lower_passages(symbols: Symbols, documents: tuple[Document, ...]) -> tuple[Passage, ...]:
    """Every passage, document by document, in the order they are written."""
    found: list[Passage] = []
    for document in documents:
        name = nodes.scalar(document.root, "passages")
        if document.kind != "passages" or document.faults or name is None:
            continue
        check_source(symbols, name)
        found += [
            Passage(
                name.text,
                nodes.text(node, "repere") or "",
                nodes.text(node, "texte") or "",
                tuple(one.text for one in nodes.scalars(node.get("pris_par"))),
                nodes.text(node, "sans_effet"),
                node.span,
            )
            for node in nodes.mappings(document.root, "reperes")
        ]
    return tuple(found)


def _bad_plan(name: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E415: a payment plan of something that is not an amount of the corpus."""
    near = suggestion(name, known, "montants connus") if known else ()
    return say("E415", span, nom=name, pourquoi=why, proches=near)
