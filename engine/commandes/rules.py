"""Commands about the law: valider, lectures, couverture-texte, calendrier, code."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import click

from engine.commandes.base import (
    DAY,
    FINDINGS,
    FOLDER,
    LAYOUTS,
    SECTORS,
    answer,
    load,
    past_rules,
    print_findings,
    print_json,
    report,
    write,
    wrong_use,
)
from engine.commandes.witness import write_witnesses


@click.command()
@click.argument("dossier", required=False, type=FOLDER)
@click.option("--sans-plausibilite", "unlikely", is_flag=True,
              help="Ne montre pas ce qui est possible mais étonnant.")  # fmt: skip
@click.option("--date", "day", type=DAY, metavar="AAAA-MM-JJ",
              help="Le jour auquel les dates sont comparées (aujourd'hui).")  # fmt: skip
@click.option("--temoins", type=FOLDER, metavar="DOSSIER",
              help="Écrit un cas qui montre chaque trou, recouvrement ou conflit.")  # fmt: skip
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def valider(
    ctx: click.Context, *, dossier: Path | None, unlikely: bool, day: dt.datetime | None,
    temoins: Path | None, layout: str,
) -> None:  # fmt: skip
    """Contrôle tout un corpus de règles : chaque erreur, chaque valeur étonnante, à sa ligne.

    Exemple : reglo valider
    """
    from engine.usages.validate import validate

    asked = (day or dt.datetime.now(tz=dt.UTC)).date()
    found = validate(dossier or ctx.obj, asked, past_rules(), plausible=not unlikely)
    if temoins is not None:
        shown = write_witnesses(dossier or ctx.obj, temoins, found.findings)
        found = replace(found, findings=shown)
    if layout == "texte":
        report(found.findings)
        click.echo(found.summary)
    else:
        print_findings(found.findings, layout)
    ctx.exit(0 if found.sound else 1)


@click.command()
@click.argument("annee", required=False, metavar="[ANNEE]")
@click.option(
    "--date", "day", type=DAY, metavar="AAAA-MM-JJ", help="Le jour demandé (aujourd'hui)."
)
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--ics", type=click.Path(path_type=Path, dir_okay=False), metavar="FICHIER",
              help="Écrit aussi le calendrier au format iCalendar.")  # fmt: skip
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
    from engine.source.catalogue import say
    from engine.source.messages.hints import suggestion
    from engine.usages import calendar

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
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def lectures(ctx: click.Context, *, layout: str) -> None:
    """Liste les points contestés, leurs lectures et ce qu'elles changent, puis les notes.

    Exemple : reglo lectures
    """
    from engine.usages import sources

    answer(sources.readings_report(load(ctx).corpus), layout)


@click.command("couverture-texte")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def couverture_texte(ctx: click.Context, *, layout: str) -> None:
    """Montre, pour chaque document source, chaque passage et ce qui le prend en charge.

    Exemple : reglo couverture-texte
    """
    from engine.usages import sources

    answer(sources.passages_report(load(ctx).corpus), layout)


@click.command("code")
@click.argument("asked", metavar="CODE")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def explain_code(ctx: click.Context, asked: str, *, layout: str) -> None:
    """Dit ce que veut dire un code d'erreur ou d'avertissement, et ce qu'il faut faire.

    Exemple : reglo code E521
    """
    from engine.evaluation.law import data_folder
    from engine.source.catalogue import codes, entry

    code = asked.upper()
    if code not in codes():
        message = (
            f"code inconnu : « {asked} » ; un code est une lettre et trois chiffres, comme E521"
        )
        raise click.UsageError(message, ctx)
    title = f"{code} : {entry(code).titre}"
    page = (data_folder("docs") / "codes.md").read_text(encoding="utf-8")
    told = re.split(r"^##", page.partition(f"### {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    if layout == "json":
        print_json({"code": code, "titre": entry(code).titre, "texte": told.strip()})
    else:
        click.echo(f"{title}\n\n{told.strip()}")
