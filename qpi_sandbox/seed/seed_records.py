"""Demo records other than jobs: QPUs, drivers, users, requests, slots, announcements, tokens, readings."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qpi_sandbox.cryostat import readings, rfc3339
from qpi_sandbox.seed.people import REJECTION_REASONS, REQUEST_REASONS, Person, make_people
from qpi_sandbox.seed.qpus import QPUS, Driver, Qpu
from qpi_sandbox.seed.seeder import Seeder, stamp, token_key

REQUESTS = ("pending",) * 12 + ("approved",) * 9 + ("rejected",) * 4


@dataclass(frozen=True)
class Known:
    """A record that was made: its id beside what it was made of."""

    id: str
    qpu: Qpu
    drivers: tuple[tuple[str, Driver], ...]


def no_secret(rng: random.Random) -> str:
    """The hash of a token that nobody has."""
    return hashlib.sha256(rng.randbytes(32)).hexdigest()


def add_qpus(seeder: Seeder, run: str) -> list[Known]:
    """Insert the QPUs, in v0.1 with their drivers, and the connections that are open in the server's `run`."""
    known = [Known(seeder.new_id(), qpu, tuple((seeder.new_id(), driver) for driver in qpu.drivers)) for qpu in QPUS]
    seeder.insert("qpus", (_qpu(seeder, each, i) for i, each in enumerate(known)))
    drivers = [(id, driver, each) for each in known for id, driver in each.drivers]
    if not seeder.older:
        seeder.insert("drivers", (_driver(seeder, id, driver, each, i) for i, (id, driver, each) in enumerate(drivers)))
    for _ in {each.id if seeder.older else id for id, driver, each in drivers if driver.hosted}:
        seeder.new_id()  # drawn by earlier versions: what is drawn after this stays as it was
    if seeder.older:  # a QPU is its own driver, of the kind of its first one
        connections = [_connection(each.id, each.qpu.name, each.qpu.drivers[0], each, run) for each in known]
    else:
        connections = [_connection(id, driver.name, driver, each, run) for id, driver, each in drivers]
    seeder.insert("sandbox_drivers", [row for row in connections if row is not None])
    return known


def _connection(node: str, name: str, driver: Driver, each: Known, run: str) -> dict[str, Any] | None:
    """Return the open connection of a driver whose process the sandbox simulates; None without one."""
    if not (driver.hosted and driver.online and driver.enabled):
        return None
    return {
        "node": node, "qpu": each.id, "name": name, "kind": driver.kind, "events": " ".join(_events(driver)),
        "played": True, "alive": True, "attached": True, "run": run,
    }  # fmt: skip


def _events(driver: Driver) -> list[str]:
    return ["CryostatReading"] if driver.kind == "bluefors_gen1" else ["JobDispatch", "JobResult"]


def _qpu(seeder: Seeder, each: Known, index: int) -> dict[str, Any]:
    qpu = each.qpu
    row = {
        "id": each.id, "name": qpu.name, "status": qpu.status, "num_qubits": qpu.qubits,
        "enabled": qpu.enabled, "created": "", "updated": "",
    }  # fmt: skip
    if seeder.older:
        connected = qpu.drivers[0].seen is not None
        row |= {
            "access_token": no_secret(seeder.rng), "executor_type": qpu.drivers[0].kind,
            "device_config": {"num_qubits": qpu.qubits} if connected else "null",
            "nng_command_port": 7100 + 2 * index if connected else 0,
            "nng_result_port": 7101 + 2 * index if connected else 0,
        }  # fmt: skip
    return row


def _driver(seeder: Seeder, id: str, driver: Driver, each: Known, index: int) -> dict[str, Any]:
    seen = driver.seen
    if driver.online and driver.hosted:
        # The worker plays it: it has connected to the server that runs now.
        seen = timedelta()
    return {
        "id": id, "name": driver.name, "qpu": each.id, "kind": driver.kind, "language": driver.language,
        "events": _events(driver),
        "status": "online" if driver.online else "offline", "enabled": driver.enabled,
        "token": no_secret(seeder.rng), "host": "", "version": "",
        "nng_in_port": 0 if seen is None else 6000 + 2 * index, "nng_out_port": 0 if seen is None else 6001 + 2 * index,
        "last_seen": "" if seen is None else stamp(seeder.now - seen), "created": "", "updated": "",
    }  # fmt: skip


def add_people(seeder: Seeder, count: int, hashed: str) -> list[tuple[str, Person]]:
    """The users; they joined over the last year, in order."""
    people = [(seeder.new_id(), person) for person in make_people(count, seeder.rng)]
    step = timedelta(days=360) / max(1, count)
    joined = [stamp(seeder.now - timedelta(days=365) + i * step) for i in range(count)]
    seeder.insert(
        "users",
        (
            {
                "id": id, "email": person.email, "emailVisibility": person.visible, "name": person.name,
                "password": hashed, "tokenKey": token_key(), "verified": False, "avatar": "",
                "qpu_seconds": person.seconds, "created": joined[i], "updated": joined[i],
            }
            for i, (id, person) in enumerate(people)
        ),
    )  # fmt: skip
    return people


