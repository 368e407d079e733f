"""A name that someone else wrote goes in; the file it names in a folder of ours comes out, or none.

Whatever an archive, a receipt or a repository calls a file, nothing is written elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_LONGEST: Final = 255  # bytes of a step of a path, as most systems have it
_DEEPEST: Final = 32


def inside(folder: Path, name: str) -> Path | None:
    """The file that ``name`` names in ``folder``: None for a name that is not a plain relative one.

    A plain name has steps that are not empty, neither « . » nor « .. », of characters that can be
    shown, without any backslash.
    """
    steps = name.split("/")
    plain = len(steps) <= _DEEPEST and all(
        step not in {"", ".", ".."}
        and "\\" not in step
        and step.isprintable()
        and len(step.encode("utf-8", "surrogateescape")) <= _LONGEST
        for step in steps
    )
    if not plain:
        return None
    target = folder.joinpath(*steps)
    return target if target.resolve().is_relative_to(folder.resolve()) else None
