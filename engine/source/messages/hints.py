"""Ways out: how to write a value that was written in a form the engine does not guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

_YES = frozenset({"oui", "yes", "on", "vrai", "true", "y", "o"})
_NO = frozenset({"non", "no", "off", "faux", "false", "n"})
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
_SPACES = re.compile(r"[ _\u00a0\u202f]")
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_LONGEST_EXPONENT = 30


def quoted(names: Iterable[str]) -> str:
    """The names between French quotes, separated by commas."""
    return ", ".join(f"« {name} »" for name in names)


def shown(text: str, most: int = 60) -> str:
    """``text`` on one line and short enough for a message."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The one known name most like ``name``, if any, letter case aside."""
    return _nearest(name.lower(), tuple(known))


@lru_cache(maxsize=1000)
def _nearest(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The search, made once of a word that a file repeats on each of its lines."""
    names = {other.lower(): other for other in known}
    return tuple(names[close] for close in get_close_matches(name, names, n=1))


def suggestion(name: str, known: Iterable[str], intro: str, most: int = 25) -> tuple[str, ...]:
    """The nearest name as a question, else the whole list when it is short."""
    names = tuple(known)
    close = nearest(name, names)
    if close:
        return (f"vouliez-vous dire {quoted(close)} ?",)
    return (f"{intro} : {quoted(names)}",) if 0 < len(names) <= most else ()


def write_number(text: str) -> str | None:
    """How to write as a number a text that looks like one, or None."""
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes = int(clock[1]), int(clock[2])
        return (
            f"rien n'est deviné : si ce sont des heures et des minutes, écrivez-les en heures "
            f"({_plain(Decimal(hours) + Decimal(minutes) / 60)})"
            if minutes % 3 == 0
            else "un nombre s'écrit 18 ou 0.25 ; les deux-points ne sont pas lus comme des heures"
        )
    for reason, rewrite in _REWRITES:
        number = rewrite(text)
        if number is not None:
            return f"{reason} : écrivez {number}"
    if text.lower().lstrip("+-.") in {"inf", "nan", "infinity"}:
        return "ni l'infini ni « NaN » ne sont des nombres ici"
    return None


def write_boolean(text: str) -> str | None:
    """How to write as a boolean a yes or no word, or None."""
    if text.lower() in _YES:
        return "un booléen s'écrit « true » ou « false », sans guillemets : écrivez true"
    if text.lower() in _NO:
        return "un booléen s'écrit « true » ou « false », sans guillemets : écrivez false"
    return None


def write_name(text: str, pattern: str) -> str | None:
    """``text`` without accents, capitals and spaces, if that obeys ``pattern``."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    for joint in ("_", "-"):
        base = re.sub(r"[^A-Za-z0-9.]+", joint, letters).strip(joint)
        for name in (base.lower(), base.upper()):
            if name and name != text and re.search(pattern, name):
                return name
    return None


def write_date(text: str) -> str | None:
    """A French date (day, month, year) written year first, or None."""
    match = _FRENCH_DATE.fullmatch(text)
    return None if match is None else f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}"


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _canonical(text: str) -> str | None:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if not re.fullmatch(r"\d+(\.\d+)?", digits, re.ASCII):
        return None
    whole, _, decimals = digits.partition(".")
    return sign + (whole.lstrip("0") or "0") + ("." + decimals if decimals else "")


def _bare(text: str) -> str | None:
    return text if _canonical(text) == text else None


def _leading_zero(text: str) -> str | None:
    return _canonical(text) if re.fullmatch(r"-?0\d.*", text) else None


def _comma(text: str) -> str | None:
    return _canonical(_SPACES.sub("", text).replace(",", ".", 1)) if "," in text else None


def _grouped(text: str) -> str | None:
    return _canonical(_SPACES.sub("", text)) if _SPACES.search(text) else None


def _exponent(text: str) -> str | None:
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})", text, re.ASCII)
    if match is None or abs(int(match[2])) > _LONGEST_EXPONENT:
        return None
    return _canonical(_plain(Decimal(match[1]).scaleb(int(match[2]))))


def _point(text: str) -> str | None:
    if text.startswith((".", "-.")):
        return _canonical(text.replace(".", "0.", 1))
    return _canonical(text[:-1]) if text.endswith(".") else None


def _plus(text: str) -> str | None:
    return _canonical(text[1:]) if text.startswith("+") else None


def _percent(text: str) -> str | None:
    number = _canonical(text.rstrip("% \u00a0\u202f").replace(",", ".")) if "%" in text else None
    return None if number is None else _canonical(_plain(Decimal(number) / 100))


def _letters(text: str) -> str | None:
    """The letters O and l in a number, for 0 and 1."""
    if not re.search(r"\d", text) or not re.search("[OoIl]", text):
        return None
    return _number(text.translate(str.maketrans("OoIl", "0011")))


def _unit(text: str) -> str | None:
    found = re.fullmatch(r"(.*\d)[ \u00a0\u202f]?[€A-Za-zÀ-ÿ][^\d]*", text)
    return None if found is None else _number(found[1])


def _number(text: str) -> str | None:
    return _canonical(text) or _comma(text) or _grouped(text)


_REWRITES: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("un nombre s'écrit sans guillemets", _bare),
    ("un nombre s'écrit sans zéro devant", _leading_zero),
    ("un nombre s'écrit avec un point décimal", _comma),
    ("un nombre s'écrit sans espace ni « _ » entre ses chiffres", _grouped),
    ("un nombre s'écrit sans exposant", _exponent),
    ("un nombre s'écrit avec des chiffres des deux côtés du point", _point),
    ("un nombre s'écrit sans « + » devant", _plus),
    ("la lettre O n'est pas un zéro, la lettre l n'est pas un 1", _letters),
    ("un nombre s'écrit seul : son unité est dite ailleurs", _unit),
    ("un pourcentage s'écrit comme une part de 1", _percent),
)


def close_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Hints that propose the names nearest to ``name``."""
    near = get_close_matches(name, known, n=2)
    return tuple(f"vouliez-vous dire « {other} » ?" for other in near)
