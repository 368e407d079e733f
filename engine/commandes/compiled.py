"""The command that gives the law to other programs: compiler."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from engine.commandes.base import DAY, FILE, load, report, results_asked, write


@click.command()
@click.option("--date", "days", type=DAY, multiple=True, metavar="AAAA-MM-JJ",
              help="Un jour dont le droit est compilé (aujourd'hui) ; il se répète.")  # fmt: skip
@click.option("--resultats", metavar="NOMS", help="Les résultats voulus (tous), avec des virgules.")
@click.option("-o", "--sortie", type=FILE, required=True, metavar="FICHIER.wasm",
              help="Le module ; son descripteur est écrit à côté, en .json.")  # fmt: skip
@click.pass_context
def compiler(
    ctx: click.Context, *, days: tuple[dt.datetime, ...], resultats: str | None, sortie: Path
) -> None:
    """Écrit la loi en un module WebAssembly, que tout programme peut appliquer à ses dossiers.

    Le module porte l'empreinte des règles. Le descripteur dit où sont, dans sa mémoire, les
    champs, les résultats et les contrôles : docs/module.md.

    Exemple : reglo compiler --date 2024-10-01 -o loi.wasm
    """
    from engine.evaluation.compilation.lower import UnsupportedError
    from engine.evaluation.compilation.scaled import TooWideError
    from engine.module.descriptor import module_of
    from engine.sql.runs import not_planned

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
