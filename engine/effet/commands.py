"""The command that measures what a change of the law does to a population: impact."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import click

from engine.commandes.base import (
    FILE,
    LAYOUTS,
    NEW_FOLDER,
    answer,
    counting,
    load,
    memory,
    named_folder,
    report,
    with_drafts,
    wrong_use,
)
from engine.evaluation.law import Law
from engine.histoire.compare import LawSide, side_of
from engine.langage.agenda import YEAR_STARTS
from engine.langage.versions import without_drafts
from engine.source.catalogue import say

_YEAR = re.compile(r"([0-9]{4})-([0-9]{4})")


def _first_year(_ctx: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """« 2026-2027 » as 2026."""
    if text is None:
        return None
    found = _YEAR.fullmatch(text)
    if found is None or int(found[2]) != int(found[1]) + 1:
        message = f"« {text} » n'est pas une année : 2026-2027"
        raise click.BadParameter(message)
    return int(found[1])


@click.command()
@click.argument("population", type=click.Path(path_type=Path))
@click.option(
    "--avant",
    metavar="RÈGLES",
    help="Les règles d'avant : un répertoire, un jour, une révision git (par défaut, "
    "celles du jour sans les projets).",
)
@click.option(
    "--apres",
    metavar="RÈGLES",
    help="Celles d'après (par défaut, celles du jour avec les projets).",
)
@click.option(
    "--annee",
    "year",
    metavar="AAAA-AAAA",
    callback=_first_year,
    help="Applique aux dossiers le droit de cette année-là.",
)
@click.option(
    "--population-avant",
    "old",
    type=click.Path(path_type=Path),
    metavar="ENTREE",
    help="Les mêmes dossiers avant leurs propres changements.",
)
@click.option(
    "-o",
    "--sortie",
    type=NEW_FOLDER,
    help="Écrit la page, le classeur, le JSON et la table des dossiers.",
)
@click.option(
    "--attendu",
    type=FILE,
    help="Échoue si l'effet n'est pas celui que ce fichier annonce.",
)
@click.option(
    "--exemples",
    "top",
    type=click.IntRange(0, 1000),
    default=3,
    show_default=True,
    metavar="NOMBRE",
    help="Dossiers expliqués de chaque sorte.",
)
@click.option("--complet", is_flag=True, help="Montre chaque valeur et chaque explication.")
@click.option(
    "--memoire",
    metavar="TAILLE",
    callback=memory,
    help="Mémoire des données, « 800Mo » ou « 2Go ».",
)
@click.option(
    "--fils",
    type=click.IntRange(1, 256),
    metavar="NOMBRE",
    help="Fils d'exécution (par défaut, un par cœur).",
)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def impact(
    ctx: click.Context,
    *,
    population: Path,
    avant: str | None,
    apres: str | None,
    year: int | None,
    old: Path | None,
    sortie: Path | None,
    attendu: Path | None,
    top: int,
    complet: bool,
    memoire: int | None,
    fils: int | None,
    layout: str,
) -> None:
    """Mesure ce qu'un changement des règles fait à une population : qui, combien, et pourquoi.

    POPULATION est ce que lit « reglo campagne ». Code de sortie : 0 ; 1 si un dossier est refusé,
    ou si l'effet n'est pas celui annoncé.

    Exemple : reglo impact exemples/population --annee 2026-2027
    """
    from engine.effet.impact import ImpactRequest, check_announced, read_announced
    from engine.effet.report import impact_report, run_impact

    laws, sides, told = _both(ctx, avant, apres)
    if year is not None:  # both laws must answer then
        first, asked = max(law.corpus.first_day for law in laws), dt.date(year, *YEAR_STARTS)
        if asked < first:
            raise wrong_use(ctx, say("E505", "--annee", jour=asked, premier_jour=first))
    announced = None
    if attendu is not None:
        announced, findings = read_announced(attendu)
        if announced is None:
            report(findings)
            ctx.exit(1)
    request = ImpactRequest(population, old, year, top, memoire, fils)
    with counting("calcul", "dossiers") as tell:
        found, findings = run_impact(laws, sides, request, sortie, told, tell)
    report(findings)
    if found is None:
        ctx.exit(1)
    answer(impact_report(found, *told, whole=complet), layout)
    if sortie is not None:
        click.echo(f"Écrit : {sortie.as_posix()}", err=True)
    wrong = () if announced is None else check_announced(announced, found)
    report(wrong)
    ctx.exit(1 if wrong or found.refused else 0)


def _both(
    ctx: click.Context, avant: str | None, apres: str | None
) -> tuple[tuple[Law, Law], tuple[LawSide, LawSide], tuple[str, str]]:
    """The two laws, with their texts, and how each is told."""
    drafts = with_drafts(ctx.obj)
    old, told_old = (
        (drafts, "aujourd'hui, sans les projets") if avant is None else named_folder(ctx, avant)
    )
    new, told_new = (
        (drafts, "aujourd'hui, avec les projets") if apres is None else named_folder(ctx, apres)
    )
    laws = (load(ctx, old), load(ctx, new))
    sides = (side_of(laws[0], old), side_of(laws[1], new))
    if avant is None:
        laws = (Law(without_drafts(laws[0].corpus)), laws[1])
        sides = (replace(sides[0], corpus=laws[0].corpus), sides[1])
    told = [
        f"{words}, règles {law.corpus.digest[:19]}"
        for words, law in zip((told_old, told_new), laws, strict=True)
    ]
    return laws, sides, (told[0], told[1])
