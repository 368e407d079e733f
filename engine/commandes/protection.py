"""What « reglo rejouer » says of the protection that the cases give: --couverture, --mutations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import answer, report, wrong_use

if TYPE_CHECKING:
    from engine.cas.case import Case
    from engine.cas.mutants import Mutant
    from engine.cas.protection import Protection
    from engine.evaluation.law import Law
    from engine.source.diagnostics import Diagnostic


def protection_of(ctx: click.Context, paths: Sequence[Path]) -> Protection | None:
    """What the file of the first folder of cases that has one asks; its faults end the command."""
    from engine.cas.case import PROTECTION  # noqa: PLC0415 - start-up time
    from engine.cas.protection import read_protection  # noqa: PLC0415

    file = next((path / PROTECTION for path in paths if (path / PROTECTION).is_file()), None)
    if file is None:
        return None
    found, findings = read_protection(file)
    if found is None:
        report(findings)
        ctx.exit(1)
    return found


def show_coverage(
    law: Law, cases: Sequence[Case], protection: Protection | None, layout: str, page: Path | None
) -> tuple[bool, Sequence[Diagnostic]]:
    """Tell the coverage; whether it is at least what is asked, and what is said of it."""
    from engine.cas.coverage import covered, observe  # noqa: PLC0415 - start-up time
    from engine.usages import protection as show  # noqa: PLC0415

    coverage = covered(law.corpus, observe(law, cases))
    findings: tuple[Diagnostic, ...] = ()
    if protection is not None:
        missed, span = len(coverage.missed), protection.missed_span
        findings = show.floor("points", missed, protection.missed, span)
    told = show.coverage_report(law.corpus, coverage)
    if page is not None:
        answer(told, "html", page)
    said = (*show.missed_points(coverage), *findings)
    if layout == "json":
        answer(told, "json")
        report(findings)
    elif layout == "texte":
        report(said)
        click.echo(show.coverage_words(coverage))
    return all(one.severity != "erreur" for one in findings), said


def show_mutations(  # noqa: PLR0913, PLR0917 - what the command was asked
    ctx: click.Context, law: Law, cases: Sequence[Case], protection: Protection | None,
    layout: str, revision: str | None, only: str | None,
) -> tuple[bool, Sequence[Diagnostic]]:  # fmt: skip
    """Tell which mistakes nothing sees; whether there are no more than allowed, and each."""
    from engine.cas.mutation_run import mutate  # noqa: PLC0415 - start-up time
    from engine.evaluation.law import checker  # noqa: PLC0415
    from engine.usages import protection as show  # noqa: PLC0415

    concerned = _concerned(ctx, law, revision, only)
    with _progress() as tell:
        check = checker(ctx.obj)
        found = mutate(law, cases, check, protection, concerned=concerned, tell=tell)
    floor: tuple[Diagnostic, ...] = ()
    allowed = 0
    if protection is not None and revision is None and only is None:
        unseen, allowed = len(found.survivors), protection.unseen
        floor = show.floor("fautes", unseen, allowed, protection.unseen_span)
    said = (*found.findings, *found.stale, *floor)
    if layout in {"json", "texte"}:
        report(said if layout == "texte" else ())
        answer(show.mutation_report(found), layout)
        report(floor if layout == "json" else ())
    return len(found.survivors) <= allowed and not found.stale, said


def _concerned(
    ctx: click.Context, law: Law, revision: str | None, only: str | None
) -> Callable[[Mutant], bool]:
    """Which mutants are tried: those of a text, of the lines changed since a revision, or all."""
    from engine.cas.changed import changed_lines  # noqa: PLC0415 - only when asked
    from engine.evaluation.law import corpus_folder  # noqa: PLC0415
    from engine.source.catalogue import say  # noqa: PLC0415
    from engine.source.messages.hints import suggestion  # noqa: PLC0415

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


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar, when someone is looking."""
    from rich.console import Console  # noqa: PLC0415 - start-up time
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("fautes essayées", total=None)
        yield lambda done, every: bar.update(task, completed=done, total=every)
