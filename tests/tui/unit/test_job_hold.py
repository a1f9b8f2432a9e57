"""Why the jobs of a QPU do not start: based only on what a server's dispatcher checks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.job_hold import HoldReason, hold
from qpi_tui.rows.qpu_service import QPUService
from qpi_tui.rows.qpus import QPURow

SEEN = "2026-11-29 10:00:00.000Z"
STATES = [("online", True), ("offline", True), ("offline", False), ("maintenance", True), ("maintenance", False)]


def qpu(status: str, enabled: bool) -> QPURow:
    return QPURow(id="q", name="alpha", status=status, enabled=enabled)


def driver(status: str = "online", kind: str = "mock", enabled: bool = True) -> DriverRow:
    return DriverRow(id="d", name="d1", qpu="q", kind=kind, status=status, enabled=enabled, last_seen=SEEN)


@pytest.mark.parametrize(("status", "enabled"), STATES)
def test_a_connected_driver_runs_jobs_whatever_the_status_of_the_qpu(status: str, enabled: bool) -> None:
    assert hold(QPUService(qpu(status, enabled), [driver()])) is None
    assert hold(QPUService(qpu(status, enabled), [driver(), driver("offline")])) is None


@pytest.mark.parametrize(("status", "enabled"), STATES)
@pytest.mark.parametrize("drivers", [[], [driver("offline")], [driver(enabled=False)]])
def test_without_a_connected_driver_jobs_stay_queued(status: str, enabled: bool, drivers: list[DriverRow]) -> None:
    held = hold(QPUService(qpu(status, enabled), drivers))
    assert held is not None
    expected = HoldReason.NO_DRIVER if enabled else HoldReason.OFF
    assert held.reason is (HoldReason.MAINTENANCE if status == "maintenance" else expected)
    assert "driver" in held.sentence


def test_monitors_complete_no_jobs() -> None:
    held = hold(QPUService(qpu("online", True), [driver(kind="bluefors_gen1")]))
    assert held is not None
    assert held.reason is HoldReason.MONITORS
    # Next to a disabled driver, a monitor takes the jobs too.
    held = hold(QPUService(qpu("maintenance", True), [driver(enabled=False), driver(kind="bluefors_gen1")]))
    assert held is not None
    assert held.reason is HoldReason.MONITORS
    assert "no connected driver that runs jobs, only d1" in held.sentence


def test_a_driver_last_seen_before_the_server_start_is_silent() -> None:
    started = datetime(2026, 11, 29, 11, tzinfo=UTC)
    held = hold(QPUService(qpu("online", True), [driver()], server_started=started))
    assert held is not None
    assert "silent" in held.sentence


@pytest.mark.parametrize(
    ("status", "enabled", "reason"),
    [
        ("online", True, None),
        ("maintenance", True, None),
        ("offline", True, HoldReason.NO_DRIVER),
        ("offline", False, HoldReason.OFF),
        ("maintenance", False, HoldReason.MAINTENANCE),
    ],
)
def test_on_v0_0_enabled_is_decisive(status: str, enabled: bool, reason: HoldReason | None) -> None:
    held = hold(QPUService(qpu(status, enabled), None))
    assert (held.reason if held is not None else None) is reason
