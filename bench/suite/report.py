"""What was measured, as it is kept: one JSON file, from which the page is written again.

Each measure has a name and figures, each figure a name and a value. Measuring one of them again
takes the place of its figures alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

Figure: TypeAlias = "float | str | bool"
Figures: TypeAlias = "Mapping[str, Figure]"

# Figures that are true when all is well, and tell what is not otherwise; those of another engine
# have another name.
_SOUND = frozenset({"exact", "comptes"})


@dataclass(slots=True)
class Report:
    """``context``: the day, the machine, the versions; ``measures``: figures by measure."""

    context: dict[str, str] = field(default_factory=dict)
    measures: dict[str, Figures] = field(default_factory=dict)

    def figure(self, measure: str, name: str) -> float | None:
        """A figure that is a number, or None when it was not measured."""
        found = self.measures.get(measure, {}).get(name)
        return None if found is None or isinstance(found, str) else float(found)

    def text(self, measure: str, name: str) -> str:
        """A figure that is a text; empty when it was not measured."""
        found = self.measures.get(measure, {}).get(name, "")
        return found if isinstance(found, str) else ""

    def wrong(self, measure: str) -> tuple[str, ...]:
        """What was found wrong with what réglo gave while it was measured."""
        return tuple(
            text
            for name in self.measures.get(measure, {})
            if name.rpartition("_")[2] in _SOUND and (text := self.text(measure, name))
        )


def to_json(report: Report) -> str:
    """The report as it is kept."""
    return json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"


def save(report: Report, path: Path) -> None:
    """Write the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_json(report), encoding="utf-8")


def load(path: Path) -> Report:
    """The report that was kept; an empty one when there is none."""
    if not path.is_file():
        return Report()
    return Report(**json.loads(path.read_text(encoding="utf-8")))
