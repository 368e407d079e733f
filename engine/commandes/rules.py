"""Commands about the law: valider, rejouer, lectures, couverture-texte, calendrier, code."""

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
    FORGES,
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
from engine.commandes.properties import show_properties
from engine.commandes.replay import show_replay
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
def valider(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context, *, dossier: Path | None, unlikely: bool, day: dt.datetime | None,
    temoins: Path | None, layout: str,
) -> None:  # fmt: skip
    """Contrôle tout un corpus de règles : chaque erreur, chaque valeur étonnante, à sa ligne.

    Exemple : reglo valider
    """
    from engine.usages.validate import validate  # noqa: PLC0415 - start-up time

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
@click.argument("chemins", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--junit", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False),
              help="Écrit aussi les résultats au format JUnit.")  # fmt: skip
@click.option("--proprietes", "alone", is_flag=True,
              help="Ne vérifie que les propriétés (dossiers « proprietes »).")  # fmt: skip
@click.option("--temoins", type=FOLDER, metavar="DOSSIER",
              help="Écrit un cas de chaque propriété en échec.")  # fmt: skip
@click.option("--couverture", is_flag=True,
              help="Dit ce qu'aucun cas ne parcourt de la loi.")  # fmt: skip
@click.option("--page", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False),
              help="Écrit la couverture en une page HTML, table par table.")  # fmt: skip
@click.option("--mutations", is_flag=True,
              help="Essaie chaque petite faute, et liste celles qu'aucun cas ne voit.")  # fmt: skip
@click.option("--depuis", "revision", metavar="REVISION",
              help="N'essaie que les fautes des lignes changées depuis.")  # fmt: skip
@click.option("--texte", "only", metavar="NOM",
              help="N'essaie que les fautes d'un texte, ou d'un paramètre.")  # fmt: skip
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def rejouer(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context,
    *,
    chemins: tuple[Path, ...],
    junit: Path | None,
    alone: bool,
    temoins: Path | None,
    couverture: bool,
    page: Path | None,
    mutations: bool,
    revision: str | None,
    only: str | None,
    layout: str,
) -> None:
    """Rejoue les cas de non-régression et vérifie les propriétés (par défaut, cas_tests/).

    Exemple : reglo rejouer cas_tests/taux.yaml --junit rapport.xml
    """
    from engine.cas.junit import to_junit  # noqa: PLC0415 - start-up time
    from engine.cas.property_run import run_paths  # noqa: PLC0415
    from engine.cas.replay import NOTHING, replay_paths  # noqa: PLC0415
    from engine.commandes import protection as show  # noqa: PLC0415

    _check_protection(ctx, couverture, page, mutations, revision or only, layout)
    if alone and (couverture or mutations):
        message = "--proprietes va sans --couverture ni --mutations, qui parlent des cas"
        raise click.UsageError(message, ctx)
    law, paths = load(ctx), chemins or (Path("cas_tests"),)
    replay = NOTHING if alone else replay_paths(law, paths)
    if replay.failed:
        from engine.cas.second_opinion import with_faults  # noqa: PLC0415 - only then

        replay = with_faults(law, replay)
    verdicts = run_paths(law, paths)
    if junit is not None:
        write({junit: to_junit(replay, verdicts).encode()})
    told = show_replay(replay, layout, verdicts, alone=not (couverture or mutations))
    show_properties(law, verdicts, layout, temoins)
    told = (*told, *verdicts.findings)
    checked = bool(replay.replayed or verdicts.found)
    sound = checked and not (replay.failed or replay.findings or verdicts.findings)
    asked = show.protection_of(ctx, paths) if couverture or mutations else None
    cases = tuple(one.case for one in replay.replayed)
    if couverture:
        held, more = show.show_coverage(law, cases, asked, layout, page)
        sound, told = sound and held, (*told, *more)
    if mutations:
        held, more = show.show_mutations(ctx, law, cases, asked, layout, revision, only)
        sound, told = sound and held, (*told, *more)
    if layout in FORGES:
        print_findings(told, layout)
    ctx.exit(0 if sound else 1)


def _check_protection(  # noqa: PLR0913, PLR0917 - the options that depend on one another
    ctx: click.Context, coverage: bool, page: Path | None, mutations: bool,  # noqa: FBT001
    chosen: str | None, layout: str,
) -> None:  # fmt: skip
    """Some options mean nothing without another."""
    if page is not None and not coverage:
        message = "--page montre la couverture : ajoutez --couverture"
        raise click.UsageError(message, ctx)
    if chosen is not None and not mutations:
        message = "--depuis et --texte choisissent les fautes à essayer : ajoutez --mutations"
        raise click.UsageError(message, ctx)
    if layout == "json" and coverage and mutations:
        message = "en JSON, demandez --couverture ou --mutations, l'un après l'autre"
        raise click.UsageError(message, ctx)


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
def calendrier(  # noqa: PLR0913 - one parameter per option
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
    from engine.source.catalogue import say  # noqa: PLC0415
    from engine.source.messages.hints import suggestion  # noqa: PLC0415
    from engine.usages import calendar  # noqa: PLC0415 - start-up time

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
    from engine.usages import sources  # noqa: PLC0415 - start-up time

    answer(sources.readings_report(load(ctx).corpus), layout)


@click.command("couverture-texte")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def couverture_texte(ctx: click.Context, *, layout: str) -> None:
    """Montre, pour chaque document source, chaque passage et ce qui le prend en charge.

    Exemple : reglo couverture-texte
    """
    from engine.usages import sources  # noqa: PLC0415 - start-up time

    answer(sources.passages_report(load(ctx).corpus), layout)


@click.command("code")
@click.argument("asked", metavar="CODE")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def explain_code(ctx: click.Context, asked: str, *, layout: str) -> None:
    """Dit ce que veut dire un code d'erreur ou d'avertissement, et ce qu'il faut faire.

    Exemple : reglo code E521
    """
    from engine.evaluation.law import data_folder  # noqa: PLC0415 - start-up time
    from engine.source.catalogue import codes, entry  # noqa: PLC0415

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
