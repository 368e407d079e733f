"""Service records: reading, checking, accepting or refusing them."""
