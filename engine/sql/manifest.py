"""What seals a run: what it was started with and its counts go in, its manifest comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from engine import __version__
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS, Counts

MANIFEST: Final = "manifeste.json"
# The files of each form in which the tables of a run are written.
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "parquet": tuple(f"{name}.parquet" for name in (RESULTS, ANOMALIES, REFUSALS)),
    "csv": tuple(f"{name}.csv" for name in (RESULTS, ANOMALIES, REFUSALS)),
    "xlsx": ("tables.xlsx",),
}

Engine: TypeAlias = Literal["duckdb", "spark"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a run is given.

    ``source`` is a file or a folder, ``files`` what was read of it, with its hashes; ``chunk`` is
    how many records are computed together, None when the engine decides; ``forms`` are those, of
    ``FORMS``, in which the tables are written.
    """

    source: Path
    files: Mapping[Path, str]
    wanted: Sequence[str] | None
    readings: Mapping[str, str]
    chunk: int | None
    forms: tuple[str, ...] = ("parquet",)


def state(
    engine: Engine, versions: Mapping[str, str], digest: str, given: Given
) -> dict[str, object]:
    """What a run is started with: it can only go on, or be explained, with the same.

    Args:
        engine: what computes.
        versions: of the programs that compute, by name.
        digest: the content hash of the corpus.
        given: what is computed.
    """
    folder = given.source if given.source.is_dir() else given.source.parent
    return {
        "reglo": __version__,
        "moteur": engine,
        "versions": dict(versions),
        "empreinte": digest,
        "entree": {
            "chemin": given.source.resolve().as_posix(),
            "fichiers": {
                file.relative_to(folder).as_posix(): hashed for file, hashed in given.files.items()
            },
        },
        "reglages": {
            "resultats": None if given.wanted is None else list(given.wanted),
            "lectures": dict(given.readings),
            "lot": given.chunk,
            "tables": list(given.forms),
        },
        "tables": [file for form in given.forms for file in FORMS[form]],
    }


def counted(counts: Counts) -> dict[str, object]:
    """The counts of a manifest; they balance: read = computed + refused, for records and lines."""
    return {
        "dossiers": {
            "lus": counts.read,
            "calcules": counts.computed,
            "refuses": counts.refused,
        },
        "lignes": {
            table: {
                "lues": read,
                "calculees": read - refused - alone,
                "refusees": refused,
                "sans_dossier": alone,
            }
            for table, (read, refused, alone) in counts.lines.items()
        },
        "rejets": counts.refusals,
    }
