"""Format queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote


def query_text(query: Mapping[str, Any]) -> str:
    """Return a query string with every value quoted."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
