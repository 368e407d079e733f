"""In a checkout where réglo is not installed, pytest learns of its plug-in here."""

from __future__ import annotations

from importlib.metadata import entry_points

_INSTALLED = any(entry.name == "reglo" for entry in entry_points(group="pytest11"))
pytest_plugins = [] if _INSTALLED else ["engine.cas.pytest_plugin"]
