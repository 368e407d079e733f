"""Commands that exchange rates with a spreadsheet: exporter-table, importer-table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILE,
    LAYOUTS,
    answer,
    load,
    report,
    rules_to_write,
    with_drafts,
    write,
)
from engine.evaluation.show import counted

if TYPE_CHECKING:
    from engine.evaluation.law import Folder
    from engine.langage.corpus import Corpus
    from engine.source.diagnostics import Diagnostic
    from engine.usages.table_sheet import Sheet

_SUFFIX = ".xlsx"


@click.command("exporter-table")
@click.argument("noms", nargs=-1, required=True, metavar="NOM…")
@click.argument("fichier", type=FILE, metavar="FICHIER.xlsx")
@click.option("--date", "day", type=DAY, metavar="AAAA-MM-JJ",
              help="La version en vigueur ce jour-là (la dernière, projets compris).")  # fmt: skip
@click.option("--remplacer", is_flag=True, help="Écrit par-dessus un classeur qui existe.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def exporter_table(
    ctx: click.Context, *, noms: tuple[str, ...], fichier: Path, day: dt.datetime | None,
    remplacer: bool, layout: str,
) -> None:  # fmt: skip
    """Écrit des tables, des paramètres ou les montants d'un texte dans un classeur, à modifier.

    Une feuille par table : les valeurs et la source se modifient, le reste est verrouillé.
    « reglo importer-table » relit le classeur.

    Exemple : reglo exporter-table taux_issr montant_cpe taux.xlsx
    """
    from engine.usages.table_changes import sheets_report
    from engine.usages.table_export import workbook_of

    if fichier.suffix.lower() != _SUFFIX:
        message = f"« {fichier} » : le dernier argument est le classeur à écrire, en {_SUFFIX}"
        raise click.UsageError(message, ctx)
    if fichier.exists() and not remplacer:
        message = f"« {fichier} » existe déjà ; --remplacer écrit par-dessus"
        raise click.UsageError(message, ctx)
    folder = with_drafts(ctx.obj)
    law = load(ctx, folder)
    sheets = _sheets(ctx, law.corpus, _texts(folder), noms, None if day is None else day.date())
    write({fichier: workbook_of(sheets, law.corpus.digest)})
    answer(sheets_report(sheets, str(fichier)), layout)


def _texts(folder: Folder) -> dict[str, str]:
    """The text of each file of the rules, by the name it is shown under."""
    from engine.evaluation.law import read_folder

    contents, _, _ = read_folder(folder)
    return {f"{folder.shown}/{name}": one.decode() for name, one in contents.items()}


def _sheets(
    ctx: click.Context, corpus: Corpus, texts: dict[str, str], names: Sequence[str],
    day: dt.date | None,
) -> list[Sheet]:  # fmt: skip
    """The sheet of each name asked for; one that has none is exit code 1, or a wrong use."""
    from engine.usages.new_version import (
        all_targets,
        named_targets,
        nothing_to_copy,
    )
    from engine.usages.table_sheet import full_name, has_sheet, in_force, sheet_of

    everything = tuple(all_targets(corpus, texts))
    sheets: dict[tuple[str, bool], Sheet] = {}
    findings: list[Diagnostic] = []
    for name in names:
        found, missing = named_targets(everything, name)
        kept = [one for one in found if has_sheet(one)]
        findings += missing if kept or missing else [nothing_to_copy(name, ())]
        for target in kept:
            version = in_force(target, day)
            if version is None:
                message = f"« {full_name(target)} » : aucune version en vigueur le {day}"
                raise click.UsageError(message, ctx)
            sheet = sheet_of(corpus, target, version)
            sheets[sheet.name, sheet.table] = sheet
    if findings:
        report(findings)
        ctx.exit(1)
    return list(sheets.values())


@click.command("importer-table")
@click.argument("fichier", type=FILE, metavar="FICHIER.xlsx")
@click.option("--essai", is_flag=True, help="Montre ce qui changerait, sans rien écrire.")
@click.option("--oui", is_flag=True, help="Écrit sans demander.")
@click.option("--plausible", is_flag=True,
              help="Accepte les valeurs étonnantes, relues et confirmées.")  # fmt: skip
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def importer_table(
    ctx: click.Context, *, fichier: Path, essai: bool, oui: bool, plausible: bool, layout: str
) -> None:
    """Relit un classeur de « reglo exporter-table » et reporte ses valeurs dans les règles.

    Montre chaque case modifiée, puis demande. Rien n'est écrit si une seule case est refusée ; le
    reste des fichiers de règles, commentaires compris, ne change pas.

    Exemple : reglo importer-table taux.xlsx --essai
    """
    from engine.source.files import read_bytes
    from engine.usages.edit_check import check_edits
    from engine.usages.table_changes import changes_report
    from engine.usages.table_import import compare_workbook, edited

    data, unread = read_bytes(fichier, str(fichier))
    if data is None:
        message = f"« {fichier} » : {unread[0].message}"
        raise click.UsageError(message, ctx)
    folder = rules_to_write(ctx)
    law = load(ctx, folder)
    texts = _texts(folder)
    found = compare_workbook(law.corpus, texts, str(fichier), data)
    changed = edited(texts, found.edits)
    findings: Sequence[Diagnostic] = found.findings
    if found.edits and not findings:
        findings = check_edits(
            folder, law.corpus, texts | changed, found.edits, plausible=plausible
        )
    answer(changes_report(found, findings), layout)
    if findings:
        report(findings)
        click.echo("Rien n'est écrit.", err=True)
        ctx.exit(1)
    if not found.edits or essai:
        ctx.exit(0)
    answers = click.Choice(["oui", "non"])
    if not oui and click.prompt("Écrire ?", type=answers, default="non", err=True) != "oui":
        click.echo("Rien n'est écrit.", err=True)
        ctx.exit(1)
    write({
        folder.rules / name.removeprefix(f"{folder.shown}/"): text.encode()
        for name, text in changed.items()
    })  # fmt: skip
    cells = counted(len(found.edits), "case reportée", "cases reportées")
    click.echo(f"{cells} dans {', '.join(changed)}", err=layout == "json")
