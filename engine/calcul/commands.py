"""Commands about records: calculer, expliquer, diverger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.calcul.inputs import Inputs
from engine.calcul.report import explanations_report, results_report
from engine.calcul.runs import AskedOfRecords, computations, explained_json, explanations
from engine.commandes.base import (
    DAY,
    FILES,
    FOLDER,
    LAYOUTS,
    READING_HELP,
    answer,
    chosen,
    load,
    progress,
    readings_asked,
    records_of,
    report,
    results_asked,
)
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.results import interpreter_for
from engine.langage.records import Record
from engine.recus.sealing import Ran, end, with_receipt
from engine.source.diagnostics import Diagnostic

if TYPE_CHECKING:
    from engine.recus.receipts import Journal


@click.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option("--date", "--au", "day", type=DAY, help="Calcule tous les dossiers à cette date.")
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
    """Calcule des dossiers : fichiers, répertoires de fichiers, ou « - » pour l'entrée standard.

    Exemple : reglo calculer exemples/lycee.yaml --resultats ors,hsa --format json
    """
    law = load(ctx)
    asked = AskedOfRecords(
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
@click.option("--date", "day", type=DAY, help="Calcule à cette date.")
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
    asked = AskedOfRecords(
        "expliquer", None if day is None else day.date(), wanted, readings, dossier
    )
    found = list(explanations(law, chosen(ctx, inputs, dossier), asked))
    objects = [explained_json(law, *one) for one in found]
    answer(explanations_report(found, objects, whole=complet), layout)
    end(ctx, Ran(law, asked, inputs, objects), journal)


def _of_run(
    ctx: click.Context, law: Law, run: Path, idents: Sequence[str]
) -> tuple[Inputs, Mapping[str, str]]:
    """Records of a run and the readings of that run; exit 1 when either source has changed."""
    from engine.sql.runs import open_run

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
@click.argument("a", type=FILES)
@click.argument("b", type=FILES, required=False)
@click.option(
    "--dossier", metavar="IDENTIFIANT", help="Le dossier à suivre, quand un fichier en a plusieurs."
)
@click.option("--resultat", metavar="NOM", help="Un seul résultat (par défaut, tous).")
@click.option("--regles-b", "rules", type=FOLDER, help="Le corpus de règles de B.")
@click.option("--au-a", "day_a", type=DAY, help="La date de A.")
@click.option("--au-b", "day_b", type=DAY, help="La date de B.")
@click.option(
    "--lecture-a",
    "readings_a",
    multiple=True,
    metavar="NOM=OPTION",
    help="Une lecture de A (option répétable).",
)
@click.option(
    "--lecture-b",
    "readings_b",
    multiple=True,
    metavar="NOM=OPTION",
    help="Une lecture de B (option répétable).",
)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def diverger(
    ctx: click.Context,
    *,
    a: Path,
    b: Path | None,
    dossier: str | None,
    resultat: str | None,
    rules: Path | None,
    day_a: dt.datetime | None,
    day_b: dt.datetime | None,
    readings_a: tuple[str, ...],
    readings_b: tuple[str, ...],
    layout: str,
) -> None:
    """Dit où deux calculs d'un dossier se séparent, et pourquoi.

    A et B sont deux fichiers ; sans B, le même fichier, et les options font la différence.
    Code de sortie : 0 si rien ne diffère, 1 sinon, ou si un dossier est refusé.

    Exemple : reglo diverger exemples/lycee.yaml exemples/lycee.yaml --dossier RICHARD-Paul
    """
    if b is None and not (rules or day_a or day_b or readings_a or readings_b):
        message = "donnez un second fichier, ou ce qui change : --regles-b, --au-b, --lecture-b"
        raise click.UsageError(message, ctx)
    law_a = load(ctx)
    law_b = law_a if rules is None else load(ctx, rules)
    first = _evaluation(ctx, law_a, a, dossier, day_a, readings_a)
    second = _evaluation(ctx, law_b, b or a, dossier, day_b, readings_b)
    everything = tuple(dict.fromkeys((*law_a.corpus.results, *law_b.corpus.results)))
    from engine.calcul.divergence import divergence_report
    from engine.evaluation.divergence import diverge

    found = diverge(first, second, results_asked(ctx, law_a, resultat) or everything)
    answer(divergence_report(found, first, second), layout)
    ctx.exit(1 if found.partings else 0)


def _evaluation(
    ctx: click.Context,
    law: Law,
    path: Path,
    ident: str | None,
    day: dt.datetime | None,
    lectures: tuple[str, ...],
) -> Interpreter:
    """The record of one side under its law; exit 1 when it is refused."""
    inputs = records_of(law, [path], day)
    records = chosen(ctx, inputs, ident)
    if len(records) > 1:
        message = f"{path.as_posix()} a {len(records)} dossiers : choisissez avec --dossier"
        raise click.UsageError(message, ctx)
    if not records:
        report(inputs.diagnostics)
        ctx.exit(1)
    record = records[0]
    readings = readings_asked(ctx, law, lectures)
    return interpreter_for(law, record, readings, traced=True)
