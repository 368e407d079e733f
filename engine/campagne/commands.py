"""Commands about all the records, or any: campagne, compiler."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.campagne.report import campaign_report, counts_of, write_book
from engine.commandes.base import (
    DAY,
    FILE,
    LAYOUTS,
    NEW_FOLDER,
    READING_HELP,
    answer,
    counting,
    load,
    memory,
    print_json,
    readings_asked,
    report,
    results_asked,
    write,
)
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law, corpus_folder
from engine.recus.sealing import with_receipt, write_receipt
from engine.source.signals import exit_code
from engine.sql.campaign import CHUNK
from engine.sql.output import FORMS, Engine, write_csv
from engine.sql.runs import Copy, Request, not_planned, run_campaign

if TYPE_CHECKING:
    from engine.recus.receipts import Journal

ENGINES = click.Choice(["duckdb", "spark"])
_INTERRUPTED: Mapping[Engine, str] = {
    "duckdb": "Campagne interrompue ; continuez-la avec --reprendre.",
    "spark": "Campagne interrompue ; rien n'est écrit.",
}


def _forms(_ctx: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    """« csv,xlsx » as the forms of tables to write, in one order, Parquet always."""
    asked = [form.strip() for form in text.split(",") if form.strip()]
    wrong = next((form for form in asked if form not in FORMS), None)
    if wrong is not None or not asked:
        message = f"« {text if wrong is None else wrong} » n'est pas une forme de tables : " + (
            ", ".join(FORMS)
        )
        raise click.BadParameter(message)
    return tuple(form for form in FORMS if form == "parquet" or form in asked)


@click.command()
@click.argument("entree", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--sortie",
    required=True,
    type=NEW_FOLDER,
    help="Répertoire à écrire ; il ne doit pas exister.",
)
@click.option(
    "--moteur",
    "engine",
    type=ENGINES,
    default="duckdb",
    show_default=True,
    help="Ce qui calcule ; spark demande reglo[spark] et Java 17.",
)
@click.option(
    "--maitre",
    "master",
    metavar="URL",
    help="Où Spark calcule : spark://…, yarn (par défaut, ici).",
)
@click.option("--resultats", metavar="NOMS", help="Noms des résultats voulus, par des virgules.")
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option(
    "--memoire",
    metavar="TAILLE",
    callback=memory,
    help="Mémoire des données, « 800Mo » ou « 2Go » (par défaut, 250Mo par fil) ; "
    "au-delà, le disque sert.",
)
@click.option(
    "--fils",
    type=click.IntRange(1, 256),
    metavar="NOMBRE",
    help="Fils d'exécution (par défaut, un par cœur).",
)
@click.option(
    "--lot",
    "chunk",
    type=click.IntRange(1000),
    metavar="NOMBRE",
    help="Dossiers calculés ensemble.",
)
@click.option(
    "--tables",
    "forms",
    callback=_forms,
    metavar="FORMES",
    default="parquet",
    show_default=True,
    help="Formes des tables écrites, par des virgules : parquet (toujours écrit : "
    "expliquer, les reçus et prouver le lisent), csv (« ; », virgule décimale) et "
    "xlsx (un classeur).",
)
@click.option(
    "--complet", "whole", is_flag=True, help="Bilan entier, sans couper les longues listes."
)
@click.option("--reprendre", is_flag=True, help="Continue une campagne interrompue.")
@click.option(
    "--format",
    "layout",
    type=LAYOUTS,
    default="texte",
    help="Forme du bilan ; json : le manifeste.",
)
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

    ENTREE est un répertoire de tables (.parquet ou .csv), une base .duckdb, un classeur .xlsx ou
    des dossiers .jsonl.

    Exemple : reglo campagne exemples/population -o resultats
    """
    _check_engine(ctx, engine, master, chunk, resume=reprendre)
    law = load(ctx)
    request = Request(
        entree,
        sortie,
        results_asked(ctx, law, resultats),
        readings_asked(ctx, law, lectures),
        memoire,
        fils,
        chunk or CHUNK,
        reprendre,
        engine,
        master,
        _copies(law, forms, memoire, fils),
    )
    try:
        with counting("calcul", "dossiers") as tell:
            manifest, findings = run_campaign(law, request, tell)
    except KeyboardInterrupt:
        click.echo(_INTERRUPTED[engine], err=True)
        ctx.exit(exit_code())
    report(findings)
    if manifest is None:
        ctx.exit(1)
    if journal is not None:
        from engine.campagne.population import made_of_campaign

        shown = corpus_folder(ctx.obj).shown
        write_receipt(ctx, journal, made_of_campaign(law, shown, request, manifest))
    ctx.exit(_summary(law, manifest, sortie, layout, whole=whole))


