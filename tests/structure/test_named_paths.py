"""A path that a page for newcomers names exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.structure.depot import ROOT

CODE = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"\.(py|md|yaml|yml|json|jsonl|toml|lock|txt|xlsx|csv)$")


def named_paths(text: str) -> Iterator[str]:
    """The links of a Markdown page, and the words of code that look like a path."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in LINK.findall(prose):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target.split("#")[0]
    for word in CODE.findall(prose):
        path = word.removeprefix("./")
        first = path.split("/")[0]
        inside = "/" in path and (ROOT / first).exists()
        if "://" not in path and (inside or path.endswith("/") or FILE.search(path)):
            yield path


def exists(path: str) -> bool:
    return any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()


@pytest.mark.parametrize(("page", "at_least"), [("ARCHITECTURE.md", 10), ("README.md", 3)])
def test_the_paths_that_a_page_names_exist(page: str, at_least: int) -> None:
    named = list(named_paths((ROOT / page).read_text(encoding="utf-8")))
    assert [path for path in named if not exists(path)] == []
    assert len(named) >= at_least


def test_the_schemas_that_the_editor_is_told_of_exist() -> None:
    settings = json.loads((ROOT / ".vscode/settings.json").read_text(encoding="utf-8"))
    schemas = settings["yaml.schemas"]
    assert len(schemas) >= 3
    assert [schema for schema in schemas if not exists(schema.removeprefix("./"))] == []
    assert [glob for glob in schemas.values() if not exists(glob.removeprefix("/"))] == []


def test_links_and_paths_are_told_from_other_code() -> None:
    page = "[la page](docs/x.md#a), `cli.py`, `engine/absent.py`, `a / b`, `euro/heure`, `--date`"
    assert list(named_paths(page)) == ["docs/x.md", "cli.py", "engine/absent.py"]
