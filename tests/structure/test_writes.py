"""A file that a command leaves is written by ``engine/source/writing.py``, whole or not at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.structure.depot import ROOT, Module, engine_modules

WRITING = "engine/source/writing.py"
# What writes otherwise, and why a half-written file is seen there and believed by nobody.
ELSEWHERE = {
    "engine/sql/": "the working folder of a run, which is sealed, then renamed when it is whole",
    "engine/recus/commands.py": "a journal is copied in a temporary folder",
    "engine/recus/proof.py": "a zip file is made beside, then renamed; inputs are temporary",
    "engine/recus/receipts.py": "a journal is only ever added to",
    "engine/histoire/history.py": "past rules are unpacked beside, then renamed",
    "engine/edition/table_export.py": "a workbook is made in memory",
    "engine/reponse/book.py": "a workbook is made in memory, or in the working folder of a run",
    "engine/source/digests.py": "a file is read by blocks",
}
METHODS = {"write_bytes", "write_text", "save", "to_parquet", "copyfile", "copy2", "move"}
TEMPORARY = {"NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "mkstemp"}
MAKERS = TEMPORARY | {"fdopen"}
MODE = re.compile(r"[wax][bt]?\+?|r[bt]?\+")


def writes(module: Module) -> Iterator[ast.Call]:
    """The calls of a module that write a file."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(attr=name) if name in METHODS | MAKERS:
                yield node
            case ast.Name(id=name) if name in MAKERS:
                yield node
            case ast.Attribute(attr="open" | "ZipFile") | ast.Name(id="open"):
                constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
                if any(MODE.fullmatch(str(one)) for one in constants):
                    yield node
            case _:
                pass
        if any(isinstance(one, ast.Constant) and str(one.value).startswith("COPY (")
               for one in ast.walk(node)):  # fmt: skip
            yield node


def test_every_file_that_is_left_appears_whole() -> None:
    seen = 0
    strays = []
    for module in engine_modules():
        file = module.path.relative_to(ROOT).as_posix()
        for call in writes(module):
            seen += 1
            if file != WRITING and not file.startswith(tuple(ELSEWHERE)):
                strays.append(module.at(call))
    assert strays == []
    assert seen >= 15


def test_what_is_temporary_is_made_where_a_signal_leaves_none() -> None:
    made = [(name, module.path.relative_to(ROOT).as_posix())
            for module in engine_modules() for node in ast.walk(module.tree)
            for name in (getattr(node, "attr", None), getattr(node, "id", None))
            if name in TEMPORARY]  # fmt: skip
    assert sorted(made) == [("mkdtemp", WRITING), ("mkstemp", WRITING)]


def test_what_writes_otherwise_is_there() -> None:
    assert [name for name in ELSEWHERE if not (ROOT / name).exists()] == []
