"""Commands about records: calculer, expliquer, echeancier."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILES,
    FOLDER,
    LAYOUTS,
    READING_HELP,
    SECTORS,
    answer,
    chosen,
    load,
    progress,
    readings_asked,
    records_of,
    report,
    results_asked,
    wrong_use,
)
from engine.commandes.sealing import Ran, end, with_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.evaluation.law import Law
    from engine.langage.records import Record
    from engine.source.diagnostics import Diagnostic
    from engine.usages.inputs import Inputs
    from engine.usages.journal import Journal

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option(
    "--date",
    "--au",
    "day",
    type=DAY,
    metavar="AAAA-MM-JJ",
    help="Calcule tous les dossiers à cette date.",
)  # fmt: skip
@click.option(
    "--resultats", metavar="NOMS", help="Noms des résultats voulus, séparés par des virgules."
)
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@with_receipt
@click.pass_context
def calculer(
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    day: dt.datetime | None,
    resultats: str | None,
    lectures: tuple[str, ...],
    layout: str,
    journal: Journal | None,
) -> None:
    """Calcule des dossiers : fichiers, dossiers de fichiers, ou « - » pour l'entrée standard.

    Exemple : reglo calculer exemples/lycee.yaml --resultats ors,hsa --format json
    """
    from engine.usages.runs import Asked, computations
    from engine.usages.show import results_report

    law = load(ctx)
    asked = Asked(
        "calculer",
        None if day is None else day.date(),
        results_asked(ctx, law, resultats),
        readings_asked(ctx, law, lectures),
    )
    inputs = records_of(law, fichiers, day)
    computed = list(computations(law, progress(inputs.records), asked))
    objects = [one.to_json() for one in computed]
    board = asked.wanted or law.corpus.board
    answer(results_report(law.corpus, computed, board, objects), layout)
    end(ctx, Ran(law, asked, inputs, objects), journal)


@click.command()
@click.argument("fichiers", nargs=-1, type=FILES)
@click.option(
    "--campagne",
    "run",
    type=FOLDER,
    metavar="SORTIE",
    help="Explique un dossier d'une campagne, d'après ses données et ses règles.",
)
@click.option(
    "--dossier",
    "dossiers",
    multiple=True,
    metavar="IDENTIFIANT",
    help="Le dossier à expliquer (tous, sans cette option) ; plusieurs, avec --campagne.",
)
@click.option(
    "--resultat", metavar="NOM", help="Le résultat à expliquer (par défaut, ceux du tableau)."
)
@click.option("--date", "day", type=DAY, metavar="AAAA-MM-JJ", help="Calcule à cette date.")
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--complet", is_flag=True, help="Montre aussi les conditions, les zéros, tout.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@with_receipt
@click.pass_context
def expliquer(
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    run: Path | None,
    dossiers: tuple[str, ...],
    resultat: str | None,
    day: dt.datetime | None,
    lectures: tuple[str, ...],
    complet: bool,
    layout: str,
    journal: Journal | None,
) -> None:
    """Explique un résultat : chaque étape, sa formule chiffrée, sa règle, son article, son lieu.

    Exemple : reglo expliquer exemples/lycee.yaml --dossier DUPONT-Claire --resultat hsa
    """
    from engine.usages.runs import Asked, explained_json, explanations
    from engine.usages.show import explanations_report

    law = load(ctx)
    wanted = results_asked(ctx, law, resultat)
    if run is not None:
        if fichiers or not dossiers or day is not None or lectures or journal is not None:
            message = "--campagne va avec --dossier, sans fichier, ni --date, --lecture ou --recu"
            raise click.UsageError(message, ctx)
        inputs, readings = _of_run(ctx, law, run, dossiers)
    elif len(dossiers) > 1:
        message = "plusieurs --dossier ne vont qu'avec --campagne"
        raise click.UsageError(message, ctx)
    elif fichiers:
        readings = readings_asked(ctx, law, lectures)
        inputs = records_of(law, fichiers, day)
    else:
        message = "donnez des fichiers, ou --campagne"
        raise click.UsageError(message, ctx)
    dossier = dossiers[0] if dossiers and run is None else None
    asked = Asked("expliquer", None if day is None else day.date(), wanted, readings, dossier)
    found = list(explanations(law, chosen(ctx, inputs, dossier), asked))
    objects = [explained_json(law, *one) for one in found]
    answer(explanations_report(found, objects, whole=complet), layout)
    end(ctx, Ran(law, asked, inputs, objects), journal)


def _of_run(
    ctx: click.Context, law: Law, run: Path, idents: Sequence[str]
) -> tuple[Inputs, Mapping[str, str]]:
    """Records of a run and the readings of that run; exit 1 when either source has changed."""
    from engine.sql.run_reader import open_run
    from engine.usages.inputs import Inputs

    records: list[Record] = []
    faults: list[Diagnostic] = []
    with open_run(law, run) as opened:
        if isinstance(opened, tuple):
            report(opened)
            ctx.exit(1)
        for ident in dict.fromkeys(idents):
            record, findings = opened.record(ident)
            records += [] if record is None else [record]
            faults += findings
        readings = opened.readings
    if not records:
        report(faults)
        ctx.exit(1)
    return Inputs(tuple(records), tuple(faults)), readings


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option("--dossier", metavar="IDENTIFIANT", help="Un seul dossier.")
@click.option("--validee-le", "validated", type=DAY, metavar="AAAA-MM-JJ",
              help="Jour de la validation du service : la première paye en dépend.")  # fmt: skip
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
    from engine.evaluation.schedule import validation
    from engine.source.catalogue import say
    from engine.usages.payments import schedules_report
    from engine.usages.runs import Asked, schedules

    law = load(ctx)
    readings = readings_asked(ctx, law, lectures)
    inputs = records_of(law, fichiers, None)
    calendars = [one for one in law.corpus.calendars if one.sector == secteur]
    day = None if validated is None else validated.date()
    if day is not None and not any(validation(one, day) for one in calendars):
        raise wrong_use(ctx, say("E518", "--validee-le", secteur=secteur, jour=day))
    if mois is not None and not MONTH.fullmatch(mois):
        raise wrong_use(ctx, say("E519", "--mois", texte=mois))
    asked = Asked("echeancier", None, None, readings, dossier, day, secteur)
    found = list(schedules(law, chosen(ctx, inputs, dossier), asked))
    objects = [one.to_json(law.corpus) for one in found]
    answer(schedules_report(law.corpus, found, objects, mois), layout)
    end(ctx, Ran(law, asked, inputs, objects), journal)
