"""A laboratory with everything that the examples of the commands and the pages refer to."""

from __future__ import annotations

import itertools
import shutil
import stat
import sys
from pathlib import Path

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command, as_
from tests.conftest import NewQpu, connect_driver, record, sign_in, wait_for

PASSWORD = "a-password-1234"
BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
# What only a user can do or has.
AS_USER = {
    "requests create", "requests withdraw", "slots book", "slots move", "slots cancel", "slots export", "jobs submit",
    "jobs again", "tokens list", "tokens create", "tokens rename", "tokens expiry", "tokens revoke",
    "announcements dismiss", "account rename",
}  # fmt: skip


class Lab:
    """Everything that the examples refer to."""

    def __init__(self, sandbox: Sandbox, admin: httpx.Client, new_qpu: NewQpu, folder: Path) -> None:
        self.sandbox, self.admin, self.folder = sandbox, admin, folder
        self._new_qpu = new_qpu
        self._drivers = itertools.count()
        self.people = {name: self._user(f"{name}@lab.example") for name in ("anna", "ben")}
        self.anna = httpx.Client(
            base_url=sandbox.url, headers={"Authorization": sign_in(sandbox.url, self.people["anna"])}
        )
        (folder / "bell.qasm").write_text(BELL)
        (folder / "course.csv").write_text("email,amount\nanna@lab.example,2\nben@lab.example,1\n")
        programs = folder / "bin"
        programs.mkdir()
        for name, text in (
            ("qpi-tui", f'#!/bin/sh\nexec {sys.executable} -m qpi_tui "$@"\n'),
            (
                "jq",
                f"#!{sys.executable}\nimport json, sys\nfor line in sys.stdin: print(json.loads(line)['status'])\n",
            ),
        ):
            (programs / name).write_text(text)
            (programs / name).chmod(stat.S_IRWXU)

    def ready(self) -> None:
        """Recreate what an earlier example used up."""
        there = {user["email"] for user in self._all("users")}
        for name, person in self.people.items():
            if person.identity not in there:
                self.people[name] = self._user(person.identity)
        found = {qpu["name"] for qpu in self._all("qpus")}
        for name in {"alpha", "beta"} - found:
            self._new_qpu(name=name)
        if "old-one" not in found:
            self._new_qpu(online=False, name="old-one")
        for qpu in self._all("qpus"):
            if qpu["name"] in {"alpha", "beta"} and (not qpu["enabled"] or qpu["status"] != "online"):
                self._restart(qpu["id"])
        alpha = next(qpu["id"] for qpu in self._all("qpus") if qpu["name"] == "alpha")
        for name in {"aer_alpha", "old_driver"} - {driver["name"] for driver in self._all("drivers")}:
            driver = {"name": name, "qpu": alpha, "kind": "mock", "language": "python"}
            self.admin.post("/api/op/drivers/create", json=driver).raise_for_status()
        for notice in self._all("notifications"):
            self.admin.delete(f"/api/collections/notifications/records/{notice['id']}").raise_for_status()
        body = {"title": "Warm-up", "description": "No jobs.", "start_time": "2026-01-01 00:00:00.000Z"}
        self.admin.post("/api/collections/notifications/records", json=body).raise_for_status()
        for token in self._all("api_tokens"):
            self.admin.delete(f"/api/collections/api_tokens/records/{token['id']}").raise_for_status()
        self.anna.post("/api/tokens", json={"name": "ci"}).raise_for_status()
        asked = {"seconds": 60, "user": self.people["anna"].id, "status": "pending", "requested_reason": "why"}
        self.anna.post("/api/collections/qpu_time_requests/records", json=asked).raise_for_status()
        for theme in self._all("themes"):
            self.admin.delete(f"/api/collections/themes/records/{theme['id']}").raise_for_status()
        self.admin.post("/api/collections/themes/records", json={"name": "lab"}).raise_for_status()
        (self.folder / "lab-theme").mkdir(exist_ok=True)
        (self.folder / "lab-theme" / "theme.json").write_text('{"name": "lab"}')
        shutil.rmtree(self.folder / "my-theme", ignore_errors=True)
        for path in ("users.csv", "bell.csv", "slots.ics", "lab.zip"):
            (self.folder / path).unlink(missing_ok=True)

    def _restart(self, qpu: str) -> None:
        """Restart a QPU that an example stopped, with a connected driver."""
        path = f"/api/collections/qpus/records/{qpu}"
        self.admin.patch(path, json={"enabled": True, "status": "offline"}).raise_for_status()
        connect_driver(self.admin, qpu, "mock", name=f"drv_{next(self._drivers)}")
        wait_for(lambda: record(self.admin, "qpus", qpu)["status"] == "online", "the QPU to come online")

    def back_up(self, path: str) -> None:
        """Create a backup for the examples that need one; remove it for the one that creates it."""
        backups = self.admin.get("/api/backups").json()
        if path == "server backup":
            for each in backups:
                self.admin.delete(f"/api/backups/{each['key']}").raise_for_status()
        elif path.startswith("server") and not any(each["key"] == "before-upgrade.zip" for each in backups):
            self.admin.post("/api/backups", json={"name": "before-upgrade.zip"}).raise_for_status()

    def id_of(self, noun: str) -> str:
        """Return a real id of the kind that a command takes."""
        if noun == "requests":
            return str(next(r["id"] for r in self._all("qpu_time_requests") if r["status"] == "pending"))
        if noun == "slots":
            for slot in self._all("time_slots"):
                self.admin.delete(f"/api/collections/time_slots/records/{slot['id']}")
            body = {
                "booked_by": self.people["anna"].id,
                "start_time": "2091-01-01 09:00:00.000Z",
                "end_time": "2091-01-01 10:00:00.000Z",
            }
            return str(self.anna.post("/api/collections/time_slots/records", json=body).raise_for_status().json()["id"])
        if not self._all("quantum_jobs", 'status="completed"'):
            self.command("anna").ok("jobs", "submit", str(self.folder / "bell.qasm"), "--qpu", "alpha")
        wait_for(lambda: self._all("quantum_jobs", 'status="completed"'), "a completed job")
        return str(self._all("quantum_jobs", 'status="completed"')[0]["id"])

    def command(self, who: str) -> Command:
        """Return commands signed in as a person of the laboratory."""
        url = self.sandbox.url
        return as_(url, self.people[who], "user") if who in self.people else as_(url, self.sandbox.admin, "admin")

    def _user(self, email: str) -> Credentials:
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, "qpu_seconds": 36000}
        made = self.admin.post("/api/collections/users/records", json=body).raise_for_status().json()
        return Credentials(email, PASSWORD, made["id"])

    def _all(self, collection: str, condition: str = "") -> list[dict[str, str]]:
        query = {"perPage": 500, "filter": condition}
        answer = self.admin.get(f"/api/collections/{collection}/records", params=query)
        found: list[dict[str, str]] = answer.raise_for_status().json()["items"]
        return found
