"""The compiled law as a WebAssembly module: text, layout in memory, a host in Python."""
