"""The law of some epochs, compiled: integers and conditions that a module can run."""
