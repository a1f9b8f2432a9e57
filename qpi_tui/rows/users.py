"""A user, as a record and as a related record."""

from __future__ import annotations

from qpi_tui.rows.base import Number, Row

# A superuser's calls to the custom routes run as a hidden user record with this balance in seconds.
HIDDEN_BALANCE = 999_999_999


class UserRow(Row, frozen=True, kw_only=True):
    """A user. `qpu_seconds` is the balance; None if the server does not return it."""

    email: str = ""
    name: str = ""
    qpu_seconds: Number | None = None
    created: str = ""
    verified: bool = False

    @property
    def label(self) -> str:
        """The user: e-mail address, name or id."""
        return self.email or self.name or self.id or "?"

    @property
    def balance(self) -> float:
        """The balance, in seconds."""
        return self.qpu_seconds or 0.0

    @property
    def hidden(self) -> bool:
        """Whether it is the record that a superuser's calls run as."""
        return self.balance >= HIDDEN_BALANCE

    @property
    def since(self) -> str:
        """The creation date, empty if unknown."""
        return self.created[:10]


def label_of(user: UserRow | None, id: str) -> str:
    """Return the related user: e-mail address, name, or the id if not expanded."""
    return user.label if user is not None else id or "?"
