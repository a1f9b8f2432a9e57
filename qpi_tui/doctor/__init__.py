"""Examining a server: the reads, the findings, and the repairs."""
