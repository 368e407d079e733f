"""The rules engine of réglo: reads regulations written as data and evaluates them over records."""

from __future__ import annotations

__version__ = "0.1.0"
