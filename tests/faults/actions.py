"""Every action that changes something, as a person does it: what it needs, its keys, and what the server holds then.

`count` reads how often the change is there: 0 before, 1 after; 2 is a change made twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from qpi_sandbox import Credentials
from qpi_tui.screens.job import JobScreen
from qpi_tui.widgets.batch import Batch
from qpi_tui.widgets.form import Form
from tests.conftest import sign_in
from tests.faults.lab import BELL, Lab, slot
from tests.tui.helpers import Person

Count = Callable[[], int]
_hours = itertools.count(24)


@dataclass(frozen=True)
class Trial:
    """One action: the screen, its role, and `prepare`, which makes what it needs.

    `prepare` gives the id that the cursor goes to ("" for none), the keys, and how to count the change. A key that
    begins with `=` is a text that is typed; `@form`, `@batch`, `@job` wait for what opens, `@said` for what is made
    before. The last key sends the change.
    """

    id: str
    screen: str
    role: str
    prepare: Callable[[Lab], tuple[str, list[str], Count]]
    sent: str

    @property
    def action(self) -> str:
        """The action whose key is pressed; the id may say more."""
        return self.id.partition(" ")[0]


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


def _set(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    return who.id, ["a", "==2h", "enter"], lambda: int(lab.balance(who.id) == 7200)


def _import(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    file = lab.folder / f"{lab.name()}.csv"
    file.write_text(f"{who.identity},+10m\n", encoding="utf-8")
    keys = ["i", f"={file}", "enter", "@batch", "y"]
    return who.id, keys, lambda: round((lab.balance(who.id) - 1000) / 600)


def _undo_give(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    keys = ["a", "=+10m", "enter", "@said", "z"]
    return who.id, keys, lambda: round((1600 - lab.balance(who.id)) / 600)


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


def _qpu_rename(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    name = str((lab.get("qpus", id) or {})["name"])
    return id, ["R", "=x", "enter"], lambda: lab.number("qpus", f"id='{id}' && name='{name}x'")


def _undo_disable(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    return id, ["d", "y", "@said", "z"], lambda: lab.number("qpus", f"id='{id}' && enabled=true")


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


def _driver_register(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    _qpu(lab)
    keys = ["n", f"={name}", "enter", "enter", "enter", "enter"]
    return "", keys, lambda: lab.number("drivers", f"name='{name}'")


def _undo_driver(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    return id, ["d", "y", "@said", "z"], lambda: lab.number("drivers", f"id='{id}' && enabled=true")


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


def _edit(lab: Lab) -> tuple[str, list[str], Count]:
    title = lab.name()
    id = lab.make("notifications", title=title, description="x")
    return id, ["e", "=x", "enter"], lambda: lab.number("notifications", f"id='{id}' && title='{title}x'")


def _undo_end(lab: Lab) -> tuple[str, list[str], Count]:
    id = lab.make("notifications", title=lab.name(), description="x")
    return id, ["x", "y", "@said", "z"], lambda: lab.number("notifications", f"id='{id}' && end_time=''")


def _dismiss(lab: Lab, key: str) -> tuple[str, list[str], Count]:
    # The banner shows one of several; here there is but one.
    everything = lab.admin.get("/api/collections/notifications/records", params={"perPage": 500}).json()["items"]
    for each in everything:
        lab.admin.delete(f"/api/collections/notifications/records/{each['id']}")
    id = lab.make("notifications", title=lab.name(), description="x")
    mine = f"notification='{id}' && user='{lab.user.id}'"
    return id, [key], lambda: lab.number("notification_dismissals", mine)


def _book(lab: Lab) -> tuple[str, list[str], Count]:
    words, start, _ = slot(next(_hours))
    return "", ["b", "@form", f"={words}", "enter"], lambda: lab.number("time_slots", f"start_time='{start}'")


def _book_for(lab: Lab) -> tuple[str, list[str], Count]:
    words, start, _ = slot(next(_hours))
    who = lab.person()
    keys = ["b", "@form", f"={words}", "enter", f"={who.identity}", "enter"]
    return "", keys, lambda: lab.number("time_slots", f"start_time='{start}' && booked_by='{who.id}'")


def _booked(lab: Lab) -> str:
    _, start, end = slot(next(_hours))
    return lab.make("time_slots", booked_by=lab.user.id, start_time=start, end_time=end)


def _move(lab: Lab) -> tuple[str, list[str], Count]:
    id = _booked(lab)
    words, start, _ = slot(next(_hours))
    keys = ["m", "ctrl+u", f"={words}", "enter"]
    return id, keys, lambda: lab.number("time_slots", f"id='{id}' && start_time='{start}'")


def _cancel_slot(lab: Lab) -> tuple[str, list[str], Count]:
    id = _booked(lab)
    return id, ["x", "y"], lambda: int(lab.get("time_slots", id) is None)


def _token(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    return "", ["n", f"={name}", "enter"], lambda: lab.number("api_tokens", f"name='{name}'")


def _users_token(lab: Lab) -> tuple[str, str]:
    name, session = lab.name(), sign_in(lab.sandbox.direct_url, lab.user)
    made = httpx.post(
        f"{lab.sandbox.direct_url}/api/tokens", json={"name": name}, headers={"Authorization": session}
    ).raise_for_status()
    return str(made.json()["id"]), name


def _rename_token(lab: Lab) -> tuple[str, list[str], Count]:
    id, name = _users_token(lab)
    return id, ["R", "=x", "enter"], lambda: lab.number("api_tokens", f"id='{id}' && name='{name}x'")


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


def _submit(lab: Lab) -> tuple[str, list[str], Count]:
    _qpu(lab, status="online")
    shots = 1000 + next(_hours)
    keys = ["s", "@form", "tab", "tab", "ctrl+u", f"={shots}", "enter", "enter"]
    return "", keys, lambda: lab.number("quantum_jobs", f"payload.shots={shots}")


def _cancel_job(lab: Lab, *opened: str) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    id = lab.make(
        "quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="pending",
        payload={"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu},
    )  # fmt: skip
    return id, [*opened, "x", "y"], lambda: lab.number("quantum_jobs", f"id='{id}' && status='cancelled'")


def _again(lab: Lab, *opened: str) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    payload = {
        "circuits": [{"circuit": BELL}],
        "shots": 10,
        "meas_level": 2,
        "meas_return": "single",
        "qpu_target": qpu,
    }
    id = lab.make("quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="cancelled", payload=payload)
    return id, [*opened, "R", "y"], lambda: lab.number("quantum_jobs", f"qpu_target='{qpu}'") - 1


TRIALS = (
    Trial("requests.approve", "requests", "admin", _approve, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("requests.reject", "requests", "admin", _reject, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("users.allocate +", "users", "admin", _give, "PATCH /api/collections/users/*"),
    Trial("users.allocate -", "users", "admin", _take, "PATCH /api/collections/users/*"),
    Trial("users.allocate =", "users", "admin", _set, "PATCH /api/collections/users/*"),
    Trial("users.import", "users", "admin", _import, "PATCH /api/collections/users/*"),
    Trial("app.undo (time)", "users", "admin", _undo_give, "PATCH /api/collections/users/*"),
    Trial("users.create", "users", "admin", _new_user, "POST /api/collections/users/records"),
    Trial("qpus.enable", "qpus", "admin", _qpu_change("e", "enabled=true", enabled=False), "POST /api/op/qpu/toggle"),
    Trial("qpus.disable", "qpus", "admin", _qpu_change("d", "enabled=false"), "POST /api/op/qpu/toggle"),
    Trial(
        "qpus.maintenance", "qpus", "admin", _qpu_change("m", "status='maintenance'"),
        "PATCH /api/collections/qpus/*",
    ),
    Trial(
        "qpus.maintenance (end)", "qpus", "admin", _qpu_change("m", "status='offline'", status="maintenance"),
        "PATCH /api/collections/qpus/*",
    ),
    Trial("app.undo (QPU)", "qpus", "admin", _undo_disable, "POST /api/op/qpu/toggle"),
    Trial("qpus.rename", "qpus", "admin", _qpu_rename, "PATCH /api/collections/qpus/*"),
    Trial("qpus.register", "qpus", "admin", _qpu_register, "POST /api/op/qpus/create"),
    Trial("qpus.delete", "qpus", "admin", _qpu_delete, "DELETE /api/collections/qpus/*"),
    Trial("drivers.enable", "drivers", "admin", _driver_toggle("e", enabled=True), "POST /api/op/drivers/toggle"),
    Trial("drivers.disable", "drivers", "admin", _driver_toggle("d", enabled=False), "POST /api/op/drivers/toggle"),
    Trial("app.undo (driver)", "drivers", "admin", _undo_driver, "POST /api/op/drivers/toggle"),
    Trial("drivers.register", "drivers", "admin", _driver_register, "POST /api/op/drivers/create"),
    Trial("drivers.delete", "drivers", "admin", _driver_delete, "DELETE /api/collections/drivers/*"),
    Trial("announcements.create", "announcements", "admin", _announce, "POST /api/collections/notifications/*"),
    Trial("announcements.edit", "announcements", "admin", _edit, "PATCH /api/collections/notifications/*"),
    Trial(
        "announcements.end", "announcements", "admin", _notice_change("x", "end_time!='' && end_time<=@now"),
        "PATCH /api/collections/notifications/*",
    ),
    Trial("app.undo (announcement)", "announcements", "admin", _undo_end, "PATCH /api/collections/notifications/*"),
    Trial(
        "announcements.delete", "announcements", "admin", _notice_change("X", ""),
        "DELETE /api/collections/notifications/*",
    ),
    Trial(
        "announcements.dismiss", "announcements", "user", partial(_dismiss, key="d"),
        "POST /api/notifications/*/dismiss",
    ),
    Trial("app.dismiss", "tokens", "user", partial(_dismiss, key="D"), "POST /api/notifications/*/dismiss"),
    Trial("slots.book (for another)", "slots", "admin", _book_for, "POST /api/collections/time_slots/*"),
    Trial("slots.book", "slots", "user", _book, "POST /api/collections/time_slots/*"),
    Trial("slots.move", "slots", "user", _move, "PATCH /api/collections/time_slots/*"),
    Trial("slots.cancel", "slots", "user", _cancel_slot, "DELETE /api/collections/time_slots/*"),
    Trial("tokens.create", "tokens", "user", _token, "POST /api/tokens"),
    Trial("tokens.rename", "tokens", "user", _rename_token, "PATCH /api/tokens/*"),
    Trial("tokens.revoke", "tokens", "user", _revoke, "DELETE /api/tokens/*"),
    Trial("requests.create", "requests", "user", _ask, "POST /api/collections/qpu_time_requests/*"),
    Trial("requests.withdraw", "requests", "user", _withdraw, "DELETE /api/collections/qpu_time_requests/*"),
    Trial("jobs.submit", "jobs", "user", _submit, "POST /api/jobs"),
    Trial("jobs.cancel (another's)", "jobs", "admin", _cancel_job, "PATCH /api/collections/quantum_jobs/*"),
    Trial("jobs.cancel", "jobs", "user", _cancel_job, "POST /api/jobs/*/cancel"),
    Trial("job.cancel", "jobs", "user", lambda lab: _cancel_job(lab, "enter", "@job"), "POST /api/jobs/*/cancel"),
    Trial("jobs.again", "jobs", "user", _again, "POST /api/jobs"),
    Trial("job.again", "jobs", "user", lambda lab: _again(lab, "enter", "@job"), "POST /api/jobs"),
)  # fmt: skip
OPENS = {"@form": Form, "@batch": Batch, "@job": JobScreen}


async def press(person: Person, keys: list[str]) -> None:
    """Press the keys of a trial."""
    said = len(person.app.journal.deeds)
    for key in keys:
        if key == "@said":
            await person.until(lambda: len(person.app.journal.deeds) > said)
        elif key in OPENS:
            await person.until(lambda kind=OPENS[key]: isinstance(person.app.screen, kind))
        else:
            await (person.type(key[1:]) if key.startswith("=") else person.press(key))
        await person.pilot.pause()
