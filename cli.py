"""The command line: arguments, one call, print, exit code."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import __version__
from engine.usages.words import counted, french, french_plural, lenient_streams

if TYPE_CHECKING:
    from engine.evaluation.law import Law
    from engine.langage.records import Record
    from engine.source.diagnostics import Diagnostic
    from engine.usages.inputs import Inputs

FILES = click.Path(path_type=Path, allow_dash=True)
FOLDER = click.Path(path_type=Path, file_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])
WIDE = 200  # columns, when the output is not a terminal
MANY = 200  # records from which a progress bar is worth showing
LAYOUTS = click.Choice(["texte", "json"])
SECTORS = click.Choice(["public", "prive"])
READING_HELP = "Applique l'autre lecture d'un point contesté (option répétable)."


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
@click.version_option(__version__, message="réglo %(version)s")
@click.pass_context
def main(ctx: click.Context, regles: Path | None) -> None:
    """Réglo : les règles de service des enseignants du second degré, de l'heure à l'euro.

    Exemple : reglo calculer exemples/lycee.yaml
    """
    lenient_streams()
    ctx.obj = regles


@main.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option(
    "--date", "day", type=DAY, metavar="AAAA-MM-JJ", help="Calcule tous les dossiers à cette date."
)
@click.option(
    "--resultats", metavar="NOMS", help="Noms des résultats voulus, séparés par des virgules."
)
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def calculer(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    day: dt.datetime | None,
    resultats: str | None,
    lectures: tuple[str, ...],
    layout: str,
) -> None:
    """Calcule des dossiers : fichiers, dossiers de fichiers, ou « - » pour l'entrée standard.

    Exemple : reglo calculer exemples/lycee.yaml --resultats ors,hsa --format json
    """
    from engine.evaluation.results import compute  # noqa: PLC0415 - start-up time

    law = _law(ctx)
    wanted = _wanted(ctx, law, resultats)
    readings = _readings(ctx, law, lectures)
    inputs = _inputs(law, fichiers, day)
    records = inputs.records
    computed = [
        compute(law, record, readings=readings, wanted=wanted) for record in _progress(records)
    ]
    if layout == "json":
        _print_json([one.to_json() for one in computed])
    else:
        from engine.usages.show import console, print_results  # noqa: PLC0415 - start-up time

        screen = console(width=None if sys.stdout.isatty() else WIDE)
        print_results(screen, law.corpus, computed, wanted or law.corpus.board)
    _end(ctx, inputs)


@main.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option(
    "--dossier",
    metavar="IDENTIFIANT",
    help="Identifiant du dossier à expliquer (tous, sans cette option).",
)
@click.option(
    "--resultat", metavar="NOM", help="Le résultat à expliquer (par défaut, ceux du tableau)."
)
@click.option("--date", "day", type=DAY, metavar="AAAA-MM-JJ", help="Calcule à cette date.")
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--complet", is_flag=True, help="Montre aussi les conditions, les zéros, tout.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def expliquer(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    dossier: str | None,
    resultat: str | None,
    day: dt.datetime | None,
    lectures: tuple[str, ...],
    complet: bool,
    layout: str,
) -> None:
    """Explique un résultat : chaque étape, sa formule chiffrée, sa règle, son article, son lieu.

    Exemple : reglo expliquer exemples/lycee.yaml --dossier DUPONT-Claire --resultat hsa
    """
    from engine.evaluation.explanation import explain  # noqa: PLC0415 - start-up time
    from engine.evaluation.results import interpreter_for  # noqa: PLC0415

    law = _law(ctx)
    wanted = _wanted(ctx, law, resultat) or law.corpus.board
    readings = _readings(ctx, law, lectures)
    inputs = _inputs(law, fichiers, day)
    records = _chosen(ctx, inputs, dossier)
    found = []
    for record in records:
        interpreter = interpreter_for(law, record, readings)
        found.append((record, [explain(interpreter, name) for name in wanted]))
    if layout == "json":
        _print_json(
            [
                {
                    "dossier": record.ident,
                    "date": record.day.isoformat(),
                    "empreinte": law.corpus.digest,
                    "explications": [one.to_json() for one in explained],
                }
                for record, explained in found
            ]
        )
    else:
        from engine.evaluation.show import visible  # noqa: PLC0415
        from engine.usages.show import console, explanation_tree  # noqa: PLC0415

        screen = console(width=None if sys.stdout.isatty() else WIDE)
        for record, explained in found:
            screen.rule(f"{visible(record.ident)}, au {record.day.isoformat()}", align="left")
            for one in explained:
                screen.print(explanation_tree(one, whole=complet))
    _end(ctx, inputs)


@main.command()
@click.argument("dossier", required=False, type=FOLDER)
@click.option("--format", "layout", type=click.Choice(["texte", "json", "sarif"]), default="texte")
@click.pass_context
def valider(ctx: click.Context, dossier: Path | None, layout: str) -> None:
    """Contrôle tout un corpus de règles et montre chaque erreur à sa ligne.

    Exemple : reglo valider
    """
    from engine.usages.validate import to_sarif, validate  # noqa: PLC0415 - start-up time

    report = validate(dossier or ctx.obj)
    if layout == "json":
        _print_json([found.to_json() for found in report.findings])
    elif layout == "sarif":
        _print_json(to_sarif(report))
    else:
        _report(report.findings)
        click.echo(report.summary)
    ctx.exit(1 if report.findings else 0)


@main.command()
@click.argument("chemins", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--junit", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False),
              help="Écrit aussi les résultats au format JUnit.")  # fmt: skip
@click.pass_context
def rejouer(ctx: click.Context, chemins: tuple[Path, ...], junit: Path | None) -> None:
    """Rejoue les cas de non-régression (par défaut, ceux de cas_tests/).

    Exemple : reglo rejouer cas_tests/taux.yaml --junit rapport.xml
    """
    from engine.cas.junit import to_junit  # noqa: PLC0415 - start-up time
    from engine.cas.replay import replay_paths  # noqa: PLC0415

    replay = replay_paths(_law(ctx), chemins or (Path("cas_tests"),))
    _report(replay.findings)
    for one in replay.failed:
        click.echo(f"{one.case.span}: échec : {one.case.name}", err=True)
        for difference in one.differences:
            click.echo(f"  {difference}", err=True)
    if junit is not None:
        _write(junit, to_junit(replay).encode())
    count = len(replay.replayed)
    passed = count - len(replay.failed)
    replayed = counted(count, "cas rejoué", "cas rejoués")
    click.echo(f"{replayed} : {counted(passed, 'conforme')}, {len(replay.failed)} en échec")
    ctx.exit(0 if replay.sound else 1)


@main.command()
@click.argument("fichiers", nargs=-1, required=True, type=FILES)
@click.option("--dossier", metavar="IDENTIFIANT", help="Un seul dossier.")
@click.option("--validee-le", "validated", type=DAY, metavar="AAAA-MM-JJ",
              help="Jour de la validation du service : la première paye en dépend.")  # fmt: skip
@click.option("--mois", metavar="AAAA-MM", help="Explique ce qui est payé un mois donné.")
@click.option("--secteur", type=SECTORS, default="public", show_default=True)
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def echeancier(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context,
    *,
    fichiers: tuple[Path, ...],
    dossier: str | None,
    validated: dt.datetime | None,
    mois: str | None,
    secteur: str,
    lectures: tuple[str, ...],
    layout: str,
) -> None:
    """Dit ce qui est payé chaque mois de l'année scolaire, et pourquoi.

    Exemple : reglo echeancier exemples/lycee.yaml --dossier RICHARD-Paul --validee-le 2024-11-13
    """
    from engine.usages import agenda_show, show  # noqa: PLC0415 - start-up time
    from engine.usages.payments import schedule_of  # noqa: PLC0415

    law = _law(ctx)
    readings = _readings(ctx, law, lectures)
    inputs = _inputs(law, fichiers, None)
    calendars = {one.year: one for one in law.corpus.calendars if one.sector == secteur}
    day = None if validated is None else validated.date()
    found = [
        schedule_of(law, record, calendars, readings=readings, day=day)
        for record in _chosen(ctx, inputs, dossier)
    ]
    if layout == "json":
        _print_json([one.to_json(law.corpus) for one in found])
    else:
        screen = show.console(width=None if sys.stdout.isatty() else WIDE)
        for one in found:
            agenda_show.print_schedule(screen, law.corpus, one, mois)
    _end(ctx, inputs)


@main.command()
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
    from engine.source.messages.situation import unknown_calendar  # noqa: PLC0415
    from engine.usages import agenda_show, calendar, show  # noqa: PLC0415 - start-up time

    corpus = _law(ctx).corpus
    found = calendar.calendars_of(corpus, annee, secteur)
    if not found:
        known = [f"{one.year} --secteur {one.sector}" for one in corpus.calendars]
        raise _wrong_use(ctx, unknown_calendar(annee or "", secteur, known))
    asked = (day or dt.datetime.now(tz=dt.UTC)).date()
    answer = calendar.on_day(found, annee, secteur, asked)
    if ics is not None:
        _write(ics, calendar.to_ics(found))
    if layout == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        agenda_show.print_calendars(show.console(width=WIDE), found, answer)


@main.command()
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def lectures(ctx: click.Context, *, layout: str) -> None:
    """Liste les points contestés : lectures, celle qui est retenue, pourquoi, ce qu'elle change.

    Exemple : reglo lectures
    """
    from engine.usages import sources  # noqa: PLC0415 - start-up time

    corpus = _law(ctx).corpus
    if layout == "json":
        _print_json(sources.readings(corpus))
    else:
        click.echo("\n".join(sources.readings_words(corpus)))


@main.command("couverture-texte")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def couverture_texte(ctx: click.Context, *, layout: str) -> None:
    """Montre, pour chaque document source, chaque passage et ce qui le prend en charge.

    Exemple : reglo couverture-texte
    """
    from engine.usages import sources  # noqa: PLC0415 - start-up time

    corpus = _law(ctx).corpus
    if layout == "json":
        _print_json(sources.coverage(corpus))
    else:
        click.echo("\n".join(sources.coverage_words(corpus)))


# --- what the commands share


def _law(ctx: click.Context) -> Law:
    """The law of the run, or its findings and exit code 1."""
    from engine.evaluation.law import load_law  # noqa: PLC0415 - start-up time

    law, findings = load_law(ctx.obj)
    if law is None:
        _report(findings)
        click.echo("Le corpus de règles a des erreurs : rien n'est calculé.", err=True)
        ctx.exit(1)
    return law


def _wanted(ctx: click.Context, law: Law, names: str | None) -> tuple[str, ...] | None:
    """The results asked for; a name that is not one is a wrong use of the command."""
    from engine.source.messages import situation  # noqa: PLC0415 - only when asked
    from engine.source.positions import whole_file  # noqa: PLC0415

    if names is None:
        return None
    place = whole_file("--resultats")
    asked = tuple(name.strip() for name in names.split(",") if name.strip())
    if not asked:
        raise _wrong_use(ctx, situation.no_result_asked(law.corpus.results, place))
    known = [rule.name for rule in law.corpus.rules if rule.scope is None]
    for name in asked:
        if name not in known:
            raise _wrong_use(ctx, situation.unknown_result(name, law.corpus.results, place))
    return asked


def _wrong_use(ctx: click.Context, found: Diagnostic) -> click.UsageError:
    """A finding about the command line itself: shown with the usage, exit code 2."""
    return click.UsageError("\n".join((found.message, *found.hints)), ctx)


def _readings(ctx: click.Context, law: Law, asked: Sequence[str]) -> dict[str, str]:
    from engine.source.messages.situation import (  # noqa: PLC0415 - only when asked
        reading_twice,
        unknown_reading,
    )
    from engine.source.positions import whole_file  # noqa: PLC0415

    points = law.corpus.points
    known = [f"{point.name}={option}" for point in points.values() for option in point.options]
    for one in asked:
        if one not in known:
            raise _wrong_use(ctx, unknown_reading(one, known, whole_file("--lecture")))
    pairs = [one.partition("=") for one in asked]
    names = [name for name, _, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _wrong_use(ctx, reading_twice(name, whole_file("--lecture")))
    return {name: option for name, _, option in pairs}


def _inputs(law: Law, paths: Sequence[Path], day: dt.datetime | None) -> Inputs:
    from engine.usages.inputs import STANDARD_INPUT, read_inputs  # noqa: PLC0415 - start-up time

    piped = any(str(path) == STANDARD_INPUT for path in paths)
    data = sys.stdin.buffer.read() if piped else b""
    return read_inputs(
        paths, law.corpus, standard_input=data, day=None if day is None else day.date()
    )


def _chosen(ctx: click.Context, inputs: Inputs, ident: str | None) -> Sequence[Record]:
    from engine.source.messages.situation import unknown_record  # noqa: PLC0415 - only when asked
    from engine.source.positions import whole_file  # noqa: PLC0415

    if ident is None:
        return inputs.records
    kept = [record for record in inputs.records if record.ident == ident]
    refused = [one for one in inputs.refused if one.ident == ident]
    if not kept and not refused:
        known = [record.ident for record in inputs.records]
        raise _wrong_use(ctx, unknown_record(ident, known, whole_file("--dossier")))
    return kept


def _progress(records: Sequence[Record]) -> Iterable[Record]:
    """The records, behind a progress bar when there are many and someone is looking."""
    if len(records) < MANY or not sys.stderr.isatty():
        return records
    from rich.progress import track  # noqa: PLC0415 - start-up time

    return track(records, description="calcul", transient=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file that an option asks for; a wrong path is a wrong use of the command."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error


def _report(findings: Iterable[Diagnostic]) -> None:
    for found in findings:
        click.echo(str(found), err=True)


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _end(ctx: click.Context, inputs: Inputs) -> None:
    """Tell what was refused, on the error output; exit 1 if anything was."""
    from engine.evaluation.show import visible  # noqa: PLC0415 - start-up time

    _report(inputs.diagnostics)
    if inputs.refused:
        names = ", ".join(visible(one.ident or "sans identifiant") for one in inputs.refused)
        refused = counted(len(inputs.refused), "dossier refusé", "dossiers refusés")
        click.echo(f"{refused} : {names}", err=True)
    ctx.exit(1 if inputs.diagnostics else 0)


if __name__ == "__main__":
    main()
