"""What is said of a badly written file, or of a rule, where there is something to choose."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable

from engine.source.catalogue import MOST, more_findings, say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import (
    close_names,
    quoted,
    shown,
    suggestion,
    write_boolean,
    write_date,
    write_name,
    write_number,
)
from engine.source.messages.yaml_syntax import explain, lost_comma, two_in_one
from engine.source.positions import Span
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
DATE_FORM = "année-mois-jour (AAAA-MM-JJ)"
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
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
        return say("E101", opened, phrase=fault.sentence, conseils=hints)
    labels = ((opened, fault.opened),) if fault.opened and opened is not None else ()
    word = lost_comma(line, span.column - 1) if "flow" in problem else ""
    if word:
        hints = (f"une virgule manque avant « {word} »",)
    return say("E101", span, *labels, phrase=fault.sentence, conseils=hints)


def unreadable_indent(indent: int, wanted: int, like: int, span: Span) -> Diagnostic:
    """E101: an indent of ``indent`` spaces, where line ``like`` has the one that was meant."""
    way_out = f"commencez la ligne après {_spaces(wanted)}, comme la ligne {like}"
    words = f"retrait de {_spaces(indent)} : aucune ligne au-dessus ne commence là"
    return say("E101", span, phrase=words, conseils=(way_out,))


def _spaces(count: int) -> str:
    return f"{count} espace{'s' if count > 1 else ''}" if count else "aucune espace"


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
    if beside is None:
        hints = suggestion(key.text, known, "clés possibles")
        if key.text.isdecimal():
            hints = ("une virgule sépare deux clés : un nombre s'écrit avec un point décimal",)
        return say("E103", key.span, cas="inconnue", nom=key.text, conseils=hints)
    return say(
        "E103",
        key.span,
        (beside.span, f"« {beside.text} » est écrit ici"),
        cas="de_trop",
        nom=key.text,
        autre=beside.text,
        raison=f" ({reason})" if reason else "",
        conseils=(),
    )


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
    kind = "absente" if len(names) == 1 else "absentes"
    if one_of and len(names) > 1:
        kind = "une_demandee" if beside else "une"
    elif beside:
        kind = "demandees"
    why = f" ({reason})" if reason else ""
    return say("E104", span, cas=kind, cles=names, pour=beside, raison=why)


def wrong_type(node: Node, expected: tuple[str, ...], span: Span) -> Diagnostic:
    """E105: a value of one type where another is expected (JSON Schema names, and ``date``)."""
    *others, last = [_TYPES[name] for name in dict.fromkeys(expected)]
    wanted = f"{', '.join(others)} ou {last}" if others else last
    return say("E105", span, attendu=wanted, lu=_read(node), conseil=_rewritten(node, expected))


def out_of_bounds(
    bound: str, limit: str, written: str, span: Span, node: Node | None = None
) -> Diagnostic:
    """E107: a number, a length or a count outside its bounds (``bound`` as JSON Schema says)."""
    plural = "" if limit in {"0", "1"} else "s"
    hints = without_comma(node) if bound == "minItems" and isinstance(node, Sequence) else ()
    return say("E107", span, cas=bound, limite=limit, lu=written, s=plural, conseils=hints)


def without_comma(node: Node) -> tuple[str, ...]:
    """What to do of a list, one cell of which is two values without a comma between them."""
    cells = node.items if isinstance(node, Sequence) else ()
    joined = [
        one.text
        for one in cells
        if isinstance(one, Scalar) and not one.quoted and two_in_one(one.text)
    ]
    return tuple(
        f"une virgule manque : « {shown(text)} » est lu comme une seule case" for text in joined[:1]
    )


def wrong_form(text: str, pattern: str, expected: str, span: Span) -> Diagnostic:
    """E108: a text without the form wanted, which ``expected`` says in French.

    Args:
        text: the text.
        pattern: the regular expression that it should obey; empty for a date.
        expected: the form, in words.
        span: its place.
    """
    example = write_name(text, pattern) if pattern else write_date(text)
    return say("E108", span, lu=text, forme=expected or None, exemple=example)


def impossible_date(text: str, span: Span) -> Diagnostic:
    """E109: a date that looks right and does not exist in the calendar."""
    year, month, _ = (int(part) for part in text.split("-"))
    hint = "le mois s'écrit de 01 à 12"
    if year >= 1 and 1 <= month <= len(MONTHS):
        hint = f"{MONTHS[month - 1]} {year} compte {calendar.monthrange(year, month)[1]} jours"
    return say("E109", span, lu=text, conseil=hint)


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


def unknown_name(
    what: str, name: str, known: Iterable[str], span: Span, intro: str | None = None
) -> Diagnostic:
    """E201: nothing of that name (``what``: « règle ou champ », « table », « unité »…).

    ``intro``: what to say before the known names, where they are few and like no other.
    """
    hints = close_names(name, known) if intro is None else (f"{intro} : {', '.join(known)}",)
    return say("E201", span, quoi=what, nom=name, conseils=hints)


def expression_syntax(text: str, wanted: str, span: Span) -> Diagnostic:
    """E308: a text that is not an expression."""
    comma = re.search(r"[0-9],[0-9]", text)
    return say("E308", span, cas="virgule" if comma else "autre", texte=text.strip(), voulu=wanted)


def row_length(
    table: str, count: int, expected: int, span: Span, node: Node | None = None
) -> Diagnostic:
    """E405: a row that has not one cell per column; ``node``: the row as it is written."""
    return say(
        "E405",
        span,
        table=table,
        lu=count,
        attendu=expected,
        conseils=(node and without_comma(node))
        or ("une case par clé, dans l'ordre de `cles`, puis la valeur",),
    )
