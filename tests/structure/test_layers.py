"""A module imports from its own room or from lower ones, and each library has its room."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

from tests.structure.depot import ROOT, Module, imported_names, modules

# From the ground up. The rooms of one floor may use one another, as long as no two modules need
# each other: a feature is a folder, and the features stand on the last floor but one.
FLOORS = (
    ("source",),
    ("langage",),
    ("evaluation",),
    ("module",),
    ("dossiers",),
    ("sql",),
    ("reponse",),
    (
        "calcul",
        "campagne",
        "cas",
        "commandes",
        "droit",
        "edition",
        "effet",
        "histoire",
        "paye",
        "recus",
        "web",
    ),
    ("cli",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FEATURES = set(FLOORS[-2])

ONLY_IN = {
    "yaml": {"source"},
    "jsonschema": {"source"},
    "ast": set(),  # the language of the rules is its own: Python reads none of it
    "simpleeval": {"evaluation"},
    "nanoarrow": {"sql"},
    "pyarrow": {"sql"},
    "wasmtime": {"module"},
    "duckdb": {"sql", "effet"},
    "pyspark": {"sql"},
    "py4j": {"sql"},
    "python_calamine": {"sql"},
    "openpyxl": {"reponse", "edition"},
    "click": {*FEATURES, "cli"},
    "rich": {"commandes", "reponse"},
}

MODULE_OF_PACKAGE = {"pyyaml": "yaml", "python-calamine": "python_calamine"}


def declared_libraries() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    options = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for option in options for line in option)]
    packages = {re.split(r"[^a-z0-9_-]", line.lower())[0] for line in lines}
    return {MODULE_OF_PACKAGE.get(package, package) for package in packages}


def test_every_module_is_in_a_known_room() -> None:
    seen = modules()
    assert len(seen) >= 20
    strays = [m.name for m in seen if m.name != "engine" and m.room not in FLOOR]
    assert strays == []


def test_modules_import_only_downwards() -> None:
    seen = 0
    upwards = []
    for module in modules():
        own = FLOOR[module.room] if module.room else -1
        for node, name in imported_names(module):
            first, *rest = name.split(".")
            if first not in {"engine", "cli"} or name in {"engine", "engine.__version__"}:
                continue
            seen += 1
            room = rest[0] if first == "engine" and rest else "cli"
            if FLOOR[room] > own:
                upwards.append(f"{module.at(node)}: {module.room} imports {name}")
    assert upwards == []
    assert seen >= 30


def run_lines(module: Module) -> set[int]:
    """The lines of a module that are run: not those that only tell types."""
    types = [
        node
        for node in module.tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    apart = {line for one in types for line in range(one.lineno, (one.end_lineno or 0) + 1)}
    return {node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.stmt)} - apart


def test_no_two_modules_need_each_other() -> None:
    known = {module.name for module in modules()}
    needs = {}
    for module in modules():
        run = run_lines(module)
        names = {name for node, name in imported_names(module) if node.lineno in run}
        homes = {name if name in known else name.rpartition(".")[0] for name in names}
        needs[module.name] = homes & known - {module.name, "engine"}
    assert sum(map(len, needs.values())) >= 500
    while free := {name for name, others in needs.items() if not others & needs.keys()}:
        for name in free:
            del needs[name]
    assert sorted(needs) == []


def test_a_library_is_imported_only_in_its_room() -> None:
    strays = []
    seen = set()
    for module in modules():
        for node, name in imported_names(module):
            library = name.split(".")[0]
            if library not in ONLY_IN:
                continue
            seen.add(library)
            if module.room not in ONLY_IN[library]:
                strays.append(f"{module.at(node)}: {library} in {module.room}")
    assert strays == []
    assert seen >= {"click", "jsonschema", "simpleeval", "yaml"}


def test_the_libraries_imported_are_the_libraries_declared() -> None:
    names = {name.split(".")[0] for module in modules() for _, name in imported_names(module)}
    # py4j carries the errors of pyspark, and comes with it; pyspark runs no ``mapInArrow`` without
    # pandas, of which nothing is used
    assert names - sys.stdlib_module_names - {
        "engine",
        "cli",
        "pytest",
        "py4j",
    } == declared_libraries() - {"pandas"}
