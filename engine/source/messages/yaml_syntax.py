"""A badly written YAML text: the slips of a hand, and what the library says, in plain French."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Spaces that an editor shows like the common one, then characters that it does not show at all.
_SPACES: Final = "\u00a0\u2007\u202f"
_HIDDEN: Final = "\u00ad\u200b\u2060\ufeff"
_LOOKALIKE: Final = re.compile(
    f"^[{_SPACES}“”„‟]|(?<![\\s{_SPACES}]):[{_SPACES}]|[{_SPACES}]$|[{_HIDDEN}]"
)
_IN_A_LINE: Final = re.compile(f"^ *-?[{_SPACES}]|(?<![\\s{_SPACES}]):[{_SPACES}]")
_DASH: Final = re.compile(r" *- +")
_KEY: Final = re.compile(r"[^\s\"'\[{#-][^:#\[{]*:(?: |$)")


def unseen_sign(text: str) -> int | None:
    """Where a plain text has a character that passes for another one, or for nothing."""
    found = _LOOKALIKE.search(text)
    return None if found is None else found.end() - 1


def odd_space(line: str) -> int | None:
    """Where a line has an odd space instead of the common one, in its indent or after a sign."""
    found = _IN_A_LINE.search(line)
    return None if found is None else found.end() - 1


def wrong_indent(lines: Sequence[str], at: int) -> tuple[int, int, int] | None:
    """An indent that is one space away from one that is possible, and that no line above has.

    Args:
        lines: the lines of the file.
        at: the number of the line, from 0.

    Returns:
        The indent, the one that was meant, and the number (from 1) of a line that has it.
    """
    line = lines[at]
    indent = _indent(line)
    dash = _DASH.match(line) is not None
    above = list(_indents(lines, at))
    if any(each == indent for each, _, _ in above):
        return None
    near = [one for one in above if one[1] == dash and abs(one[0] - indent) == 1]
    return (indent, near[0][0], near[0][2] + 1) if near else None


def _indents(lines: Sequence[str], at: int) -> Iterator[tuple[int, bool, int]]:
    """The indents that are open above a line: each, whether it is one of dashes, where."""
    least: int | None = None
    for number in range(at - 1, -1, -1):
        line = lines[number]
        indent = _indent(line)
        if (
            not line.strip()
            or line.lstrip().startswith("#")
            or (least is not None and indent >= least)
        ):
            continue
        dash = _DASH.match(line)
        if dash is not None and _KEY.match(line[dash.end() :]):
            yield dash.end(), False, number
        yield indent, dash is not None, number
        least = indent


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def lost_comma(line: str, at: int) -> str:
    """The word before which a comma is lacking, when a list or a group is cut at ``at``."""
    before, here = line[:at], line[at:]
    if here.startswith(":"):
        found = re.search(r"[^\s,{\[]\s+(\w+)$", before)
        return "" if found is None else found[1]
    closed = re.search(r"[\"'\]}]\s+$", before)
    word = re.match(r"[\w\"'.-]+", here)
    return word[0] if closed and word else ""


def two_in_one(text: str) -> bool:
    """Whether a plain cell is two values without a comma between them."""
    return re.fullmatch(r"\S+ +-?\d+(\.\d+)?", text) is not None


def swallowed(lines: Sequence[str]) -> bool:
    """Whether a text in quotes holds whole lines of a file: keys, or items of a list."""
    return any(re.match(r" *(- |[a-z_]+:(?: |$))", line) for line in lines)


_QUOTE_IT = (
    "un texte qui contient « : » ou « # », ou qui commence par un signe, se met entre guillemets"
)
_INTERVAL = re.compile(r"\]\s*-?[\d<]|\d\s*\[|->\s*\[")
_INTERVAL_HINT = 'un intervalle ouvert s\'écrit entre guillemets : "[0, 20[", "]35, ->["'


@dataclass(frozen=True, slots=True)
class YamlFault:
    """A French sentence for one kind of fault.

    ``opened`` are the words for the place where the construct began, empty when it does not help;
    ``at_opening`` puts the finding itself there.
    """

    sentence: str
    hint: str
    opened: str = ""
    at_opening: bool = False


_FAULTS: tuple[tuple[str, YamlFault], ...] = (
    (
        r"tab character|character '\\t'",
        YamlFault(
            "tabulation dans l'indentation",
            "remplacez chaque tabulation par des espaces (deux par niveau)",
        ),
    ),
    (
        r"mapping values are not allowed",
        YamlFault(
            "« : » inattendu : une clé n'est pas possible ici",
            f"vérifiez l'indentation, et l'espace après le « : » de la ligne d'avant ; {_QUOTE_IT}",
        ),
    ),
    (
        r"quoted scalar.*(unexpected end of stream|document separator)",
        YamlFault("guillemet ouvert et jamais refermé", "fermez le guillemet", at_opening=True),
    ),
    (
        r"unknown escape|escape code|escape sequence",
        YamlFault(
            "« \\ » suivi d'un signe qui n'a pas de sens entre guillemets doubles",
            "écrivez « \\\\ » pour une barre oblique inverse, ou employez des guillemets simples",
        ),
    ),
    (
        r"flow sequence",
        YamlFault("« , » ou « ] » attendu", "fermez la liste par « ] »", "la liste s'ouvre ici"),
    ),
    (
        r"flow mapping",
        YamlFault("« , » ou « } » attendu", "fermez le groupe par « } »", "le groupe s'ouvre ici"),
    ),
    (
        r"block mapping",
        YamlFault(
            "clé attendue ici",
            "alignez cette ligne sur les clés du groupe ; rien ne suit un guillemet fermé",
            "le groupe de clés commence ici",
        ),
    ),
    (
        r"block collection",
        YamlFault(
            "« - » attendu ici",
            "alignez les « - » de la liste, et décalez ce qui ne lui appartient pas",
            "la liste commence ici",
        ),
    ),
    (
        r"sequence entries are not allowed",
        YamlFault(
            "« - » inattendu : une liste n'est pas possible ici", "commencez la liste à la ligne"
        ),
    ),
    (
        r"could not find expected ':'",
        YamlFault("clé sans « : »", "ajoutez « : » après la clé", at_opening=True),
    ),
    (
        r"cannot start any token",
        YamlFault("ce signe ne peut pas commencer une valeur", "mettez la valeur entre guillemets"),
    ),
    (
        r"scanning an? (alias|anchor)",
        YamlFault(
            "« * » et « & » ne peuvent pas commencer une valeur",
            "mettez la valeur entre guillemets",
        ),
    ),
    (
        r"directive|incompatible YAML",
        YamlFault(
            "une ligne qui commence par « % » n'est pas lue ici",
            "supprimez cette ligne, ou mettez le texte entre guillemets",
        ),
    ),
    (
        r"document start",
        YamlFault(
            "contenu inattendu après la fin du document", "séparez deux documents par « --- »"
        ),
    ),
    (
        r"block scalar",
        YamlFault(
            "après « | » ou « > », le texte commence à la ligne suivante",
            "mettez le texte à la ligne, décalé de deux espaces",
        ),
    ),
    (r"node content", YamlFault("valeur attendue ici", _QUOTE_IT)),
    (
        r"(control|special) characters",
        YamlFault("caractère de contrôle invisible", "supprimez ce caractère ou retapez la ligne"),
    ),
)


def explain(problem: str, line: str) -> tuple[YamlFault, tuple[str, ...]]:
    """The French sentence for ``problem`` and its hints.

    Args:
        problem: the library's context and problem, in English.
        line: the faulty line of the file, where a common slip may be recognised.
    """
    if "\t" in line[: len(line) - len(line.lstrip())]:
        problem = "tab character"
    for pattern, fault in _FAULTS:
        if re.search(pattern, problem):
            interval = _INTERVAL.search(line) and "[" in line.replace("- [", "", 1)
            return fault, (_INTERVAL_HINT,) if interval else (fault.hint,)
    words = f"la bibliothèque YAML dit, en anglais : « {problem} »" if problem else ""
    return YamlFault("écriture YAML incorrecte à cet endroit", ""), (words,) if words else ()
