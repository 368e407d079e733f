"""The commands: arguments, one call, print, exit code; one module per kind of work."""