def add_time_requests(seeder: Seeder, people: Sequence[tuple[str, Person]], admin: str) -> None:
    """25 requests, 12 of them pending, decided and open ones in turn as they came."""
    if not people:
        return
    rng = seeder.rng
    states = sorted(REQUESTS, key=lambda state: (state == "pending") * 0.6 + rng.random())
    rows = []
    for i, state in enumerate(states):
        rows.append(
            {
                "id": seeder.new_id(), "user": rng.choice(people[:20])[0],
                "seconds": rng.choice([300, 600, 900, 1800, 3600, 3600, 5400, 7200, 10800, 36000]),
                "requested_reason": REQUEST_REASONS[i % len(REQUEST_REASONS)], "status": state,
                "rejection_reason": rng.choice(REJECTION_REASONS) if state == "rejected" else "",
                "handled_by": "" if state == "pending" else admin,
            }
        )  # fmt: skip
    seeder.insert("qpu_time_requests", rows)


def add_slots(seeder: Seeder, people: Sequence[tuple[str, Person]]) -> None:
    """Two weeks of slots around today, one of them running now."""
    if not people:
        return
    rng = seeder.rng
    hour = seeder.now.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    regulars = [id for id, _ in people[:14]]
    booked: list[tuple[datetime, datetime]] = [(hour - timedelta(hours=1), hour + timedelta(hours=2))]
    for day in range(-7, 8):
        start = midnight + timedelta(days=day, hours=rng.choice([6, 7, 8]))
        while start < midnight + timedelta(days=day, hours=19):
            end = start + timedelta(minutes=rng.choice([30, 60, 60, 90, 120, 180]))
            if all(end <= a or start >= b for a, b in booked):
                booked.append((start, end))
            start = end + timedelta(minutes=rng.choice([0, 0, 30, 60, 120]))
    seeder.insert(
        "time_slots",
        (
            {"id": seeder.new_id(), "start_time": stamp(a), "end_time": stamp(b), "booked_by": rng.choice(regulars)}
            for a, b in booked
        ),
    )


def add_announcements(seeder: Seeder, people: Sequence[tuple[str, Person]]) -> None:
    """One for everybody, one for the first user, one that is due tomorrow, one that is over."""
    now, day = seeder.now, timedelta(days=1)
    first = people[0][0] if people else ""

    def row(age: timedelta, title: str, text: str, start: str = "", end: str = "", target: str = "") -> dict[str, Any]:
        written = stamp(now - age)
        return {
            "id": seeder.new_id(), "title": title, "description": text, "start_time": start, "end_time": end,
            "target_users": target, "dismissed_by": "", "created": written, "updated": written,
        }  # fmt: skip

    seeder.insert(
        "notifications",
        [
            row(9 * day, "Winter break", "No support from 22 to 27.", end=stamp(now - 2 * day)),
            row(1 * day, "tuuli-7 is warm", "New sample; cooldown until Sunday evening.", end=stamp(now + 4 * day)),
            row(0.2 * day, "Your slot moved", "Thursday's slot starts an hour later.", target=first),
            row(
                0.1 * day,
                "Power cut on Monday",
                "All QPUs go down at 06:00 UTC.",
                stamp(now + day),
                stamp(now + 6 * day),
            ),
        ],
    )


def add_tokens(seeder: Seeder, people: Sequence[tuple[str, Person]]) -> None:
    """API tokens of the first users; nobody knows their secrets, but they can be listed and revoked."""
    names = ("laptop", "ci", "notebook on the cluster", "old laptop")
    rows = []
    for id, _ in people[:5]:
        for name in names[: seeder.rng.randint(1, 4)]:
            days = {"ci": 90, "old laptop": -20}.get(name)
            expires = "" if days is None else stamp(seeder.now + timedelta(days=days))
            token = no_secret(seeder.rng)
            rows.append(
                {"id": seeder.new_id(), "user": id, "name": name, "token": token, "expires_at": expires, "created": ""}
            )
    seeder.insert("api_tokens", rows)


def add_readings(seeder: Seeder, qpus: Sequence[Known]) -> None:
    """What the cryostats read: every minute of the last two hours, every ten of the day before."""
    ages = [timedelta(minutes=m) for m in range(26 * 60, 120, -10)] + [timedelta(minutes=m) for m in range(120, 0, -1)]

    def rows() -> Iterator[dict[str, Any]]:
        for age in ages:
            moment = seeder.now - age
            for each in qpus:
                for id, driver in each.drivers:
                    if driver.kind == "bluefors_gen1" and driver.seen and driver.seen > age:
                        hours = (driver.seen - age).total_seconds() / 3600
                        payload = {"readings": readings(hours, moment.timestamp(), seeder.rng)}
                        yield {
                            "id": seeder.new_id(), "type": "CryostatReading",
                            "driver": id, "source": id, "qpu": each.id,
                            "ts": rfc3339(moment), "payload": payload, "created": stamp(moment),
                        }  # fmt: skip

    seeder.insert("events", rows())
