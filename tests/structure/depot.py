"""The checkout as the structure tests see it: its files, and the syntax trees of its modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the application; ``room`` is empty for ``engine/__init__.py``."""

    name: str
    room: str
    path: Path
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of ``engine/``, then ``cli.py``, as a room of its own."""
    paths = [*sorted((ROOT / "engine").rglob("*.py")), ROOT / "cli.py"]
    return tuple(_module(path) for path in paths)


@cache
def engine_modules() -> tuple[Module, ...]:
    return tuple(module for module in modules() if module.room != "cli")


def _module(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    room = parts[0] if len(parts) == 1 else parts[1].removeprefix("__init__")
    return Module(name, room, path, ast.parse(path.read_text(encoding="utf-8")))


def imported_names(module: Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """Each name that ``module`` imports, full and dotted, wherever the import is written."""
    package = module.name.split(".")
    if module.path.name != "__init__.py":
        package.pop()
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                prefix = ".".join([*above, *([base] if base else [])])
                yield from ((node, f"{prefix}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node, name
            case _:
                pass
