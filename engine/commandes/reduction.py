"""The command that makes a minimal, nameless case of a record: reduire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILE,
    FILES,
    LAYOUTS,
    READING_HELP,
    chosen,
    load,
    print_json,
    readings_asked,
    records_of,
    report,
    results_asked,
    write,
)

if TYPE_CHECKING:
    from engine.cas.reduction import Sought
    from engine.evaluation.law import Law
    from engine.langage.records import Record
    from engine.source.tree import Plain


@click.command()
@click.argument("fichier", type=FILES)
@click.option("--dossier", metavar="IDENTIFIANT",
              help="Le dossier à réduire, quand le fichier en a plusieurs.")  # fmt: skip
@click.option("--resultat", metavar="NOM", help="Le résultat que le petit dossier doit montrer.")
@click.option("--anomalie", metavar="CODE", help="L'anomalie qu'il doit déclencher.")
@click.option("--date", "--au", "day", type=DAY, metavar="AAAA-MM-JJ",
              help="Calcule le dossier à cette date.")  # fmt: skip
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("-o", "--sortie", type=FILE, metavar="FICHIER",
              help="Écrit le cas dans ce fichier, et non à l'écran.")  # fmt: skip
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def reduire(
    ctx: click.Context,
    *,
    fichier: Path,
    dossier: str | None,
    resultat: str | None,
    anomalie: str | None,
    day: dt.datetime | None,
    lectures: tuple[str, ...],
    sortie: Path | None,
    layout: str,
) -> None:
    """Fait d'un dossier réel un cas minimal et sans noms, qui montre encore la même chose.

    Le petit dossier donne la même valeur par les mêmes règles, ou déclenche la même anomalie.

    Exemple : reglo reduire exemples/lycee.yaml --dossier RICHARD-Paul --resultat hsa
    """
    from engine.cas.plain import plain_record
    from engine.cas.reduction import Sought, reduced

    if resultat is None and anomalie is None:
        message = "dites ce que le dossier montre : --resultat ou --anomalie"
        raise click.UsageError(message, ctx)
    law = load(ctx)
    names = results_asked(ctx, law, resultat) or ()
    if len(names) > 1:
        message = "un seul résultat à la fois avec --resultat"
        raise click.UsageError(message, ctx)
    readings = readings_asked(ctx, law, lectures)
    record = _one(ctx, law, fichier, dossier, day)
    sought = Sought(law, readings, names[0] if names else None, anomalie)
    found = reduced(plain_record(record, law.corpus.model), sought)
    if found is None:
        _not_raised(ctx, sought, record)
    elif found.blocked:
        from engine.source.catalogue import say

        report([say("E571", record.span, libelles=found.blocked)])
        ctx.exit(1)
    else:
        _tell(sought, found.record, sortie, layout)


def _one(
    ctx: click.Context, law: Law, path: Path, ident: str | None, day: dt.datetime | None
) -> Record:
    """The record to reduce; exit 1 when it is refused, wrong use when there are several."""
    inputs = records_of(law, [path], day)
    records = chosen(ctx, inputs, ident)
    if len(records) > 1:
        message = f"{path.as_posix()} a {len(records)} dossiers : choisissez avec --dossier"
        raise click.UsageError(message, ctx)
    if not records:
        report(inputs.diagnostics)
        ctx.exit(1)
    return records[0]


def _not_raised(ctx: click.Context, sought: Sought, record: Record) -> None:
    from engine.evaluation.results import interpreter_for, raised
    from engine.source.catalogue import say
    from engine.source.messages.hints import suggestion

    fired = raised(interpreter_for(sought.law, record, sought.readings))
    codes: Sequence[str] = sorted({one.code for one in fired})
    report(
        [
            say(
                "E572",
                record.span,
                code=sought.code or "",
                proches=suggestion(sought.code or "", codes, "il déclenche"),
            )
        ]
    )
    ctx.exit(1)


def _tell(sought: Sought, record: Plain, output: Path | None, layout: str) -> None:
    """Print or write the case."""
    from engine.cas.plain import case_file_text, to_flow
    from engine.cas.reduction import as_case

    case = as_case(record, sought)
    comments = ("« attendu » est ce que réglo donne aujourd'hui : refaites le calcul d'après la",
                "source, et montrez-le (calcul:), avant de garder ce cas.")  # fmt: skip
    text = case_file_text(comments, [case], sought.law.corpus)
    if output is not None:
        write({output: text.encode()})
        click.echo(f"Cas écrit : {output.as_posix()}", err=True)
    if layout == "json":
        print_json({"nom": case.name, "dossier": to_flow(record), "cas": text})
    elif output is None:
        click.echo(text, nl=False)
