"""The sentences of the command-line library, in French; it asks for them through gettext."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FRENCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Usage:": "Usage :",
        "Options": "Options\u00a0",  # click adds the colon
        "Commands": "Commandes\u00a0",
        "Aborted!": "Interrompu.",
        "Error: {message}": "Erreur : {message}",
        "Try '{command} {option}' for help.": "Voir « {command} {option} ».",
        "Invalid value: {message}": "Valeur refusée : {message}",
        "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
        "Missing argument": "Il manque l'argument",
        "Missing option": "Il manque l'option",
        "Missing command.": "Il manque la commande.",
        "Missing parameter: {param_name}": "Il manque : {param_name}",
        "Choose from:\n\t{choices}": "Au choix :\n\t{choices}",
        "No such option {name!r}.": "Option inconnue : {name}.",
        "No such command {name!r}.": "Commande inconnue : {name}.",
        "Show this message and exit.": "Affiche cette aide.",
        "Show the version and exit.": "Affiche la version.",
        "Option {name!r} does not take a value.": "L'option {name} ne prend pas de valeur.",
        "Option {name!r} requires an argument.": "L'option {name} demande une valeur.",
        "Option {name!r} requires {nargs} arguments.": "L'option {name} demande {nargs} valeurs.",
        "Got unexpected extra argument ({args})": "Argument de trop : {args}",
        "Got unexpected extra arguments ({args})": "Arguments de trop : {args}",
        "Did you mean {possibility}?": "Vouliez-vous dire {possibility} ?",
        "(Did you mean one of: {possibilities}?)": "(Vouliez-vous dire : {possibilities} ?)",
        "{value!r} is not {choice}.": "« {value} » n'est pas {choice}.",
        "{value!r} is not one of {choices}.": "« {value} » n'est pas dans la liste {choices}.",
        "{value!r} does not match the format {format}.": (
            "« {value} » n'est pas un jour qui existe, de la forme AAAA-MM-JJ."
        ),
        "file": "le fichier",
        "directory": "le répertoire",
        "path": "le chemin",
        "{name} {filename!r} does not exist.": "{name} « {filename} » n'existe pas.",
        "{name} {filename!r} is a file.": "{name} « {filename} » est un fichier.",
        "{name} {filename!r} is a directory.": "{name} « {filename} » est un répertoire.",
        "{name} {filename!r} is not readable.": "{name} « {filename} » ne peut pas être lu.",
        "{name} {filename!r} is not writable.": "{name} « {filename} » ne peut pas être écrit.",
        "{value} is not in the range {range}.": "{value} n'est pas dans les bornes {range}.",
        "{value!r} is not a valid {number_type}.": "« {value} » n'est pas un nombre entier.",
        "default: {default}": "par défaut : {default}",
        "required": "obligatoire",
        "unknown error": "erreur inconnue",
        "Could not open file {filename!r}: {message}": "« {filename} » ne s'ouvre pas : {message}",
    }
)


def french(sentence: str) -> str:
    """The French of a sentence of the library; the sentence itself when it is not known."""
    return FRENCH.get(sentence, sentence)


def french_plural(one: str, many: str, count: int) -> str:
    """The French of a sentence that depends on a count."""
    return french(one if count <= 1 else many)


def lenient_streams() -> None:
    """Let a terminal that lacks accents show « ? » for them, rather than stop on the first one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
