"""What the commands share: the law of the run, what the options ask, output and exit codes."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import click

from engine.calcul.inputs import STANDARD_INPUT, Inputs, read_inputs
from engine.evaluation.law import Chosen, Folder, Law, corpus_folder, load_law
from engine.evaluation.results import wrong_reading
from engine.evaluation.show import french_number
from engine.langage.records import Record
from engine.reponse.report import Report
from engine.reponse.text import report_lines
from engine.source.cache import own_folder
from engine.source.catalogue import capped, say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.messages.system import not_written
from engine.source.positions import whole_file
from engine.source.writing import write_files

Some = TypeVar("Some")


class _Path(click.Path):
    """A path; an option says in ``words`` what it takes, unless it says more itself."""

    def __init__(
        self,
        words: str,
        *,
        file_okay: bool = True,
        dir_okay: bool = True,
        allow_dash: bool = False,
    ) -> None:
        super().__init__(
            file_okay=file_okay, dir_okay=dir_okay, allow_dash=allow_dash, path_type=Path
        )
        self.words = words

    def get_metavar(
        self,
        param: click.Parameter,
        ctx: click.Context | None = None,  # noqa: ARG002 - as click asks
    ) -> str | None:
        """« FICHIER » for an option; an argument is shown by its own name."""
        return self.words if isinstance(param, click.Option) else None


class _Day(click.DateTime):
    """A day, as the files write it."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002 - as click asks
        """How it is written."""
        return "AAAA-MM-JJ"


FILES = _Path("FICHIER", allow_dash=True)
FILE = _Path("FICHIER", dir_okay=False)
FOLDER = _Path("RÉPERTOIRE", file_okay=False)
NEW_FOLDER = _Path("RÉPERTOIRE")  # the command that makes it says itself when it exists
DAY = _Day()
MANY = 200  # records from which a progress bar is worth showing
LAYOUTS = click.Choice(["texte", "json"])
FORGES = ("sarif", "gitlab")
FINDINGS = click.Choice(["texte", "json", *FORGES])  # of commands that check
SECTORS = click.Choice(["public", "prive"])
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEMORY = re.compile(r"([0-9]+)\s*(Mo|Go|MB|GB)", re.IGNORECASE)
_MEGABYTES = {"mo": 1, "mb": 1, "go": 1000, "gb": 1000}
READING_HELP = "Applique l'autre lecture d'un point contesté (option répétable)."


def load(ctx: click.Context, other: Chosen = None) -> Law:
    """The law of the run, or that of the ``other`` folder; or its findings and exit code 1."""
    law, findings = load_law(other or ctx.obj)
    if law is None:
        report(findings)
        click.echo("Le corpus de règles a des erreurs : rien n'est calculé.", err=True)
        ctx.exit(1)
    return law


def rules_known_on(ctx: click.Context, rules: Path | None, day: dt.date) -> Folder:
    """The folder of the rules as they were known on a day, told on the error output."""
    from engine.histoire.history import known_on

    found, findings = known_on(rules, day, past_rules())
    if found is None:
        report(findings)
        ctx.exit(2)
    told = f"Règles connues le {day} : version {found.commit[:12]} du {found.made} (UTC)"
    click.echo(told, err=True)
    return found.folder


def named_folder(ctx: click.Context, named: str | None) -> tuple[Folder, str]:
    """The folder of a corpus and how to tell it: a folder, a day, a git revision; None: the run's.

    Exit 2 when there is no such day or revision.
    """
    if named is None:
        return corpus_folder(ctx.obj), "aujourd'hui"
    if Path(named).is_dir():
        return corpus_folder(Path(named)), named
    from engine.histoire.history import known_at, known_on

    day = _day(named)
    if day is None:
        known, findings = known_at(ctx.obj, named, past_rules())
    else:
        known, findings = known_on(ctx.obj, day, past_rules())
    if known is None:
        report(findings)
        ctx.exit(2)
    return known.folder, f"{named} (version {known.commit[:12]} du {known.made} UTC)"


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def past_rules() -> Path:
    """Where the rules of past days are kept, each under its commit."""
    from platformdirs import user_cache_path

    folder = user_cache_path("reglo")
    with suppress(OSError):
        own_folder(folder)
    return folder / "connus"


def with_drafts(chosen: Chosen) -> Folder:
    """The same rules, their drafts applied."""
    return replace(corpus_folder(chosen), drafts=True)


def rules_to_write(ctx: click.Context) -> Folder:
    """The rules that a command writes, their drafts applied; those of the past are not written."""
    if ctx.find_root().params.get("connu_le") is not None:
        message = "--connu-le montre les règles d'un jour passé : elles ne se modifient pas"
        raise click.UsageError(message, ctx)
    return with_drafts(ctx.obj)


