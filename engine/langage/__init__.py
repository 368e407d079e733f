"""The rule language: from located trees to a checked, frozen, hashed corpus."""
