"""The law of other days, and what differs between two."""
