"""A name goes in; each change of its values comes out, with who made it, when and why, from git.

The files are compared as they are written, not as they load: what an old réglo read is told even
when this one would refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from engine.evaluation.law import Folder
from engine.evaluation.show import counted
from engine.histoire.history import moment
from engine.langage import nodes
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence
from engine.source import git, tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.yaml_tree import read_yaml

_SEPARATOR: Final = "\x1f"
_SECTIONS: Final = ("parametres", "regles", "tables", "controles")
_COLUMNS: Final = (
    ListColumn("quoi", "Quoi"),
    ListColumn("avant", "Avant"),
    ListColumn("apres", "Après"),
)
_UNRECORDED: Final = "modification qui n'est pas enregistrée"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value that changed: where in the file, in words; None where there was nothing."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one commit changed, and what it says of itself; an empty commit is not recorded yet."""

    commit: str
    who: str
    when: str
    why: str
    edits: tuple[Edit, ...]


def value_history(folder: Folder, name: str) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    """Each change of a text, a file of parameters, a parameter, a table or a rule, oldest first.

    Returns:
        The entries, or none and E551 (no repository) or E557 (nothing of that name).
    """
    known = tuple(dict.fromkeys(_names(folder)))
    if name not in known:
        return (), (
            say("E557", "NOM", nom=name, proches=suggestion(name, known, "les noms", most=0)),
        )
    form = f"--format=%H{_SEPARATOR}%an{_SEPARATOR}%ct{_SEPARATOR}%s"
    # A name may have been declared in other files before: all those that ever held it are read.
    declared = f"^ *([a-z]+: )?[\"']?{re.escape(name)}[\"']?:? *(#.*)?$"
    listed = git.ask(
        folder.rules, "log", "--format=", "--name-only", "--no-renames", "-G", declared, "--", "."
    )
    if listed.refusal is not None:
        return (), (say("E551", "--connu-le", chemin=folder.shown, pourquoi=listed.refusal),)
    own = (one for one in folder.rules.rglob("*.yaml") if one.stem == name)
    files = sorted(
        {
            *(f":/{one}" for one in listed.text.splitlines() if one),
            *(one.relative_to(folder.rules).as_posix() for one in own),
        }
    )
    log = git.ask(folder.rules, "log", form, "--name-only", "--no-renames", "--", *files).text
    entries: list[Entry] = []
    before: Mapping[str, str] = {}
    held: dict[str, Mapping[str, str]] = {}
    for (commit, who, made, why), paths in reversed(list(_commits(log if files else ""))):
        for path in paths:
            text = git.ask(folder.rules, "show", f"{commit}:{path}").output
            held[path] = _values(text.decode("utf-8", "replace"), name, PurePath(path).stem)
        after = {what: value for path in sorted(held) for what, value in held[path].items()}
        edits = tuple(_edits(before, after))
        if edits:
            entries.append(Entry(commit, who, moment(int(made)), why, edits))
        before = after
    now = {
        what: value
        for path in sorted(folder.rules.rglob("*.yaml"))
        for what, value in _values(path.read_text(encoding="utf-8"), name, path.stem).items()
    }
    if edits := tuple(_edits(before, now)):
        entries.append(Entry("", "", "", _UNRECORDED, edits))
    return tuple(entries), ()


def _commits(text: str) -> Iterator[tuple[tuple[str, str, str, str], list[str]]]:
    """Each commit of « git log --name-only »: its hash, author, time, subject, then its files."""
    found: tuple[tuple[str, str, str, str], list[str]] | None = None
    for line in text.splitlines():
        if _SEPARATOR in line:
            if found is not None:
                yield found
            commit, who, made, why = line.split(_SEPARATOR)
            found = (commit, who, made, why), []
        elif line and found is not None:
            found[1].append(line)
    if found is not None:
        yield found


def _names(folder: Folder) -> Iterator[str]:
    """What the files of the rules declare: themselves, then what their sections name."""
    for path in sorted(folder.rules.rglob("*.yaml")):
        for document in read_yaml(path.read_text(encoding="utf-8"), path.name)[0]:
            if isinstance(document, tree.Mapping):
                yield from [_first(document)] if _first(document) else []
                if "parametres" in _keys(document)[:1]:
                    yield path.stem
                yield from _declared(document)


