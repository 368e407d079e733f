"""The law of some epochs, compiled: integers and conditions that Python and SQL both can run."""
