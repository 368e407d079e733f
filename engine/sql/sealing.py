"""The folder that a run writes: by one run at a time, given its name once the disk holds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

from filelock import FileLock, Timeout

from engine.source.signals import uncut
from engine.source.writing import erase, temporary_folder

Held: TypeAlias = Literal["made", "found", "busy"]

OWN_FOLDER: Final = 0o700  # records of people: whoever else shares the machine reads none
SPILL: Final = "spark"  # in the folder of a run: what the tasks of Spark give, until it is read
_OWN_FILE: Final = 0o600
_LOCK: Final = "verrou"


class DamagedError(Exception):
    """A file of a run is not what the run wrote; its text is the name of the file."""


@contextmanager
def held(folder: Path, *, fresh: bool) -> Iterator[Held]:
    """Hold a folder to the end of the block, so that no other run does.

    A folder that is made is held before it has its name: none is ever seen that nobody holds. A run
    that is killed holds nothing any more. The folder may be given another name meanwhile.

    Args:
        folder: where a run is written.
        fresh: whether it is to be made.

    Yields:
        « busy » when another run holds it, « made » or « found »: it was there.

    Raises:
        OSError: it cannot be made, or it is not a folder.
    """
    if fresh and not os.path.lexists(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as mine:
            if _made(folder, mine):
                yield "made"
                return
    with _alone(folder) as mine:
        yield "found" if mine else "busy"


def _made(folder: Path, mine: ExitStack) -> bool:
    """Make a folder that ``mine`` holds from before it has its name; false: another run has it."""
    with uncut(), temporary_folder(folder.parent, f"{folder.name}.") as own:
        mine.enter_context(_alone(own))
        try:
            own.rename(folder)
        except OSError:
            if not os.path.lexists(folder):
                raise
            return False
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    lock = FileLock(folder / _LOCK, timeout=0, mode=_OWN_FILE)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def give_name(folder: Path, name: Path) -> None:
    """Let a whole folder, that is ``held``, appear under its name: all that it holds first."""
    for place, _, files in os.walk(folder, topdown=False):
        for one in files:
            Path(place, one).chmod(_OWN_FILE)
            flush(Path(place, one))
        flush(Path(place))
    with uncut():
        folder.replace(name)
        flush(name.parent)
        # Until now: whoever waits for the folder would have made another one.
        (name / _LOCK).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the disk hold a file, or the names that a folder gives: a power cut then loses none."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write ``content`` for people and programs. A file that is there is whole, on the disk too."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    aside = path.with_name(f"{path.name}.ecriture")
    erase(aside)
    aside.write_text(text + "\n", encoding="utf-8")
    flush(aside)
    aside.replace(path)
    flush(path.parent)


def read_json(path: Path) -> dict[str, object] | None:
    """What ``write_json`` wrote; None when it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
