"""What the schema of the record and the files of ``regles/`` declare, as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from engine.source.tree import Plain, plain
from engine.source.yaml_tree import read_yaml
from tests.structure.depot import ROOT

Json = dict[str, "Plain"]

# Files of regles/ that declare names one by one, and the keys under which they do.
GROUPS = ("parametres", "regles", "tables", "registre", "lectures")


@cache
def _schema() -> Json:
    path = ROOT / "schemas" / "dossier.v1.json"
    schema: Json = json.loads(path.read_text(encoding="utf-8"))
    return schema


def schema_nodes() -> Iterator[tuple[str, Json]]:
    """Every object of the record's schema, with its JSON pointer."""

    def below(place: str, node: Plain) -> Iterator[tuple[str, Json]]:
        if isinstance(node, dict):
            yield place, node
            for key, value in node.items():
                yield from below(f"{place}/{key}", value)
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield from below(f"{place}/{index}", value)

    return below("#", _schema())


def record_names() -> set[str]:
    """The fields and collections of the record, at every depth."""
    names: set[str] = set()
    for _, node in schema_nodes():
        properties = node.get("properties")
        if isinstance(properties, dict):
            names |= properties.keys()
    assert len(names) >= 40
    return names


@cache
def _documents() -> tuple[Json, ...]:
    """Every YAML document of ``regles/``."""
    paths = sorted((ROOT / "regles").rglob("*.yaml"))
    assert len(paths) >= 15
    return tuple(document for path in paths for document in _read(path))


def _read(path: Path) -> Iterator[Json]:
    roots, findings = read_yaml(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    assert findings == ()
    for root in roots:
        document = plain(root)
        assert isinstance(document, dict)
        yield document


def _codes(document: Json) -> list[str]:
    codes = document["codes"]
    assert isinstance(codes, list)
    return [str(line["code"]) for line in codes if isinstance(line, dict)]


def codes_of(nomenclature: str) -> list[str]:
    """The codes of ``regles/nomenclatures/<nomenclature>.yaml``, in order."""
    (document,) = _read(ROOT / "regles" / "nomenclatures" / f"{nomenclature}.yaml")
    assert document["nomenclature"] == nomenclature
    return _codes(document)


def nomenclature_codes() -> set[str]:
    """Every code of every nomenclature."""
    found = {code for one in _documents() if "nomenclature" in one for code in _codes(one)}
    assert len(found) >= 100
    return found


def declared_names() -> set[str]:
    """The names of rules, tables, parameters, readings and register entries, and of texts."""
    names: set[str] = set()
    for document in _documents():
        names |= {str(document[key]) for key in ("texte",) if key in document}
        for group in GROUPS:
            entries = document.get(group)
            if isinstance(entries, dict):
                names |= entries.keys()
    assert len(names) >= 40
    return names
