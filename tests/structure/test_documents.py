"""The pages say what réglo does: their commands are run, their lists of codes are complete.

In a ``console`` block of a page, a line ``$ reglo …`` is a command; the lines below it are what it
prints, in order, and ``# code de sortie : 1`` says how it ends when that is not 0. ``…`` stands for
anything. The numbers of lines are compared too: they move whenever a rule is added above, and
``REGLO_INSTANTANES=1`` writes them again in the pages. Before a command two comments set the scene,
in a copy of the checkout:

- ``# dans FICHIER, « ceci » devient « cela »``: an edit (``↵`` is a line end);
- ``# FICHIER :``, then lines that open with ``#   ``: a file and its content.

After a command, ``# dans T.xlsx, feuille NOM, B9 devient « ceci »`` types in a cell of a workbook
that it wrote, and ``# dans T.xlsx, la feuille NOM devient « ceci »`` renames one of its sheets.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openpyxl import load_workbook

from engine.evaluation.law import load_law
from engine.langage.corpus import Control
from engine.source.catalogue import codes
from tests.ligne_de_commande.commande import invoke
from tests.structure.depot import ROOT

GUIDE = ROOT / "docs" / "guide-annuel.md"  # followed as a whole by test_guide
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md",
         *sorted({*(ROOT / "docs").rglob("*.md")} - {GUIDE}))  # fmt: skip
CODES = ROOT / "docs" / "codes.md"
DATA = ("regles", "schemas", "exemples", "cas_tests")

BLOCK = re.compile(r"^```console\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
EDIT = re.compile(r"# dans (?P<file>\S+), « (?P<old>.+) » devient « (?P<new>.+) »")
SHEET = re.compile(
    r"# dans (?P<book>\S+\.xlsx), (?:la )?feuille (?P<sheet>\w+)(?:, (?P<cell>[A-Z]+\d+))? "
    r"devient « (?P<new>.+) »"
)
FILE = re.compile(r"# (?P<file>\S+) :")
EXIT = re.compile(r"# code de sortie : (?P<code>\d)")
COMMAND = "$ reglo "
CONTENT = "#   "


@dataclass(slots=True)
class Shown:
    """One command of a block, what the page says it prints, and how it ends."""

    command: str
    lines: list[str] = field(default_factory=list)
    code: int = 0
    typed: list[re.Match[str]] = field(default_factory=list)  # in a workbook, afterwards


@dataclass(slots=True)
class Scene:
    """One block: its edits, its files, its commands, in the order of the page."""

    place: str
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)


def scenes() -> Iterator[Scene]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            yield read_scene(f"{page.relative_to(ROOT)}:{line}", block["body"])


def read_scene(place: str, body: str) -> Scene:
    scene = Scene(place)
    content: list[str] | None = None
    for line in body.splitlines():
        if content is not None and line.startswith(CONTENT):
            content.append(line.removeprefix(CONTENT))
            continue
        content = None
        if line.startswith(COMMAND):
            scene.shown.append(Shown(line.removeprefix(COMMAND)))
        elif found := SHEET.fullmatch(line):
            scene.shown[-1].typed.append(found)
        elif found := EDIT.fullmatch(line):
            old, new = (found[name].replace("↵", "\n") for name in ("old", "new"))
            scene.edits.append((found["file"], old, new))
        elif found := FILE.fullmatch(line):
            content = scene.files.setdefault(found["file"], [])
        elif found := EXIT.fullmatch(line):
            scene.shown[-1].code = int(found["code"])
        elif not line.startswith("#") and line.strip():
            scene.shown[-1].lines.append(line)
    return scene


SCENES = tuple(scenes())


NAMED = {
    found[1] for page in PAGES
    for found in re.finditer(r"cas_tests/([\w-]+\.yaml)", page.read_text(encoding="utf-8"))
}  # fmt: skip


def left_out(folder: str, names: Sequence[str]) -> set[str]:
    """The case files that no page names: they are replayed elsewhere, and once is enough."""
    if Path(folder) != ROOT / "cas_tests":
        return set()
    return {name for name in names if name.endswith(".yaml")} - NAMED


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data of the checkout, as the folder the commands are typed in."""
    for name in DATA:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGLO_REGLES", "regles")
    return tmp_path


def prepare(scene: Scene, folder: Path) -> None:
    for name, old, new in scene.edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{scene.place}: « {old} » in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    for name, lines in scene.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def type_in(edit: re.Match[str]) -> None:
    """Type in a cell of a workbook, or rename one of its sheets."""
    book = load_workbook(edit["book"])
    sheet = book[edit["sheet"]]
    if edit["cell"] is None:
        sheet.title = edit["new"]
    else:
        sheet[edit["cell"]] = edit["new"]
    book.save(edit["book"])


