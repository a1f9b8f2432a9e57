"""Every action that changes something, as a person does it: what it needs, its keys, and what the server holds then.

`count` reads how often the change is there: 0 before, 1 after; 2 is a change made twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in
from tests.tui.helpers import Person

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
Count = Callable[[], int]
_hours = itertools.count(24)


class Lab:
    """A sandbox seen past its faults: makes what an action needs, and counts what came of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = sign_in(sandbox.direct_url, sandbox.admin, "_superusers")
        self.admin = httpx.Client(base_url=sandbox.direct_url, headers={"Authorization": token}, timeout=20)
        self._number = itertools.count(1)
        self.user = self.person()

    def name(self) -> str:
        return f"it{next(self._number):05}"

    def make(self, collection: str, **fields: Any) -> str:
        answer = self.admin.post(f"/api/collections/{collection}/records", json=fields)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def get(self, collection: str, id: str) -> dict[str, Any] | None:
        answer = self.admin.get(f"/api/collections/{collection}/records/{id}")
        return answer.json() if answer.status_code == 200 else None

    def number(self, collection: str, condition: str) -> int:
        query = {"filter": condition, "perPage": 1}
        return int(self.admin.get(f"/api/collections/{collection}/records", params=query).json()["totalItems"])

    def person(self, seconds: float = 3600.0) -> Credentials:
        email, password = f"{self.name()}@test.example", "a-password-1234"
        id = self.make(
            "users", email=email, password=password, passwordConfirm=password, emailVisibility=True, qpu_seconds=seconds
        )
        return Credentials(email, password, id)

    def balance(self, id: str) -> float:
        user = self.get("users", id)
        return float(user["qpu_seconds"]) if user else 0.0


@dataclass(frozen=True)
class Trial:
    """One action: the screen, its role, and `prepare`, which makes what it needs.

    `prepare` gives the id that the cursor goes to ("" for none), the keys, and how to count the change. A key that
    begins with `=` is a text that is typed. The last key sends the change.
    """

    id: str
    screen: str
    role: str
    prepare: Callable[[Lab], tuple[str, list[str], Count]]
    sent: str

    @property
    def repeated(self) -> bool:
        """Whether making it twice can be seen at all."""
        return self.id in REPEATABLE


def slot(hour: int) -> tuple[str, str, str]:
    begin = (datetime.now(UTC) + timedelta(hours=hour)).replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(minutes=30)
    return f"{begin:%Y-%m-%d %H:%M} 30m", f"{begin:%Y-%m-%d %H:%M:%S}.000Z", f"{end:%Y-%m-%d %H:%M:%S}.000Z"


def _request(lab: Lab) -> tuple[Credentials, str]:
    who = lab.person(0)
    return who, lab.make("qpu_time_requests", user=who.id, seconds=600, status="pending", requested_reason=lab.name())


def _approve(lab: Lab) -> tuple[str, list[str], Count]:
    who, id = _request(lab)
    return id, ["a", "y"], lambda: round(lab.balance(who.id) / 600)


def _reject(lab: Lab) -> tuple[str, list[str], Count]:
    _, id = _request(lab)
    return id, ["r", "=warm", "enter"], lambda: lab.number("qpu_time_requests", f"id='{id}' && status='rejected'")


