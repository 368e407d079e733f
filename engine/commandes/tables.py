"""What the commands over tables share: memory, forms of tables, the bar of the records done."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY = re.compile(r"([0-9]+)\s*(Mo|Go|MB|GB)", re.IGNORECASE)
_MEGABYTES = {"mo": 1, "mb": 1, "go": 1000, "gb": 1000}


def memory(_ctx: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """« 2Go » in megabytes."""
    if text is None:
        return None
    found = _MEMORY.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        message = f"« {text} » n'est pas une quantité de mémoire : 800Mo, 2Go"
        raise click.BadParameter(message)
    return int(found[1]) * _MEGABYTES[found[2].lower()]


def forms(_ctx: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    """« csv,xlsx » as the forms of tables to write, in one order, Parquet always."""
    from engine.sql.manifest import FORMS

    asked = [one.strip() for one in text.split(",") if one.strip()]
    wrong = next((one for one in asked if one not in FORMS), None)
    if wrong is not None or not asked:
        message = f"« {text if wrong is None else wrong} » n'est pas une forme de tables : " + (
            ", ".join(FORMS)
        )
        raise click.BadParameter(message)
    return tuple(one for one in FORMS if one == "parquet" or one in asked)


class progress_of_records:  # noqa: N801 - used as a function
    """A bar with the rate and the time left, when someone is looking."""

    def __enter__(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("dossiers, {task.fields[rate]} par seconde, reste"), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self._task = self._bar.add_task("calcul", total=None, rate="…")
        self._bar.start()
        return self._tell

    def _tell(self, done: int, records: int) -> None:
        speed = self._bar.tasks[0].finished_speed or self._bar.tasks[0].speed
        rate = "…" if speed is None else f"{int(speed):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        self._bar.update(self._task, completed=done, total=records, rate=rate)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