PLACE = re.compile(r"(?<=\.yaml:)\d+|(?<=\.yml:)\d+|(?<=\.json:)\d+|(?<=\.jsonl:)\d+")


def bare(line: str) -> str:
    """A line without what may change: its widths."""
    return " ".join(line.split())


def pattern_of(line: str) -> re.Pattern[str]:
    """What a line of a page stands for."""
    return re.compile(".*".join(re.escape(part) for part in bare(line).split("…")))


def unseen(shown: Shown, output: str) -> list[str]:
    """The lines of the page that the output does not hold, in order."""
    printed = iter([bare(line) for line in output.splitlines()])
    missing = []
    for line in shown.lines:
        pattern = pattern_of(line)
        if bare(line) != "…" and not any(pattern.fullmatch(one) for one in printed):
            missing.append(line)
    return missing


def renumbered(page: Path, shown: Shown, output: str, start: int = 0) -> list[str]:
    """The lines of a command, the places that moved written again in the page when that is asked.

    The command is below the line ``start`` of the page.
    """
    if os.environ.get("REGLO_INSTANTANES") != "1":
        return shown.lines
    text = page.read_text(encoding="utf-8").splitlines()
    printed = iter([bare(line) for line in output.splitlines()])
    lines = []
    for line in shown.lines:
        pattern = pattern_of(PLACE.sub("0", line))
        alike = (one for one in printed if pattern.fullmatch(PLACE.sub("0", one)))
        numbers = iter(PLACE.findall("" if bare(line) == "…" else next(alike, "")))
        new = PLACE.sub(lambda old: next(numbers, old[0]), line)  # noqa: B023 - used at once
        if new != line:
            text[text.index(line, start)] = new
        lines.append(new)
    page.write_text("\n".join(text) + "\n", encoding="utf-8")
    return lines


@pytest.mark.parametrize("scene", SCENES, ids=[scene.place for scene in SCENES])
def test_the_commands_of_a_page_print_what_it_shows(scene: Scene, checkout: Path) -> None:
    prepare(scene, checkout)
    for shown in scene.shown:
        done = invoke(*shlex.split(shown.command))
        assert done.exit_code == shown.code, f"{scene.place}: {shown.command}\n{done.output}"
        page, _, start = scene.place.rpartition(":")
        shown.lines = renumbered(ROOT / page, shown, done.output, int(start))
        assert unseen(shown, done.output) == [], f"{scene.place}: {shown.command}\n{done.output}"
        for edit in shown.typed:
            type_in(edit)


def test_the_pages_hold_commands_to_run() -> None:
    readme = [one for scene in SCENES if scene.place.startswith("README") for one in scene.shown]
    assert len(readme) >= 3
    assert len([line for one in readme for line in one.lines]) >= 20
    assert sum(len(scene.shown) for scene in SCENES) >= 100


def test_a_line_that_is_not_printed_is_seen() -> None:
    shown = Shown("", ["a 1", "b … d", "a 1"])
    assert unseen(shown, "a   1\nb c d\n") == ["a 1"]
    assert unseen(shown, "a 1\nb c\na 1\n") == ["b … d", "a 1"]


def entries() -> dict[str, str]:
    """What the page says of each code, by code."""
    parts = re.split(r"^### ", CODES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.split(" ", 1)[0]: part for part in parts}


def test_the_page_of_codes_explains_each_code_once_and_in_order() -> None:
    assert list(entries()) == list(codes())
    headings = re.findall(r"^### ", CODES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(headings) == len(codes())


def test_each_code_has_a_faulty_line_and_a_way_out() -> None:
    silent = [
        code
        for code, entry in entries().items()
        if "```" not in entry or "**À faire :**" not in entry
    ]
    assert silent == []


def test_most_faulty_lines_are_run() -> None:
    shown = {code: entry.partition("\n")[2] for code, entry in entries().items()}
    run = [code for code, below in shown.items() if COMMAND in below and f" {code}" in below]
    assert len(run) >= 50


def control_row(control: Control) -> str:
    rests = [f"{control.text} art. {one}" for one in control.articles]
    source = control.source or ", ".join(rests)
    return f"| {control.code} | {control.gravity} | {control.label} | {source} |"


def test_the_page_of_codes_lists_every_control_as_the_rules_write_it() -> None:
    law, findings = load_law()
    assert findings == ()
    assert law is not None
    written = re.findall(r"^\| [A-Z]\d{3} \|.*$", CODES.read_text(encoding="utf-8"), re.MULTILINE)
    assert written == [control_row(one) for one in law.corpus.controls]
    assert len(written) >= 20


def test_the_map_names_every_room_and_no_other() -> None:
    (drawn,) = re.findall(
        r"^```text\n(source/.*?)^```",
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    named = [line.split("/")[0] for line in drawn.splitlines()]
    there = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    assert sorted(named) == sorted(there)
