"""Contents go in; the files appear whole or not at all, whatever stops the program or the disk."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


def write_files(contents: Mapping[Path, bytes], *, fresh: bool = False) -> None:
    """Write several files: all of them are whole on the disk before the first takes its place.

    A file that is replaced gives its mode and its owner to the new one; a new file is its owner's
    alone. A link stays: what it names is written. A pipe or a device is written to, not replaced.
    ``fresh``: nothing may be there, and nothing is replaced.

    Raises:
        OSError: with the path that cannot be written. None of the files has changed, unless the
            disk failed between two renamings.
    """
    with ExitStack() as ready:
        whole: list[tuple[Path, Path]] = []
        streams: list[tuple[Path, bytes]] = []
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
        for path, content in streams:
            with _told_of(path):
                path.write_bytes(content)


@contextmanager
def beside(target: Path, content: bytes, like: os.stat_result | None = None) -> Iterator[Path]:
    """A file in the folder of ``target``, whole on the disk, to be renamed; else it is removed.

    ``like``: a file whose mode and owner it takes; without one it is its owner's alone.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".reglo-")
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            if like is not None:
                with suppress(OSError, AttributeError):  # the owner is given by an administrator
                    os.chown(made, like.st_uid, like.st_gid)
                made.chmod(stat.S_IMODE(like.st_mode))
            stream.flush()
            os.fsync(stream.fileno())
        yield made
    finally:
        made.unlink(missing_ok=True)


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
