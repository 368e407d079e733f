"""The sentences about the tables of a run: E120 to E135."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

Twin: TypeAlias = Literal["files", "sheets", "tables"]
Outside: TypeAlias = Literal["view", "generated", "log"]


def missing_column(names: Sequence[str], table: str, shown: str) -> Diagnostic:
    """E126: columns without which no row of the table can be read."""
    return say(
        "E126", shown, cas="une" if len(names) == 1 else "plusieurs", noms=names, table=table
    )
