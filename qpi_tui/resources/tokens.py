"""Columns of the API tokens."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain.clock import age, local, now, parse_date
from qpi_tui.domain.columns import Cell, Column, Record
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Resource

_SOON = 7 * 86400.0


def _state(token: Record) -> Cell:
    expires = parse_date(token.get("expires_at"))
    if expires is None:
        return Cell("● valid", "ok")
    left = (expires - now()).total_seconds()
    if left <= 0:
        return Cell("✗ expired", "bad")
    return Cell("▲ ends soon", "warn") if left < _SOON else Cell("● valid", "ok")


def _expires(token: Record) -> Cell:
    expires = parse_date(token.get("expires_at"))
    return Cell("never", "muted") if expires is None else Cell(f"{local(expires):%Y-%m-%d %H:%M}")


def _left(token: Record) -> Cell:
    expires = parse_date(token.get("expires_at"))
    if expires is None:
        return Cell("")
    gone = age(token.get("expires_at"))
    return Cell(gone if gone.startswith("in ") or gone == "now" else f"{gone} ago", _state(token).style)


COLUMNS = [
    Column("name", "name", 24, lambda record: str(record.get("name") or "?"), flex=True),
    Column("state", "state", 11, _state),
    # A token that never expires sorts after all that do.
    Column("expires", "expires", 16, _expires, sort=lambda record: str(record.get("expires_at") or "~")),
    Column("left", "", 12, _left, need=1, sort=lambda record: str(record.get("expires_at") or "~")),
    Column("id", "id", 15, lambda record: str(record.get("id") or ""), need=2),
]

RESOURCE: Resource[Any] = Resource(
    id="tokens",
    title="Tokens",
    short_title="Tok",
    help="API tokens for scripts",
    key="0",
    row="qpi_tui.rows.tokens:TokenRow",
    screen="tokens:TokensScreen",
    noun=("token", "tokens"),
    roles=SESSIONS,
    reader="list_tokens",
    columns=COLUMNS,
    word="name",
)