def _declared(document: tree.Node) -> Iterator[str]:
    if isinstance(document, tree.Mapping):
        for kind in _SECTIONS:
            yield from (key.text for key, _ in nodes.entries(document, kind))


def _values(text: str, name: str, stem: str) -> Mapping[str, str]:
    """Every value of a file by where it stands, in words; only those of ``name`` inside a text.

    A file of parameters has no name but that of the file, ``stem``.
    """
    found: dict[str, str] = {}
    for document in read_yaml(text, "")[0]:
        first, declared = _first(document), list(_declared(document))
        for place, value in _leaves(document, ()):
            if not place or place == ("parametre",):
                continue
            if "parametre" in _keys(document):  # a file each, as they were until November 2026
                own, place = True, ("", first, *place)  # noqa: PLW2901 - as they are now
            else:
                own = len(place) > 1 and place[0] in _SECTIONS
            whole = first or (stem if place[0] == "parametres" and name not in declared else "")
            if name == whole or (own and name == place[1]):
                found[", ".join(place[1:] if own else place)] = value
    return found


def _keys(document: tree.Node) -> Sequence[str]:
    entries = document.entries if isinstance(document, tree.Mapping) else ()
    return [key.text for key, _ in entries]


def _first(document: tree.Node) -> str:
    entries = document.entries if isinstance(document, tree.Mapping) else ()
    value = entries[0][1] if entries else None
    return value.text if isinstance(value, tree.Scalar) else ""


def _leaves(node: tree.Node, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each value, by its keys; a version by its day, a row by its own keys."""
    match node:
        case tree.Mapping():
            for key, value in node.entries:
                if key.text != "depuis":
                    yield from _leaves(value, (*place, key.text))
        case tree.Sequence() if place and place[-1] == "lignes":
            for row in node.items:
                cells = row.items if isinstance(row, tree.Sequence) else (row,)
                keys = " ".join(_shown(one) for one in cells[:-1])
                yield (*place[:-1], f"ligne {keys}"), _shown(cells[-1])
        case tree.Sequence():
            for number, one in enumerate(node.items, start=1):
                since = nodes.text(one, "depuis") if isinstance(one, tree.Mapping) else None
                if since is None:
                    yield from _leaves(one, (*place, str(number)))
                else:
                    yield from _leaves(one, (*place[:-1], f"version du {since}"))
        case _:
            yield place, node.text


def _shown(node: tree.Node) -> str:
    match node:
        case tree.Scalar():
            return node.text
        case tree.Sequence():
            return "/".join(_shown(one) for one in node.items)
        case tree.Mapping():
            return ", ".join(f"{key.text}: {_shown(value)}" for key, value in node.entries)


def _edits(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Edit]:
    for what in dict.fromkeys((*after, *before)):
        old, new = before.get(what), after.get(what)
        if old != new:
            yield Edit(what, old, new)


# --- told


def history_report(entries: Sequence[Entry]) -> Report:
    """The journal: each commit, then what it changed."""
    parts: list[Block] = []
    data = []
    for one in entries:
        told = f"{one.when}, {one.who} ({one.commit[:12]}) : {one.why}" if one.commit else one.why
        rows = [(edit.what, edit.before, edit.after) for edit in one.edits]
        listing = Listing("", _COLUMNS, rows, [_edit_words(edit) for edit in one.edits])
        parts += [Heading(told), listing]
        data.append(
            {
                "commit": one.commit or None,
                "qui": one.who or None,
                "quand": one.when or None,
                "pourquoi": one.why,
                "changements": listing.json(),
            }
        )
    parts.append(Sentence(counted(len(entries), "modification")))
    return Report("L'histoire des valeurs", parts, data)


def _edit_words(edit: Edit) -> str:
    if edit.before is None:
        return f"  + {edit.what} : {edit.after}"
    if edit.after is None:
        return f"  − {edit.what} : {edit.before}"
    return f"  {edit.what} : {edit.before} → {edit.after}"
