"""The command that tells where two evaluations part: diverger."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILES,
    FOLDER,
    LAYOUTS,
    answer,
    chosen,
    load,
    readings_asked,
    records_of,
    report,
    results_asked,
)

if TYPE_CHECKING:
    from engine.evaluation.interpreter import Interpreter
    from engine.evaluation.law import Law


@click.command()
@click.argument("a", type=FILES)
@click.argument("b", type=FILES, required=False)
@click.option("--dossier", metavar="IDENTIFIANT",
              help="Le dossier à suivre, quand un fichier en a plusieurs.")  # fmt: skip
@click.option("--resultat", metavar="NOM", help="Un seul résultat (par défaut, tous).")
@click.option("--regles-b", "rules", type=FOLDER, metavar="DOSSIER",
              help="Le corpus de règles de B.")  # fmt: skip
@click.option("--au-a", "day_a", type=DAY, metavar="AAAA-MM-JJ", help="La date de A.")
@click.option("--au-b", "day_b", type=DAY, metavar="AAAA-MM-JJ", help="La date de B.")
@click.option("--lecture-a", "readings_a", multiple=True, metavar="NOM=OPTION",
              help="Une lecture de A (option répétable).")  # fmt: skip
@click.option("--lecture-b", "readings_b", multiple=True, metavar="NOM=OPTION",
              help="Une lecture de B (option répétable).")  # fmt: skip
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
    from engine.evaluation.divergence import diverge
    from engine.usages.divergence import divergence_report

    if b is None and not (rules or day_a or day_b or readings_a or readings_b):
        message = "donnez un second fichier, ou ce qui change : --regles-b, --au-b, --lecture-b"
        raise click.UsageError(message, ctx)
    law_a = load(ctx)
    law_b = law_a if rules is None else load(ctx, rules)
    first = _evaluation(ctx, law_a, a, dossier, day_a, readings_a)
    second = _evaluation(ctx, law_b, b or a, dossier, day_b, readings_b)
    everything = tuple(dict.fromkeys((*law_a.corpus.results, *law_b.corpus.results)))
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
    from engine.evaluation.results import interpreter_for

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
