"""Preconditions of each action that changes something, its keys, and a count of the change afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import httpx

from qpi_sandbox import Credentials
from qpi_tui.doctor.findings import INDEXES
from tests.conftest import sign_in
from tests.faults.lab import BELL, Lab, slot

Count = Callable[[], int]
_hours = itertools.count(24)


def _request(lab: Lab) -> tuple[Credentials, str]:
    who = lab.person(0)
    return who, lab.make("qpu_time_requests", user=who.id, seconds=600, status="pending", requested_reason=lab.name())


def approve(lab: Lab) -> tuple[str, list[str], Count]:
    who, id = _request(lab)
    return id, ["a", "@yes"], lambda: round(lab.balance(who.id) / 600)


def reject(lab: Lab) -> tuple[str, list[str], Count]:
    _, id = _request(lab)
    return id, ["r", "=warm", "enter"], lambda: lab.number("qpu_time_requests", f"id='{id}' && status='rejected'")


def give(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    return who.id, ["a", "=+10m", "enter"], lambda: round((lab.balance(who.id) - 1000) / 600)


def take(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(6000)
    return who.id, ["a", "=-10m", "enter"], lambda: round((6000 - lab.balance(who.id)) / 600)


def set_time(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    return who.id, ["a", "==2h", "enter"], lambda: int(lab.balance(who.id) == 7200)


def import_times(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    file = lab.folder / f"{lab.name()}.csv"
    file.write_text(f"{who.identity},+10m\n", encoding="utf-8")
    keys = ["i", f"={file}", "enter", "@batch", "@yes"]
    return who.id, keys, lambda: round((lab.balance(who.id) - 1000) / 600)


def undo_give(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person(1000)
    keys = ["a", "=+10m", "enter", "@said", "z", "@yes"]
    return who.id, keys, lambda: round((1600 - lab.balance(who.id)) / 600)


def new_user(lab: Lab) -> tuple[str, list[str], Count]:
    email = f"{lab.name()}@new.example"
    keys = ["n", f"={email}", "tab", "=a-password-1234", "tab", "tab", "=10m", "enter"]
    return "", keys, lambda: lab.number("users", f"email='{email}' && qpu_seconds=600")


def edit_user(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person()
    keys = ["e", "tab", "=Anna", "tab", "right", "enter"]
    return who.id, keys, lambda: lab.number("users", f"id='{who.id}' && name='Anna' && verified=true")


def own_name(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    # Its first choice is the password, its second the name.
    keys = ["P", "@form", "right", "tab", f"={name}", "enter"]
    return "", keys, lambda: lab.number("users", f"id='{lab.user.id}' && name~'{name}'")


def delete_user(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person()
    _, start, end = slot(next(_hours))
    lab.make("time_slots", booked_by=who.id, start_time=start, end_time=end)
    lab.make("qpu_time_requests", user=who.id, seconds=60, status="pending", requested_reason=lab.name())
    return who.id, ["X", "@yes"], lambda: int(lab.get("users", who.id) is None)


def reset_password(lab: Lab) -> tuple[str, list[str], Count]:
    who = lab.person()
    # Faulty requests are logged too; the server itself sends one mail every two minutes.
    asked = lab.passed("POST", "/api/collections/users/request-password-reset")
    return who.id, ["p", "@yes"], lambda: min(asked(), 1)


def _qpu(lab: Lab, **fields: Any) -> str:
    return lab.make("qpus", **{"name": lab.name(), "num_qubits": 5, "enabled": True, "status": "offline", **fields})


def qpu_change(key: str, condition: str, **fields: Any) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = _qpu(lab, **fields)
        return id, [key, "@yes"], lambda: lab.number("qpus", f"id='{id}' && {condition}")

    return prepare


def qpu_register(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    return "", ["n", f"={name}", "enter", "=5", "enter"], lambda: lab.number("qpus", f"name='{name}'")


def qpu_rename(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    name = str((lab.get("qpus", id) or {})["name"])
    return id, ["R", "=x", "enter"], lambda: lab.number("qpus", f"id='{id}' && name='{name}x'")


def undo_disable(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    return id, ["d", "@yes", "@said", "z", "@yes"], lambda: lab.number("qpus", f"id='{id}' && enabled=true")


def qpu_qubits(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    return id, ["u", "=7", "enter"], lambda: lab.number("qpus", f"id='{id}' && num_qubits=7")


def qpu_online(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    driver = lab.make("drivers", name=lab.name(), qpu=id, kind="mock", language="python", enabled=True)
    lab.admin.patch(f"/api/collections/drivers/records/{driver}", json={"status": "online"}).raise_for_status()
    lab.admin.patch(f"/api/collections/qpus/records/{id}", json={"status": "offline"}).raise_for_status()
    return id, ["b", "@yes"], lambda: lab.number("qpus", f"id='{id}' && status='online'")


def qpu_delete(lab: Lab) -> tuple[str, list[str], Count]:
    id = _qpu(lab)
    return id, ["X", "@yes"], lambda: int(lab.get("qpus", id) is None)


def _driver(lab: Lab, *, enabled: bool) -> str:
    body = {"name": lab.name(), "qpu": _qpu(lab), "kind": "mock", "language": "python"}
    id = str(lab.admin.post("/api/op/drivers/create", json=body).raise_for_status().json()["id"])
    if not enabled:
        lab.admin.post("/api/op/drivers/toggle", json={"id": id, "enabled": False}).raise_for_status()
    return id


def driver_toggle(key: str, *, enabled: bool) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = _driver(lab, enabled=not enabled)
        return id, [key, "@yes"], lambda: lab.number("drivers", f"id='{id}' && enabled={str(enabled).lower()}")

    return prepare


def driver_register(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    _qpu(lab)
    keys = ["n", f"={name}", "enter", "enter"]
    return "", keys, lambda: lab.number("drivers", f"name='{name}'")


def undo_driver(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    return id, ["d", "@yes", "@said", "z", "@yes"], lambda: lab.number("drivers", f"id='{id}' && enabled=true")


def driver_rename(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    name = str((lab.get("drivers", id) or {})["name"])
    return id, ["R", "=x", "enter"], lambda: lab.number("drivers", f"id='{id}' && name='{name}x'")


def driver_move(lab: Lab) -> tuple[str, list[str], Count]:
    id, _ = _driver(lab, enabled=True), _qpu(lab)
    before = str((lab.get("drivers", id) or {})["qpu"])
    return id, ["m", "@form", "enter"], lambda: lab.number("drivers", f"id='{id}' && qpu!='{before}'")


def driver_token(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    name = str((lab.get("drivers", id) or {})["name"])
    return id, ["t", "@yes"], lambda: lab.number("drivers", f"id!='{id}' && name='{name}'")


def driver_delete(lab: Lab) -> tuple[str, list[str], Count]:
    id = _driver(lab, enabled=True)
    return id, ["X", "@yes"], lambda: int(lab.get("drivers", id) is None)


def announce(lab: Lab) -> tuple[str, list[str], Count]:
    title = lab.name()
    keys = ["n", f"={title}", "tab", "=Warm until noon", "tab", "tab", "tab", "enter"]
    return "", keys, lambda: lab.number("notifications", f"title='{title}'")


def notice_change(key: str, condition: str) -> Callable[[Lab], tuple[str, list[str], Count]]:
    def prepare(lab: Lab) -> tuple[str, list[str], Count]:
        id = lab.make("notifications", title=lab.name(), description="x")
        if not condition:
            return id, [key, "@yes"], lambda: int(lab.get("notifications", id) is None)
        return id, [key, "@yes"], lambda: lab.number("notifications", f"id='{id}' && {condition}")

    return prepare


def edit(lab: Lab) -> tuple[str, list[str], Count]:
    title = lab.name()
    id = lab.make("notifications", title=title, description="x")
    return id, ["e", "=x", "enter"], lambda: lab.number("notifications", f"id='{id}' && title='{title}x'")


def undo_end(lab: Lab) -> tuple[str, list[str], Count]:
    id = lab.make("notifications", title=lab.name(), description="x")
    return id, ["x", "@yes", "@said", "z", "@yes"], lambda: lab.number("notifications", f"id='{id}' && end_time=''")


def dismiss(lab: Lab, key: str) -> tuple[str, list[str], Count]:
    # The banner shows one of several; here there is only one.
    everything = lab.admin.get("/api/collections/notifications/records", params={"perPage": 500}).json()["items"]
    for each in everything:
        lab.admin.delete(f"/api/collections/notifications/records/{each['id']}")
    id = lab.make("notifications", title=lab.name(), description="x")
    mine = f"notification='{id}' && user='{lab.user.id}'"
    return id, [key, "@yes"], lambda: lab.number("notification_dismissals", mine)


def book(lab: Lab) -> tuple[str, list[str], Count]:
    words, start, _ = slot(next(_hours))
    return "", ["b", "@form", f"={words}", "enter"], lambda: lab.number("time_slots", f"start_time='{start}'")


def book_for(lab: Lab) -> tuple[str, list[str], Count]:
    words, start, _ = slot(next(_hours))
    who = lab.person()
    keys = ["b", "@form", f"={words}", "enter", f"={who.identity}", "enter"]
    return "", keys, lambda: lab.number("time_slots", f"start_time='{start}' && booked_by='{who.id}'")


def _booked(lab: Lab) -> str:
    _, start, end = slot(next(_hours))
    return lab.make("time_slots", booked_by=lab.user.id, start_time=start, end_time=end)


def move(lab: Lab) -> tuple[str, list[str], Count]:
    id = _booked(lab)
    words, start, _ = slot(next(_hours))
    keys = ["m", "ctrl+u", f"={words}", "enter"]
    return id, keys, lambda: lab.number("time_slots", f"id='{id}' && start_time='{start}'")


def give_slot(lab: Lab) -> tuple[str, list[str], Count]:
    id, who = _booked(lab), lab.person()
    keys = ["p", "@form", f"={who.identity}", "enter"]
    return id, keys, lambda: lab.number("time_slots", f"id='{id}' && booked_by='{who.id}'")


def cancel_slot(lab: Lab) -> tuple[str, list[str], Count]:
    id = _booked(lab)
    return id, ["x", "@yes"], lambda: int(lab.get("time_slots", id) is None)


def token(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    return "", ["n", f"={name}", "enter"], lambda: lab.number("api_tokens", f"name='{name}'")


def _users_token(lab: Lab) -> tuple[str, str]:
    name, session = lab.name(), sign_in(lab.sandbox.direct_url, lab.user)
    made = httpx.post(
        f"{lab.sandbox.direct_url}/api/tokens", json={"name": name}, headers={"Authorization": session}
    ).raise_for_status()
    return str(made.json()["id"]), name


def rename_token(lab: Lab) -> tuple[str, list[str], Count]:
    id, name = _users_token(lab)
    return id, ["R", "=x", "enter"], lambda: lab.number("api_tokens", f"id='{id}' && name='{name}x'")


def token_expiry(lab: Lab) -> tuple[str, list[str], Count]:
    id, _ = _users_token(lab)
    return id, ["e", "=30d", "enter"], lambda: lab.number("api_tokens", f"id='{id}' && expires_at>@now")


def revoke(lab: Lab) -> tuple[str, list[str], Count]:
    id, _ = _users_token(lab)
    return id, ["x", "@yes"], lambda: int(lab.get("api_tokens", id) is None)


def ask(lab: Lab) -> tuple[str, list[str], Count]:
    why = lab.name()
    keys = ["n", "=10m", "enter", f"={why}", "enter"]
    return "", keys, lambda: lab.number("qpu_time_requests", f"requested_reason='{why}'")


def withdraw(lab: Lab) -> tuple[str, list[str], Count]:
    id = lab.make("qpu_time_requests", user=lab.user.id, seconds=60, status="pending", requested_reason=lab.name())
    return id, ["x", "@yes"], lambda: int(lab.get("qpu_time_requests", id) is None)


def submit(lab: Lab) -> tuple[str, list[str], Count]:
    _qpu(lab, status="online")
    shots = 1000 + next(_hours)
    keys = ["s", "@form", "f2", "tab", "tab", "ctrl+u", f"={shots}", "enter", "enter"]
    return "", keys, lambda: lab.number("quantum_jobs", f"payload.shots={shots}")


def cancel_job(lab: Lab, *opened: str) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    id = lab.make(
        "quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="pending",
        payload={"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu},
    )  # fmt: skip
    return id, [*opened, "x", "@yes"], lambda: lab.number("quantum_jobs", f"id='{id}' && status='cancelled'")


def delete_job(lab: Lab) -> tuple[str, list[str], Count]:
    id = lab.make("quantum_jobs", user_id=lab.user.id, status="completed", payload={"circuits": [{"circuit": BELL}]})
    return id, ["X", "@yes"], lambda: int(lab.get("quantum_jobs", id) is None)


def repair(lab: Lab) -> tuple[str, list[str], Count]:
    jobs = "/api/collections/quantum_jobs"
    lab.admin.patch(jobs, json={"indexes": []}).raise_for_status()

    def added() -> int:
        there = lab.admin.get(jobs).raise_for_status().json()["indexes"]
        # A duplicate index would be a repair made twice.
        return len(there) // len(INDEXES) if set(there) == set(INDEXES.values()) else 0

    return "indexes", ["f", "@yes"], added


def again(lab: Lab, *opened: str) -> tuple[str, list[str], Count]:
    qpu = _qpu(lab)
    payload = {
        "circuits": [{"circuit": BELL}],
        "shots": 10,
        "meas_level": 2,
        "meas_return": "single",
        "qpu_target": qpu,
    }
    id = lab.make("quantum_jobs", user_id=lab.user.id, qpu_target=qpu, status="cancelled", payload=payload)
    return id, [*opened, "R", "@yes"], lambda: lab.number("quantum_jobs", f"qpu_target='{qpu}'") - 1
