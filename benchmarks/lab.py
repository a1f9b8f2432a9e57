"""Test objects of the benchmarks: the console as users start it, in a terminal, on a seeded orchestrator that
changes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from benchmarks import changes
from qpi_sandbox import Credentials, Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

ROOT = Path(__file__).parents[1]
LIVE = "● live"
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("one label")
Bare().run()
"""


class Lab:
    """A running orchestrator with demo data, behind a proxy that logs every request."""

    def __init__(self, jobs: int = 300) -> None:
        self.jobs = jobs
        self.sandbox = Sandbox(seed=1, jobs=jobs, worker=False, faults=[])
        self.home = tempfile.TemporaryDirectory()

    def __enter__(self) -> Lab:
        self.sandbox.start()
        self.admin = httpx.Client(base_url=self.sandbox.direct_url, timeout=20)
        who = self.sandbox.admin
        body = {"identity": who.identity, "password": who.password}
        answer = self.admin.post("/api/collections/_superusers/auth-with-password", json=body)
        self.admin.headers["Authorization"] = answer.raise_for_status().json()["token"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.admin.close()
        self.sandbox.stop()
        self.home.cleanup()

    @property
    def asked(self) -> list[str]:
        """Return every request so far."""
        if self.sandbox.faults is None:
            raise RuntimeError("the laboratory has its proxy")
        return [f"{passed.method} {passed.path}" for passed in self.sandbox.faults.log]

    def console(self, *arguments: str, who: Credentials | None = None, direct: bool = True, **options: Any) -> Terminal:
        """Start the console, signed in from the environment as the administrator or as this user."""
        url = self.sandbox.direct_url if direct else self.sandbox.url
        role = "user" if who is not None else "admin"
        return open_console(url, who or self.sandbox.admin, Path(self.home.name), *arguments, role=role, **options)

    def ids(self, collection: str, filter: str = "", count: int = 200, *, newest: bool = False) -> list[str]:
        """Return the ids of some records, oldest or newest first."""
        sort = "-@rowid" if newest else "@rowid"
        query = {"perPage": count, "fields": "id", "filter": filter, "sort": sort, "skipTotal": 1}
        answer = self.admin.get(f"/api/collections/{collection}/records", params=query).raise_for_status()
        return [item["id"] for item in answer.json()["items"]]

    def change(self, collection: str, id: str, **fields: Any) -> None:
        """Change a record."""
        self.admin.patch(f"/api/collections/{collection}/records/{id}", json=fields).raise_for_status()


def bare(**options: Any) -> Terminal:
    """Start a bare Textual app with one label."""
    return Terminal([sys.executable, "-c", BARE], **options)


def settled(terminal: Terminal, *texts: str, timeout: float = 60.0) -> None:
    """Wait until these texts are shown and nothing more is written."""
    for text in texts:
        terminal.wait_for(text, timeout)
    terminal.settle(0.5)


def changing(lab: Lab, ids: Sequence[str], rate: float) -> AbstractContextManager[Sequence[int]]:
    """Change the status of this many jobs per second. The only item counts the changes."""
    return changes.changing(lab.sandbox.direct_url, lab.admin.headers["Authorization"], ids, rate)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return the memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
