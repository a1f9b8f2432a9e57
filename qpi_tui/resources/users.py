"""Columns of the users."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.columns import Cell, Column, Record
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import ADMINS
from qpi_tui.resources.base import Resource


def _balance(record: Record) -> Cell:
    if facts.hidden_user(record):
        return Cell("superuser", "muted")
    seconds = facts.balance_of(record)
    return Cell(duration(seconds), "muted" if seconds == 0 else "")


def _seconds(record: Record) -> Cell:
    return Cell("" if facts.hidden_user(record) else f"{facts.balance_of(record):,.0f} s", "muted")


COLUMNS = [
    Column("who", "e-mail", 34, facts.user_name, flex=True, least=33),
    Column("name", "name", 20, lambda record: str(record.get("name") or ""), need=1, least=14),
    Column("balance", "QPU time", 11, _balance, align="right", sort=facts.balance_of),
    Column("seconds", "seconds", 12, _seconds, align="right", need=3, sort=facts.balance_of),
    Column("created", "since", 10, lambda record: str(record.get("created") or "")[:10], need=2),
]

RESOURCE: Resource[Any] = Resource(
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
