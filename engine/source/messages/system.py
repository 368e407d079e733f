"""What the system answers, in French, and E137: a file that cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

_FULL: Final = "il n'y a plus de place sur le disque"
_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENOSPC: _FULL,
        errno.EDQUOT: _FULL,
        errno.EFBIG: "le fichier dépasse la taille permise",
        errno.EACCES: "les droits ne le permettent pas",
        errno.EPERM: "les droits ne le permettent pas",
        errno.EROFS: "ce disque ne s'écrit pas",
        errno.ENOENT: "ce chemin n'existe pas",
        errno.ENOTDIR: "un fichier y tient la place d'un répertoire",
        errno.EISDIR: "c'est un répertoire",
        errno.EEXIST: "quelque chose s'y trouve déjà",
        errno.ENOTEMPTY: "quelque chose s'y trouve déjà",
        errno.ENAMETOOLONG: "le nom est trop long",
        errno.ELOOP: "des liens y tournent en rond",
        errno.EMFILE: "trop de fichiers sont ouverts",
        errno.EBADF: "elle est fermée",
    }
)


def reason(number: int | None) -> str:
    """Why the system refuses, by the number it gives."""
    if number is None:
        return "le système le refuse"
    return _REASONS.get(number, f"le système le refuse (erreur n° {number})")


def not_written(shown: str, number: int | None) -> Diagnostic:
    """E137: a file that a command was to write."""
    full = number in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return say("E137", shown, cas="plein" if full else "refus", raison=reason(number))