def _give(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    return who.id, ["a", "=+10m", "enter"], lambda: round((lab.balance(who.id) - 1000) / 600)


def _take(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(6000)
    return who.id, ["a", "=-10m", "enter"], lambda: round((6000 - lab.balance(who.id)) / 600)


def _new_user(lab: Lab) -> tuple[str, list[str], Count]:
    email = f"{lab.name()}@new.example"
    keys = ["n", f"={email}", "tab", "tab", "=a-password-1234", "tab", "=10m", "enter"]
    return "", keys, lambda: lab.number("users", f"email='{email}' && qpu_seconds=600")


def _qpu(lab: Lab, **fields: Any) -> str:
    return lab.make("qpus", **{"name": lab.name(), "num_qubits": 5, "enabled": True, "status": "offline", **fields})


def _qpu_change(key: str, condition: str, **fields: Any) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = _qpu(lab, **fields)
        return id, [key, "y"], lambda: lab.number("qpus", f"id='{id}' && {condition}")

    return prepare


def _qpu_register(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    return "", ["n", f"={name}", "enter", "=5", "enter"], lambda: lab.number("qpus", f"name='{name}'")


def _qpu_delete(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    return id, ["X", "y"], lambda: int(lab.get("qpus", id) is None)


def _driver(lab: Lab, *, enabled: bool) -> str:
    body = {"name": lab.name(), "qpu": _qpu(lab), "kind": "mock", "language": "python"}
    id = str(lab.admin.post("/api/op/drivers/create", json=body).raise_for_status().json()["id"])
    if not enabled:
        lab.admin.post("/api/op/drivers/toggle", json={"id": id, "enabled": False}).raise_for_status()
    return id


def _driver_toggle(key: str, *, enabled: bool) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = _driver(lab, enabled=not enabled)
        return id, [key, "y"], lambda: lab.number("drivers", f"id='{id}' && enabled={str(enabled).lower()}")

    return prepare


def _driver_delete(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    return id, ["X", "y"], lambda: int(lab.get("drivers", id) is None)


def _announce(lab: Lab) -> tuple[str, list[str], Count]:
    title = lab.name()
    keys = ["n", f"={title}", "tab", "=Warm until noon", "tab", "tab", "tab", "enter"]
    return "", keys, lambda: lab.number("notifications", f"title='{title}'")


def _notice_change(key: str, condition: str) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = lab.make("notifications", title=lab.name(), description="x")
        if not condition:
            return id, [key, "y"], lambda: int(lab.get("notifications", id) is None)
        return id, [key, "y"], lambda: lab.number("notifications", f"id='{id}' && {condition}")

    return prepare


def _book(lab: Lab) -> tuple[str, list[str], Count]:
    words, start, _ = slot(next(_hours))
    return "", ["b", f"={words}", "enter"], lambda: lab.number("time_slots", f"start_time='{start}'")


def _token(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    return "", ["n", f"={name}", "enter", "enter"], lambda: lab.number("api_tokens", f"name='{name}'")


def _users_token(lab: Lab) -> tuple[str, str]:
    name, session = lab.name(), sign_in(lab.sandbox.direct_url, lab.user)
    made = httpx.post(
        f"{lab.sandbox.direct_url}/api/tokens", json={"name": name}, headers={"Authorization": session}
    ).raise_for_status()
    return str(made.json()["id"]), name


def _revoke(lab: Lab) -> tuple[str, list[str], Count]:
    id, _ = _users_token(lab)
    return id, ["x", "y"], lambda: int(lab.get("api_tokens", id) is None)


def _ask(lab: Lab) -> tuple[str, list[str], Count]:
    why = lab.name()
    keys = ["n", "=10m", "enter", f"={why}", "enter"]
    return "", keys, lambda: lab.number("qpu_time_requests", f"requested_reason='{why}'")


def _withdraw(lab: Lab) -> tuple[str, list[str], Count]:
    id = lab.make("qpu_time_requests", user=lab.user.id, seconds=60, status="pending", requested_reason=lab.name())
    return id, ["x", "y"], lambda: int(lab.get("qpu_time_requests", id) is None)


def _cancel_job(lab: Lab) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    id = lab.make(
        "quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="pending",
        payload={"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu},
    )  # fmt: skip
    return id, ["x", "y"], lambda: lab.number("quantum_jobs", f"id='{id}' && status='cancelled'")


def _again(lab: Lab) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    payload = {
        "circuits": [{"circuit": BELL}],
        "shots": 10,
        "meas_level": 2,
        "meas_return": "single",
        "qpu_target": qpu,
    }
    id = lab.make("quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="cancelled", payload=payload)
    return id, ["R", "y"], lambda: lab.number("quantum_jobs", f"qpu_target='{qpu}'") - 1


TRIALS = (
    Trial("requests.approve", "requests", "admin", _approve, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("requests.reject", "requests", "admin", _reject, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("users.allocate +", "users", "admin", _give, "PATCH /api/collections/users/*"),
    Trial("users.allocate -", "users", "admin", _take, "PATCH /api/collections/users/*"),
    Trial("users.create", "users", "admin", _new_user, "POST /api/collections/users/records"),
    Trial("qpus.enable", "qpus", "admin", _qpu_change("e", "enabled=true", enabled=False), "POST /api/op/qpu/toggle"),
    Trial("qpus.disable", "qpus", "admin", _qpu_change("d", "enabled=false"), "POST /api/op/qpu/toggle"),
    Trial(
        "qpus.maintenance", "qpus", "admin", _qpu_change("m", "status='maintenance'"),
        "PATCH /api/collections/qpus/*",
    ),
    Trial("qpus.register", "qpus", "admin", _qpu_register, "POST /api/op/qpus/create"),
    Trial("qpus.delete", "qpus", "admin", _qpu_delete, "DELETE /api/collections/qpus/*"),
    Trial("drivers.enable", "drivers", "admin", _driver_toggle("e", enabled=True), "POST /api/op/drivers/toggle"),
    Trial("drivers.disable", "drivers", "admin", _driver_toggle("d", enabled=False), "POST /api/op/drivers/toggle"),
    Trial("drivers.delete", "drivers", "admin", _driver_delete, "DELETE /api/collections/drivers/*"),
    Trial("announcements.create", "announcements", "admin", _announce, "POST /api/collections/notifications/*"),
    Trial(
        "announcements.end", "announcements", "admin", _notice_change("x", "end_time!=''"),
        "PATCH /api/collections/notifications/*",
    ),
    Trial(
        "announcements.delete", "announcements", "admin", _notice_change("X", ""),
        "DELETE /api/collections/notifications/*",
    ),
    Trial("slots.book", "slots", "user", _book, "POST /api/collections/time_slots/*"),
    Trial("tokens.create", "tokens", "user", _token, "POST /api/tokens"),
    Trial("tokens.revoke", "tokens", "user", _revoke, "DELETE /api/tokens/*"),
    Trial("requests.create", "requests", "user", _ask, "POST /api/collections/qpu_time_requests/*"),
    Trial("requests.withdraw", "requests", "user", _withdraw, "DELETE /api/collections/qpu_time_requests/*"),
    Trial("jobs.cancel", "jobs", "user", _cancel_job, "POST /api/jobs/*/cancel"),
    Trial("jobs.again", "jobs", "user", _again, "POST /api/jobs"),
)  # fmt: skip
REPEATABLE = {
    "requests.approve", "users.allocate +", "users.allocate -", "users.create", "qpus.register", "announcements.create",
    "slots.book", "tokens.create", "requests.create", "jobs.again",
}  # fmt: skip


async def press(person: Person, keys: list[str]) -> None:
    """Press the keys of a trial."""
    for key in keys:
        await (person.type(key[1:]) if key.startswith("=") else person.press(key))
        await person.pilot.pause()


Act = Callable[[], Awaitable[None]]
