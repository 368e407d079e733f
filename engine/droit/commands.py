"""Commands about the law: valider, lectures, couverture-texte, calendrier, code."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import click

from engine.cas.witness import write_witnesses
from engine.commandes.base import (
    DAY,
    FINDINGS,
    FOLDER,
    LAYOUTS,
    answer,
    load,
    past_rules,
    print_findings,
    print_json,
    report,
)
from engine.droit import sources
from engine.edition.validate import validate
from engine.evaluation.law import data_folder
from engine.source.catalogue import codes, entry


@click.command()
@click.argument("corpus", required=False, type=FOLDER, metavar="[RÉPERTOIRE]")
@click.option(
    "--sans-plausibilite",
    "unlikely",
    is_flag=True,
    help="Ne montre pas ce qui est possible mais étonnant.",
)
@click.option(
    "--date", "day", type=DAY, help="Le jour auquel les dates sont comparées (aujourd'hui)."
)
@click.option(
    "--temoins", type=FOLDER, help="Écrit un cas qui montre chaque trou, recouvrement ou conflit."
)
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def valider(
    ctx: click.Context,
    *,
    corpus: Path | None,
    unlikely: bool,
    day: dt.datetime | None,
    temoins: Path | None,
    layout: str,
) -> None:
    """Contrôle tout un corpus de règles : chaque erreur, chaque valeur étonnante, à sa ligne.

    Exemple : reglo valider
    """
    asked = (day or dt.datetime.now(tz=dt.UTC)).date()
    found = validate(corpus or ctx.obj, asked, past_rules(), plausible=not unlikely)
    if temoins is not None:
        shown = write_witnesses(corpus or ctx.obj, temoins, found.findings)
        found = replace(found, findings=shown)
    if layout == "texte":
        report(found.findings)
        click.echo(found.summary)
    else:
        print_findings(found.findings, layout)
    ctx.exit(0 if found.sound else 1)


@click.command()
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def lectures(ctx: click.Context, *, layout: str) -> None:
    """Liste les points contestés, leurs lectures et ce qu'elles changent, puis les notes.

    Exemple : reglo lectures
    """
    answer(sources.readings_report(load(ctx).corpus), layout)


@click.command("couverture-texte")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def couverture_texte(ctx: click.Context, *, layout: str) -> None:
    """Montre, pour chaque document source, chaque passage et ce qui le prend en charge.

    Exemple : reglo couverture-texte
    """
    answer(sources.passages_report(load(ctx).corpus), layout)


@click.command()
@click.argument("asked", metavar="CODE")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def code(ctx: click.Context, asked: str, *, layout: str) -> None:
    """Dit ce que veut dire un code d'erreur ou d'avertissement, et ce qu'il faut faire.

    Exemple : reglo code E521
    """
    wanted = asked.upper()
    if wanted not in codes():
        message = (
            f"code inconnu : « {asked} » ; un code est une lettre et trois chiffres, comme E521"
        )
        raise click.UsageError(message, ctx)
    title = f"{wanted} : {entry(wanted).titre}"
    page = (data_folder("docs") / "codes.md").read_text(encoding="utf-8")
    told = re.split(r"^##", page.partition(f"### {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    if layout == "json":
        print_json({"code": wanted, "titre": entry(wanted).titre, "texte": told.strip()})
    else:
        click.echo(f"{title}\n\n{told.strip()}")
