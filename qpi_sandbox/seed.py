"""Demo data: written straight into the database in one transaction, so that any amount is quick.

Everything is drawn from the seed; times are relative to the moment of sowing. Passwords are hashed once, by the server
itself, and the hash is shared: hashing one for each user would take minutes for thousands.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
import string
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qpi_sandbox.credentials import ADMIN, Credentials, Secrets
from qpi_sandbox.dice import dice

ALPHABET = string.ascii_lowercase + string.digits


def database(data: Path) -> sqlite3.Connection:
    """Open a data folder's database; a server that runs on it goes on serving."""
    return sqlite3.connect(data / "pb_data" / "data.db", timeout=30)


def stamp(moment: datetime) -> str:
    """A date as the server writes it: UTC, a space, milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Sower:
    """Inserts records; ids come from the dice."""

    def __init__(self, connection: sqlite3.Connection, dice: random.Random, now: datetime, older: bool) -> None:
        self.connection = connection
        self.dice = dice
        self.now = now
        self.older = older

    def new_id(self) -> str:
        """Make a record's id: 15 letters and digits."""
        return "".join(self.dice.choices(ALPHABET, k=15))

    def insert(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows with the same keys; values that are no scalars are written as JSON."""
        iterator = iter(rows)
        first = next(iterator, None)
        if first is None:
            return
        columns = list(first)
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
        self.connection.execute(statement, _values(first, columns))
        self.connection.executemany(statement, (_values(row, columns) for row in iterator))


def _values(row: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    return [json.dumps(row[c]) if isinstance(row[c], (dict, list)) else row[c] for c in columns]


def sow(
    data: Path, kept: Secrets, *, seed: int, jobs: int, users: int, hashed: str, now: datetime | None = None
) -> None:
    """Fill an empty sandbox: machines, `users` people who all have the password behind `hashed`, `jobs` jobs …

    All times are told from `now`, which is this moment unless it is given.
    """
    from qpi_sandbox.lab import office, queue

    with closing(database(data)) as connection, connection:
        sower = Sower(connection, dice(seed), now or datetime.now(UTC), kept.generation == "v0.0")
        machines = office.add_machines(sower)
        people = office.add_people(sower, users, hashed)
        admin = connection.execute("SELECT id FROM _superusers WHERE email = ?", [ADMIN]).fetchone()[0]
        office.add_time_requests(sower, people, admin)
        office.add_slots(sower, people)
        office.add_announcements(sower, people)
        office.add_tokens(sower, people)
        if not sower.older:
            office.add_readings(sower, machines)
        queue.add_jobs(sower, people, machines, jobs)
        sower.insert("sandbox_sown", [{"id": sower.new_id(), "seed": seed, "hash": hashed}])
        connection.execute("ANALYZE")


def token_key() -> str:
    """What a user's sessions are signed with: secret, so never from the seed."""
    return secrets.token_hex(25)


def known_users(data: Path, password: str) -> list[Credentials] | None:
    """The demo users, in the order in which they were made, who still have their first password.

    None where there are no demo data yet.
    """
    with closing(database(data)) as connection:
        sown = connection.execute("SELECT hash FROM sandbox_sown").fetchone()
        if sown is None:
            return None
        rows = connection.execute("SELECT email, id FROM users WHERE password = ? ORDER BY rowid", sown)
        return [Credentials(email, password, id) for email, id in rows]
