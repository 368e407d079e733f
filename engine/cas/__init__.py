"""Regression cases: a record, what it must give, and where that comes from."""
