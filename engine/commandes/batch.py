"""The command about tables of records: campagne."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    LAYOUTS,
    READING_HELP,
    answer,
    load,
    print_json,
    readings_asked,
    report,
    results_asked,
)
from engine.commandes.sealing import with_receipt, write_receipt
from engine.commandes.tables import forms, memory, progress_of_records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.evaluation.law import Law
    from engine.sql.manifest import Engine
    from engine.sql.runs import Copy
    from engine.usages.journal import Journal

ENGINES = click.Choice(["duckdb", "spark"])
_INTERRUPTED: Mapping[Engine, str] = {
    "duckdb": "Campagne interrompue ; continuez-la avec --reprendre.",
    "spark": "Campagne interrompue ; rien n'est écrit.",
}


@click.command()
@click.argument("entree", type=click.Path(path_type=Path))
@click.option("-o", "--sortie", required=True, type=click.Path(path_type=Path), metavar="DOSSIER",
              help="Dossier à écrire ; il ne doit pas exister.")  # fmt: skip
@click.option("--moteur", "engine", type=ENGINES, default="duckdb", show_default=True,
              help="Ce qui calcule ; spark demande reglo[spark] et Java 17.")  # fmt: skip
@click.option("--maitre", "master", metavar="URL",
              help="Où Spark calcule : spark://…, yarn (par défaut, ici).")  # fmt: skip
@click.option("--resultats", metavar="NOMS", help="Noms des résultats voulus, par des virgules.")
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--memoire", metavar="TAILLE", callback=memory,
              help="Mémoire des données, « 800Mo » ou « 2Go » (par défaut, 250Mo par fil) ; "
                   "au-delà, le disque sert.")  # fmt: skip
@click.option("--fils", type=click.IntRange(1, 256), metavar="NOMBRE",
              help="Fils d'exécution (par défaut, un par cœur).")  # fmt: skip
@click.option("--lot", "chunk", type=click.IntRange(1000), metavar="NOMBRE",
              help="Dossiers calculés ensemble.")  # fmt: skip
@click.option("--tables", "forms", callback=forms, metavar="FORMES", default="parquet",
              show_default=True,
              help="Formes des tables écrites, par des virgules : parquet (toujours écrit : "
                   "expliquer, les reçus et prouver le lisent), csv (« ; », virgule décimale) et "
                   "xlsx (un classeur).")  # fmt: skip
@click.option("--complet", "whole", is_flag=True,
              help="Bilan entier, sans couper les longues listes.")  # fmt: skip
@click.option("--reprendre", is_flag=True, help="Continue une campagne interrompue.")
@click.option("--format", "layout", type=LAYOUTS, default="texte",
              help="Forme du bilan ; json : le manifeste.")  # fmt: skip
@with_receipt
@click.pass_context
def campagne(
    ctx: click.Context,
    *,
    entree: Path,
    sortie: Path,
    engine: Engine,
    master: str | None,
    resultats: str | None,
    lectures: tuple[str, ...],
    memoire: int | None,
    fils: int | None,
    chunk: int | None,
    forms: tuple[str, ...],
    whole: bool,
    reprendre: bool,
    layout: str,
    journal: Journal | None,
) -> None:
    """Calcule toute une population : des tables en entrée, des tables en sortie.

    ENTREE est un dossier de tables (.parquet ou .csv), une base .duckdb, un classeur .xlsx ou des
    dossiers .jsonl.

    Exemple : reglo campagne exemples/population -o resultats
    """
    from engine.source.signals import exit_code
    from engine.sql.campaign import CHUNK
    from engine.sql.runs import Request, run_campaign

    _check_engine(ctx, engine, master, chunk, resume=reprendre)
    law = load(ctx)
    request = Request(
        entree, sortie, results_asked(ctx, law, resultats), readings_asked(ctx, law, lectures),
        memoire, fils, chunk or CHUNK, reprendre, engine, master,
        _copies(law, forms, memoire, fils),
    )  # fmt: skip
    try:
        with progress_of_records() as tell:
            manifest, findings = run_campaign(law, request, tell)
    except KeyboardInterrupt:
        click.echo(_INTERRUPTED[engine], err=True)
        ctx.exit(exit_code())
    report(findings)
    if manifest is None:
        ctx.exit(1)
    if journal is not None:
        from engine.evaluation.law import corpus_folder
        from engine.usages.population import made_of_campaign

        shown = corpus_folder(ctx.obj).shown
        write_receipt(ctx, journal, made_of_campaign(law, shown, request, manifest))
    ctx.exit(_summary(law, manifest, sortie, layout, whole=whole))


def _copies(
    law: Law, forms: tuple[str, ...], memory: int | None, threads: int | None
) -> Mapping[str, Copy]:
    """What writes the tables in the forms asked for, beyond Parquet."""
    copies: dict[str, Copy] = {}
    if "csv" in forms:
        from engine.sql.readable import write_csv

        copies["csv"] = lambda tables, _manifest, folder: write_csv(tables, folder, memory, threads)
    if "xlsx" in forms:
        from engine.usages.campaign_report import write_book

        copies["xlsx"] = partial(write_book, law)
    return copies


def _check_engine(
    ctx: click.Context, engine: Engine, master: str | None, chunk: int | None, *, resume: bool
) -> None:
    """Each engine has options that mean nothing to the other."""
    if engine == "duckdb" and master is not None:
        message = "--maitre dit où Spark calcule : ajoutez --moteur spark"
        raise click.UsageError(message, ctx)
    if engine == "spark" and resume:
        message = (
            "--reprendre ne vaut que pour le moteur duckdb : une campagne de Spark interrompue"
            " recommence du début"
        )
        raise click.UsageError(message, ctx)
    if engine == "spark" and chunk is not None:
        message = "--lot ne vaut que pour le moteur duckdb : Spark partage lui-même les dossiers"
        raise click.UsageError(message, ctx)


def _summary(
    law: Law, manifest: Mapping[str, object], output: Path, layout: str, *, whole: bool
) -> int:
    """Tell the counts, then what the tables come to; the exit code is 1 when one was refused."""
    from engine.sql.manifest import FORMS
    from engine.usages.campaign_report import campaign_report, counts_of

    if layout == "json":
        print_json(manifest)
    else:
        tables = {Path(one).stem: output / one for one in FORMS["parquet"]}
        place = output.as_posix()
        answer(campaign_report(law.corpus, tables, manifest, whole=whole, place=place), layout)
    return 1 if counts_of(manifest)[2] or manifest["rejets"] else 0
