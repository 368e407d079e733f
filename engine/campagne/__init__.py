"""A whole population, told: its summary, its copies to read, what a receipt keeps of it."""
