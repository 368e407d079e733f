"""What a run is given, whatever its form: raw tables in a DuckDB connection, or what is wrong."""

from __future__ import annotations

from engine.sql.inputs.open import changed_file, look_at_parquet, open_inputs
from engine.sql.inputs.raw import Raw, Tables

__all__ = ["Raw", "Tables", "changed_file", "look_at_parquet", "open_inputs"]
