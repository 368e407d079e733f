"""What a run is given, whatever its form: raw tables in a DuckDB connection, or what is wrong."""
