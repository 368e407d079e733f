"""Paths go in, SQL over exactly these files comes out: for an engine, a path may be a pattern.

DuckDB reads « lot[1] » as a pattern that « lot1 » matches, and takes columns from the names of the
folders above a file (« quotite=0.5 »); Spark has patterns of its own. No path reaches a query but
through this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.sql.fragments import literal, quoted

_MAGIC: Final = re.compile(r"[\[*?]")
_SPARK_MAGIC: Final = re.compile(r"[\[\]{}*?\\]")
_AS_NAMED: Final = frozenset({"read_csv", "read_parquet"})  # they take columns from folders


def can_be_read(path: Path) -> bool:
    """Whether a file can be named to DuckDB.

    It cuts a pattern at each backslash, as if it were a slash, and takes UTF-8 only.
    """
    text = path_of(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return not ("\\" in text and _MAGIC.search(text))


def can_be_opened(path: Path) -> bool:
    """Whether a database can be named to DuckDB: there, it takes each backslash for a slash."""
    return can_be_read(path) and "\\" not in path_of(path)


def path_of(path: Path) -> str:
    """A path where no pattern is expected: absolute, it begins with neither « ~ » nor a scheme."""
    return path.absolute().as_posix()


def pattern_of(path: Path) -> str:
    """The pattern that ``path`` alone matches.

    Raises:
        ValueError: there is none: see ``can_be_read``.
    """
    if not can_be_read(path):
        message = f"no pattern of DuckDB names {path_of(path)!r}"
        raise ValueError(message)
    return _MAGIC.sub(lambda found: f"[{found[0]}]", path_of(path))


def spark_pattern(path: Path) -> str:
    """The pattern that ``path`` alone matches, for Spark."""
    return _SPARK_MAGIC.sub(lambda found: f"\\{found[0]}", path_of(path))


def over(function: str, files: Iterable[Path], options: str = "") -> str:
    """A call of a table function of DuckDB over some files, usable after FROM.

    Args:
        function: « read_csv », « read_parquet », « parquet_metadata »…
        files: one or more.
        options: the rest of its arguments.
    """
    listed = f"[{', '.join(literal(pattern_of(one)) for one in files)}]"
    named = "hive_partitioning = false" if function in _AS_NAMED else ""
    return f"{function}({', '.join(one for one in (listed, named, options) if one)})"


def parquet(*files: Path) -> str:
    """The rows of Parquet files, usable after FROM."""
    return over("read_parquet", files)


def parts_of_table(table: Path) -> tuple[Path, ...]:
    """The files of an output table: itself, or the parts of the folder that Spark has written."""
    return tuple(sorted(table.glob("*.parquet"))) if table.is_dir() else (table,)


def copied(query: str, target: Path, form: str) -> str:
    """The statement that writes the rows of ``query`` into a file."""
    return f"COPY ({query}) TO {literal(path_of(target))} {form}"


def log_of(base: Path) -> Path:
    """Where DuckDB keeps the changes of a database that its file does not hold yet."""
    before, mark, after = path_of(base).partition("?")
    return Path(f"{before}.wal{mark}{after}")


def attached(base: Path, name: str) -> str:
    """The statement that opens a DuckDB database, to read it."""
    return f"ATTACH {literal(path_of(base))} AS {quoted(name)} (READ_ONLY, TYPE duckdb)"
