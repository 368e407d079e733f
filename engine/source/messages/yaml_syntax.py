"""What the YAML library says in English, said in plain French, with a way out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTE_IT = (
    "un texte qui contient « : » ou « # », ou qui commence par un signe, se met entre guillemets"
)
_INTERVAL = re.compile(r"\]\s*-?[\d<]|\d\s*\[|->\s*\[")
_INTERVAL_HINT = 'un intervalle ouvert s\'écrit entre guillemets : "[0, 20[", "]35, ->["'


@dataclass(frozen=True, slots=True)
class Fault:
    """A French sentence for one kind of fault.

    ``opened`` are the words for the place where the construct began, empty when it does not help;
    ``at_opening`` puts the finding itself there.
    """

    sentence: str
    hint: str
    opened: str = ""
    at_opening: bool = False


_FAULTS: tuple[tuple[str, Fault], ...] = (
    (
        r"tab character|character '\\t'",
        Fault(
            "tabulation dans l'indentation",
            "remplacez chaque tabulation par des espaces (deux par niveau)",
        ),
    ),
    (
        r"mapping values are not allowed",
        Fault(
            "« : » inattendu : une clé n'est pas possible ici",
            f"vérifiez l'indentation, et l'espace après le « : » de la ligne d'avant ; {_QUOTE_IT}",
        ),
    ),
    (
        r"quoted scalar.*(unexpected end of stream|document separator)",
        Fault("guillemet ouvert et jamais refermé", "fermez le guillemet", at_opening=True),
    ),
    (
        r"unknown escape|escape code|escape sequence",
        Fault(
            "« \\ » suivi d'un signe qui n'a pas de sens entre guillemets doubles",
            "écrivez « \\\\ » pour une barre oblique inverse, ou employez des guillemets simples",
        ),
    ),
    (
        r"flow sequence",
        Fault("« , » ou « ] » attendu", "fermez la liste par « ] »", "la liste s'ouvre ici"),
    ),
    (
        r"flow mapping",
        Fault("« , » ou « } » attendu", "fermez le groupe par « } »", "le groupe s'ouvre ici"),
    ),
    (
        r"block mapping",
        Fault(
            "clé attendue ici",
            "alignez cette ligne sur les clés du groupe ; rien ne suit un guillemet fermé",
            "le groupe de clés commence ici",
        ),
    ),
    (
        r"block collection",
        Fault(
            "« - » attendu ici",
            "alignez les « - » de la liste, et décalez ce qui ne lui appartient pas",
            "la liste commence ici",
        ),
    ),
    (
        r"sequence entries are not allowed",
        Fault(
            "« - » inattendu : une liste n'est pas possible ici", "commencez la liste à la ligne"
        ),
    ),
    (
        r"could not find expected ':'",
        Fault("clé sans « : »", "ajoutez « : » après la clé", at_opening=True),
    ),
    (
        r"cannot start any token",
        Fault("ce signe ne peut pas commencer une valeur", "mettez la valeur entre guillemets"),
    ),
    (
        r"scanning an? (alias|anchor)",
        Fault(
            "« * » et « & » ne peuvent pas commencer une valeur",
            "mettez la valeur entre guillemets",
        ),
    ),
    (
        r"directive|incompatible YAML",
        Fault(
            "une ligne qui commence par « % » n'est pas lue ici",
            "supprimez cette ligne, ou mettez le texte entre guillemets",
        ),
    ),
    (
        r"document start",
        Fault("contenu inattendu après la fin du document", "séparez deux documents par « --- »"),
    ),
    (
        r"block scalar",
        Fault(
            "après « | » ou « > », le texte commence à la ligne suivante",
            "mettez le texte à la ligne, décalé de deux espaces",
        ),
    ),
    (r"node content", Fault("valeur attendue ici", _QUOTE_IT)),
    (
        r"(control|special) characters",
        Fault("caractère de contrôle invisible", "supprimez ce caractère ou retapez la ligne"),
    ),
)


def explain(problem: str, line: str) -> tuple[Fault, tuple[str, ...]]:
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
    return Fault("écriture YAML incorrecte à cet endroit", ""), (words,) if words else ()
