"""Messages of receipts: their journal, their keys, their archive, their proof (E541 to E550)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span, whole_file

Signature: TypeAlias = Literal["none", "other", "wrong"]
Key: TypeAlias = Literal[
    "there", "unwritable", "missing", "no_phrase", "open", "wrong_phrase", "not_private",
    "not_public", "other",
]  # fmt: skip
Archive: TypeAlias = Literal["there", "unwritable", "unreadable", "other"]
Closed: TypeAlias = Literal["busy", "unwritable"]

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
        "ce n'est pas une clé publique au format PEM",
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
}
_CLOSED: Final[Mapping[Closed, tuple[str, str]]] = {
    "busy": (
        "un autre calcul y écrit depuis trop longtemps",
        "recommencez quand il a fini, ou donnez un autre journal",
    ),
    "unwritable": ("le reçu ne peut pas y être écrit", "donnez un autre fichier avec --recu"),
}


def altered(number: int | None, span: Span) -> Diagnostic:
    """E541: a receipt that does not have the hash that it says; None: it is not even whole."""
    what = (
        "ce reçu n'a pas été écrit jusqu'au bout"
        if number is None
        else f"le reçu n° {number} a été modifié : son contenu n'a plus son condensé"
    )
    return Diagnostic(Code.RECEIPT_ALTERED, what, span, hints=("reprenez le journal d'origine",))


def out_of_place(number: int, expected: int, span: Span) -> Diagnostic:
    """E542: a receipt that does not follow the one before it; ``expected``: its number if it did.

    With the right number, it holds the hash of another one.
    """
    if number == expected:
        what = f"le reçu n° {number} ne suit pas celui qui est écrit avant lui"
    elif number == expected + 1:
        what = f"le reçu n° {expected} manque"
    elif number > expected:
        what = f"les reçus n° {expected} à {number - 1} manquent"
    else:
        what = f"le reçu n° {number} n'est pas à sa place : le n° {expected} est attendu"
    return Diagnostic(
        Code.CHAIN_BROKEN, what, span, hints=("reprenez le journal d'origine, entier",)
    )


def bad_signature(kind: Signature, number: int, key: str, span: Span) -> Diagnostic:
    """E543: a receipt that the one expected has not signed; ``key``: the file of the key."""
    expected = (f"la clé attendue est celle de « {key} »",) if key else ()
    return Diagnostic(
        Code.BAD_SIGNATURE, f"le reçu n° {number} : {_SIGNATURES[kind]}", span, hints=expected
    )


def other_end(expected: str, found: str, span: Span) -> Diagnostic:
    """E544: a journal that does not end with the receipt that was noted elsewhere."""
    return Diagnostic(
        Code.OTHER_END,
        f"le dernier reçu a le condensé {found}, et non {expected} : il en manque, ou il y en a "
        "de plus",
        span,
        hints=("le condensé du dernier reçu est celui que « --recu » a affiché",),
    )


def corpus_lost(number: int, digest: str, span: Span) -> Diagnostic:
    """E545: the rules of a receipt are nowhere."""
    return Diagnostic(
        Code.CORPUS_LOST,
        f"le reçu n° {number} : les règles {digest} ne sont ni dans le dossier des règles, ni dans "
        "l'histoire de leur dépôt, ni dans une archive",
        span,
        hints=(
            "donnez leur dépôt avec --regles, ou leur archive avec --archive",
            "des règles jamais enregistrées dans git ne se retrouvent que dans une archive",
        ),
    )


def input_lost(number: int, name: str, digest: str, span: Span) -> Diagnostic:
    """E546: no file has the content that a run has read."""
    return Diagnostic(
        Code.INPUT_LOST,
        f"le reçu n° {number} : aucun fichier n'a le contenu de « {name} » ({digest})",
        span,
        hints=("donnez avec --entrees un dossier où il est, sous n'importe quel nom",),
    )


def not_proved(number: int, parts: Sequence[str], changed: bool, span: Span) -> Diagnostic:  # noqa: FBT001 - a fact
    """E547: the same run gives something else; ``changed``: réglo is no longer the same."""
    more = f", et {len(parts) - _MOST} autres" if len(parts) > _MOST else ""
    why = (
        "réglo n'a plus le même code : reprenez la version que le reçu nomme pour les départager"
        if changed
        else "réglo est le même : le reçu dit autre chose que ce que ce calcul donne"
    )
    return Diagnostic(
        Code.NOT_PROVED,
        f"le reçu n° {number} n'est pas prouvé, le calcul donne autre chose : "
        f"{', '.join(parts[:_MOST])}{more}",
        span,
        hints=(why,),
    )


def bad_key(kind: Key, shown: str) -> Diagnostic:
    """E548: a file of a key that cannot be made or used."""
    what, hint = _KEYS[kind]
    return Diagnostic(Code.BAD_KEY, f"« {shown} » : {what}", whole_file(shown), hints=(hint,))


def bad_archive(kind: Archive, shown: str) -> Diagnostic:
    """E549: an archive that cannot be written or read."""
    what, hint = _ARCHIVES[kind]
    return Diagnostic(Code.BAD_ARCHIVE, f"« {shown} » : {what}", whole_file(shown), hints=(hint,))


def journal_closed(kind: Closed, shown: str) -> Diagnostic:
    """E550: a journal where no receipt can be written."""
    what, hint = _CLOSED[kind]
    return Diagnostic(
        Code.JOURNAL_CLOSED, f"« {shown} » : {what}", whole_file(shown), hints=(hint,)
    )
