"""The use cases that the command line and other doors share."""
