"""Users and their balance: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import ADMINS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow


def _balance(user: UserRow) -> Cell:
    if user.hidden:
        return Cell("superuser", "muted")
    return Cell(duration(user.balance), "muted" if user.balance == 0 else "")


def _seconds(user: UserRow) -> Cell:
    return Cell("" if user.hidden else f"{user.balance:,.0f} s", "muted")


COLUMNS = [
    Column("who", "E-mail", 34, lambda user: user.label, flex=True, least=33),
    Column("name", "Name", 20, lambda user: user.name, need=1, least=14),
    Column("balance", "QPU time", 11, _balance, align="right", sort=lambda user: user.balance),
    Column("seconds", "Seconds", 12, _seconds, align="right", need=3, sort=lambda user: user.balance),
    Column("created", "Since", 10, lambda user: user.since, need=2),
]

RESOURCE: Resource[UserRow] = Resource(
    id="users",
    title="Users",
    help="Users and their balance of QPU time",
    key="6",
    row="qpi_tui.rows.users:UserRow",
    screen="users:UsersScreen",
    noun=("user", "users"),
    roles=ADMINS,
    collection="users",
    reader="list_users",
    columns=COLUMNS,
    word="label",
    about="name",
)
