"""Small damages, drawn: of bytes, of the lines of a text, of a tree of plain values."""

from __future__ import annotations

import copy
import re
from typing import TypeAlias

from engine.cas.draws import Dice

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | object | None"

CONTROL = ("\0", "\x01", "\x07", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e",
           "\ufeff", "\ufffe", "\r", "\t", "\u00a0", "\u200b")  # fmt: skip
TEXTS = (
    "", " ", "x", "oui", "null", "~", "-", "*", "&a", "!!python/object:os.system", "0x1F", "0o17",
    "1_000", "1e9", "1e999999", ".5", "-0", "NaN", ".inf", "١٢", "12:30:45", "2024-02-30",
    "0000-00-00", "9999-12-31", "01/10/2024", "é" * 300, "a" * 5000, "'", '"', "{a: b}", "[1, 2",
    "'; DROP TABLE x; --", "$(touch x)", "../../x", "{total}", "{__class__}", "%s", "</script>",
    "=1+1", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "99999999999999999999999999999999999999999", "0.00000000000000000000000000000000000000001",
)  # fmt: skip
VALUES: tuple[Plain, ...] = (
    *TEXTS, *CONTROL, None, True, False, 0, 1, -1, 2**63, 10**40, [], {}, [[]], [None], {"a": 1},
    {"": ""}, [1, 2, 3], "2015-01-01", "vrai", "faux", "sans_objet",
)  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
SCALAR = re.compile(r"(?<=[:\[,{] )[^\[\]{},:#\n]+(?=[,}\]\n])")


def bytes_of(dice: Dice, data: bytes) -> bytes:
    """One damage of some bytes."""
    at = dice.pick(len(data) + 1)
    size = dice.choose((1, 1, 4, 40, 400))
    match dice.pick(7):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at + size :]
        case 2:
            return data[:at] + data[at : at + size] * 2 + data[at + size :]
        case 3:
            return data[:at] + dice.choose(CONTROL).encode() + data[at:]
        case 4:
            return data[:at] + bytes(dice.pick(256) for _ in range(size)) + data[at + size :]
        case 5 if at < len(data):
            return data[:at] + bytes([data[at] ^ 1 << dice.pick(8)]) + data[at + 1 :]
        case _:
            numbers = list(NUMBER.finditer(data))
            if not numbers:
                return data + data[:at]
            chosen = dice.choose(numbers)
            other = dice.choose((b"0", b"-1", b"1e9", b"99999999999", b"0.005", b"", b"2,5"))
            return data[: chosen.start()] + other + data[chosen.end() :]


def lines_of(dice: Dice, text: str) -> str:
    """One damage of some lines: removed, doubled, moved, indented, or one scalar of them."""
    lines = text.split("\n")
    at, other = dice.pick(len(lines)), dice.pick(len(lines))
    count = 1 + dice.choose((0, 0, 0, 1, 4))
    match dice.pick(7):
        case 0:
            del lines[at : at + count]
        case 1:
            lines[at:at] = lines[at : at + count]
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = dice.choose((" ", "  ", "\t", "- ", "# ", "? ", "--- ")) + lines[at]
        case 4:
            lines[at] = lines[at][2:]
        case _:
            return scalar_of(dice, text)
    return "\n".join(lines)


def scalar_of(dice: Dice, text: str) -> str:
    """One value of a YAML text replaced by another value of it, or by a strange one."""
    found = list(SCALAR.finditer(text))
    if not found:
        return text
    chosen = dice.choose(found)
    new = dice.choose(found)[0] if dice.pick(2) else dice.choose((*TEXTS, *CONTROL))
    return text[: chosen.start()] + new + text[chosen.end() :]


def tree_of(dice: Dice, value: Plain) -> Plain:
    """A copy of plain values with one damage somewhere."""
    root: list[Plain] = [copy.deepcopy(value)]
    places: list[tuple[dict[str, Plain] | list[Plain], str | int]] = []
    _places(root, places)
    holder, key = dice.choose(places)
    other_holder, other_key = dice.choose(places)
    match dice.pick(8):
        case 0 if holder is not root:
            del holder[key]  # type: ignore[arg-type] # a key of its own kind
        case 1 if isinstance(holder, dict):
            moved = holder.pop(str(key))
            holder[
                dice.choose(("x", "depuis", f"{key}s", f"{key} ", "", "valeur", "__class__"))
            ] = moved
        case 2 if isinstance(holder, list) and holder is not root:
            holder.insert(int(key), copy.deepcopy(holder[int(key)]))
        case 3:
            holder[key] = [holder[key]]  # type: ignore[index] # same
        case 4 | 5:
            holder[key] = copy.deepcopy(other_holder[other_key])  # type: ignore[index] # same
        case _:
            holder[key] = dice.choose(VALUES)  # type: ignore[index] # same
    return root[0]


def _places(value: Plain, found: list[tuple[dict[str, Plain] | list[Plain], str | int]]) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            found.append((value, key))
            _places(one, found)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            found.append((value, at))
            _places(one, found)
