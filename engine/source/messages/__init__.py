"""What messages are made of beyond the catalogue: hints, and what libraries and systems say."""
