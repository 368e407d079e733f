"""One record or many, read, computed, explained, compared: what is asked most."""
