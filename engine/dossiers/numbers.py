"""Numbers as people write them: a text goes in, an exact fraction comes out, or nothing."""

from __future__ import annotations

import re
from fractions import Fraction

from engine.langage.inputs import Writing

LONGEST = 40  # characters; far beyond any figure of a record, and keeps reading time bounded

# The forms, as regular expressions that the readers of tables use too: no named group here.
SPACES = " \u00a0\u2009\u202f"  # ordinary, no-break, thin and narrow no-break spaces
WHOLE = rf"[0-9]+|[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}})+"
PART = "[0-9]+"
HOURS_MARK = rf"[{SPACES}]*[hH]"
PERCENT_MARK = rf"[{SPACES}]*%"
CLOCK = rf"([0-9]+)[{SPACES}]*[hH][{SPACES}]*([0-5][0-9])"

_PLAIN = rf"(?P<sign>-?)(?P<whole>{WHOLE})(?:[.,](?P<part>{PART}))?"
_FORMS: dict[Writing, re.Pattern[str]] = {
    "nombre": re.compile(_PLAIN),
    "heures": re.compile(rf"{_PLAIN}(?:{HOURS_MARK})?"),
    "part": re.compile(rf"{_PLAIN}(?P<percent>{PERCENT_MARK})?"),
}
_CLOCK = re.compile(CLOCK)
_COLON = re.compile(r"([0-9]{1,3}):([0-5][0-9])")
_SHORT_MINUTES = re.compile(rf"([0-9]{{1,3}})[{SPACES}]*[hH][{SPACES}]*([0-9])")
_ACCEPTED: dict[Writing, tuple[str, ...]] = {
    "nombre": ("4", "4,5", "4.5", "1 250,50"),
    "heures": ("4", "4,5", "4.5", "4 h 30", "4h05"),
    "part": ("0,8", "0.8", "80 %"),
}


def read_number(text: str, writing: Writing = "nombre") -> Fraction | None:
    """The exact value of ``text``, or None when it is not a number in a form of ``writing``.

    A duration is in hours (« 4 h 30 » is 9/2), a share is a part of one (« 80 % » is 4/5).
    """
    if len(text) > LONGEST:
        return None
    text = text.strip(" ")
    if writing == "heures" and (clock := _CLOCK.fullmatch(text)):
        return Fraction(int(clock[1]) * 60 + int(clock[2]), 60)
    match = _FORMS[writing].fullmatch(text)
    if match is None:
        return None
    whole = "".join(char for char in match["whole"] if char not in SPACES)
    part = match["part"] or ""
    scale = 10 ** len(part)
    if writing == "part" and match["percent"]:
        scale *= 100
    value = int(whole + part)
    return Fraction(-value if match["sign"] else value, scale)


def accepted_forms(writing: Writing) -> tuple[str, ...]:
    """Examples of what ``read_number`` reads, for a hint."""
    return _ACCEPTED[writing]


def likely_form(text: str, writing: Writing) -> str | None:
    """What the author of an unreadable ``text`` most probably meant, in an accepted form."""
    if writing == "heures" and (clock := _COLON.fullmatch(text.strip())):
        return f"{clock[1]} h {clock[2]}"
    if writing == "heures" and (clock := _SHORT_MINUTES.fullmatch(text.strip())):
        return f"{clock[1]} h 0{clock[2]}"
    return None
