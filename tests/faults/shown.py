"""Compare what a screen shows with the server's data, bypassing every fault, and add new records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.screens.job import JobScreen
from tests.conftest import sign_in
from tests.faults.lab import BELL, Lab, slot
from tests.tui.helpers import Person

# One job, opened from the list.
JOB = "job"


# The doctor reports what it cannot read as a finding, and the usage screen sums up. Neither shows comparable records.
NO_RECORDS = {"doctor", "server", "usage"}


def screens(role: str) -> list[str]:
    """Return every screen of a role that shows records, and one job."""
    return [
        *(place.id for place in registry().values() if place.visible(Role(role)) and place.id not in NO_RECORDS),
        JOB,
    ]


def shown(person: Person) -> dict[str, Any]:
    """Return what the top screen shows: id → text."""
    screen = person.app.screen
    if isinstance(screen, JobScreen):
        return {screen.record.id: screen.record.status}
    if person.app.current_place == "slots":
        return {slot["id"]: (slot["start"], slot["end"], slot["who"]) for slot in screen.slots()}
    table = screen.table
    return {record.id: told(record) for record in table.visible_records}


def told(record: Any) -> dict[str, Any]:
    """Return the fields of a shown record that the server may change."""
    fields = ("name", "status", "enabled", "qpu_seconds", "title", "end_time", "text", "value")
    if isinstance(record, Mapping):
        return {field: record[field] for field in fields if field in record}
    return {field: getattr(record, field) for field in fields if hasattr(record, field)}


class Held:
    """The server's data by screen, read as administrator, and as the user for what only a user sees."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        session = sign_in(lab.sandbox.direct_url, lab.user)
        self._user = httpx.Client(base_url=lab.sandbox.direct_url, headers={"Authorization": session}, timeout=20)
        # Weeks after the bookings of the trials.
        self._hour = 24 * 60

    def _all(self, collection: str, condition: str = "", client: httpx.Client | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        page = 1
        while True:
            query = {"perPage": 1000, "page": page, **({"filter": condition} if condition else {})}
            answer = (client or self._lab.admin).get(f"/api/collections/{collection}/records", params=query)
            items = answer.raise_for_status().json()["items"]
            found |= {item["id"]: item for item in items}
            if len(items) < 1000:
                return found
            page += 1

    def of(self, person: Person, role: str) -> dict[str, Any]:
        """Return what the top screen should show: id → record."""
        screen, place = person.app.screen, person.app.current_place
        admin, me = role == "admin", self._lab.user.id
        if isinstance(screen, JobScreen):
            id = screen.record.id
            return self._all("quantum_jobs", f"id='{id}'")
        if place == "requests":
            return self._all("qpu_time_requests", "status='pending'" if admin else f"user='{me}'")
        if place == "jobs":
            return self._all("quantum_jobs", "" if admin else f"user_id='{me}'")
        if place == "slots":
            found: dict[str, Any] = {}
            for start, end in screen._read_spans:
                inside = f"end_time>'{start:%Y-%m-%d %H:%M:%S}' && start_time<'{end:%Y-%m-%d %H:%M:%S}'"
                found |= self._all("time_slots", inside)
            return found
        if place == "announcements":
            if admin:
                return self._all("notifications")
            seen = self._all("notifications", "end_time='' || end_time>@now", self._user)
            gone = person.app.announcements.dismissed.ids(self._lab.sandbox.url, me)
            return {id: notice for id, notice in seen.items() if id not in gone}
        if place == "tokens":
            answer = (self._lab.admin if admin else self._user).get("/api/tokens").raise_for_status().json()
            tokens = answer["tokens"] if isinstance(answer, dict) else answer
            return {token["id"]: token for token in tokens}
        if place == "telemetry":
            since = datetime.now(UTC) - timedelta(minutes=15)
            events = self._all("events", f"ts>'{since:%Y-%m-%dT%H:%M:%S}'").values()
            return {f"{event['source']}/{name}": event for event in events for name in event["payload"]["readings"]}
        return self._all(place)

    def drift(self, person: Person, role: str) -> str:
        """Return how the screen differs from the server, or an empty text."""
        there, held = shown(person), self.of(person, role)
        if missing := held.keys() - there.keys():
            return f"{len(missing)} there and not shown: {sorted(missing)[:3]}"
        if gone := there.keys() - held.keys():
            return f"{len(gone)} shown and not there: {sorted(gone)[:3]}"
        for id, told in there.items():
            is_now = held[id]
            if isinstance(told, str) and told != is_now["status"]:
                return f"{id} is {is_now['status']}, shown as {told}"
            if isinstance(told, dict):
                wrong = [field for field in told if field in is_now and told[field] != is_now[field]]
                if wrong:
                    return f"{id}: {wrong[0]} is {is_now[wrong[0]]!r}, shown as {told[wrong[0]]!r}"
        return ""

    def add(self, place: str, role: str, job: str = "") -> str:
        """Create a record that belongs on this screen, as another client. Return its id there, or a word of its
        line.
        """
        lab, name = self._lab, self._lab.name()
        make: dict[str, Callable[[], str]] = {
            "overview": lambda: lab.make("qpus", name=name, num_qubits=2, enabled=True, status="maintenance"),
            "requests": lambda: lab.make(
                "qpu_time_requests", user=lab.user.id, seconds=60, status="pending", requested_reason=name
            ),
            "qpus": lambda: lab.make("qpus", name=name, num_qubits=2, enabled=True, status="online"),
            "jobs": lambda: lab.make(
                "quantum_jobs", user_id=lab.user.id, status="pending", payload={"circuits": [{"circuit": BELL}]}
            ),
            "slots": self._slot,
            "users": lambda: lab.person().id,
            "drivers": self._driver,
            "telemetry": lambda: self._reading(name),
            "announcements": lambda: lab.make("notifications", title=name, description="x"),
            "tokens": lambda: self._token(role, name),
            JOB: lambda: self._cancel(job),
        }
        made = make[place]()
        return f"qpu/{made}" if place == "overview" else made

    def _slot(self) -> str:
        self._hour += 1
        _, start, end = slot(self._hour)
        return self._lab.make("time_slots", booked_by=self._lab.user.id, start_time=start, end_time=end)

    def _driver(self) -> str:
        qpu = self._lab.make("qpus", name=self._lab.name(), num_qubits=2, enabled=True, status="offline")
        body = {"name": self._lab.name(), "qpu": qpu, "kind": "mock", "language": "python"}
        return str(self._lab.admin.post("/api/op/drivers/create", json=body).raise_for_status().json()["id"])

    def _reading(self, channel: str) -> str:
        reading = {"value": 0.01, "unit": "K", "status": "ok"}
        ts = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._lab.make(
            "events", type="CryostatReading", source="fridge", ts=ts, payload={"readings": {channel: reading}}
        )
        return f"fridge/{channel}"

    def _token(self, role: str, name: str) -> str:
        client = self._lab.admin if role == "admin" else self._user
        return str(client.post("/api/tokens", json={"name": name}).raise_for_status().json()["id"])

    def _cancel(self, job: str) -> str:
        self._lab.admin.patch(f"/api/collections/quantum_jobs/records/{job}", json={"status": "cancelled"})
        return job
