"""The laboratory of the pages: what their readers have, and events while a command waits for one."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from tests.cli.lab import Lab
from tests.conftest import NewQpu
from tests.docs.exceptions import make_stand_ins
from tests.waiting import wait_for

# Seconds between two errors for the log, so that the server has time to write it.
LOGGED = 6.0
BROKEN = "OPENQASM 3.0;\nqubit[1] q;\nnosuchgate q[0];\n"


class PagesLab(Lab):
    """One laboratory for all pages. `opened` lists the demos that were opened.

    tmux and screen keep their sockets in the folder `sockets`. Its path has to be short.
    """

    def __init__(self, sandbox: Sandbox, admin: httpx.Client, new_qpu: NewQpu, folder: Path, sockets: Path) -> None:
        super().__init__(sandbox, admin, new_qpu, folder)
        make_stand_ins(folder / "bin", sys.executable)
        # As a real server does; a sandbox keeps no log.
        admin.patch("/api/settings", json={"logs": {"maxDays": 1, "minLevel": 8}}).raise_for_status()
        self.sockets = sockets
        self._erred = float("-inf")
        self.opened: set[str] = set()

    def prepare(self) -> None:
        """Restore what an earlier page changed."""
        self.ready()
        self.back_up("server backup")
        self._log_error()
        shutil.rmtree(self.folder / "lab", ignore_errors=True)
        (self.folder / "settings.json").write_text(json.dumps({"meta": {"appName": "Lab"}}))

    def request(self) -> None:
        """Let everybody without a pending request make one, as soon as the server answers."""
        wait_for(lambda: self._while_up(self._all_request), "the server")

    def go_on(self) -> None:
        """Let everything happen that a command can wait for: each kind of event."""
        self._while_up(self._events)

    def _while_up(self, act: Callable[[], None]) -> bool:
        """Act, unless the server is restarting after a page restored a backup."""
        try:
            act()
        except httpx.TransportError:
            return False
        return True

    def _all_request(self) -> None:
        pending = {request["user"] for request in self._all("qpu_time_requests", 'status="pending"')}
        there = {user["id"] for user in self._all("users")}
        for person in self.people.values():
            if person.id in there - pending:
                self._request(person.id)

    def _log_error(self) -> None:
        """Cause an error for the log, which the server writes once it had none for 3 s."""
        if time.monotonic() - self._erred > LOGGED:
            self._erred = time.monotonic()
            self.admin.get("/api/collections/users/records/nosuchrecord000")

    def _events(self) -> None:
        # Those before a page restored a backup are gone.
        self._log_error()
        self._request(self.people["anna"].id)
        beta = next(qpu for qpu in self._all("qpus") if qpu["name"] == "beta")
        status = {"status": "offline" if beta["status"] == "online" else "online"}
        self.admin.patch(f"/api/collections/qpus/records/{beta['id']}", json=status).raise_for_status()
        alpha = next(qpu["id"] for qpu in self._all("qpus") if qpu["name"] == "alpha")
        job = {"circuits": [{"circuit": BROKEN}], "shots": 1, "qpu_target": alpha}
        self.anna.post("/api/jobs", json=job).raise_for_status()

    def token(self) -> str:
        """Return a new API token of a user."""
        return str(self.anna.post("/api/tokens", json={"name": "cron"}).raise_for_status().json()["token"])

    def client(self) -> QPIClient:
        """Return a client that is signed in as a user."""
        client = QPIClient(self.sandbox.url)
        client.auth_with_password(self.people["anna"].identity, self.people["anna"].password)
        return client

    def _request(self, user: str) -> None:
        body = {"seconds": 60, "user": user, "status": "pending", "requested_reason": "why"}
        self.admin.post("/api/collections/qpu_time_requests/records", json=body).raise_for_status()