def _copies(
    law: Law, forms: tuple[str, ...], memory: int | None, threads: int | None
) -> Mapping[str, Copy]:
    """What writes the tables in the forms asked for, beyond Parquet."""
    copies: dict[str, Copy] = {}
    if "csv" in forms:
        copies["csv"] = lambda tables, _manifest, folder: write_csv(tables, folder, memory, threads)
    if "xlsx" in forms:
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
    if layout == "json":
        print_json(manifest)
    else:
        tables = {Path(one).stem: output / one for one in FORMS["parquet"]}
        place = output.as_posix()
        answer(campaign_report(law.corpus, tables, manifest, whole=whole, place=place), layout)
    return 1 if counts_of(manifest)[2] or manifest["rejets"] else 0


@click.command()
@click.option(
    "--date",
    "days",
    type=DAY,
    multiple=True,
    help="Un jour dont le droit est compilé (aujourd'hui) ; il se répète.",
)
@click.option("--resultats", metavar="NOMS", help="Les résultats voulus (tous), avec des virgules.")
@click.option(
    "-o",
    "--sortie",
    type=FILE,
    required=True,
    metavar="FICHIER.wasm",
    help="Le module ; son descripteur est écrit à côté, en .json.",
)
@click.pass_context
def compiler(
    ctx: click.Context, *, days: tuple[dt.datetime, ...], resultats: str | None, sortie: Path
) -> None:
    """Écrit la loi en un module WebAssembly, que tout programme peut appliquer à ses dossiers.

    Le module porte l'empreinte des règles. Le descripteur dit où sont, dans sa mémoire, les
    champs, les résultats et les contrôles : docs/module.md.

    Exemple : reglo compiler --date 2024-10-01 -o loi.wasm
    """
    if sortie.suffix != ".wasm":
        message = f"« {sortie} » : un module s'appelle NOM.wasm"
        raise click.UsageError(message, ctx)
    law = load(ctx)
    wanted = results_asked(ctx, law, resultats)
    asked = [one.date() for one in days] or [dt.datetime.now(tz=dt.UTC).date()]
    early = [one for one in asked if one < law.corpus.first_day]
    if early:
        message = f"le {early[0]} est avant les règles, qui commencent le {law.corpus.first_day}"
        raise click.UsageError(message, ctx)
    from engine.module.descriptor import module_of

    try:
        binary, descriptor = module_of(law, asked, wanted, sortie.name)
    except (UnsupportedError, TooWideError) as error:
        report([not_planned(error)])
        ctx.exit(1)
    told = json.dumps(descriptor, ensure_ascii=False, indent=1).encode() + b"\n"
    beside = sortie.with_suffix(".json")
    write({sortie: binary, beside: told})
    epochs = descriptor["epoques"]
    assert isinstance(epochs, list)  # noqa: S101 - written by module_of
    for one in epochs:
        click.echo(f"droit du {one['du']}" + (f" au {one['au']}" if one["au"] else ", sans fin"))
    results, controls = descriptor["resultats"], descriptor["controles"]
    assert isinstance(results, list)  # noqa: S101 - as above
    assert isinstance(controls, list)  # noqa: S101 - as above
    click.echo(f"{len(results)} résultats, {len(controls)} contrôles ; {descriptor['regles']}")
    click.echo(f"écrits : {sortie} ({len(binary) // 1024} Kio), {beside}")
