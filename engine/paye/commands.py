"""Commands about pay: calendrier, echeancier, rappel."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from engine.calcul.inputs import STANDARD_INPUT, Inputs, read_sources
from engine.calcul.runs import AskedOfRecords, schedules
from engine.commandes.base import (
    DAY,
    FILE,
    FILES,
    LAYOUTS,
    READING_HELP,
    SECTORS,
    answer,
    chosen,
    load,
    named_folder,
    past_rules,
    progress,
    readings_asked,
    records_of,
    report,
    write,
    wrong_use,
)
from engine.evaluation.law import Law
from engine.evaluation.schedule import validation
from engine.langage.agenda import Month
from engine.paye import calendar
from engine.paye.payments import schedules_report
from engine.paye.recall import (
    Terms,
    Under,
    lacking_limit,
    laws_known,
    months_until,
    paid_by,
    pairs,
    read_under,
    readable,
    recall,
    totals,
)
from engine.paye.recall_report import recall_report
from engine.recus.receipts import Journal
from engine.recus.sealing import Ran, end, tell_refused, with_receipt
from engine.source.catalogue import say
from engine.source.messages.hints import suggestion

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option("--dossier", metavar="IDENTIFIANT", help="Un seul dossier.")
@click.option(
    "--validee-le",
    "validated",
    type=DAY,
    help="Jour de la validation du service : la première paye en dépend.",
)
@click.option("--mois", metavar="AAAA-MM", help="Explique ce qui est payé un mois donné.")
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@with_receipt
@click.pass_context
def echeancier(
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    dossier: str | None,
    validated: dt.datetime | None,
    mois: str | None,
    secteur: str,
    lectures: tuple[str, ...],
    layout: str,
    journal: Journal | None,
) -> None:
    """Dit ce qui est payé chaque mois de l'année scolaire, et pourquoi.

    Exemple : reglo echeancier exemples/lycee.yaml --dossier RICHARD-Paul --validee-le 2024-11-13
    """
    law = load(ctx)
    readings = readings_asked(ctx, law, lectures)
    inputs = records_of(law, fichiers, None)
    calendars = [one for one in law.corpus.calendars if one.sector == secteur]
    day = None if validated is None else validated.date()
    if day is not None and not any(validation(one, day) for one in calendars):
        raise wrong_use(ctx, say("E518", "--validee-le", secteur=secteur, jour=day))
    if mois is not None and not MONTH.fullmatch(mois):
        raise wrong_use(ctx, say("E519", "--mois", texte=mois))
    asked = AskedOfRecords("echeancier", None, None, readings, dossier, day, secteur)
    found = list(schedules(law, chosen(ctx, inputs, dossier), asked))
    objects = [one.to_json(law.corpus) for one in found]
    answer(schedules_report(law.corpus, found, objects, mois), layout)
    end(ctx, Ran(law, asked, inputs, objects), journal)


@click.command()
@click.argument("annee", required=False, metavar="[ANNEE]")
@click.option("--date", "day", type=DAY, help="Le jour demandé (aujourd'hui).")
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--ics", type=FILE, help="Écrit aussi le calendrier au format iCalendar.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def calendrier(
    ctx: click.Context,
    *,
    annee: str | None,
    day: dt.datetime | None,
    secteur: str,
    ics: Path | None,
    layout: str,
) -> None:
    """Donne les campagnes d'une année, celle qui est ouverte un jour, et le mois qui la paye.

    Exemple : reglo calendrier 2024-2025 --date 2024-11-13
    """
    corpus = load(ctx).corpus
    found = calendar.calendars_of(corpus, annee, secteur)
    if not found:
        known = [f"{one.year} --secteur {one.sector}" for one in corpus.calendars]
        wanted = " ".join(part for part in (annee, secteur) if part)
        near = suggestion(wanted, known, "calendriers connus")
        raise wrong_use(ctx, say("E517", "calendrier", voulu=wanted, proches=near))
    asked = (day or dt.datetime.now(tz=dt.UTC)).date()
    if ics is not None:
        write({ics: calendar.to_ics(corpus, found)})
    answer(calendar.calendar_report(corpus, found, annee, secteur, asked), layout)


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option(
    "--paye",
    "paid_files",
    multiple=True,
    type=FILES,
    help="Les dossiers tels qu'ils ont été payés (option répétable) ; d'office, les mêmes.",
)
@click.option(
    "--avant",
    metavar="CORPUS",
    help="Les règles sous lesquelles ils ont été payés : un répertoire, un jour (les règles "
    "connues ce jour-là) ou une révision git ; d'office, celles que leur dépôt git "
    "connaissait le premier jour de chaque mois.",
)
@click.option(
    "--au",
    "day",
    type=DAY,
    help="Le jour du calcul, d'office aujourd'hui ; les mois suivants ne sont pas encore payés.",
)
@click.option(
    "--reclame-le",
    "claims",
    type=DAY,
    multiple=True,
    help="Un jour où la somme a été réclamée : il interrompt la prescription (option répétable).",
)
@click.option(
    "--validee-le",
    "validated",
    type=DAY,
    help="Le jour où les rappels sont validés : il dit leur campagne et leur paye.",
)
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--dossier", metavar="IDENTIFIANT", help="Un seul dossier.")
@click.option(
    "--complet", is_flag=True, help="Montre aussi les montants inchangés, et les deux explications."
)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def rappel(
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    paid_files: tuple[Path, ...],
    avant: str | None,
    day: dt.datetime | None,
    claims: tuple[dt.datetime, ...],
    validated: dt.datetime | None,
    secteur: str,
    dossier: str | None,
    complet: bool,
    layout: str,
) -> None:
    """Dit ce qui reste dû, ou a été payé à tort, après un texte rétroactif ou une correction.

    FICHIER : les dossiers tels qu'ils sont justes, calculés par les règles d'aujourd'hui. La
    différence avec ce qui a été payé est donnée par mois et par montant, avec sa prescription
    et ses raisons.

    Exemple : reglo rappel exemples/lycee.yaml --avant regles --au 2025-08-31
    """
    law = load(ctx)
    until = (day or dt.datetime.now(tz=dt.UTC)).date()
    asked = tuple(one.date() for one in claims)
    # exit 2 for a claim to come, 1 when the rules have no prescription that day
    late = next((one for one in asked if one > until), None)
    if late is not None:
        raise wrong_use(ctx, say("E579", "--reclame-le", reclamation=late, jour=until))
    lacking = lacking_limit(law.corpus.schedule, until)
    if lacking is not None:
        report([say("E580", "--au", cas=lacking, jour=until)])
        ctx.exit(1)
    payment = None if validated is None else paid_by(law.corpus, secteur, validated.date())
    if validated is not None and payment is None:
        raise wrong_use(ctx, say("E518", "--validee-le", secteur=secteur, jour=validated.date()))
    sides = _sides(ctx, law, (fichiers, paid_files), avant, until)
    chosen(ctx, sides.all, dossier)  # a record that nobody gave is a wrong use
    found, findings = pairs(sides.paid, sides.due, dossier)
    kept, unread = readable(found, sides.laws)
    terms = Terms(law, until, asked, sides.laws)
    recalls = [recall(one, terms) for one in progress(kept)]
    summed = totals(law.corpus, recalls, secteur)
    told = recall_report(recalls, terms, summed, secteur, payment, whole=complet)
    answer(told, layout)
    tell_refused(sides.all)
    report((*findings, *unread))
    ctx.exit(1 if findings or unread or sides.all.diagnostics else 0)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The records as they were paid and as they are due, and the law of each month paid."""

    paid: Inputs
    due: Inputs
    laws: Mapping[Month, Under]

    @property
    def all(self) -> Inputs:
        """Everything that was read; what both sides read in one place is there once."""
        sides = (self.due, self.paid)
        outcomes = {(type(one), one.span): one for side in sides for one in side.outcomes}
        findings = dict.fromkeys(one for side in sides for one in side.findings)
        return Inputs(tuple(outcomes.values()), tuple(findings))


def _sides(
    ctx: click.Context,
    law: Law,
    files: tuple[Sequence[Path], Sequence[Path]],
    before: str | None,
    until: dt.date,
) -> _Sides:
    """What is due, of the first files, and what was paid, of the others; exit without law."""
    right, paid_files = files
    if all(any(str(path) == STANDARD_INPUT for path in side) for side in files):
        message = "l'entrée standard ne peut pas être à la fois ce qui est dû et ce qui a été payé"
        raise click.UsageError(message, ctx)
    folder, told = (None, "") if before is None else named_folder(ctx, before)
    old = law if folder is None else load(ctx, folder)
    due = records_of(law, right, None)
    if paid_files:
        paid = records_of(old, paid_files, None)
    else:
        paid = due if old is law else read_sources(due.sources, old.corpus)
    months = months_until((*paid.records, *due.records), until)
    if folder is not None:
        return _Sides(paid, due, dict.fromkeys(months, read_under(old, told, paid)))
    laws, wrong = laws_known(ctx.obj, months, paid.sources, past_rules())
    if wrong:
        report(wrong)
        ctx.exit(2)
    return _Sides(paid, due, laws)
