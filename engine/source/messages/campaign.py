"""The sentences about a run over tables: E521 to E539."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

Changed: TypeAlias = Literal["corpus", "entree", "reglages"]
Obstacle: TypeAlias = Literal[
    "full", "large", "permission", "file", "name", "taken", "silent", "other"
]

_NOT_WRITTEN: Final[dict[Obstacle, tuple[str, str]]] = {
    "full": ("il n'y a plus de place sur le disque",
             "libérez de la place, puis continuez avec --reprendre"),
    "large": ("un fichier dépasse la taille permise",
              "faites lever cette limite, puis continuez avec --reprendre"),
    "permission": ("l'écriture n'y est pas permise", "donnez un autre dossier avec -o"),
    "file": ("un fichier y tient la place d'un dossier", "donnez un autre dossier avec -o"),
    "name": ("le nom est trop long", "donnez un nom plus court avec -o"),
    "taken": ("le dossier de sortie a été créé entre-temps",
              "déplacez-le, puis continuez avec --reprendre"),
    "silent": ("le disque ne répond pas",
               "vérifiez-le, puis continuez avec --reprendre, ou donnez un autre dossier avec -o"),
    "other": ("le système le refuse",
              "vérifiez le disque, puis continuez avec --reprendre, ou choisissez un autre -o"),
}  # fmt: skip
_NOT_COMPILED = {
    "bornes": "un champ sans minimum, sans maximum ou sans pas",
    "quotients": "un total de quotients qu'aucun arrondi ne précède",
    "une_fois_par": "« une_fois_par » avec un minimum ou un compte distinct",
    "renvoi": "une règle lue à travers un renvoi",
    "raisons": "plus de 62 raisons de ne pas calculer",
    "largeur": "des valeurs de plus de 38 chiffres",
}
_CHANGED = {
    "corpus": "le corpus de règles a changé",
    "entree": "les données d'entrée ont changé",
    "reglages": "les réglages (résultats, lectures, taille des lots) ont changé",
}


def output_exists(shown: str) -> Diagnostic:
    """E521: the output folder is there already."""
    return say("E521", shown)


def output_in_input(output: str, source: str) -> Diagnostic:
    """E531: the output folder would be one of the input."""
    return say("E531", output, source=source)


def run_unfinished(aside: str) -> Diagnostic:
    """E522: an interrupted run is waiting, and the command does not say what to do of it."""
    return say("E522", aside)


def nothing_to_resume(aside: str) -> Diagnostic:
    """E523: there is no interrupted run to go on with."""
    return say("E523", aside)


def resume_differs(what: Changed, aside: str) -> Diagnostic:
    """E524: the interrupted run was not the same run."""
    return say("E524", aside, cas=what)


def cannot_write(shown: str, obstacle: Obstacle) -> Diagnostic:
    """E525: the disk does not take what is written."""
    return say("E525", shown, cas=obstacle)


def not_a_run(shown: str) -> Diagnostic:
    """E526: a folder that no run has written."""
    return say("E526", shown)


def run_changed(what: Changed, then: str, now: str, shown: str) -> Diagnostic:
    """E527: what a run was computed from is no longer what it was."""
    return say("E527", shown, cas=what, avant=then, maintenant=now)


def refused_in_run(ident: str, place: str, code: str, why: str, shown: str) -> Diagnostic:
    """E532: a record that the run refused; ``place`` is the row at fault, and its column."""
    return say("E532", shown, dossier=ident, lieu=place, code=code, pourquoi=why)


def out_of_memory(memory: int | None) -> Diagnostic:
    """E528: the memory that the run may use is not enough; ``memory`` as asked, in megabytes.

    Where it was not asked, it grows with the threads: fewer of them would not help.
    """
    return say("E528", "--memoire", cas="libre" if memory is None else "permise", memoire=memory)


def off_grid(name: str, span: Span) -> Diagnostic:
    """E529: a wanted name whose values may have more decimals than its unit shows."""
    return say("E529", span, nom=name)


def not_compilable(what: str, span: Span, name: str = "") -> Diagnostic:
    """E530: something of the law that whole numbers cannot hold, or that has no compiled form."""
    return say("E530", span, cas=what, nom=f"« {name} » : " if name else "")


def no_spark(library: str) -> Diagnostic:
    """E533: a library that Spark needs is not installed."""
    return say("E533", "--moteur", bibliotheque=library)


def no_java(oldest: int, old: Sequence[tuple[str, str]]) -> Diagnostic:
    """E534: there is no Java on which Spark runs; ``old``: versions too old and their folders."""
    return say(
        "E534",
        "JAVA_HOME",
        cas="ancien" if old else "aucun",
        minimum=oldest,
        vus=[f"{version} dans {home}" for version, home in old],
    )


def spark_reads_parquet(shown: str) -> Diagnostic:
    """E535: an input that DuckDB reads and Spark does not."""
    return say("E535", shown)


def spark_failed(master: str, reason: str) -> Diagnostic:
    """E536: Spark cannot be reached, or gives up."""
    return say("E536", "--maitre", maitre=master, raison=reason)


def input_changed(shown: str) -> Diagnostic:
    """E537: an input is no longer what it was when the run read it."""
    return say("E537", shown)


def run_under_way(aside: str) -> Diagnostic:
    """E538: another run is writing the same output."""
    return say("E538", aside)


def run_damaged(aside: str, name: str) -> Diagnostic:
    """E539: what an interrupted run has left, or what this one has written, is not whole."""
    return say("E539", aside, nom=name)


def module_stopped() -> Diagnostic:
    """E540: the compiled law stopped on records that were accepted."""
    return say("E540", "regles")
