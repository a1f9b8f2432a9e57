"""Names of the server's records for completion: `[word, description]` pairs."""

from __future__ import annotations

from typing import Any

from qpi_tui.cli.common import Server
from qpi_tui.cli.reading import read_records
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.domain.sanitize import clean
from qpi_tui.resources import registry
from qpi_tui.resources.base import Resource
from qpi_tui.rows.base import Row

_MOST = 200
_MOST_JOBS = 50


def ask_names(kind: str, profile: str = "", url: str = "") -> list[tuple[str, str]]:
    """Return the names of one kind that this account may see."""
    resource = registry()[kind]
    with signed_in(Server(url, profile, read_only=True)) as signed:
        rows = resource.decode_all(read_records(signed.client, resource, **_only(signed, kind))[:_MOST])
    found = [(_word(row, resource), str(getattr(row, resource.about or "id", ""))) for row in rows]
    return [(clean(word, 200), clean(what, 60)) for word, what in found if word and not set(word) & set(" \t\n")]


def _only(signed: Signed, kind: str) -> dict[str, Any]:
    """Return the filter for records that users refer to by name."""
    if kind == "jobs":
        return {"limit": _MOST_JOBS, "everyone": signed.admin}
    if kind == "requests":
        return {"status": "pending", "limit": _MOST}
    return {"limit": _MOST} if kind in ("users", "announcements") else {}


def _word(row: Row, resource: Resource[Any]) -> str:
    """Return the name if a shell takes it as one word, otherwise the id."""
    word = str(getattr(row, resource.word or "id", ""))
    return word if word.isprintable() and word and " " not in word else row.id
