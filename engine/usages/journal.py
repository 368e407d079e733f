"""A journal of receipts, one a line: read whole and checked, or given one more at its end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from engine.source.diagnostics import Diagnostic
from engine.source.files import read_text
from engine.source.messages import receipts as say
from engine.source.positions import Span
from engine.usages.keys import Signer
from engine.usages.receipts import (
    Made,
    Receipt,
    check_chain,
    read_receipts,
    receipt_content,
    sealed_digest,
)

_PATIENCE: Final = 30  # seconds that another run may take to write its receipt


@dataclass(frozen=True, slots=True)
class Journal:
    """Where receipts go, and who signs them, if anyone does."""

    path: Path
    signer: Signer | None = None

    def look(self) -> tuple[Diagnostic, ...]:
        """What keeps a receipt from being added: E101 to E119, E541, E550."""
        return self._last()[1]

    def add(
        self, made: Made, clock: Callable[[], datetime]
    ) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
        """Write the receipt of a run at the end; what is there is never rewritten.

        Args:
            made: what the run was and gave.
            clock: tells the moment, in UTC, when the receipt takes its place.

        Returns:
            The receipt, or None and what ``look`` finds.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - only with a journal

        lock = FileLock(self.path.with_name(f"{self.path.name}.verrou"), timeout=_PATIENCE)
        try:
            with lock:
                return self._add(made, clock)
        except Timeout:
            return None, (say.journal_closed("busy", self.path.as_posix()),)
        except OSError:
            return None, (say.journal_closed("unwritable", self.path.as_posix()),)

    def _add(
        self, made: Made, clock: Callable[[], datetime]
    ) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
        last, findings = self._last()
        if findings:
            return None, findings
        key = None if self.signer is None else self.signer.public
        content = receipt_content(made, last, clock(), key)
        digest = sealed_digest(content)
        content["condense"] = digest
        if self.signer is not None:
            content["signature"] = self.signer.sign(digest)
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self.path.open("ab") as stream:
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
        return read_receipts(line, self.path.as_posix())[0][0], ()

    def _last(self) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
        """The last receipt, when it is as it was written: the others are for who proves them."""
        shown = self.path.as_posix()
        if not self.path.exists():
            closed = not os.access(self.path.parent, os.W_OK)
            return None, (say.journal_closed("unwritable", shown),) if closed else ()
        lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        if lines == [""]:
            return None, ()
        if lines[-1]:  # an end of line is written with each receipt
            at = Span(shown, len(lines), 1, len(lines), 2)
            return None, (say.altered(None, at),)
        above = "\n" * (len(lines) - 2)  # for the number of the line
        receipts, findings = read_receipts(above + lines[-2], shown)
        if not receipts:
            return None, findings
        last = receipts[0]
        return (last, ()) if last.sound else (None, (say.altered(last.number, last.span),))


def read_journal(path: Path) -> tuple[tuple[Receipt, ...], tuple[Diagnostic, ...]]:
    """The receipts of a journal, and whether they are whole, all there and in order.

    Returns:
        The receipts, and E101 to E119, E541, E542.
    """
    text, findings = read_text(path, path.as_posix())
    if text is None:
        return (), findings
    receipts, wrong = read_receipts(text, path.as_posix())
    # A line that cannot be read makes a hole: only that line is told.
    return receipts, wrong or check_chain(receipts)
