"""An API token."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Row

_SOON = 7 * 86400.0


class TokenRow(Row, frozen=True, kw_only=True):
    """An API token, without its secret."""

    name: str = ""
    expires_at: str = ""
    created: str = ""

    @property
    def label(self) -> str:
        """The name, or `?`."""
        return self.name or "?"

    @property
    def expires(self) -> datetime | None:
        """When it expires; None: never."""
        return parse_date(self.expires_at)

    @property
    def state(self) -> Literal["valid", "soon", "expired"]:
        """`soon`: it expires within a week."""
        expires = self.expires
        if expires is None:
            return "valid"
        left = (expires - now()).total_seconds()
        if left <= 0:
            return "expired"
        return "soon" if left < _SOON else "valid"

    @property
    def expired(self) -> bool:
        """Whether it has expired."""
        return self.state == "expired"
