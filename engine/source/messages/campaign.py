"""The sentences about a run over tables: E521 to E539."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import shown as on_one_line
from engine.source.positions import Span, whole_file

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
    return Diagnostic(
        Code.OUTPUT_EXISTS,
        f"la sortie « {shown} » existe déjà : rien n'est écrit par-dessus",
        whole_file(shown),
        hints=("donnez un autre dossier avec -o, ou déplacez celui-ci",),
    )


def output_in_input(output: str, source: str) -> Diagnostic:
    """E531: the output folder would be one of the input."""
    return Diagnostic(
        Code.OUTPUT_IN_INPUT,
        f"la sortie « {output} » est dans l'entrée « {source} » : elle serait lue comme une table",
        whole_file(output),
        hints=("donnez avec -o un dossier qui est ailleurs",),
    )


def run_unfinished(aside: str) -> Diagnostic:
    """E522: an interrupted run is waiting, and the command does not say what to do of it."""
    return Diagnostic(
        Code.RUN_UNFINISHED,
        f"une campagne interrompue attend dans « {aside} »",
        whole_file(aside),
        hints=("continuez-la avec --reprendre, ou effacez ce dossier",),
    )


def nothing_to_resume(aside: str) -> Diagnostic:
    """E523: there is no interrupted run to go on with."""
    return Diagnostic(
        Code.NOTHING_TO_RESUME,
        f"aucune campagne interrompue à reprendre : « {aside} » n'existe pas",
        whole_file(aside),
        hints=("lancez la campagne sans --reprendre",),
    )


def resume_differs(what: Changed, aside: str) -> Diagnostic:
    """E524: the interrupted run was not the same run."""
    return Diagnostic(
        Code.RESUME_DIFFERS,
        f"la campagne interrompue ne peut pas être reprise : {_CHANGED[what]} depuis",
        whole_file(aside),
        hints=("remettez-les comme ils étaient, ou effacez ce dossier et recommencez",),
    )


def cannot_write(shown: str, obstacle: Obstacle) -> Diagnostic:
    """E525: the disk does not take what is written."""
    reason, hint = _NOT_WRITTEN[obstacle]
    return Diagnostic(
        Code.CANNOT_WRITE,
        f"écriture impossible dans « {shown} » : {reason}",
        whole_file(shown),
        hints=(hint,),
    )


def not_a_run(shown: str) -> Diagnostic:
    """E526: a folder that no run has written."""
    return Diagnostic(
        Code.NOT_A_RUN,
        f"« {shown} » n'est pas la sortie d'une campagne : manifeste.json manque ou ne se lit pas",
        whole_file(shown),
        hints=("donnez le dossier qui suit -o dans « reglo campagne »",),
    )


def run_changed(what: Changed, then: str, now: str, shown: str) -> Diagnostic:
    """E527: what a run was computed from is no longer what it was."""
    return Diagnostic(
        Code.RUN_CHANGED,
        f"{_CHANGED[what]} depuis la campagne : {then} alors, {now} maintenant",
        whole_file(shown),
        hints=("remettez-les comme ils étaient, ou relancez la campagne",),
    )


def refused_in_run(ident: str, place: str, code: str, why: str, shown: str) -> Diagnostic:
    """E532: a record that the run refused; ``place`` is the row at fault, and its column."""
    return Diagnostic(
        Code.REFUSED_IN_RUN,
        f"la campagne a refusé le dossier « {on_one_line(ident)} » ({place}) : {code} : {why}",
        whole_file(shown),
        hints=("corrigez cette ligne, puis relancez la campagne",),
    )


def out_of_memory(memory: int | None) -> Diagnostic:
    """E528: the memory that the run may use is not enough; ``memory`` as asked, in megabytes.

    Where it was not asked, it grows with the threads: fewer of them would not help.
    """
    allowed, fewer = "", ""
    if memory is not None:
        allowed, fewer = f" permise ({memory} Mo)", ", ou moins de fils avec --fils"
    return Diagnostic(
        Code.OUT_OF_MEMORY,
        f"la mémoire{allowed} ne suffit pas",
        whole_file("--memoire"),
        hints=(f"donnez plus de mémoire avec --memoire{fewer}",),
    )


def off_grid(name: str, span: Span) -> Diagnostic:
    """E529: a wanted name whose values may have more decimals than its unit shows."""
    return Diagnostic(
        Code.OFF_GRID,
        f"« {name} » n'est pas arrondi : une table ne peut pas le garder exactement",
        span,
        hints=("demandez un résultat arrondi, ou expliquez ce dossier : reglo expliquer",),
    )


def not_compilable(what: str, span: Span, name: str = "") -> Diagnostic:
    """E530: something of the law that whole numbers cannot hold, or that has no compiled form."""
    named = f"« {name} » : " if name else ""
    return Diagnostic(
        Code.NOT_COMPILABLE,
        f"cette règle ne peut pas être calculée par lots : {named}{_NOT_COMPILED[what]}",
        span,
        hints=("bornez le champ dans le schéma du dossier, ou arrondissez la valeur plus tôt",),
    )


def no_spark(library: str) -> Diagnostic:
    """E533: a library that Spark needs is not installed."""
    return Diagnostic(
        Code.NO_SPARK,
        f"le moteur spark n'est pas installé : la bibliothèque {library} manque",
        whole_file("--moteur"),
        hints=("installez-le : pip install 'reglo[spark]' ; ou laissez le moteur duckdb",),
    )


def no_java(oldest: int, old: Sequence[tuple[str, str]]) -> Diagnostic:
    """E534: there is no Java on which Spark runs; ``old``: versions too old and their folders."""
    seen = ", ".join(f"{version} dans {home}" for version, home in old)
    found = f"trop ancien : {seen}" if old else "aucun, ni dans JAVA_HOME ni dans PATH"
    return Diagnostic(
        Code.NO_JAVA,
        f"Spark a besoin de Java {oldest} ou plus récent ; trouvé : {found}",
        whole_file("JAVA_HOME"),
        hints=(
            "installez Java 17 ou 21 (Debian : apt-get install openjdk-17-jre-headless)",
            "ou indiquez par JAVA_HOME le dossier de celui qui est là",
        ),
    )


def spark_reads_parquet(shown: str) -> Diagnostic:
    """E535: an input that DuckDB reads and Spark does not."""
    return Diagnostic(
        Code.SPARK_READS_PARQUET,
        f"avec le moteur spark, l'entrée est un dossier de tables .parquet : « {shown} »",
        whole_file(shown),
        hints=("convertissez les tables en .parquet, ou laissez le moteur duckdb",),
    )


def spark_failed(master: str, reason: str) -> Diagnostic:
    """E536: Spark cannot be reached, or gives up."""
    return Diagnostic(
        Code.SPARK_FAILED,
        f"Spark ({master}) n'a pas pu finir le calcul : {reason}",
        whole_file("--maitre"),
        hints=("rien n'est écrit ; vérifiez l'adresse et les moyens du cluster, puis relancez",),
    )


def input_changed(shown: str) -> Diagnostic:
    """E537: an input is no longer what it was when the run read it."""
    return Diagnostic(
        Code.INPUT_CHANGED,
        "ce fichier a changé pendant le calcul : rien n'est écrit",
        whole_file(shown),
        hints=("attendez qu'il ne change plus, puis relancez",),
    )


def run_under_way(aside: str) -> Diagnostic:
    """E538: another run is writing the same output."""
    return Diagnostic(
        Code.RUN_UNDER_WAY,
        f"une autre campagne est en train d'écrire cette sortie, dans « {aside} »",
        whole_file(aside),
        hints=("attendez qu'elle finisse, ou donnez un autre dossier avec -o",),
    )


def run_damaged(aside: str, name: str) -> Diagnostic:
    """E539: what an interrupted run has left, or what this one has written, is not whole."""
    return Diagnostic(
        Code.RUN_DAMAGED,
        f"« {name} » est abîmé, ou n'est pas de cette campagne : rien n'est gardé",
        whole_file(aside),
        hints=("effacez ce dossier et recommencez, sans --reprendre",),
    )


def module_stopped() -> Diagnostic:
    """E540: the compiled law stopped on records that were accepted."""
    return Diagnostic(
        Code.MODULE_STOPPED,
        "la loi compilée s'est arrêtée sur un dossier accepté : rien n'est écrit",
        whole_file("regles"),
        hints=(
            "c'est un défaut de réglo : signalez-le, les règles et vos données n'y sont pour rien",
            "« reglo calculer » ne s'en sert pas",
        ),
    )
