"""Commands that follow change events refresh everything now and then, however many events arrive: one may be lost.

The clock is set: each event that arrives moves it on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_client import ChangeEvent, SessionExpired
from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Faults
from qpi_sandbox.proxy import Proxy
from qpi_tui.cli import following, watch
from qpi_tui.domain.clock import stored
from tests.cli.command import Command
from tests.cli.test_jobs import submit
from tests.cli.test_watch import ask, memory

WATCH = ("watch", "--jsonl", "--state", "memory.json")


class Lab:
    """A set clock, and change events at equal distances of it: the session ends after the last one."""

    def __init__(self) -> None:
        self.began = datetime.now(UTC)
        self.seconds = 0.0
        self.between, self.most = 10.0, 100
        # What happens without an event, before the first one arrives.
        self.unnoticed: Callable[[], object] = lambda: None
        self.event: Callable[[int], Any] = lambda number: None
        self._arrived = 0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def stream(self, *given: Any, **more: Any) -> Lab:
        return self

    def get(self, seconds: float) -> Any:
        if not self._arrived:
            self.unnoticed()
        if seconds < self.between:
            self.seconds += seconds
            return None
        if self._arrived == self.most:
            raise SessionExpired(401)
        self._arrived += 1
        self.seconds += self.between
        return self.event(self._arrived)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    made = Lab()
    for module in (following, watch):
        monkeypatch.setattr(module, "time", made)
        monkeypatch.setattr(module, "Events", made.stream)
    return made


def ended(lab: Lab, number: int) -> ChangeEvent:
    """Return the event of a job that ended now."""
    job = {"id": f"ended{number:010}", "status": "completed", "updated": stored(lab.now())}
    return ChangeEvent("quantum_jobs/*", "update", job)


def test_watch_reports_what_had_no_event_while_others_arrive(
    admin: Command, user: Credentials, admin_http: httpx.Client, lab: Lab
) -> None:
    lost: list[str] = []
    lab.unnoticed = lambda: lost or lost.append(ask(admin_http, user, "no event"))
    lab.event = lambda number: ChangeEvent("qpu_time_requests/*", "update", {"id": "x", "status": "rejected"})
    answer = admin(*WATCH, "request", "--once")
    assert (answer.code, [line["id"] for line in answer.lines]) == (0, lost)
    assert lab.seconds == watch.SAFETY


def test_watch_reports_a_slot_in_time_while_events_arrive_all_the_time(
    admin: Command, user: Credentials, admin_http: httpx.Client, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = lab.now() + timedelta(minutes=10, seconds=10)
    times = {"start_time": stored(begin), "end_time": stored(begin + timedelta(minutes=5))}
    body = {"booked_by": user.id, **times}
    slot = admin_http.post("/api/collections/time_slots/records", json=body).raise_for_status().json()["id"]
    monkeypatch.setattr(watch, "now", lab.now)
    lab.between, lab.most = 0.02, 1000
    lab.event = lambda number: ChangeEvent("time_slots/*", "delete", {"id": "x"})
    answer = admin(*WATCH, "slot", "--once")
    assert (answer.code, [line["id"] for line in answer.lines]) == (0, [slot])


def test_jobs_tail_prints_a_change_that_had_no_event_while_others_arrive(
    person: Command, new_qpu: Any, lab: Lab
) -> None:
    idle, lost = new_qpu(online=False)["id"], list[str]()
    lab.unnoticed = lambda: lost or lost.append(submit(person, idle))
    lab.event, lab.most = lambda number: {"id": "other0000000000", "status": "running"}, 10
    answer = person("jobs", "tail", "--template", "{id}")
    assert (answer.code, answer.out.split()) == (4, ["other0000000000", *lost])


def test_jobs_watch_ends_with_a_job_whose_end_had_no_event(person: Command, new_qpu: Any, lab: Lab) -> None:
    id = submit(person, new_qpu(online=False)["id"])
    cancelled: list[int] = []
    lab.unnoticed = lambda: cancelled or cancelled.append(person.ok("jobs", "cancel", id, "--yes").code)
    lab.event, lab.most = lambda number: {"id": id, "status": "pending"}, 10
    assert person("jobs", "watch", id).code == 11


def test_watch_forgets_old_jobs_even_if_another_list_cannot_be_read(
    admin: Command, sandbox: Sandbox, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "now", lab.now)
    lab.between, lab.most = watch.SAFETY, 16
    lab.event = lambda number: ended(lab, number)
    proxy = Proxy(Faults(["500,route=GET /api/collections/qpus/*"]), "127.0.0.1", 0, sandbox.url)
    try:
        answer = admin(*WATCH, "job", "qpu", QPI_URL=proxy.start())
    finally:
        proxy.stop()
    assert (answer.code, len(answer.lines)) == (4, lab.most)
    kept = memory()["states"]
    assert f"job/ended{lab.most:010}/completed" in kept
    # They are remembered for an hour.
    assert not [key for key in kept if key.startswith("job/ended0000000001/")]
    assert len([key for key in kept if key.startswith("job/ended")]) <= 13


def test_the_state_file_stays_small_enough_to_be_read_by_the_next_run(
    admin: Command, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_LARGEST", 4000)
    lab.between = 0.1
    lab.event = lambda number: ended(lab, number)
    answer = admin(*WATCH, "job")
    assert (answer.code, len(answer.lines)) == (4, lab.most)
    assert Path("memory.json").stat().st_size <= 4000
    assert f"job/ended{lab.most:010}/completed" in memory()["states"]
    assert admin(*WATCH, "job", "--timeout", "0").code == 12


def test_a_state_file_that_is_too_large_is_said_to_be_too_large(admin: Command, lab: Lab) -> None:
    states = {f"job/{number:015}/completed": "" for number in range(300_000)}
    Path("memory.json").write_text(json.dumps({"since": "", "states": states, "kinds": ["job"]}))
    answer = admin(*WATCH, "job", "--timeout", "0")
    assert (answer.code, answer.out) == (1, "")
    assert "memory.json is larger than 10,000,000 bytes, the limit. Remove it" in answer.err
    assert "not a state file" not in answer.err
