"""Ground floor: positions, diagnostics, and text files read into located trees."""
