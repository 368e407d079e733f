"""The catalogue of messages: one module per family of codes, one builder per code."""
