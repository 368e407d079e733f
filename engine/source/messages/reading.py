"""E101 to E119, E139 to E141, W601, W627: what reading a file and checking its shape may find."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import (
    quoted,
    shown,
    suggestion,
    write_boolean,
    write_date,
    write_name,
    write_number,
)
from engine.source.messages.many import MOST, more_findings
from engine.source.messages.yaml_syntax import explain
from engine.source.positions import Span
from engine.source.slips import lost_comma, two_in_one
from engine.source.tree import Mapping, Node, Scalar, Sequence

_TYPES = {
    "string": "un texte",
    "number": "un nombre",
    "integer": "un nombre entier",
    "boolean": "un booléen (true ou false)",
    "array": "une liste",
    "object": "un groupe de clés (clé: valeur)",
    "null": "rien (null)",
    "date": "une date (AAAA-MM-JJ)",
}
_BOUNDS = {
    "minimum": "au moins {limit} attendu, {found} lu",
    "maximum": "au plus {limit} attendu, {found} lu",
    "exclusiveMinimum": "plus de {limit} attendu, {found} lu",
    "exclusiveMaximum": "moins de {limit} attendu, {found} lu",
    "multipleOf": "multiple de {limit} attendu, {found} lu",
    "minItems": "liste trop courte : au moins {limit} élément{s} attendu{s}",
    "maxItems": "liste trop longue : au plus {limit} élément{s} attendu{s}",
    "uniqueItems": "un même élément est écrit plusieurs fois dans la liste",
    "minProperties": "groupe trop court : au moins {limit} clé{s} attendue{s}",
    "maxProperties": "groupe trop long : au plus {limit} clé{s} attendue{s}",
    "minLength": "texte trop court : au moins {limit} caractère{s} attendu{s}",
    "maxLength": "texte trop long : au plus {limit} caractère{s} attendu{s}",
    "digits": "nombre trop long : au plus {limit} caractère{s} attendu{s}",
}
DATE_FORM = "année-mois-jour (AAAA-MM-JJ)"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def unreadable_yaml(problem: str, line: str, span: Span, opened: Span | None = None) -> Diagnostic:
    """E101: the YAML library stops here.

    Args:
        problem: what it says, in English.
        line: the faulty line of the file.
        span: where it stopped.
        opened: where the construct it was reading began.
    """
    fault, hints = explain(problem, line)
    if fault.at_opening and opened is not None:
        return _unreadable(fault.sentence, opened, (), hints)
    labels = ((opened, fault.opened),) if fault.opened and opened is not None else ()
    word = lost_comma(line, span.column - 1) if "flow" in problem else ""
    if word:
        hints = (f"une virgule manque avant « {word} »",)
    return _unreadable(fault.sentence, span, labels, hints)


def unreadable_indent(found: int, wanted: int, like: int, span: Span) -> Diagnostic:
    """E101: an indent of ``found`` spaces, where line ``like`` has the one that was meant."""
    return _unreadable(
        f"retrait de {_spaces(found)} : aucune ligne au-dessus ne commence là",
        span,
        (),
        (f"commencez la ligne après {_spaces(wanted)}, comme la ligne {like}",),
    )


def _spaces(count: int) -> str:
    return f"{count} espace{'s' if count > 1 else ''}" if count else "aucune espace"


def _unreadable(
    sentence: str, span: Span, labels: tuple[tuple[Span, str], ...], hints: tuple[str, ...]
) -> Diagnostic:
    return Diagnostic("E101", sentence, span, labels, hints)


def unknown_key(
    key: Scalar, known: Iterable[str], beside: Scalar | None = None, reason: str = ""
) -> Diagnostic:
    """E103: a key that cannot stand here.

    Args:
        key: the key.
        known: the keys that can.
        beside: the key that excludes it, when it is known but one too many.
        reason: why they exclude each other.
    """
    name = shown(key.text)
    if beside is None:
        hints = suggestion(key.text, known, "clés possibles")
        if key.text.isdecimal():
            hints = ("une virgule sépare deux clés : un nombre s'écrit avec un point décimal",)
        return Diagnostic("E103", f"clé inconnue : « {name} »", key.span, hints=hints)
    message = f"clé de trop : « {name} » ne s'écrit pas avec « {beside.text} »"
    labels = ((beside.span, f"« {beside.text} » est écrit ici"),)
    return Diagnostic("E103", message + (f" ({reason})" if reason else ""), key.span, labels)


def unknown_keys(keys: tuple[Scalar, ...], known: Iterable[str]) -> tuple[Diagnostic, ...]:
    """E103 for each of the first keys of a mapping that cannot stand there, then E138."""
    told = tuple(unknown_key(key, known) for key in keys[:MOST])
    if len(keys) <= MOST:
        return told
    return (*told, more_findings(told[0].code, len(keys) - MOST, keys[MOST].span))


def missing_key(
    names: tuple[str, ...], span: Span, *, one_of: bool = False, beside: str = "", reason: str = ""
) -> Diagnostic:
    """E104: keys that should stand here do not.

    Args:
        names: the missing keys.
        span: the mapping that lacks them.
        one_of: exactly one of them is enough.
        beside: the key that calls for them, when they are not always needed.
        reason: why, when the schema says it.
    """
    why = f"« {beside} » demande " if beside else ""
    if one_of and len(names) > 1:
        message = f"{why}l'une de ces clés{'' if beside else ' est attendue'} : {quoted(names)}"
    elif why:
        message = f"{why}aussi {quoted(names)}"
    elif len(names) == 1:
        message = f"clé obligatoire absente : {quoted(names)}"
    else:
        message = f"clés obligatoires absentes : {quoted(names)}"
    return Diagnostic("E104", message + (f" ({reason})" if reason else ""), span)


def wrong_type(node: Node, expected: tuple[str, ...], span: Span) -> Diagnostic:
    """E105: a value of one type where another is expected (JSON Schema names, and ``date``)."""
    *others, last = [_TYPES[name] for name in dict.fromkeys(expected)]
    wanted = f"{', '.join(others)} ou {last}" if others else last
    hints = tuple(filter(None, [_rewritten(node, expected)]))
    return Diagnostic("E105", f"attendu : {wanted} ; lu : {_read(node)}", span, hints=hints)


def out_of_bounds(
    bound: str, limit: str, found: str, span: Span, node: Node | None = None
) -> Diagnostic:
    """E107: a number, a length or a count outside its bounds (``bound`` as JSON Schema says)."""
    plural = "" if limit in {"0", "1"} else "s"
    message = _BOUNDS[bound].format(limit=limit, found=shown(found), s=plural)
    hints: tuple[str, ...] = ()
    if bound == "digits":
        hints = ("un identifiant se met entre guillemets",)
    if bound == "uniqueItems":
        hints = ("effacez celui qui est de trop, ou écrivez celui qui devait être à sa place",)
    if bound == "minItems" and isinstance(node, Sequence):
        hints = without_comma(node)
    return Diagnostic("E107", message, span, hints=hints)


def without_comma(node: Node) -> tuple[str, ...]:
    """What to do of a list, one cell of which is two values without a comma between them."""
    cells = node.items if isinstance(node, Sequence) else ()
    joined = [one.text for one in cells
              if isinstance(one, Scalar) and not one.quoted and two_in_one(one.text)]  # fmt: skip
    return tuple(
        f"une virgule manque : « {shown(text)} » est lu comme une seule case" for text in joined[:1]
    )


def wrong_form(found: str, pattern: str, expected: str, span: Span) -> Diagnostic:
    """E108: a text without the form wanted, which ``expected`` says in French.

    Args:
        found: the text.
        pattern: the regular expression that it should obey; empty for a date.
        expected: the form, in words.
        span: its place.
    """
    example = write_name(found, pattern) if pattern else write_date(found)
    return say("E108", span, lu=found, forme=expected or None, exemple=example)


def impossible_date(found: str, span: Span) -> Diagnostic:
    """E109: a date that looks right and does not exist in the calendar."""
    year, month, _ = (int(part) for part in found.split("-"))
    hint = "le mois s'écrit de 01 à 12"
    if year >= 1 and 1 <= month <= len(MONTHS):
        hint = f"{MONTHS[month - 1]} {year} compte {calendar.monthrange(year, month)[1]} jours"
    return say("E109", span, lu=found, conseil=hint)


def unknown_kind(name: str | None, known: Iterable[str], span: Span) -> Diagnostic:
    """E116: the first key tells no kind of file (``name`` is None when there is no key at all)."""
    names = tuple(known)
    intro = "la première clé dit la sorte du fichier"
    hints = (f"{intro} : {quoted(names)}",) if name is None else suggestion(name, names, intro)
    return say("E116", span, cas="rien" if name is None else "autre", nom=name, conseils=hints)


def lookalike(character: str, span: Span) -> Diagnostic:
    """E139: a character that passes for another one in the eye: an odd space, a curly quote."""
    kind = "invisible"
    if character in "“”„‟":
        kind = "guillemet"
    elif character in "\u00a0\u2007\u202f":
        kind = "espace"
    return say("E139", span, cas=kind, signe=character, numero=f"{ord(character):04X}")


def _read(node: Node) -> str:
    match node:
        case Sequence():
            return "une liste"
        case Mapping():
            return "un groupe de clés"
        case Scalar(text=text) if isinstance(node.value, str):
            return f"le texte « {shown(text)} »"
        case Scalar(text=text) if isinstance(node.value, bool):
            return f"le booléen {text}"
        case Scalar(text=text) if node.value is None:
            return "rien"
        case _:
            return f"le nombre {shown(node.text)}"


def _rewritten(node: Node, expected: tuple[str, ...]) -> str | None:
    if not isinstance(node, Scalar):
        if isinstance(node, Mapping) and expected == ("string",):
            return "un texte qui contient « : » se met entre guillemets"
        return None
    if isinstance(node.value, str):
        hint = None
        if {"number", "integer"} & set(expected):
            hint = write_number(node.text)
        if "boolean" in expected:
            hint = hint or write_boolean(node.text)
        return hint
    if node.value is None:
        return None
    if "date" in expected:
        return "une date s'écrit année-mois-jour : 2015-09-01"
    if "string" in expected:
        return f'un texte qui ressemble à autre chose se met entre guillemets : "{node.text}"'
    if expected == ("integer",) and re.fullmatch(r"-?\d+\.0+", node.text):
        return f"écrivez {node.text.partition('.')[0]}"
    return None
