"""A campaign and its receipt: what it was given, what its tables hold, the same run again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.evaluation.law import Law
from engine.recus.receipts import GivenFile, Made, signers_of
from engine.source.diagnostics import Diagnostic
from engine.sql.output import contents_of_run
from engine.sql.runs import Request, run_campaign

CAMPAIGN: Final = "campagne"


def made_of_campaign(
    law: Law, shown: str, request: Request, manifest: Mapping[str, object]
) -> Made:
    """What a campaign was, from its manifest and its tables; files are named from their folder."""
    settings, given = manifest["reglages"], manifest["entree"]
    counts = manifest["dossiers"]
    if not (isinstance(settings, dict) and isinstance(given, dict) and isinstance(counts, dict)):
        message = "a manifest has settings, inputs and counts"
        raise TypeError(message)
    folder = request.source if request.source.is_dir() else request.source.parent
    asked = {
        "table": None if request.source.is_dir() else request.source.name,
        "resultats": settings["resultats"],
        "lectures": settings["lectures"] or None,
    }
    return Made(
        CAMPAIGN,
        {name: value for name, value in asked.items() if value is not None},
        (law.corpus.digest, shown),
        [
            GivenFile(name, hashed, (folder / name).stat().st_size, (folder / name).as_posix())
            for name, hashed in given["fichiers"].items()
        ],
        contents_of_run(request.output),
        {name: int(counts[name]) for name in ("lus", "calcules", "refuses")},
        signers_of(law.corpus),
    )


def run_again(
    law: Law, shown: str, settings: Mapping[str, object], source: Path, output: Path
) -> tuple[Made | None, tuple[Diagnostic, ...]]:
    """What a campaign is, run again on the files of ``source``."""
    table, wanted, readings = (settings.get(name) for name in ("table", "resultats", "lectures"))
    request = Request(
        source if table is None else source / str(table),
        output,
        tuple(wanted) if isinstance(wanted, list) else None,
        dict(readings) if isinstance(readings, dict) else {},
    )
    manifest, findings = run_campaign(law, request, lambda _done, _records: None)
    if manifest is None:
        return None, findings
    return made_of_campaign(law, shown, request, manifest), ()
