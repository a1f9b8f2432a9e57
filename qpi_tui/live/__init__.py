"""Keeping data fresh: feeds, change events, merging, caches."""