def results_asked(ctx: click.Context, law: Law, names: str | None) -> tuple[str, ...] | None:
    """The results asked for; a name that is not one is a wrong use of the command."""
    if names is None:
        return None
    place = whole_file("--resultats")
    asked = tuple(name.strip() for name in names.split(",") if name.strip())
    if not asked:
        raise wrong_use(
            ctx, say("E515", place, proches=suggestion("", law.corpus.results, "résultats connus"))
        )
    known = [rule.name for rule in law.corpus.rules if rule.scope is None]
    for name in asked:
        if name not in known:
            raise wrong_use(
                ctx,
                say(
                    "E511",
                    place,
                    nom=name,
                    proches=suggestion(name, law.corpus.results, "résultats connus"),
                ),
            )
    return asked


def wrong_use(ctx: click.Context, finding: Diagnostic) -> click.UsageError:
    """A finding about the command line itself: shown with the usage, exit code 2."""
    return click.UsageError("\n".join((finding.message, *finding.hints)), ctx)


def readings_asked(ctx: click.Context, law: Law, asked: Sequence[str]) -> dict[str, str]:
    """The options of contested points asked for, « NOM=OPTION » each."""
    for one in asked:
        wrong = wrong_reading(law.corpus, one, whole_file("--lecture"))
        if wrong is not None:
            raise wrong_use(ctx, wrong)
    pairs = [one.partition("=") for one in asked]
    names = [name for name, _, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise wrong_use(ctx, say("E516", "--lecture", nom=name))
    return {name: option for name, _, option in pairs}


def memory(_ctx: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """« 2Go » in megabytes."""
    if text is None:
        return None
    size = _MEMORY.fullmatch(text.strip())
    if size is None or int(size[1]) == 0:
        message = f"« {text} » n'est pas une quantité de mémoire : 800Mo, 2Go"
        raise click.BadParameter(message)
    return int(size[1]) * _MEGABYTES[size[2].lower()]


def records_of(law: Law, paths: Sequence[Path], day: dt.datetime | None) -> Inputs:
    """The records of the files, folders and standard input given."""
    piped = any(str(path) == STANDARD_INPUT for path in paths)
    data = sys.stdin.buffer.read() if piped else b""
    return read_inputs(
        paths, law.corpus, standard_input=data, day=None if day is None else day.date()
    )


def chosen(ctx: click.Context, inputs: Inputs, ident: str | None) -> Sequence[Record]:
    """The accepted records, or the one asked for; one that nobody gave is a wrong use."""
    if ident is None:
        return inputs.records
    kept = [record for record in inputs.records if record.ident == ident]
    refused = [one for one in inputs.refused if one.ident == ident]
    if not kept and not refused:
        known = [record.ident for record in inputs.records]
        raise wrong_use(
            ctx,
            say(
                "E513",
                "--dossier",
                dossier=ident,
                proches=suggestion(ident, known, "dossiers lus"),
            ),
        )
    return kept


def progress(records: Sequence[Some]) -> Iterable[Some]:
    """The records, behind a progress bar when there are many and someone is looking."""
    if len(records) < MANY or not sys.stderr.isatty():
        return records
    from rich.progress import track

    return track(records, description="calcul", transient=True)


@contextmanager
def counting(what: str, units: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the rate and the time left, when someone is looking; told what is done, of all."""
    if not sys.stderr.isatty():
        yield lambda _done, _every: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{units}, {{task.fields[rate]}} par seconde, reste"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress_bar:
        task = progress_bar.add_task(what, total=None, rate="…")

        def tell(done: int, every: int) -> None:
            speed = progress_bar.tasks[0].finished_speed or progress_bar.tasks[0].speed
            rate = "…" if speed is None else french_number(Fraction(int(speed)))
            progress_bar.update(task, completed=done, total=every, rate=rate)

        yield tell


def write(contents: Mapping[Path, bytes]) -> None:
    """Write the files that a command makes, each whole, or tell why it cannot be and exit 1."""
    try:
        write_files(contents)
    except OSError as error:
        report([not_written(Path(error.filename).as_posix(), error.errno)])
        click.get_current_context().exit(1)


def report(findings: Iterable[Diagnostic]) -> None:
    """Findings go to the error output, one after the other; too many of a kind are counted."""
    for found in capped(findings):
        click.echo(str(found), err=True)


def print_json(content: object) -> None:
    """JSON goes to the output, whole."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def answer(reply: Report, layout: str, output: Path | None = None) -> None:
    """A report goes to the output or to a file: « texte », « json » or « html »."""
    if layout == "json":
        text = json.dumps(reply.data, ensure_ascii=False, indent=2) + "\n"
    elif layout == "html":
        from engine.reponse.page import report_page

        text = report_page(reply)
    elif output is None and sys.stdout.isatty():
        from engine.reponse.terminal import print_report

        print_report(reply)
        return
    else:
        text = "".join(f"{line}\n" for line in report_lines(reply, None))
    if output is None:
        click.echo(text, nl=False)
    else:
        write({output: text.encode()})


def print_findings(findings: Sequence[Diagnostic], layout: str) -> None:
    """Findings on the output, as a program or a forge reads them."""
    from engine.reponse.forges import to_gitlab, to_sarif

    findings = capped(findings)
    if layout == "json":
        print_json([one.to_json() for one in findings])
    else:
        print_json(to_sarif(findings) if layout == "sarif" else to_gitlab(findings))
