"""Whether jobs start on a QPU, and why not: every message against the facts that it is derived from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qpi_tui.domain.clock import set_clock
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.qpu_service import QPUService, Severity, problems, state_of, why_offline, why_queued
from qpi_tui.rows.qpus import QPURow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    set_clock(lambda: NOW)
    yield
    set_clock(None)


def ago(minutes: float) -> str:
    return f"{NOW - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.000Z}"


def driver(name: str = "d1", kind: str = "qiskit_aer", **more: Any) -> DriverRow:
    fields = {"status": "online", "enabled": True, "last_seen": ago(30), "qpu": "q"}
    return DriverRow(id=f"id-{name}", name=name, kind=kind, **{**fields, **more})


def monitor(name: str = "cryo", **more: Any) -> DriverRow:
    return driver(name, "bluefors_gen1", **more)


def service(*drivers: DriverRow, older: bool = False, status: str = "online", enabled: bool = True, **more: Any) -> Any:
    qpu = QPURow(id="q", name="alpha", status=status, enabled=enabled)
    return QPUService(qpu, None if older else drivers, everyone=True, **more)


def kinds(found: QPUService) -> dict[str, Severity]:
    return {problem.kind: problem.severity for problem in problems(found)}


def text(found: QPUService, kind: str) -> str:
    return next(problem.sentence for problem in problems(found) if problem.kind == kind)


def test_a_healthy_qpu_has_no_problem() -> None:
    assert problems(service(driver(), running=3, queued=9)) == []
    assert problems(service(driver(status="offline"), status="offline", enabled=False, queued=9)) == []
    assert problems(service(driver(enabled=False, status="offline"), status="maintenance")) == []


@pytest.mark.parametrize(
    ("status", "enabled", "said"), [("offline", False, "disabled"), ("maintenance", True, "in maintenance")]
)
def test_out_of_service_with_a_connected_driver_still_gets_jobs(status: str, enabled: bool, said: str) -> None:
    found = service(driver(), status=status, enabled=enabled, running=2)
    assert kinds(found) == {"served": Severity.SEVERE}
    assert text(found, "served") == (
        f"alpha is {said}, but 2 jobs are running there, and jobs still start: its driver d1 is connected. "
        "Stop the QPU: that disables its drivers."
    )
    # A monitor takes jobs too.
    assert kinds(service(monitor(), driver(enabled=False), status=status, enabled=enabled))["served"] == "severe"


def test_jobs_still_running_out_of_service_are_reported_until_they_end() -> None:
    stopped = {"status": "offline", "enabled": False}
    off = driver(status="offline", enabled=False)
    assert kinds(service(off, running=1, **stopped)) == {"running": Severity.WARNING}
    assert "1 job is running there" in text(service(off, running=1, **stopped), "running")
    assert kinds(service(off, running=0, **stopped)) == {}
    older = service(older=True, running=1, **stopped)
    assert kinds(older) == {"served": Severity.SEVERE}
    assert "Stop its driver process by hand." in text(older, "served")
    assert "driver d" not in text(older, "served")


def test_a_monitor_next_to_a_driver_takes_its_jobs() -> None:
    found = service(driver(), monitor())
    assert kinds(found) == {"monitor": Severity.SEVERE}
    assert text(found, "monitor").startswith("The monitor cryo takes jobs of alpha and loses them")
    custom = driver("own", "custom", events=("JobDispatch", "JobResult"))
    reader = driver("reader", "custom", events=("CryostatReading",))
    assert kinds(service(custom, reader)) == {"monitor": Severity.SEVERE}
    # Disconnected, it takes nothing.
    assert kinds(service(driver(), monitor(status="offline"))) == {}


def test_a_qpu_with_monitors_only_runs_nothing() -> None:
    assert kinds(service(monitor())) == {"only_monitors": Severity.NOTE}
    found = service(monitor(), queued=1)
    assert kinds(found) == {"only_monitors": Severity.SEVERE}
    assert found.only_monitors
    assert why_queued(found) == "alpha has no driver that runs jobs, only cryo: no job completes there."
    assert why_offline(service(monitor(status="offline"), status="offline")) == (
        "alpha is enabled but offline: it has only monitors (cryo)."
    )


def test_a_driver_that_connected_before_the_server_started_is_silent() -> None:
    started = NOW - timedelta(minutes=10)
    assert state_of(driver(last_seen=ago(30)), started) == "silent"
    assert state_of(driver(last_seen=ago(5)), started) == "online"
    assert state_of(driver(last_seen=ago(30)), None) == "online"
    found = service(driver(), server_started=started, queued=3)
    assert kinds(found) == {"silent": Severity.SEVERE}
    assert text(found, "silent") == (
        "The driver d1 of alpha is recorded as online, but silent since the server started at 11:50. "
        "Restart the driver process."
    )
    assert why_queued(found).startswith("alpha: its driver d1 has been silent since the server started at 11:50.")
    # It is not connected, so nothing starts there.
    assert "served" not in kinds(service(driver(), server_started=started, enabled=False, status="offline"))


def test_a_queue_that_does_not_move_has_no_dispatcher() -> None:
    waits = {"queued": 3, "oldest": NOW - timedelta(minutes=6)}
    assert kinds(service(driver(), **waits)) == {"silent": Severity.SEVERE}
    assert "no job has started for 6 min" in text(service(driver(), **waits), "silent")
    assert kinds(service(older=True, **waits)) == {"silent": Severity.SEVERE}
    assert "driver d1" not in text(service(older=True, **waits), "silent")
    # Something else explains it: a running job, a held slot, a new job, or jobs of others that are not visible.
    assert kinds(service(driver(), running=1, **waits)) == {}
    assert kinds(service(driver(), held=True, **waits)) == {}
    assert kinds(service(driver(), queued=3, oldest=NOW - timedelta(seconds=30))) == {}
    unseen = QPUService(QPURow(id="q", name="alpha", status="online", enabled=True), [driver()], **waits)
    assert problems(unseen) == []


def test_two_drivers_share_one_queue() -> None:
    found = service(driver("d1"), driver("d2"))
    assert kinds(found) == {"several": Severity.WARNING}
    assert text(found, "several").startswith("The drivers d1 and d2 all take jobs from the queue of alpha")


def test_a_status_that_contradicts_the_drivers_is_reported() -> None:
    found = service(driver(), status="offline")
    assert kinds(found) == {"status": Severity.WARNING}
    assert why_offline(found) == "alpha is enabled but offline, although its driver d1 is connected: jobs run."
    assert why_queued(found) == ""


@pytest.mark.parametrize(
    ("drivers", "why"),
    [
        ((), "it has no driver"),
        ((driver(enabled=False, status="offline"),), "its driver d1 is disabled"),
        ((driver(status="offline", last_seen=ago(3)),), "its driver d1 was last seen 3 min ago"),
        ((driver(status="offline", last_seen=ago(0)),), "its driver d1 was last seen just now"),
        ((driver(status="offline", last_seen=""),), "its driver d1 has never connected"),
    ],
)
def test_the_reason_for_an_enabled_qpu_being_offline_is_given(drivers: tuple[DriverRow, ...], why: str) -> None:
    found = service(*drivers, status="offline")
    assert why_offline(found) == f"alpha is enabled but offline: {why}."
    assert "Jobs stay queued until" in why_queued(found)


def test_the_reason_for_queued_jobs_out_of_service_is_given() -> None:
    off = driver(enabled=False, status="offline")
    assert why_queued(service(off, status="offline", enabled=False)) == (
        "alpha is disabled, and no driver is connected. Jobs stay queued until it is started."
    )
    assert "in maintenance, and no driver is connected" in why_queued(service(off, status="maintenance"))
    # With a connected driver they do not wait for that, whatever the status.
    assert why_queued(service(driver(), status="maintenance")) == ""


def test_messages_for_the_older_generation_do_not_mention_drivers() -> None:
    for status in ("online", "offline", "maintenance"):
        for enabled in (True, False):
            found = service(older=True, status=status, enabled=enabled, running=1, queued=2)
            said = " ".join([why_offline(found), why_queued(found), *(each.text for each in problems(found))])
            assert "driver" not in said, said
    assert why_offline(service(older=True, status="offline")) == "alpha is enabled but offline: it is not connected."
