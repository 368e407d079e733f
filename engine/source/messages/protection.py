"""Messages of what the cases protect (E590 to E594, W631 and W632)."""

from __future__ import annotations

from typing import Literal, TypeAlias

Floor: TypeAlias = Literal["points", "fautes"]
