"""Fills the database of an empty sandbox with demo data, in one transaction.

Everything is drawn from the seed, and times are relative to one moment. Passwords are hashed once, by the server
itself, and the hash is shared: hashing one for each user would take minutes for thousands.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from qpi_sandbox.credentials import ADMIN, Credentials, Secrets
from qpi_sandbox.rng import rng
from qpi_sandbox.seed import seed_jobs, seed_records
from qpi_sandbox.seed.seeder import Seeder, database

CACHE, CACHE_PER_JOB = 8_000, 45  # KiB, and bytes for each job


def fill(
    data: Path, kept: Secrets, *, seed: int, jobs: int, users: int, hashed: str, run: str, now: datetime | None = None
) -> None:
    """Fill an empty sandbox.

    Args:
        data: The sandbox's folder.
        kept: Its sign-ins and generation.
        seed: Decides everything that is drawn.
        jobs: How many jobs to make. With more than `seed_jobs.BULK` of them no server may run on the folder.
        users: How many users to make.
        hashed: The hash of the password that all users have.
        run: The run of the server to which the demo's drivers are connected.
        now: The moment that all times are relative to; None for this moment.
    """
    with draft(data, jobs) if jobs > seed_jobs.BULK else closing(database(data)) as connection, connection:
        seeder = Seeder(connection, rng(seed), now or datetime.now(UTC), kept.generation == "v0.0")
        qpus = seed_records.add_qpus(seeder, run)
        people = seed_records.add_people(seeder, users, hashed)
        admin = connection.execute("SELECT id FROM _superusers WHERE email = ?", [ADMIN]).fetchone()[0]
        seed_records.add_time_requests(seeder, people, admin)
        seed_records.add_slots(seeder, people)
        seed_records.add_announcements(seeder, people)
        seed_records.add_tokens(seeder, people)
        if not seeder.older:
            seed_records.add_readings(seeder, qpus)
        seed_jobs.add_jobs(seeder, people, qpus, jobs)
        seeder.insert("sandbox_seed", [{"seed": seed, "hash": hashed}])
        connection.execute("PRAGMA analysis_limit = 1000")
        connection.execute("ANALYZE")


@contextmanager
def draft(data: Path, jobs: int) -> Iterator[sqlite3.Connection]:
    """Copy the database of a stopped server; the copy replaces it when complete.

    Nobody else reads the copy, so it needs neither a journal nor locks: ten million jobs are written in minutes. Its
    cache holds the index of the ids, which arrive in random order; a larger one takes a third more time.
    """
    target = data / "pb_data" / "data.db"
    copy = target.with_suffix(".filling")
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(copy)) as connection:
        with closing(database(data)) as source:
            source.backup(connection)
        cache = f"cache_size = -{CACHE + jobs * CACHE_PER_JOB // 1024}"
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", cache):
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    with copy.open("rb+") as file:
        os.fsync(file.fileno())
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    copy.replace(target)


def known_users(data: Path, password: str) -> list[Credentials] | None:
    """Return the demo users who still have their initial password, in order of creation.

    None where there are no demo data yet.
    """
    with closing(database(data)) as connection:
        seeded = connection.execute("SELECT hash FROM sandbox_seed").fetchone()
        if seeded is None:
            return None
        rows = connection.execute("SELECT email, id FROM users WHERE password = ? ORDER BY rowid", seeded)
        return [Credentials(email, password, id) for email, id in rows]
