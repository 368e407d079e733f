"""An effect is measured, then written: a page, a workbook, JSON, the records that differ."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.evaluation.law import Law
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.system import not_written
from engine.source.writing import rename_folder, temporary_folder, write_files
from engine.sql.effect_people import write_records
from engine.sql.effects_measured import Request
from engine.usages.compare import Side
from engine.usages.impact import Impact, impact
from engine.usages.impact_show import impact_json

RECORDS: Final = "dossiers.parquet"


def run_impact(
    laws: tuple[Law, Law],
    sides: tuple[Side, Side],
    request: Request,
    output: Path | None,
    told: tuple[str, str],
    tell: Callable[[int, int], None],
) -> tuple[Impact | None, tuple[Diagnostic, ...]]:
    """Measure an effect and write it into the folder ``output``, whole or not at all.

    Returns:
        The effect, or None and what kept it from being measured: see ``impact``, and E137, E521,
        E531.
    """
    if output is not None and (output.exists() or output.is_symlink()):
        return None, (say("E521", output.as_posix()),)
    source = request.source
    if output is not None and source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        return None, (say("E531", output.as_posix(), source=source.as_posix()),)
    place = Path(tempfile.gettempdir()) if output is None else output.resolve().parent
    try:
        with temporary_folder(place, ".impact-") as aside:
            parts, whole = aside / "lots", aside / "sortie"
            parts.mkdir()
            found, findings = impact(laws, sides, request, parts, tell)
            if found is not None and output is not None:
                whole.mkdir()
                _write(found, parts, whole, told)
                rename_folder(whole, output)
    except OSError as error:
        if not Path(error.filename or place).is_relative_to(place):
            raise
        return None, (not_written((output or place).as_posix(), error.errno),)
    return found, findings


def _write(found: Impact, parts: Path, whole: Path, told: tuple[str, str]) -> None:
    from engine.usages.impact_book import impact_book
    from engine.usages.impact_page import impact_page

    if any(parts.glob("*.parquet")):
        names = [one.name for one in found.amounts]
        write_records(parts, whole / RECORDS, found.by, names, found.decimals)
    text = json.dumps(impact_json(found, *told), ensure_ascii=False, indent=2)
    write_files({
        whole / "impact.html": impact_page(found, *told).encode(),
        whole / "impact.json": f"{text}\n".encode(),
        whole / "impact.xlsx": impact_book(found, whole / RECORDS, *told),
    })  # fmt: skip
