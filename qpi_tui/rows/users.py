"""A user, as a record of its own and as the one that another record refers to."""

from __future__ import annotations

from qpi_tui.rows.base import Number, Row

# A superuser's calls to the custom routes run as a hidden user record that holds this many seconds.
HIDDEN_BALANCE = 999_999_999


class UserRow(Row, frozen=True, kw_only=True):
    """A user. `qpu_seconds` is the balance; None where the server does not tell it."""

    email: str = ""
    name: str = ""
    qpu_seconds: Number | None = None
    created: str = ""
    verified: bool = False

    @property
    def label(self) -> str:
        """How people know a user: the e-mail address, else the name, else the id."""
        return self.email or self.name or self.id or "?"

    @property
    def balance(self) -> float:
        """The QPU time left, in seconds."""
        return self.qpu_seconds or 0.0

    @property
    def hidden(self) -> bool:
        """Whether it is the record that a superuser's own calls run as."""
        return self.balance >= HIDDEN_BALANCE

    @property
    def since(self) -> str:
        """The day on which the user was created, empty where it is not known."""
        return self.created[:10]


def label_of(user: UserRow | None, id: str) -> str:
    """How people know the user that a record refers to; the id where the server did not expand it."""
    return user.label if user is not None else id or "?"
