"""A class, or an alias of a type, has a name that nothing else has in the house."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.structure.depot import engine_modules


def declared(tree: ast.Module) -> list[str]:
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                names.append(name)
            case _:
                pass
    return names


def test_a_class_name_is_used_once() -> None:
    homes = defaultdict(list)
    for module in engine_modules():
        for name in declared(module.tree):
            homes[name].append(module.name)
    assert len(homes) >= 300
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
