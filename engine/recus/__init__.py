"""What was computed, kept so that it can be computed and proved again."""
