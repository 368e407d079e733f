"""The command line: the group of commands, in French."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from engine import __version__
from engine.commandes import (
    batch,
    comparison,
    divergence,
    edition,
    exchange,
    impact,
    recall,
    receipts,
    records,
    reduction,
    rules,
)
from engine.commandes.base import DAY, FOLDER, rules_known_on, with_drafts
from engine.usages.words import french, french_plural, lenient_streams

# click takes its sentences from gettext, which needs a compiled catalogue installed on the system:
# its modules are given the French ones instead.
for module in (click.core, click.decorators, click.exceptions, click.formatting, click.parser,
               click.types):  # fmt: skip
    vars(module).update(_=french, ngettext=french_plural)


@click.group(
    context_settings={"help_option_names": ["--help", "-h"]},
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
)
@click.option(
    "--regles",
    type=FOLDER,
    metavar="DOSSIER",
    envvar="REGLO_REGLES",
    help="Dossier d'un autre corpus de règles (ou variable REGLO_REGLES).",
)
@click.option(
    "--connu-le",
    type=DAY,
    metavar="AAAA-MM-JJ",
    help="Les règles telles que leur dépôt git les connaissait ce jour-là.",
)
@click.option(
    "--projets",
    is_flag=True,
    help="Applique aussi les versions en projet, pour les essayer.",
)
@click.version_option(__version__, message="réglo %(version)s")
@click.pass_context
def main(
    ctx: click.Context, regles: Path | None, connu_le: dt.datetime | None, *, projets: bool
) -> None:
    """Réglo : les règles de service des enseignants du second degré, de l'heure à l'euro.

    Exemple : reglo calculer exemples/lycee.yaml
    """
    lenient_streams()
    ctx.obj = regles if connu_le is None else rules_known_on(ctx, regles, connu_le.date())
    if projets:
        ctx.obj = with_drafts(ctx.obj)


for command in (
    records.calculer,
    records.expliquer,
    records.echeancier,
    recall.rappel,
    divergence.diverger,
    reduction.reduire,
    batch.campagne,
    batch.sql,
    receipts.prouver,
    receipts.archiver,
    receipts.cle,
    rules.valider,
    edition.nouvelle_version,
    edition.etat,
    exchange.exporter_table,
    exchange.importer_table,
    comparison.comparer,
    comparison.journal,
    impact.impact,
    rules.rejouer,
    rules.calendrier,
    rules.lectures,
    rules.couverture_texte,
):
    main.add_command(command)


def run() -> None:
    """The entry point: an output that cannot be written is one sentence, not a traceback."""
    try:
        main()
    except OSError as error:
        if error.filename is not None:
            raise
        click.echo(f"Erreur : la sortie ne peut pas être écrite ({error.strerror})", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
