"""Commands that tell what changed in the law: comparer, journal."""

from __future__ import annotations

from pathlib import Path

import click

from engine.commandes.base import FILE, answer, load, named_folder, report
from engine.evaluation.law import corpus_folder
from engine.histoire.compare import LawSide, compare, side_of
from engine.histoire.compare_report import compare_report
from engine.histoire.value_history import history_report, value_history

LAYOUTS = click.Choice(["texte", "json", "html"])


@click.command()
@click.argument("avant")
@click.argument("apres", required=False)
@click.option("-o", "--sortie", type=FILE, help="Écrit dans ce fichier, et non à l'écran.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def comparer(
    ctx: click.Context, *, avant: str, apres: str | None, sortie: Path | None, layout: str
) -> None:
    """Dit ce qui change dans la loi entre deux corpus : valeurs, dates, formules, lectures.

    AVANT et APRES sont un répertoire de règles, un jour (les règles connues ce jour-là), ou une
    révision git ; sans APRES, les règles d'aujourd'hui.

    Exemple : reglo comparer regles
    """
    (before, old), (after, new) = _side(ctx, avant), _side(ctx, apres)
    answer(compare_report(compare(before, after), old, new), layout, sortie)


def _side(ctx: click.Context, named: str | None) -> tuple[LawSide, str]:
    """A corpus by what names it, and how to tell it."""
    folder, told = named_folder(ctx, named)
    law = load(ctx, folder)
    return side_of(law, folder), f"{told}, règles {law.corpus.digest[:19]}"


@click.command()
@click.argument("nom")
@click.option("--format", "layout", type=click.Choice(["texte", "json"]), default="texte")
@click.pass_context
def journal(ctx: click.Context, *, nom: str, layout: str) -> None:
    """Donne l'histoire des valeurs d'un texte, d'un paramètre, d'une table ou d'une règle, par git.

    Exemple : reglo journal valeur_du_point
    """
    entries, findings = value_history(corpus_folder(ctx.obj), nom)
    if findings:
        report(findings)
        ctx.exit(2)
    answer(history_report(entries), layout)
