"""API tokens: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import age, local
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.tokens import TokenRow

_STATES = {
    "valid": Cell("● valid", "ok"),
    "soon": Cell("▲ ends soon", "warn"),
    "expired": Cell("✗ expired", "bad"),
}


def _state(token: TokenRow) -> Cell:
    return _STATES[token.state]


def _expires(token: TokenRow) -> Cell:
    expires = token.expires
    return Cell("never", "muted") if expires is None else Cell(f"{local(expires):%Y-%m-%d %H:%M}")


def _left(token: TokenRow) -> Cell:
    if token.expires is None:
        return Cell("")
    gone = age(token.expires_at)
    return Cell(gone if gone.startswith("in ") or gone == "now" else f"{gone} ago", _state(token).style)


def _when(token: TokenRow) -> str:
    # A token that never expires sorts last.
    return token.expires_at or "~"


COLUMNS = [
    Column("name", "Name", 24, lambda token: token.label, flex=True),
    Column("state", "State", 11, _state),
    Column("expires", "Expires", 16, _expires, sort=_when),
    Column("left", "", 12, _left, need=1, sort=_when),
    Column("id", "ID", 15, lambda token: token.id, need=2),
]

RESOURCE: Resource[TokenRow] = Resource(
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
