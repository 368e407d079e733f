"""Messages of receipts: their journal, their keys, their archive, their proof (E541 to E550).

E595 to E597 are about the secret of a journal, the moments and the names that receipts say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

Signature: TypeAlias = Literal["none", "other", "wrong"]
Key: TypeAlias = Literal[
    "there", "unwritable", "missing", "no_phrase", "open", "wrong_phrase", "not_private",
    "not_public", "other",
]  # fmt: skip
Archive: TypeAlias = Literal[
    "there", "unwritable", "unreadable", "other", "larger", "changed", "moved"
]
Closed: TypeAlias = Literal["busy", "unwritable", "special", "missing", "late", "long", "names"]
Unwritten: TypeAlias = Literal["torn", "long"]
Moment: TypeAlias = Literal["none", "future", "before"]
Outside: TypeAlias = Literal["input", "table", "record"]

_MOST: Final = 5  # parts named
_SIGNATURES: Final[Mapping[Signature, str]] = {
    "none": "il n'est pas signé",
    "other": "il est signé par une autre clé",
    "wrong": "sa signature n'est pas celle de ce reçu",
}
_KEYS: Final[Mapping[Key, tuple[str, str]]] = {
    "there": ("ce fichier existe déjà : rien n'est écrit par-dessus", "donnez un autre nom"),
    "unwritable": ("la clé ne peut pas y être écrite", "donnez un autre dossier"),
    "missing": ("ce fichier ne peut pas être lu", "vérifiez son nom et ses droits"),
    "no_phrase": (
        "cette clé est protégée par une phrase",
        "donnez la phrase dans la variable REGLO_PHRASE",
    ),
    "open": (
        "cette clé n'est pas protégée, et une phrase est donnée",
        "retirez la variable REGLO_PHRASE",
    ),
    "wrong_phrase": (
        "la clé ne s'ouvre pas avec cette phrase",
        "corrigez la variable REGLO_PHRASE, ou donnez la clé privée",
    ),
    "not_private": (
        "ce n'est pas une clé privée au format PEM",
        "« reglo cle FICHIER » en crée une ; la clé publique (.pub) ne signe pas",
    ),
    "not_public": (
        "ce n'est ni une clé publique ni une clé privée au format PEM",
        "donnez le fichier .pub de celui qui signe",
    ),
    "other": ("ce n'est pas une clé Ed25519", "« reglo cle FICHIER » en crée une"),
}
_ARCHIVES: Final[Mapping[Archive, tuple[str, str]]] = {
    "there": ("ce fichier existe déjà : rien n'est écrit par-dessus", "donnez un autre nom"),
    "unwritable": ("l'archive ne peut pas y être écrite", "donnez un autre dossier"),
    "unreadable": ("ce n'est pas une archive, ou elle est abîmée", "reprenez-la à sa source"),
    "other": (
        "cette archive n'est pas de « reglo archiver »",
        "donnez celle qui a été écrite avec le journal",
    ),
    "larger": (
        "elle est comprimée, ou dit contenir plus que sa propre taille : rien n'en est lu",
        "« reglo archiver » ne comprime rien ; donnez l'archive qu'il a écrite",
    ),
    "moved": (
        "un fichier a changé pendant qu'elle s'écrivait : elle n'est pas gardée",
        "recommencez quand rien n'écrit plus dans ces fichiers",
    ),
    "changed": (
        "un fichier y a été changé : il n'a plus le condensé qui le nomme",
        "reprenez-la à sa source",
    ),
}
_CLOSED: Final[Mapping[Closed, tuple[str, str]]] = {
    "busy": (
        "un autre calcul y écrit depuis trop longtemps",
        "recommencez quand il a fini, ou donnez un autre journal",
    ),
    "unwritable": ("le reçu ne peut pas y être écrit", "donnez un autre fichier avec --recu"),
    "special": (
        "ce n'est pas un fichier ordinaire",
        "un journal est un fichier, et non un tube ou un périphérique",
    ),
    "missing": (
        "ce journal n'existe pas, ou ne peut pas être lu",
        "vérifiez son nom et ses droits",
    ),
    "late": (
        "l'horloge de la machine est en retard sur le dernier reçu",
        "mettez la machine à l'heure : un reçu ne se date pas d'avant le précédent",
    ),
    "long": (
        "ce calcul a trop de dossiers pour un seul reçu",
        "partagez les fichiers en plusieurs calculs, ou employez « reglo campagne »",
    ),
    "names": (
        "un fichier lu a un nom qu'un reçu ne peut pas dire",
        "renommez-le sans caractère de contrôle ni « \\ »",
    ),
}
_UNWRITTEN: Final[Mapping[Unwritten, tuple[str, str]]] = {
    "torn": (
        "ce reçu n'a pas été écrit jusqu'au bout",
        "« reglo prouver JOURNAL --reparer » met de côté ce qui en est écrit",
    ),
    "long": ("cette ligne est trop longue pour être un reçu", "reprenez le journal d'origine"),
}
_MOMENTS: Final[Mapping[Moment, tuple[str, str]]] = {
    "none": ("ce moment n'existe pas", "reprenez le journal d'origine"),
    "future": (
        "ce moment est à venir",
        "l'une des deux machines n'est pas à l'heure, ou le reçu n'est pas vrai",
    ),
    "before": (
        "c'est avant le reçu qui le précède",
        "une machine n'était pas à l'heure, ou le reçu n'est pas vrai",
    ),
}
_OUTSIDE: Final[Mapping[Outside, str]] = {
    "input": "le fichier « {name} » serait hors du dossier de la campagne : rien n'est rejoué",
    "table": "le fichier « {name} » n'est pas parmi ceux qui ont été lus",
    "record": "aucun des dossiers lus n'est celui qui a été demandé",
}


def altered(which: int | Unwritten, span: Span) -> Diagnostic:
    """E541: a receipt, by its number, that has not the hash that it says; or that is not whole."""
    return say("E541", span, cas="modifie" if isinstance(which, int) else which, numero=which)


def out_of_place(number: int, expected: int, span: Span) -> Diagnostic:
    """E542: a receipt that does not follow the one before it; ``expected``: its number if it did.

    With the right number, it holds the hash of another one.
    """
    kind = "deplace"
    if number == expected:
        kind = "suite"
    elif number == expected + 1:
        kind = "un_manque"
    elif number > expected:
        kind = "manquent"
    return say("E542", span, cas=kind, numero=number, attendu=expected, dernier=number - 1)


def bad_signature(kind: Signature, number: int, key: str, span: Span) -> Diagnostic:
    """E543: a receipt that the one expected has not signed; ``key``: the file of the key."""
    return say("E543", span, cas=kind, numero=number, cle=key or None)


def other_end(expected: str, found: str, span: Span) -> Diagnostic:
    """E544: a journal that does not end with the receipt that was noted elsewhere."""
    return say("E544", span, lu=found, attendu=expected)


def corpus_lost(number: int, digest: str, span: Span) -> Diagnostic:
    """E545: the rules of a receipt are nowhere."""
    return say("E545", span, numero=number, condense=digest)


def input_lost(number: int, name: str, digest: str, span: Span) -> Diagnostic:
    """E546: no file has the content that a run has read."""
    return say("E546", span, numero=number, nom=name, condense=digest)


def not_proved(number: int, parts: Sequence[str], changed: bool, span: Span) -> Diagnostic:  # noqa: FBT001 - a fact
    """E547: the same run gives something else; ``changed``: réglo is no longer the same."""
    more = f", et {len(parts) - _MOST} autres" if len(parts) > _MOST else ""
    return say(
        "E547",
        span,
        cas="change" if changed else "meme",
        numero=number,
        parts=parts[:_MOST],
        reste=more,
    )


def bad_key(kind: Key, shown: str) -> Diagnostic:
    """E548: a file of a key that cannot be made or used."""
    return say("E548", shown, cas=kind)


def bad_archive(kind: Archive, shown: str) -> Diagnostic:
    """E549: an archive that cannot be written or read."""
    return say("E549", shown, cas=kind)


def journal_closed(kind: Closed, shown: str) -> Diagnostic:
    """E550: a journal where no receipt can be written, or that is none."""
    return say("E550", shown, cas=kind)


def salt_lost(number: int, file: str, span: Span) -> Diagnostic:
    """E595: the secret that the hashes of a receipt are keyed with is not there."""
    return say("E595", span, numero=number, sel=file)


def impossible_moment(kind: Moment, number: int, told: str, span: Span) -> Diagnostic:
    """E596: a receipt that says it was made when it cannot have been."""
    return say("E596", span, cas=kind, numero=number, dit=told)


def not_of_this_run(kind: Outside, number: int, name: str, span: Span) -> Diagnostic:
    """E597: a receipt names what cannot be of the run that it tells of."""
    return say("E597", span, cas=kind, numero=number, nom=name)
