"""Indexes of a collection, as the server writes them: `CREATE INDEX … ON … (…)`."""

from __future__ import annotations


def index_columns(statement: str) -> tuple[str, ...]:
    """Return the columns of an index, in order."""
    inner = statement.rpartition("(")[2].partition(")")[0]
    return tuple(part.strip().strip('`"[]') for part in inner.split(","))
