"""The command that tells what is owed or was overpaid: rappel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILES,
    LAYOUTS,
    SECTORS,
    answer,
    chosen,
    load,
    named_folder,
    past_rules,
    progress,
    records_of,
    report,
    wrong_use,
)
from engine.commandes.sealing import tell_refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.evaluation.law import Law
    from engine.langage.agenda import Month
    from engine.usages.inputs import Inputs
    from engine.usages.recall_sides import Under


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option("--paye", "paid_files", multiple=True, type=FILES, metavar="FICHIER",
              help="Les dossiers tels qu'ils ont été payés (option répétable) ; "
              "d'office, les mêmes.")  # fmt: skip
@click.option("--avant", metavar="CORPUS",
              help="Les règles sous lesquelles ils ont été payés : un dossier, un jour (les règles "
              "connues ce jour-là) ou une révision git ; d'office, celles que leur dépôt git "
              "connaissait le premier jour de chaque mois.")  # fmt: skip
@click.option("--au", "day", type=DAY, metavar="AAAA-MM-JJ",
              help="Le jour du calcul, d'office aujourd'hui ; les mois suivants "
              "ne sont pas encore payés.")  # fmt: skip
@click.option("--reclame-le", "claims", type=DAY, multiple=True, metavar="AAAA-MM-JJ",
              help="Un jour où la somme a été réclamée : il interrompt la prescription "
              "(option répétable).")  # fmt: skip
@click.option("--validee-le", "validated", type=DAY, metavar="AAAA-MM-JJ",
              help="Le jour où les rappels sont validés : il dit leur campagne "
              "et leur paye.")  # fmt: skip
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--dossier", metavar="IDENTIFIANT", help="Un seul dossier.")
@click.option("--complet", is_flag=True,
              help="Montre aussi les montants inchangés, et les deux explications.")  # fmt: skip
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
    from engine.usages.recall import Terms, paid_by, recall, totals
    from engine.usages.recall_report import recall_report
    from engine.usages.recall_sides import pairs, readable

    law = load(ctx)
    until = (day or dt.datetime.now(tz=dt.UTC)).date()
    asked = tuple(one.date() for one in claims)
    _check_days(ctx, law, until, asked)
    payment = None if validated is None else paid_by(law.corpus, secteur, validated.date())
    if validated is not None and payment is None:
        from engine.source.catalogue import say

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


def _check_days(ctx: click.Context, law: Law, until: dt.date, claims: Sequence[dt.date]) -> None:
    """Exit 2 for a claim to come, 1 when the rules have no prescription that day."""
    from engine.source.catalogue import say
    from engine.usages.recall import lacking_limit

    late = next((one for one in claims if one > until), None)
    if late is not None:
        raise wrong_use(ctx, say("E579", "--reclame-le", reclamation=late, jour=until))
    lacking = lacking_limit(law.corpus.schedule, until)
    if lacking is not None:
        report([say("E580", "--au", cas=lacking, jour=until)])
        ctx.exit(1)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The records as they were paid and as they are due, and the law of each month paid."""

    paid: Inputs
    due: Inputs
    laws: Mapping[Month, Under]

    @property
    def all(self) -> Inputs:
        """Everything that was read; what both sides read in one place is there once."""
        from engine.usages.inputs import Inputs

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
    from engine.usages.inputs import STANDARD_INPUT, read_sources
    from engine.usages.recall_sides import laws_known, months_until, under

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
        return _Sides(paid, due, dict.fromkeys(months, under(old, told, paid)))
    laws, wrong = laws_known(ctx.obj, months, paid.sources, past_rules())
    if wrong:
        report(wrong)
        ctx.exit(2)
    return _Sides(paid, due, laws)
