"""Contents go in; the files appear whole or not at all, whatever stops the program or the disk."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from weakref import finalize

from engine.source.signals import uncut


def write_files(contents: Mapping[Path, bytes], *, fresh: bool = False) -> None:
    """Write several files: all of them are whole on the disk before the first takes its place.

    A file that is replaced gives its mode and its owner to the new one; a new file is its owner's
    alone. A link stays: what it names is written. A pipe or a device is written to, not replaced.
    ``fresh``: nothing may be there, and nothing is replaced.

    Raises:
        OSError: with the path that cannot be written. None of the files has changed, unless the
            disk failed between two renamings.
    """
    streams: list[tuple[Path, bytes]] = []
    with uncut(), ExitStack() as ready:
        whole: list[tuple[Path, Path]] = []
        for path, content in contents.items():
            with _told_of(path):
                found = _to_replace(path)
                if found is not None and not stat.S_ISREG(found.st_mode):
                    streams.append((path, content))
                    continue
                target = Path(os.path.realpath(path))
                whole.append((ready.enter_context(beside(target, content, found)), target))
        for made, target in whole:
            with _told_of(target):
                if fresh:  # the name is taken first, by one alone
                    os.close(os.open(target, os.O_CREAT | os.O_EXCL))
                made.replace(target)
        for folder in {target.parent for _, target in whole}:
            # The files are there, and whole: that the disk says so late changes nothing.
            with suppress(OSError):
                _flush(folder)
    for path, content in streams:  # who reads them may be waited for
        with _told_of(path):
            path.write_bytes(content)


@contextmanager
def beside(target: Path, content: bytes, like: os.stat_result | None = None) -> Iterator[Path]:
    """A file in the folder of ``target``, whole on the disk, to be renamed; else it is removed.

    ``like``: a file whose mode and owner it takes; without one it is its owner's alone. No signal
    is obeyed before the end.
    """
    with uncut(), temporary_file(target.parent) as made:
        with made.open("wb") as stream:
            stream.write(content)
            if like is not None:
                with suppress(OSError, AttributeError):  # the owner is given by an administrator
                    os.chown(made, like.st_uid, like.st_gid)
                made.chmod(stat.S_IMODE(like.st_mode))
            stream.flush()
            os.fsync(stream.fileno())
        yield made


@contextmanager
def temporary_file(folder: Path) -> Iterator[Path]:
    """An empty file of its owner alone, to be renamed; else it is removed."""

    def make() -> Path:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".reglo-")
        os.close(descriptor)
        return Path(name)

    with _temporary(make) as made:
        yield made


@contextmanager
def temporary_folder(parent: Path | None = None, prefix: str = "reglo-") -> Iterator[Path]:
    """An empty folder of its owner alone, removed at the end with all that it holds."""
    with _temporary(lambda: Path(tempfile.mkdtemp(prefix=prefix, dir=parent))) as made:
        yield made


@contextmanager
def _temporary(make: Callable[[], Path]) -> Iterator[Path]:
    """What ``make`` makes, erased at the end of the block, else at that of the program.

    A signal that comes between two lines of this function leaves the block unended.
    """
    with uncut():
        made = make()
        remove = finalize(_temporary, erase, made)
    try:
        yield made
    finally:
        with uncut():
            remove()


def erase(path: Path) -> None:
    """Erase a file, or a folder and all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def rename_folder(whole: Path, target: Path) -> None:
    """Give a folder of files its name, once all it holds is on the disk.

    Raises:
        OSError: it cannot be; ``whole`` is still there.
    """
    for path in sorted(whole.rglob("*")):
        _flush(path)
    _flush(whole)
    whole.rename(target)
    with suppress(OSError):
        _flush(target.parent)


def _to_replace(path: Path) -> os.stat_result | None:
    """What is at ``path``, or None: nothing; a folder, or a file not to be written, is an error."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return found


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """An error of the system tells the path that was asked for, not that of a temporary file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _flush(path: Path) -> None:
    """Have the disk keep what is written of a file or a folder."""
    if os.name == "nt" and path.is_dir():
        return  # a folder does not open there
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
