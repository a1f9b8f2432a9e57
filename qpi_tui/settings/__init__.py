"""Configuration, options, key maps, themes and paths."""
