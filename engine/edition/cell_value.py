"""A cell that was edited goes in; its exact value comes out, or the sentence that refuses it."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from engine.dossiers.values import read_number
from engine.edition.table_export import TRUTH_WORDS, TRUTHS, Cell, Place, Sheet
from engine.edition.workbook_read import Read
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

Value: TypeAlias = Fraction | bool | str

_EUROS: Final = re.compile(r"\[\$(?:€|EUR)?(?:-[^\]]*)?\]")  # « [$€-40C] », or a language alone
_OTHER_MONEY: Final = re.compile(r"[$£¥]")
_STARTS_AS_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9 .,\u00a0\u202f]*")


def written_value(sheet: Sheet, text: str) -> Value:
    """The value that a text of the rules writes."""
    if sheet.kind == "nombre":
        return Fraction(Decimal(text))
    return TRUTHS[text] if sheet.kind == "booleen" else text


def cell_value(sheet: Sheet, base: Cell, read: Read | None, place: Place) -> Value | Diagnostic:
    """The value of a cell.

    Args:
        sheet: what the rules say of it today: kind of value, unit, codes.
        base: the cell as it was exported.
        read: what it holds now.
        place: where it is.

    Returns:
        The value, or E567.
    """
    refused = _held(base, read, place)
    if refused is not None or read is None:
        return refused or say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    if sheet.kind != "nombre":
        text = read.text.lower() if sheet.kind == "booleen" else read.text
        if text not in sheet.choices:
            return say(
                "E567", place.span, cas="liste", lieu=place, texte=read.text, connus=sheet.choices
            )
        return text == TRUTH_WORDS[0] if sheet.kind == "booleen" else text
    if read.kind == "booleen":
        return say(
            "E567",
            place.span,
            cas="pas_un_nombre",
            lieu=place,
            texte=read.text,
            unite=sheet.unit_words,
        )
    value = Fraction(read.text) if read.kind == "nombre" else _typed(sheet, read.text, place)
    before = Fraction(Decimal(base.text))
    if isinstance(value, Diagnostic) or value == before:
        return value
    return _unfit(sheet, (base.text, value), read, place) or value


def source_text(
    base: Cell, read: Read | None, place: Place, documents: tuple[str, ...]
) -> str | Diagnostic:
    """The source that a cell gives, or E567."""
    refused = _held(base, read, place)
    if refused is not None or read is None:
        return refused or say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    if read.text == base.text:
        return read.text
    if read.kind != "texte":
        return say("E567", place.span, cas="source_sans_texte", lieu=place, texte=read.text)
    document, comma, where = read.text.partition(", ")
    if document not in documents or (comma and not where):
        return say(
            "E567", place.span, cas="source_inconnue", lieu=place, texte=read.text, connus=documents
        )
    return read.text


def _held(base: Cell, read: Read | None, place: Place) -> Diagnostic | None:
    """What is refused wherever it stands: nothing, a formula, an error, a date."""
    if read is None:
        return say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    match read.kind:
        case "formule":
            return say("E567", place.span, cas="formule", lieu=place, texte=read.text)
        case "erreur":
            return say("E567", place.span, cas="erreur", lieu=place, texte=read.text)
        case "date":
            return say("E567", place.span, cas="date", lieu=place, texte=read.text)
        case _:
            return None


def _typed(sheet: Sheet, text: str, place: Place) -> Fraction | Diagnostic:
    """A number that is a text, with the unit of its column at most."""
    symbol = "" if sheet.unit is None else sheet.unit.symbol
    bare = text.removesuffix(symbol).strip() if symbol else text
    number = read_number(bare, "nombre" if symbol else "part")
    if number is not None:
        return number
    if _STARTS_AS_NUMBER.match(text) and re.search(r"[^\W\d_]|[%€$£¥]", text):
        return say("E567", place.span, cas="unite", lieu=place, texte=text, unite=sheet.unit_words)
    return say(
        "E567", place.span, cas="pas_un_nombre", lieu=place, texte=text, unite=sheet.unit_words
    )


def _unfit(
    sheet: Sheet, values: tuple[str, Fraction], read: Read, place: Place
) -> Diagnostic | None:
    """What is wrong with a number that was read, and is not the one exported."""
    before, value = values
    symbol = "" if sheet.unit is None else sheet.unit.symbol
    own = 0 if sheet.unit is None else sheet.unit.decimals
    decimals = max(own, len(before.partition(".")[2]))
    if symbol and "%" in read.layout:
        return say(
            "E567",
            place.span,
            cas="unite",
            lieu=place,
            texte=f"{_french(read.text)} au format pourcentage",
            unite=sheet.unit_words,
        )
    if read.kind == "nombre" and _OTHER_MONEY.search(_EUROS.sub("", read.layout)):
        return say(
            "E567",
            place.span,
            cas="unite",
            lieu=place,
            texte=f"{_french(read.text)} au format d'une autre monnaie",
            unite=sheet.unit_words,
        )
    if (value * 10**decimals).denominator != 1:
        return say(
            "E567",
            place.span,
            cas="decimales" if decimals > 1 else "une_decimale" if decimals else "aucune_decimale",
            lieu=place,
            texte=_french(read.text),
            unite=sheet.unit_words,
            decimales=decimals,
        )
    if value < 0 <= Fraction(Decimal(before)):
        return say("E567", place.span, cas="negatif", lieu=place, texte=_french(read.text))
    return None


def _french(text: str) -> str:
    return text.replace(".", ",")
