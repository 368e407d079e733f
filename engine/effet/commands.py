"""The command that measures what a change of the law does to a population: impact."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
from engine.evaluation.law import Folder, Law
from engine.histoire.compare import LawSide, side_of
from engine.langage.agenda import YEAR_STARTS
from engine.langage.versions import without_drafts
from engine.source.catalogue import say
from engine.source.tree import Mapping

if TYPE_CHECKING:
    from engine.effet.impact import Impact


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
@click.option("--avant", metavar="RÈGLES",
              help="Les règles d'avant : un répertoire, un jour, une révision git (par défaut, "
                   "celles du jour sans les projets).")  # fmt: skip
@click.option("--apres", metavar="RÈGLES",
              help="Celles d'après (par défaut, celles du jour avec les projets).")  # fmt: skip
@click.option("--annee", "year", metavar="AAAA-AAAA", callback=_first_year,
              help="Applique aux dossiers le droit de cette année-là.")  # fmt: skip
@click.option("--population-avant", "old", type=click.Path(path_type=Path), metavar="ENTREE",
              help="Les mêmes dossiers avant leurs propres changements.")  # fmt: skip
@click.option("-o", "--sortie", type=NEW_FOLDER,
              help="Écrit la page, le classeur, le JSON et la table des dossiers.")  # fmt: skip
@click.option("--attendu", type=FILE,
              help="Échoue si l'effet n'est pas celui que ce fichier annonce.")  # fmt: skip
@click.option("--exemples", "top", type=click.IntRange(0, 1000), default=3, show_default=True,
              metavar="NOMBRE", help="Dossiers expliqués de chaque sorte.")  # fmt: skip
@click.option("--complet", is_flag=True, help="Montre chaque valeur et chaque explication.")
@click.option("--memoire", metavar="TAILLE", callback=memory,
              help="Mémoire des données, « 800Mo » ou « 2Go ».")  # fmt: skip
@click.option("--fils", type=click.IntRange(1, 256), metavar="NOMBRE",
              help="Fils d'exécution (par défaut, un par cœur).")  # fmt: skip
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
    from engine.effet.measured import Request
    from engine.effet.report import impact_report, run_impact

    laws, sides, told = _both(ctx, avant, apres)
    _check_year(ctx, laws, year)
    announced = _announced(ctx, attendu)
    request = Request(population, old, year, top, memoire, fils)
    with counting("calcul", "dossiers") as tell:
        found, findings = run_impact(laws, sides, request, sortie, told, tell)
    report(findings)
    if found is None:
        ctx.exit(1)
    answer(impact_report(found, *told, whole=complet), layout)
    if sortie is not None:
        click.echo(f"Écrit : {sortie.as_posix()}", err=True)
    ctx.exit(1 if _differs(announced, found) or found.refused else 0)


def _both(
    ctx: click.Context, avant: str | None, apres: str | None
) -> tuple[tuple[Law, Law], tuple[LawSide, LawSide], tuple[str, str]]:
    """The two laws, with their texts, and how each is told."""
    drafts = with_drafts(ctx.obj)
    old, told_old = (drafts, "aujourd'hui, sans les projets") if avant is None else named_folder(
        ctx, avant)  # fmt: skip
    new, told_new = (drafts, "aujourd'hui, avec les projets") if apres is None else named_folder(
        ctx, apres)  # fmt: skip
    sides = tuple(_loaded(ctx, one) for one in (old, new))
    laws = (sides[0][0], sides[1][0])
    if avant is None:
        laws = (Law(without_drafts(laws[0].corpus)), laws[1])
        sides = ((laws[0], replace(sides[0][1], corpus=laws[0].corpus)), sides[1])
    told = [f"{words}, règles {law.corpus.digest[:19]}"
            for words, law in zip((told_old, told_new), laws, strict=True)]  # fmt: skip
    return laws, (sides[0][1], sides[1][1]), (told[0], told[1])


def _check_year(ctx: click.Context, laws: tuple[Law, Law], year: int | None) -> None:
    """Both laws must answer in the year asked for."""
    if year is None:
        return
    first, asked = max(law.corpus.first_day for law in laws), dt.date(year, *YEAR_STARTS)
    if asked < first:
        raise wrong_use(ctx, say("E505", "--annee", jour=asked, premier_jour=first))


def _loaded(ctx: click.Context, folder: Folder) -> tuple[Law, LawSide]:

    law = load(ctx, folder)
    return law, side_of(law, folder)


def _differs(announced: Mapping | None, found: Impact) -> bool:
    """Whether the effect is not the announced one: then why is told."""
    if announced is None:
        return False
    from engine.effet.announced import check_announced

    wrong = check_announced(announced, found)
    report(wrong)
    return bool(wrong)


def _announced(ctx: click.Context, path: Path | None) -> Mapping | None:
    """What is announced, read before anything is measured; exit 1 when it cannot be."""
    if path is None:
        return None
    from engine.effet.announced import read_announced

    found, findings = read_announced(path)
    if found is None:
        report(findings)
        ctx.exit(1)
    return found
