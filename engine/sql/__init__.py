"""Records as tables: checked, computed and written by SQL."""
