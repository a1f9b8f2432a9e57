"""Writes demo records straight into the database."""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
import string
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

ALPHABET = string.ascii_lowercase + string.digits


def database(data: Path) -> sqlite3.Connection:
    """Open a data folder's database. A server that runs on it continues to serve."""
    return sqlite3.connect(data / "pb_data" / "data.db", timeout=30)


def stamp(moment: datetime) -> str:
    """Write a date as the server does: UTC, a space, milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Seeder:
    """Inserts records. Ids are drawn from the seed."""

    def __init__(self, connection: sqlite3.Connection, rng: random.Random, now: datetime, older: bool) -> None:
        self.connection = connection
        self.rng = rng
        self.now = now
        self.older = older

    def new_id(self) -> str:
        """Make a record's id: 15 letters and digits."""
        return "".join(self.rng.choices(ALPHABET, k=15))

    def insert(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows with the same keys; values that are no scalars are written as JSON."""
        iterator = iter(rows)
        first = next(iterator, None)
        if first is None:
            return
        columns = list(first)
        self.insert_rows(table, columns, (_values(row, columns) for row in chain([first], iterator)))

    def insert_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows that are given as the values of these columns."""
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
        self.connection.executemany(statement, rows)


def _values(row: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    return [json.dumps(row[c]) if isinstance(row[c], (dict, list)) else row[c] for c in columns]


def token_key() -> str:
    """Return what a user's sessions are signed with. It is secret, so never drawn from the seed."""
    return secrets.token_hex(25)
