"""Examining a server: what is read, what is found in it, and what can be repaired."""
