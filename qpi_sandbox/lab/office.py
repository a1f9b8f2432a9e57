"""Demo data but for jobs: machines, people, requests, slots, announcements, tokens, readings."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qpi_sandbox.lab.machines import MACHINES, Driver, Machine
from qpi_sandbox.lab.people import REJECTION_REASONS, REQUEST_REASONS, Person, make_people
from qpi_sandbox.seed import Sower, stamp, token_key
from qpi_sandbox.worker.telemetry import readings, rfc3339

REQUESTS = ("pending",) * 12 + ("approved",) * 9 + ("rejected",) * 4


@dataclass(frozen=True)
class Known:
    """A record that was made: its id beside what it was made of."""

    id: str
    machine: Machine
    drivers: tuple[tuple[str, Driver], ...]


def no_secret(dice: random.Random) -> str:
    """The hash of a token that nobody has."""
    return hashlib.sha256(dice.randbytes(32)).hexdigest()


def add_machines(sower: Sower) -> list[Known]:
    """The QPUs; v0.1 with their drivers, v0.0 with what they carry of one themselves."""
    known = [
        Known(sower.new_id(), machine, tuple((sower.new_id(), driver) for driver in machine.drivers))
        for machine in MACHINES
    ]
    sower.insert("qpus", (_qpu(sower, each, i) for i, each in enumerate(known)))
    drivers = [(id, driver, each) for each in known for id, driver in each.drivers]
    if not sower.older:
        sower.insert("drivers", (_driver(sower, id, driver, each, i) for i, (id, driver, each) in enumerate(drivers)))
    hosted = {(each.id if sower.older else id) for id, driver, each in drivers if driver.hosted}
    sower.insert("sandbox_hosted", ({"id": sower.new_id(), "node": node} for node in sorted(hosted)))
    return known


def _qpu(sower: Sower, each: Known, index: int) -> dict[str, Any]:
    machine = each.machine
    row = {
        "id": each.id, "name": machine.name, "status": machine.status, "num_qubits": machine.qubits,
        "enabled": machine.enabled, "created": "", "updated": "",
    }  # fmt: skip
    if sower.older:
        connected = machine.drivers[0].seen is not None
        row |= {
            "access_token": no_secret(sower.dice), "executor_type": machine.drivers[0].kind,
            "device_config": {"num_qubits": machine.qubits} if connected else "null",
            "nng_command_port": 7100 + 2 * index if connected else 0,
            "nng_result_port": 7101 + 2 * index if connected else 0,
        }  # fmt: skip
    return row


def _driver(sower: Sower, id: str, driver: Driver, each: Known, index: int) -> dict[str, Any]:
    seen = driver.seen
    return {
        "id": id, "name": driver.name, "qpu": each.id, "kind": driver.kind, "language": driver.language,
        "events": ["CryostatReading"] if driver.kind == "bluefors_gen1" else ["JobDispatch", "JobResult"],
        "status": "online" if driver.online else "offline", "enabled": driver.enabled,
        "token": no_secret(sower.dice), "host": "", "version": "",
        "nng_in_port": 0 if seen is None else 6000 + 2 * index, "nng_out_port": 0 if seen is None else 6001 + 2 * index,
        "last_seen": "" if seen is None else stamp(sower.now - seen), "created": "", "updated": "",
    }  # fmt: skip


def add_people(sower: Sower, count: int, hashed: str) -> list[tuple[str, Person]]:
    """The users; they joined over the last year, in order."""
    people = [(sower.new_id(), person) for person in make_people(count, sower.dice)]
    step = timedelta(days=360) / max(1, count)
    joined = [stamp(sower.now - timedelta(days=365) + i * step) for i in range(count)]
    sower.insert(
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


def add_time_requests(sower: Sower, people: Sequence[tuple[str, Person]], admin: str) -> None:
    """25 requests, 12 of them pending, decided and open ones in turn as they came."""
    if not people:
        return
    dice = sower.dice
    states = sorted(REQUESTS, key=lambda state: (state == "pending") * 0.6 + dice.random())
    rows = []
    for i, state in enumerate(states):
        rows.append(
            {
                "id": sower.new_id(), "user": dice.choice(people[:20])[0],
                "seconds": dice.choice([300, 600, 900, 1800, 3600, 3600, 5400, 7200, 10800, 36000]),
                "requested_reason": REQUEST_REASONS[i % len(REQUEST_REASONS)], "status": state,
                "rejection_reason": dice.choice(REJECTION_REASONS) if state == "rejected" else "",
                "handled_by": "" if state == "pending" else admin,
            }
        )  # fmt: skip
    sower.insert("qpu_time_requests", rows)


def add_slots(sower: Sower, people: Sequence[tuple[str, Person]]) -> None:
    """Two weeks of slots around today, one of them running now."""
    if not people:
        return
    dice = sower.dice
    hour = sower.now.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    regulars = [id for id, _ in people[:14]]
    booked: list[tuple[datetime, datetime]] = [(hour - timedelta(hours=1), hour + timedelta(hours=2))]
    for day in range(-7, 8):
        start = midnight + timedelta(days=day, hours=dice.choice([6, 7, 8]))
        while start < midnight + timedelta(days=day, hours=19):
            end = start + timedelta(minutes=dice.choice([30, 60, 60, 90, 120, 180]))
            if all(end <= a or start >= b for a, b in booked):
                booked.append((start, end))
            start = end + timedelta(minutes=dice.choice([0, 0, 30, 60, 120]))
    sower.insert(
        "time_slots",
        (
            {"id": sower.new_id(), "start_time": stamp(a), "end_time": stamp(b), "booked_by": dice.choice(regulars)}
            for a, b in booked
        ),
    )


def add_announcements(sower: Sower, people: Sequence[tuple[str, Person]]) -> None:
    """One for everybody, one for the first user, one that is due tomorrow, one that is over."""
    now, day = sower.now, timedelta(days=1)
    first = people[0][0] if people else ""

    def row(age: timedelta, title: str, text: str, start: str = "", end: str = "", target: str = "") -> dict[str, Any]:
        written = stamp(now - age)
        return {
            "id": sower.new_id(), "title": title, "description": text, "start_time": start, "end_time": end,
            "target_users": target, "dismissed_by": "", "created": written, "updated": written,
        }  # fmt: skip

    sower.insert(
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


def add_tokens(sower: Sower, people: Sequence[tuple[str, Person]]) -> None:
    """API tokens of the first users; nobody knows them, they can be looked at and revoked."""
    names = ("laptop", "ci", "notebook on the cluster", "old laptop")
    rows = []
    for id, _ in people[:5]:
        for name in names[: sower.dice.randint(1, 4)]:
            days = {"ci": 90, "old laptop": -20}.get(name)
            expires = "" if days is None else stamp(sower.now + timedelta(days=days))
            token = no_secret(sower.dice)
            rows.append(
                {"id": sower.new_id(), "user": id, "name": name, "token": token, "expires_at": expires, "created": ""}
            )
    sower.insert("api_tokens", rows)


def add_readings(sower: Sower, machines: Sequence[Known]) -> None:
    """What the cryostats read: every minute of the last two hours, every ten of the day before."""
    ages = [timedelta(minutes=m) for m in range(26 * 60, 120, -10)] + [timedelta(minutes=m) for m in range(120, 0, -1)]

    def rows() -> Iterator[dict[str, Any]]:
        for age in ages:
            moment = sower.now - age
            for each in machines:
                for id, driver in each.drivers:
                    if driver.kind == "bluefors_gen1" and driver.seen and driver.seen > age:
                        hours = (driver.seen - age).total_seconds() / 3600
                        payload = {"readings": readings(hours, moment.timestamp(), sower.dice)}
                        yield {
                            "id": sower.new_id(), "type": "CryostatReading", "driver": id, "source": id, "qpu": each.id,
                            "ts": rfc3339(moment), "payload": payload, "created": stamp(moment),
                        }  # fmt: skip

    sower.insert("events", rows())
