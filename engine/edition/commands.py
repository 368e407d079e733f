"""Commands that write the rules, or say what is to be written: etat, nouvelle-version, tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import (
    DAY,
    FILE,
    LAYOUTS,
    answer,
    load,
    past_rules,
    print_json,
    report,
    rules_to_write,
    with_drafts,
    write,
    wrong_use,
)
from engine.dossiers.values import read_number
from engine.edition.new_version import (
    Target,
    Values,
    Written,
    all_targets,
    named_targets,
    nothing_to_copy,
    ratio,
    with_new_versions,
)
from engine.edition.state import state_of, state_report
from engine.edition.validate import validate
from engine.evaluation.law import Folder, Law, read_folder
from engine.evaluation.show import counted
from engine.langage.agenda import YEAR_STARTS
from engine.langage.corpus import Corpus
from engine.source.catalogue import capped
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_bytes

if TYPE_CHECKING:
    from engine.edition.table_export import Sheet

_SUFFIX = ".xlsx"


def _amount(_ctx: click.Context, _option: click.Parameter, text: str | None) -> Fraction | None:
    """« 59,99 » exactly."""
    if text is None:
        return None
    found = read_number(text)
    if found is None:
        message = f"« {text} » n'est pas un nombre : 59,99 ou 1 250"
        raise click.BadParameter(message)
    return found


def _percent(ctx: click.Context, option: click.Parameter, text: str | None) -> Fraction | None:
    """« 1,5 % » as what multiplies: 1.015."""
    found = _amount(ctx, option, None if text is None else text.replace("%", "").strip())
    return None if found is None else 1 + found / 100


@click.command("nouvelle-version")
@click.argument("nom")
@click.option(
    "--depuis", "day", type=DAY, required=True, help="Le premier jour de la nouvelle version."
)
@click.option(
    "--regle",
    "only",
    multiple=True,
    metavar="NOM",
    help="Dans un texte, cette table ou cette règle seulement (répétable).",
)
@click.option(
    "--valeur", "given", metavar="NOMBRE", callback=_amount, help="La valeur du nouveau paramètre."
)
@click.option(
    "--indexer",
    "percent",
    metavar="TAUX",
    callback=_percent,
    help="Augmente tous les montants : 1,5 %.",
)
@click.option(
    "--point",
    "point",
    metavar="NOMBRE",
    callback=_amount,
    help="La nouvelle valeur du paramètre que ces montants suivent (suit).",
)
@click.option("--oui", is_flag=True, help="Écrit sans demander.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def nouvelle_version(
    ctx: click.Context,
    *,
    nom: str,
    day: dt.datetime,
    only: tuple[str, ...],
    given: Fraction | None,
    percent: Fraction | None,
    point: Fraction | None,
    oui: bool,
    layout: str,
) -> None:
    """Ajoute une version datée à un paramètre, une table ou un texte, valeurs recopiées.

    La version est un projet, que la production refuse ; « a_remplir » dit ce qui reste à écrire. Le
    reste du fichier ne change pas.

    Exemple : reglo nouvelle-version montant_isoe_fixe --depuis 2026-09-01 --indexer 1,5 --oui
    """
    if sum(one is not None for one in (given, percent, point)) > 1:
        message = "choisissez entre --valeur, --indexer et --point"
        raise click.UsageError(message, ctx)
    folder = rules_to_write(ctx)
    law = load(ctx, folder)
    contents, _, _ = read_folder(folder)
    texts = {f"{folder.shown}/{name}": one.decode() for name, one in contents.items()}
    chosen, findings = named_targets(tuple(all_targets(law.corpus, texts)), nom, only)
    written: tuple[Written, ...] = ()
    if chosen:
        values = _values(ctx, law, chosen, given, percent, point, day.date())
        written, findings = with_new_versions(law.corpus, texts, chosen, day.date(), values)
    if findings:
        if layout == "json":
            print_json({"fichiers": [], "constats": [one.to_json() for one in capped(findings)]})
        report(findings)
        ctx.exit(1)
    _show(written, chosen, layout)
    answers = click.Choice(["oui", "non"])
    if not oui and click.prompt("Écrire ?", type=answers, default="non", err=True) != "oui":
        click.echo("Rien n'est écrit.", err=True)
        ctx.exit(1)
    write(
        {
            folder.rules / one.file.removeprefix(f"{folder.shown}/"): one.text.encode()
            for one in written
        }
    )
    # check the rules with their drafts, and say what is left to do
    found = validate(folder, dt.datetime.now(tz=dt.UTC).date(), past_rules(), plausible=False)
    report(found.findings)
    told = "Relisez, remplissez ce que dit « a_remplir », puis « reglo --projets valider »."
    click.echo(told, err=True)
    ctx.exit(0 if found.sound else 1)


def _values(
    ctx: click.Context,
    law: Law,
    chosen: Sequence[Target],
    given: Fraction | None,
    percent: Fraction | None,
    point: Fraction | None,
    day: dt.date,
) -> Values:
    """What the new values are; a wrong use when the way asked for means nothing here."""
    if given is not None and (len(chosen) > 1 or chosen[0].many):
        message = "--valeur va avec un seul paramètre ; une table s'édite après"
        raise click.UsageError(message, ctx)
    if point is None:
        return Values(given, percent)
    factor, finding = ratio(law.corpus, chosen, point, day)
    if finding is not None:
        raise wrong_use(ctx, finding)
    return Values(None, factor)


def _show(written: Sequence[Written], chosen: Sequence[Target], layout: str) -> None:
    """What is about to be written: each number that changes, each version added."""
    if layout == "json":
        print_json(
            {
                "fichiers": [one.file for one in written],
                "versions": [one.name for one in chosen],
                "valeurs": [
                    {"quoi": each.what, "avant": each.before, "apres": each.after}
                    for one in written
                    for each in one.changed
                ],
            }
        )
        return
    for one in written:
        for each in one.changed:
            click.echo(f"{each.what} : {each.words}")
    names = ", ".join(one.name for one in chosen)
    added = counted(len(chosen), "version ajoutée", "versions ajoutées")
    click.echo(f"{added} : {names} ; {', '.join(one.file for one in written)}")


@click.command()
@click.option("--date", "day", type=DAY, help="Le jour demandé (aujourd'hui).")
@click.option(
    "--annee",
    "start",
    type=DAY,
    help="Le premier jour de l'année préparée (le prochain 1er septembre).",
)
@click.option("--complet", is_flag=True, help="Montre chaque version à revérifier.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def etat(
    ctx: click.Context,
    *,
    day: dt.datetime | None,
    start: dt.datetime | None,
    complet: bool,
    layout: str,
) -> None:
    """Dit ce qui manque pour l'année qui vient : projets, valeurs, vérifications, calendriers.

    Exemple : reglo etat --date 2026-05-20
    """
    law = load(ctx, with_drafts(ctx.obj))
    today = (day or dt.datetime.now(tz=dt.UTC)).date()
    coming = dt.date(today.year, *YEAR_STARTS)
    if coming < today:
        coming = dt.date(today.year + 1, *YEAR_STARTS)
    found = state_of(law.corpus, today, coming if start is None else start.date())
    answer(state_report(found, whole=complet), layout)


@click.command("exporter-table")
@click.argument("noms", nargs=-1, required=True, metavar="NOM…")
@click.argument("fichier", type=FILE, metavar="FICHIER.xlsx")
@click.option(
    "--date",
    "day",
    type=DAY,
    help="La version en vigueur ce jour-là (la dernière, projets compris).",
)
@click.option("--remplacer", is_flag=True, help="Écrit par-dessus un classeur qui existe.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def exporter_table(
    ctx: click.Context,
    *,
    noms: tuple[str, ...],
    fichier: Path,
    day: dt.datetime | None,
    remplacer: bool,
    layout: str,
) -> None:
    """Écrit des tables, des paramètres ou les montants d'un texte dans un classeur, à modifier.

    Une feuille par table : les valeurs et la source se modifient, le reste est verrouillé.
    « reglo importer-table » relit le classeur.

    Exemple : reglo exporter-table taux_issr montant_cpe taux.xlsx
    """
    from engine.edition.table_export import workbook_of
    from engine.edition.table_import import sheets_report

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
    contents, _, _ = read_folder(folder)
    return {f"{folder.shown}/{name}": one.decode() for name, one in contents.items()}


def _sheets(
    ctx: click.Context,
    corpus: Corpus,
    texts: dict[str, str],
    names: Sequence[str],
    day: dt.date | None,
) -> list[Sheet]:
    """The sheet of each name asked for; one that has none is exit code 1, or a wrong use."""
    from engine.edition.table_export import full_name, has_sheet, in_force, sheet_of

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
@click.option(
    "--plausible", is_flag=True, help="Accepte les valeurs étonnantes, relues et confirmées."
)
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
    from engine.edition.table_import import changes_report, check_edits, compare_workbook, edited

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
    write(
        {
            folder.rules / name.removeprefix(f"{folder.shown}/"): text.encode()
            for name, text in changed.items()
        }
    )
    cells = counted(len(found.edits), "case reportée", "cases reportées")
    click.echo(f"{cells} dans {', '.join(changed)}", err=layout == "json")
