"""The size of ``engine/`` in figures, as a table: how much there is to read, and to jump across.

``python bench/maison.py`` ; nothing is written. Lines of code are those that hold a token which is
neither a comment nor a docstring.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

NARROW = "\u202f"  # the French space between thousands
ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine"
SKIPPED = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def code_lines(source: str, tree: ast.Module) -> int:
    """How many lines of a module are neither blank, nor comments, nor docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SKIPPED:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines -= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return len(lines)


def single_use(trees: Mapping[str, ast.Module]) -> tuple[int, int]:
    """The private functions of all modules: how many are named once, and how many there are."""
    single = total = 0
    for tree in trees.values():
        uses = Counter(
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute)
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
                if node.name.startswith("__"):
                    continue
                total += 1
                single += uses[node.name] == 1
    return single, total


def class_names(trees: Mapping[str, ast.Module]) -> list[str]:
    """The names that two classes of the house have, or a class and an alias of a type."""
    names = Counter(name for tree in trees.values() for name in _declared(tree))
    return sorted(name for name, times in names.items() if times > 1)


def _declared(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                yield name
            case _:
                pass


def imports(name: str, tree: ast.Module, known: Mapping[str, ast.Module]) -> Iterator[str]:
    """The modules of the house that ``name`` imports, at its top or later, types left aside."""
    hidden = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                below = f"{node.module}.{alias.name}"
                found = below if below in known else node.module
                if found in known and found != name:
                    yield found


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import one another, directly or not."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for other in graph[waiting.pop()] - seen:
                seen.add(other)
                waiting.append(other)
        reached[start] = seen
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return [list(group) for group in sorted(groups)]


def one_record() -> tuple[int, int]:
    """How many modules and functions ``calculer`` goes through for one record, its law loaded."""
    sys.path.insert(0, str(ROOT))
    from cli import main

    records = (ROOT / "exemples" / "lycee.yaml").read_text(encoding="utf-8").split("- dossier:")
    seen: set[tuple[str, str, int]] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            seen.add((code.co_filename, code.co_qualname, code.co_firstlineno))

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        one = Path(folder) / "dossier.yaml"
        one.write_text(f"- dossier:{records[1]}", encoding="utf-8")
        arguments = ["calculer", str(one)]
        main(arguments, standalone_mode=False)  # what is imported, loaded, kept in memory
        sys.setprofile(note)
        try:
            main(arguments, standalone_mode=False)
        finally:
            sys.setprofile(None)
    ours = {
        key
        for key in seen
        if key[0].startswith(f"{ENGINE}{os.sep}") and not key[1].split(".")[-1].startswith("<")
    }
    return len({path for path, _, _ in ours}), len(ours)


def main() -> None:
    """Print the table, then the names and the circles to look at."""
    sources = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): (
            path.read_text(encoding="utf-8")
        )
        for path in sorted(ENGINE.rglob("*.py"))
    }
    trees = {name: ast.parse(source) for name, source in sources.items()}
    graph = {name: set(imports(name, tree, trees)) for name, tree in trees.items()}
    single, private = single_use(trees)
    double = class_names(trees)
    functions = sum(
        isinstance(node, ast.FunctionDef) for tree in trees.values() for node in ast.walk(tree)
    )
    crossed = one_record()
    text = "\n".join(sources.values())
    rows = [
        ("lignes", sum(len(source.splitlines()) for source in sources.values())),
        ("lignes de code", sum(code_lines(sources[name], trees[name]) for name in sources)),
        ("fichiers", len(sources)),
        ("fonctions", functions),
        ("  dont privées", private),
        ("  dont privées à un seul appel", single),
        ("  en % des fonctions privées", (200 * single + private) // (2 * private)),
        ("  en % de toutes les fonctions", (200 * single + functions) // (2 * functions)),
        ("modules qu'un dossier traverse", crossed[0]),
        ("fonctions qu'un dossier traverse", crossed[1]),
        ("noms de classe à deux sens", len(double)),
        ("noqa", text.count("# noqa")),
        ("fmt: skip", text.count("# fmt: skip")),
        ("cercles d'imports", len(circles(graph))),
        ("README.md, en octets", (ROOT / "README.md").stat().st_size),
        ("ARCHITECTURE.md, en octets", (ROOT / "ARCHITECTURE.md").stat().st_size),
    ]
    for what, figure in rows:
        print(f"{what:<34}{f'{figure:,}'.replace(',', NARROW):>8}")
    for group in circles(graph):
        print(f"\nimports en cercle : {', '.join(group)}")
    print(f"\nnoms à deux sens : {', '.join(double)}")


if __name__ == "__main__":
    main()
