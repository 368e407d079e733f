"""A workbook goes in, why it cannot be read in a bounded memory comes out, or nothing.

What reads a workbook holds the whole rectangle from A1 to its last cell, and each text as many
times as it is shown: one stray cell, or one long text, and a small file asks for terabytes. Its
parts are looked at before, as they come, without being kept.
"""

from __future__ import annotations

import errno
import string
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

_MEGABYTE: Final = 2**20
_UNPACKED: Final = 512  # megabytes, all parts together
_CELLS: Final = 20_000_000  # from A1 to the last one: a million rows of a table
_TEXTS: Final = 2**30  # characters, each text as many times as it is shown
_PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_XML: Final = (".xml", ".rels")


class _TooFarError(Exception):
    """A cell makes the sheet too large."""


def excess(workbook: Path) -> Diagnostic | None:
    """E124 when a part of a workbook cannot be read, E132 when it would take too much memory."""
    shown = workbook.as_posix()
    seen = _Seen()
    try:
        with zipfile.ZipFile(workbook) as packed:
            parts = packed.infolist()
            if any(one.compress_type not in _PACKINGS for one in parts):
                return say("E124", shown, cas="xlsx")
            if sum(one.file_size for one in parts) > _UNPACKED * _MEGABYTE:
                return say("E132", shown, cas="unpacked", quoi=str(_UNPACKED))
            for one in parts:
                if not seen.look(packed, one) and one.filename.lower().endswith(_XML):
                    return say("E124", shown, cas="xlsx")
    except _TooFarError as error:
        return say("E132", shown, cas="cells", quoi=str(error))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError):
        # Truncated, or locked by a password; RuntimeError is what the library says of the latter.
        return say("E124", shown, cas="xlsx")
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return say("E124", shown, cas="xlsx")  # a part that would begin before the file
    if seen.shared * seen.longest > _TEXTS:
        return say("E132", shown, cas="texts", quoi=str(seen.longest))
    return None


@dataclass(slots=True)
class _Seen:
    """What is seen of the parts: the place of each cell, the length of each shared text."""

    shared: int = 0  # cells that show a shared text
    longest: int = 0  # shared text
    _row: int = 0
    _column: int = 0
    _place: tuple[int, int] = (0, 0)  # of the cell under way
    _last: tuple[int, int] = (0, 0)  # row and column, each the greatest of the part
    _length: int = 0  # of the text under way
    _columns: dict[str, int] = field(default_factory=dict)

    def look(self, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
        """Look at one part; whether it is XML.

        Raises:
            zipfile.BadZipFile: it is not what its size and its checksum say.
        """
        self._row = self._column = 0
        self._last = (0, 0)
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        with packed.open(part) as stream:
            try:
                parser.ParseFile(stream)
            except expat.ExpatError:
                return False
            return stream.read(1) == b""

    def _start(self, name: str, given: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._column += 1
                self._place = (
                    self._placed(given["r"]) if "r" in given else (self._row, self._column)
                )
                self._column = self._place[1]
                self.shared += given.get("t") == "s"
            case "v" | "is":  # else the cell has a layout only, and is not kept
                self._last = (
                    max(self._last[0], self._place[0]),
                    max(self._last[1], self._place[1]),
                )
                if self._last[0] * self._last[1] > _CELLS:
                    raise _TooFarError(_written(self._place))
            case "row":
                self._row = int(given["r"]) if "r" in given else self._row + 1
                self._column = 0
            case "si":
                self._length = 0
            case _:
                pass

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "si":
            self.longest = max(self.longest, self._length)

    def _text(self, text: str) -> None:
        self._length += len(text)

    def _placed(self, reference: str) -> tuple[int, int]:
        letters = reference.rstrip(string.digits)
        if letters not in self._columns:
            self._columns[letters] = _number(letters)
        return int(reference[len(letters) :]), self._columns[letters]


def _number(letters: str) -> int:
    """The number of a column, from 1."""
    total = 0
    for letter in letters.upper():
        total = total * 26 + string.ascii_uppercase.index(letter) + 1
    return total


def _written(place: tuple[int, int]) -> str:
    """The name of a cell: « B3 »."""
    row, column = place
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = string.ascii_uppercase[rest] + letters
    return f"{letters}{row}"
