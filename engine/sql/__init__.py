"""Records as tables: read, doubted and written by SQL, computed by the module."""
