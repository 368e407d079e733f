"""The command line: the group of commands, in French."""

from __future__ import annotations

import sys

_STOPPED = "Interrompu."

try:
    import datetime as dt
    import errno
    import os
    from collections.abc import Mapping
    from contextlib import suppress
    from importlib import import_module
    from pathlib import Path
    from typing import IO, Final, NoReturn

    import click

    from engine import __version__
    from engine.commandes.base import DAY, FOLDER, rules_known_on, with_drafts
    from engine.commandes.words import french, french_plural, lenient_streams
    from engine.source import signals
    from engine.source.messages.hints import shown
    from engine.source.messages.system import reason
    from engine.source.terminal import harmless
except KeyboardInterrupt:  # nothing is begun: there is nothing to put away
    sys.stderr.write(f"{_STOPPED}\n")
    sys.exit(130)


def _echo(
    message: object = None,
    *,
    file: IO[str] | None = None,
    nl: bool = True,
    err: bool = False,
    color: bool | None = None,
) -> None:
    """Print; what could drive a terminal is written out, for a text may come from anywhere."""
    kept = message is None or isinstance(message, bytes)
    _click_echo(message if kept else harmless(str(message)), file=file, nl=nl, err=err, color=color)


# click takes its sentences from gettext, which needs a compiled catalogue installed on the system:
# its modules are given the French ones instead, and the door by which every text goes out.
_click_echo = click.echo
for module in (click.core, click.decorators, click.exceptions, click.formatting, click.parser,
               click.types):  # fmt: skip
    vars(module).update(_=french, ngettext=french_plural)
for module in (click, click.core, click.decorators, click.exceptions, click.termui, click.utils):
    vars(module).update(echo=_echo)


# Each command, and the module where it is: only that of the command asked is read.
COMMANDS: Final[Mapping[str, str]] = {
    "calculer": "calcul.commands",
    "expliquer": "calcul.commands",
    "diverger": "calcul.commands",
    "calendrier": "paye.commands",
    "echeancier": "paye.commands",
    "rappel": "paye.commands",
    "campagne": "campagne.commands",
    "compiler": "campagne.commands",
    "impact": "effet.commands",
    "prouver": "recus.commands",
    "archiver": "recus.commands",
    "cle": "recus.commands",
    "etat": "edition.commands",
    "nouvelle-version": "edition.commands",
    "exporter-table": "edition.commands",
    "importer-table": "edition.commands",
    "comparer": "histoire.commands",
    "journal": "histoire.commands",
    "valider": "droit.commands",
    "lectures": "droit.commands",
    "couverture-texte": "droit.commands",
    "code": "droit.commands",
    "rejouer": "cas.commands",
    "proprietes": "cas.commands",
    "couvrir": "cas.commands",
    "muter": "cas.commands",
    "reduire": "cas.commands",
}


class Commands(click.Group):
    """The group: whatever stops a command, what is said is a sentence, never a trace of Python."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click asks
        """The commands, in the order of the help."""
        return sorted(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - as click asks
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a name, whose module is read now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"engine.{COMMANDS[cmd_name]}")
        found: object = getattr(module, cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Exception) as error:
            if _is_a_stop(error):
                _interrupted(ctx)
            if not isinstance(error, OSError):
                raise
            if error.errno == errno.EPIPE:  # who was reading has left: click knows
                raise
            if error.filename is None:
                click.echo(_not_printed(error.errno), err=True)
            else:
                click.echo(f"Erreur : « {shown(str(error.filename))} » : {reason(error.errno)}",
                           err=True)  # fmt: skip
            ctx.exit(1)


def _not_printed(number: int | None) -> str:
    return f"Erreur : la sortie ne peut pas être écrite : {reason(number)}"


def _is_a_stop(error: BaseException) -> bool:
    """Whether a command ends so because it was asked to stop, and nobody has said it yet."""
    if isinstance(error, click.exceptions.Exit):  # 0: it had ended
        return signals.asked() and error.exit_code not in {0, signals.exit_code()}
    of_a_question = isinstance(error, click.Abort)  # Ctrl-C, or an input that ends
    cause = error.__context__ if of_a_question else error
    return signals.asked() or isinstance(cause, KeyboardInterrupt)


def _interrupted(ctx: click.Context) -> NoReturn:
    with suppress(OSError):  # the terminal may be what was closed
        click.echo(f"\n{_STOPPED}", err=True)
    ctx.exit(signals.exit_code())


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["--help", "-h"]},
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
)
@click.option(
    "--regles",
    type=FOLDER,
    envvar="REGLO_REGLES",
    help="Répertoire d'un autre corpus de règles (ou variable REGLO_REGLES).",
)
@click.option(
    "--connu-le", type=DAY, help="Les règles telles que leur dépôt git les connaissait ce jour-là."
)
@click.option(
    "--projets", is_flag=True, help="Applique aussi les versions en projet, pour les essayer."
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


def run() -> None:
    """The entry point: what is written is its owner's alone, and a signal to stop is obeyed."""
    os.umask(0o077)
    sys.unraisablehook = _told_already
    signals.obey()
    try:
        _with_streams()
        main()
    except BaseException as error:
        signals.over()
        if signals.asked() and not (isinstance(error, SystemExit) and not error.code):
            sys.exit(signals.exit_code())
        raise


def _with_streams() -> None:
    """What was closed is open on nothing, or the next file opened would take its place."""
    closed = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:
        stream = os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w")
        setattr(sys, name, stream)
    if "stdout" in closed:
        click.echo(_not_printed(errno.EBADF), err=True)
        sys.exit(1)


def _told_already(fault: sys.UnraisableHookArgs) -> None:
    """Where an exception can go no farther: a stop is raised again elsewhere.

    A file that a full disk keeps from being closed is one too: the command has said why it failed.
    So is what a stop keeps from being closed.
    """
    if isinstance(fault.exc_value, KeyboardInterrupt):
        signals.again()
    elif not (isinstance(fault.exc_value, OSError) or signals.asked()):
        sys.__unraisablehook__(fault)


if __name__ == "__main__":
    run()
