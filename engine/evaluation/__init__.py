"""Evaluation: the interpreter, its steps, and their explanation."""
