"""Commands about what protects the law: rejouer, proprietes, couvrir, muter, reduire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from engine.cas.case import PROTECTION, Case
from engine.cas.coverage import covered, observe
from engine.cas.mutants import Mutant
from engine.cas.mutation import Protection, changed_lines, mutate, read_protection
from engine.cas.plain import case_file_text, plain_record, to_flow
from engine.cas.properties import Verdicts, failure_name, failure_text, run_paths
from engine.cas.reduction import Sought, as_case, reduced
from engine.cas.replay import NOTHING, Fault, Replay, Replayed, replay_paths
from engine.cas.report import (
    coverage_report,
    coverage_words,
    floor,
    missed_points,
    mutation_report,
    to_junit,
)
from engine.cas.second_opinion import with_faults
from engine.cas.witness import write_case
from engine.commandes.base import (
    DAY,
    FILE,
    FILES,
    FINDINGS,
    FOLDER,
    FORGES,
    LAYOUTS,
    READING_HELP,
    answer,
    chosen,
    counting,
    load,
    print_findings,
    print_json,
    readings_asked,
    records_of,
    report,
    results_asked,
    write,
    wrong_use,
)
from engine.evaluation.law import Law, checker, corpus_folder
from engine.evaluation.results import interpreter_for, raised
from engine.evaluation.show import counted
from engine.langage.records import Record
from engine.source.catalogue import capped, say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion

_FAILURES: Final[Mapping[Fault | None, str]] = {
    "droit": "échec de droit",
    "moteur": "échec du moteur",
}
_MEANINGS: Final[Mapping[Fault, str]] = {
    "droit": "de droit : une personne décide si la règle est fausse ou le cas dépassé",
    "moteur": "du moteur : un défaut de réglo, à signaler avec le cas",
}
_PATHS = click.argument("chemins", nargs=-1, type=click.Path(path_type=Path, exists=True))


@click.command()
@_PATHS
@click.option("--junit", type=FILE, help="Écrit aussi les résultats au format JUnit.")
@click.option("--temoins", type=FOLDER, help="Écrit un cas de chaque propriété en échec.")
@click.option("--proprietes", "alone", is_flag=True, hidden=True)
@click.option("--couverture", is_flag=True, hidden=True)
@click.option("--page", type=FILE, hidden=True)
@click.option("--mutations", is_flag=True, hidden=True)
@click.option("--depuis", "revision", hidden=True)
@click.option("--texte", "only", hidden=True)
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def rejouer(
    ctx: click.Context,
    *,
    chemins: tuple[Path, ...],
    junit: Path | None,
    temoins: Path | None,
    alone: bool,
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
    renamed = (
        (couverture or page, "--couverture", "couvrir"),
        (mutations or revision or only, "--mutations", "muter"),
        (alone, "--proprietes", "proprietes"),
    )
    for given, option, command in renamed:
        if given:
            click.echo(f"« reglo rejouer {option} » se dit « reglo {command} ».", err=True)
    if page is not None and not couverture:
        message = "--page montre la couverture : c'est une option de « reglo couvrir »"
        raise click.UsageError(message, ctx)
    if (revision or only) is not None and not mutations:
        message = (
            "--depuis et --texte choisissent des fautes : ce sont des options de « reglo muter »"
        )
        raise click.UsageError(message, ctx)
    if layout == "json" and couverture and mutations:
        message = "en JSON, demandez « reglo couvrir » puis « reglo muter »"
        raise click.UsageError(message, ctx)
    if alone and (couverture or mutations):
        message = "« reglo proprietes » ne parle pas des cas"
        raise click.UsageError(message, ctx)
    law, paths = load(ctx), chemins or (Path("cas_tests"),)
    replay = NOTHING if alone else replay_paths(law, paths)
    if replay.failed:
        replay = with_faults(law, replay)
    verdicts = run_paths(law, paths)
    if junit is not None:
        write({junit: to_junit(replay, verdicts).encode()})
    if layout == "json" and not (couverture or mutations):
        print_json(_replay_json(replay, verdicts))
    told = _show_replay(replay, layout, alone=bool(verdicts.found))
    _show_properties(law, verdicts, layout, temoins)
    told = (*told, *verdicts.findings)
    checked = bool(replay.replayed or verdicts.found)
    sound = checked and not (replay.failed or replay.findings or verdicts.findings)
    cases = tuple(one.case for one in replay.replayed)
    if couverture:
        held, more = _cover(law, cases, _protection(ctx, paths), layout, page)
        sound, told = sound and held, (*told, *more)
    if mutations:
        held, more = _mutate(ctx, law, cases, _protection(ctx, paths), layout, revision, only)
        sound, told = sound and held, (*told, *more)
    _end(ctx, told, layout, sound=sound)


@click.command()
@_PATHS
@click.option("--temoins", type=FOLDER, help="Écrit un cas de chaque propriété en échec.")
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def proprietes(
    ctx: click.Context, *, chemins: tuple[Path, ...], temoins: Path | None, layout: str
) -> None:
    """Vérifie les propriétés sur des dossiers tirés au sort (par défaut, cas_tests/).

    Exemple : reglo proprietes --temoins temoins
    """
    law = load(ctx)
    verdicts = run_paths(law, chemins or (Path("cas_tests"),))
    if layout == "json":
        print_json(_replay_json(NOTHING, verdicts))
    _show_properties(law, verdicts, layout, temoins)
    _end(ctx, verdicts.findings, layout, sound=bool(verdicts.found) and not verdicts.findings)


@click.command()
@_PATHS
@click.option("--page", type=FILE, help="Écrit aussi une page HTML, table par table.")
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def couvrir(
    ctx: click.Context, *, chemins: tuple[Path, ...], page: Path | None, layout: str
) -> None:
    """Dit ce qu'aucun cas ne parcourt de la loi (par défaut, cas_tests/).

    Exemple : reglo couvrir cas_tests/taux.yaml --page couverture.html
    """
    law, paths = load(ctx), chemins or (Path("cas_tests"),)
    cases, told = _cases(law, paths, layout)
    held, more = _cover(law, cases, _protection(ctx, paths), layout, page)
    _end(ctx, (*told, *more), layout, sound=held and not told)


@click.command()
@_PATHS
@click.option(
    "--depuis",
    "revision",
    metavar="REVISION",
    help="N'essaie que les fautes des lignes changées depuis.",
)
@click.option(
    "--texte", "only", metavar="NOM", help="N'essaie que les fautes d'un texte, ou d'un paramètre."
)
@click.option("--format", "layout", type=FINDINGS, default="texte")
@click.pass_context
def muter(
    ctx: click.Context,
    *,
    chemins: tuple[Path, ...],
    revision: str | None,
    only: str | None,
    layout: str,
) -> None:
    """Essaie chaque petite faute des règles, et liste celles qu'aucun cas ne voit.

    Exemple : reglo muter cas_tests/pacte.yaml --texte montant_part_pacte
    """
    law, paths = load(ctx), chemins or (Path("cas_tests"),)
    cases, told = _cases(law, paths, layout)
    held, more = _mutate(ctx, law, cases, _protection(ctx, paths), layout, revision, only)
    _end(ctx, (*told, *more), layout, sound=held and not told)


def _end(ctx: click.Context, findings: Sequence[Diagnostic], layout: str, *, sound: bool) -> None:
    if layout in FORGES:
        print_findings(findings, layout)
    ctx.exit(0 if sound else 1)


# --- cases and properties


def _cases(
    law: Law, paths: Sequence[Path], layout: str
) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """The cases, replayed, and what is wrong with them: it is told."""
    replay = replay_paths(law, paths)
    if replay.failed:
        replay = with_faults(law, replay)
    return tuple(one.case for one in replay.replayed), _show_replay(replay, layout, alone=False)


def _show_replay(replay: Replay, layout: str, *, alone: bool) -> tuple[Diagnostic, ...]:
    """Print the replay; nothing at all when there are no cases and properties stand ``alone``.

    Returns:
        What is wrong with the files, and E576 or E577 for each case that does not pass.
    """
    if layout == "texte":
        report(replay.findings)
        for one in replay.failed:
            click.echo(f"{one.case.span}: {_FAILURES[one.fault]} : {one.case.name}", err=True)
            for difference in (*one.differences, *_more(one)):
                click.echo(f"  {difference}", err=True)
    count = len(replay.replayed)
    if count or not alone:
        passed = counted(count - len(replay.failed), "conforme")
        replayed = counted(count, "cas rejoué", "cas rejoués")
        told = f"{replayed} : {passed}, {len(replay.failed)} en échec"
        click.echo(told, err=layout != "texte")
    for fault, sentence in _MEANINGS.items():
        if found := sum(one.fault == fault for one in replay.failed):
            click.echo(f"  {found} {sentence}", err=layout != "texte")
    failed = [
        say("E577", one.case.span, nom=one.case.name, fautes=one.engine)
        if one.fault == "moteur"
        else say("E576", one.case.span, nom=one.case.name, ecarts=one.differences)
        for one in replay.failed
    ]
    return (*replay.findings, *failed)


def _more(replayed: Replayed) -> tuple[str, ...]:
    """What the second computation says that the differences do not."""
    return tuple(why for why in replayed.engine if why not in replayed.differences)


def _replay_json(replay: Replay, verdicts: Verdicts) -> dict[str, object]:
    return {
        "cas": [
            {
                "nom": one.case.name,
                "fichier": one.case.span.file,
                "ligne": one.case.span.line,
                "conforme": not one.differences,
                "echec": one.fault,
                "ecarts": [*one.differences, *_more(one)],
            }
            for one in replay.replayed
        ],
        "proprietes": [
            {
                "nom": one.property.name,
                "fichier": one.property.span.file,
                "ligne": one.property.span.line,
                "tenue": not one.findings,
                "tires": one.drawn,
                "retenus": one.kept,
            }
            for one in verdicts.found
        ],
        "constats": [one.to_json() for one in capped((*replay.findings, *verdicts.findings))],
    }


def _show_properties(law: Law, verdicts: Verdicts, layout: str, folder: Path | None) -> None:
    """Print what became of the properties; write in ``folder`` the records of those that fail."""
    if layout == "texte":
        report(verdicts.findings)
    taken: set[str] = set()
    for one in verdicts.found:
        if one.failure is not None and folder is not None:
            text = failure_text(one, one.failure, law)
            path = write_case(folder, failure_name(one), taken, text)
            click.echo(f"Cas écrit : {path.as_posix()}", err=True)
    count = len(verdicts.found)
    if not count:
        return
    held = sum(not one.findings for one in verdicts.found)
    told = counted(count, "propriété", "propriétés")
    drawn = counted(verdicts.drawn, "dossier tiré", "dossiers tirés")
    click.echo(
        f"{told} : {counted(held, 'tenue')}, {count - held} en échec ; {drawn}",
        err=layout != "texte",
    )


# --- protection


def _protection(ctx: click.Context, paths: Sequence[Path]) -> Protection | None:
    """What the file of the first folder of cases that has one asks; its faults end the command."""
    file = next((path / PROTECTION for path in paths if (path / PROTECTION).is_file()), None)
    if file is None:
        return None
    found, findings = read_protection(file)
    if found is None:
        report(findings)
        ctx.exit(1)
    return found


def _cover(
    law: Law, cases: Sequence[Case], protection: Protection | None, layout: str, page: Path | None
) -> tuple[bool, Sequence[Diagnostic]]:
    """Tell the coverage; whether it is at least what is asked, and what is said of it."""
    coverage = covered(law.corpus, observe(law, cases))
    findings: tuple[Diagnostic, ...] = ()
    if protection is not None:
        missed, span = len(coverage.missed), protection.missed_span
        findings = floor("points", missed, protection.missed, span)
    told = coverage_report(law.corpus, coverage)
    if page is not None:
        answer(told, "html", page)
    said = (*missed_points(coverage), *findings)
    if layout == "json":
        answer(told, "json")
        report(findings)
    elif layout == "texte":
        report(said)
        click.echo(coverage_words(coverage))
    return all(one.severity != "erreur" for one in findings), said


def _mutate(
    ctx: click.Context,
    law: Law,
    cases: Sequence[Case],
    protection: Protection | None,
    layout: str,
    revision: str | None,
    only: str | None,
) -> tuple[bool, Sequence[Diagnostic]]:
    """Tell which mistakes nothing sees; whether there are no more than allowed, and each."""
    concerned = _concerned(ctx, law, revision, only)
    with counting("fautes essayées", "fautes") as tell:
        check = checker(ctx.obj)
        found = mutate(law, cases, check, protection, concerned=concerned, tell=tell)
    limit: tuple[Diagnostic, ...] = ()
    allowed = 0
    if protection is not None and revision is None and only is None:
        unseen, allowed = len(found.survivors), protection.unseen
        limit = floor("fautes", unseen, allowed, protection.unseen_span)
    said = (*found.findings, *found.stale, *limit)
    if layout in {"json", "texte"}:
        report(said if layout == "texte" else ())
        answer(mutation_report(found), layout)
        report(limit if layout == "json" else ())
    return len(found.survivors) <= allowed and not found.stale, said


def _concerned(
    ctx: click.Context, law: Law, revision: str | None, only: str | None
) -> Callable[[Mutant], bool]:
    """Which mutants are tried: those of a text, of the lines changed since a revision, or all."""
    corpus = law.corpus
    known = [*corpus.texts, *(rule.name for rule in corpus.rules if rule.parameter)]
    if only is not None and only not in known:
        raise wrong_use(
            ctx, say("E594", "--texte", nom=only, proches=suggestion(only, known, "noms connus"))
        )

    own = {rule.name for rule in corpus.rules if rule.parameter and only in (rule.text, rule.name)}

    def named(mutant: Mutant) -> bool:
        return only is None or mutant.owner in own or mutant.owner.startswith(f"{only}.")

    if revision is None:
        return named
    folder = corpus_folder(ctx.obj)
    lines, findings = changed_lines(folder.rules, folder.shown, revision)
    if lines is None:
        report(findings)
        ctx.exit(2)
    changed = lines

    def concerned(mutant: Mutant) -> bool:
        span = mutant.span
        touched = changed.get(span.file, frozenset())
        lines = range(span.line, span.end_line + 1)
        return named(mutant) and any(line in touched for line in lines)

    return concerned


@click.command()
@click.argument("fichier", type=FILES)
@click.option(
    "--dossier",
    metavar="IDENTIFIANT",
    help="Le dossier à réduire, quand le fichier en a plusieurs.",
)
@click.option("--resultat", metavar="NOM", help="Le résultat que le petit dossier doit montrer.")
@click.option("--anomalie", metavar="CODE", help="L'anomalie qu'il doit déclencher.")
@click.option("--date", "--au", "day", type=DAY, help="Calcule le dossier à cette date.")
@click.option("--lecture", "lectures", multiple=True, metavar="NOM=OPTION", help=READING_HELP)
@click.option("-o", "--sortie", type=FILE, help="Écrit le cas dans ce fichier, et non à l'écran.")
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
    elif found.blocked:
        report([say("E571", record.span, libelles=found.blocked)])
        ctx.exit(1)
    else:
        # print or write the case
        case = as_case(found.record, sought)
        comments = (
            "« attendu » est ce que réglo donne aujourd'hui : refaites le calcul d'après la",
            "source, et montrez-le (calcul:), avant de garder ce cas.",
        )
        text = case_file_text(comments, [case], sought.law.corpus)
        if sortie is not None:
            write({sortie: text.encode()})
            click.echo(f"Cas écrit : {sortie.as_posix()}", err=True)
        if layout == "json":
            print_json({"nom": case.name, "dossier": to_flow(found.record), "cas": text})
        elif sortie is None:
            click.echo(text, nl=False)


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
