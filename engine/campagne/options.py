"""What the commands over tables share: memory, forms of tables, the bar of the records done."""

from __future__ import annotations

import re

import click

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
    from engine.sql.output import FORMS

    asked = [one.strip() for one in text.split(",") if one.strip()]
    wrong = next((one for one in asked if one not in FORMS), None)
    if wrong is not None or not asked:
        message = f"« {text if wrong is None else wrong} » n'est pas une forme de tables : " + (
            ", ".join(FORMS)
        )
        raise click.BadParameter(message)
    return tuple(one for one in FORMS if one == "parquet" or one in asked)
