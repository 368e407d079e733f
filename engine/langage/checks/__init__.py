"""Pass 5 of 6: the checks, one module per idea, each a pure function to findings."""
