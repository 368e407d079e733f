"""A record as plain values in, the same under other names out: identifiers, places, labels.

The same text becomes the same name wherever it stands, two texts never become one: what a rule
compares stays equal or different. Codes, dates and numbers are what the law looks at: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.dossiers.values import folded
from engine.langage.inputs import Field, RecordModel
from engine.source.tree import Plain

_FORMS: Final = ("{name}-{number}", "{number:07}A", "{number:05}", "{name}{number}", "{number}")


@dataclass(slots=True)
class Pseudonyms:
    """The names given so far. ``given``: for each text replaced, the fields where it stood."""

    model: RecordModel
    given: dict[str, set[str]] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def record(self, record: Plain) -> Plain:
        """The record under other names."""
        fields = {one.name: one for one in self.model.fields}
        return self._group(record, fields, "")

    def _group(self, value: Plain, fields: Mapping[str, Field], above: str) -> Plain:
        if not isinstance(value, dict):
            return value
        found: dict[str, Plain] = {}
        for name, one in value.items():
            dotted = f"{above}{name}"
            collection = None if above else self.model.collection(name)
            if collection is not None and isinstance(one, list):
                inside = {each.name: each for each in collection.fields}
                found[name] = [self._group(line, inside, "") for line in one]
            elif isinstance(one, dict):
                found[name] = self._group(one, fields, f"{dotted}.")
            elif (
                (known := fields.get(dotted)) is not None
                and known.kind == "texte"
                and known.role in (None, "identifiant")
                and one is not None
            ):  # it may tell who or where: the name is that of the field it repeats, if any
                text = str(one)
                family = (known.link or known.name).rpartition(".")[2]
                key = family, folded(text) if known.loose else text.strip()
                if key not in self._names:
                    self._counts[family] = self._counts.get(family, 0) + 1
                    self._names[key] = fitting_name(known, family, self._counts[family])
                self.given.setdefault(text, set()).add(known.label)
                found[name] = self._names[key]
            else:
                found[name] = one
        return found


def fitting_name(field: Field, family: str, number: int) -> str:
    """A name that the field accepts."""
    tried = [form.format(name=family, number=number) for form in _FORMS]
    fitting = [one for one in tried if re.search(field.pattern or "", one)]
    if not fitting:
        message = f"no name fits the form of {field.name}: {field.pattern}"
        raise ValueError(message)
    return fitting[0]
