"""No path reaches a query but through the module that makes it literal."""

from __future__ import annotations

import ast
import re

from tests.structure.depot import Module, engine_modules

PATHS = "engine.sql.paths"
# What names a file in the SQL of DuckDB, calls and statements; « parquet( » is Spark's.
READS_A_FILE = re.compile(
    r"\b(read_\w+|parquet_\w+|sniff_csv|glob)\s*\(|\bCOPY\s*\(|\bATTACH\b|\bTO '", re.IGNORECASE
)
BUILDERS = frozenset({"over", "parquet", "copied", "attached", "spark_pattern", "path_of"})


def texts(module: Module) -> list[ast.Constant]:
    """The texts of a module that are not docstrings."""
    bare = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare
    ]


def calls(module: Module) -> list[ast.Call]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_only_one_module_writes_the_sql_that_names_a_file() -> None:
    found = {
        module.name
        for module in engine_modules()
        for text in texts(module)
        if module.room == "sql" and READS_A_FILE.search(str(text.value))
    }
    assert found == {PATHS}


def test_no_path_is_made_an_sql_text_elsewhere() -> None:
    strays, seen = [], 0
    for module in engine_modules():
        for node in calls(module):
            seen += called(node) in BUILDERS
            inside = {called(one) for one in ast.walk(node) if isinstance(one, ast.Call)}
            if called(node) == "literal" and module.name != PATHS and "as_posix" in inside:
                strays.append(module.at(node))
    assert strays == []
    assert seen >= 25


def test_spark_reads_and_writes_by_literal_paths() -> None:
    seen = 0
    for module in engine_modules():
        for node in calls(module):
            match node:
                case ast.Call(func=ast.Attribute(attr="parquet"), args=[first, *_]):
                    seen += 1
                    names = {one.id for one in ast.walk(first) if isinstance(one, ast.Name)}
                    assert names & {"spark_pattern", "path_of"}, module.at(node)
                case _:
                    pass
    assert seen >= 3


def test_a_database_is_opened_in_one_place() -> None:
    opened = [
        module.name
        for module in engine_modules()
        for node in calls(module)
        if ast.unparse(node.func) == "duckdb.connect"
    ]
    assert opened == ["engine.sql.duck"]
