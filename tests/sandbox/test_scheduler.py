"""Who runs next: the rules by themselves, with a clock of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qpi_sandbox.worker.scheduler import Job, Node, Qpu, Slot, Snapshot, dispatchable, overdue

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDLE = 5.0
ALPHA = Qpu("alpha", "online", True, 5)
BETA = Qpu("beta", "online", True, 5)
ALPHA_DRIVER = Node("drv-a", "alpha", "a", "mock", online=True, enabled=True)
BETA_DRIVER = Node("drv-b", "beta", "b", "mock", online=True, enabled=True)


def job(name: str, user: str, qpu: str = "alpha", age: float = 0.0) -> Job:
    created = NOON - timedelta(seconds=age)
    return Job(name, qpu, user, created, created.strftime("%Y-%m-%d %H:%M:%S.000Z"))


def lab(**changes: object) -> Snapshot:
    two = Snapshot(now=NOON, qpus=[ALPHA, BETA], nodes=[ALPHA_DRIVER, BETA_DRIVER])
    return replace(two, **changes)  # type: ignore[arg-type]  # each test names real fields


def sent(snapshot: Snapshot) -> list[str]:
    return [job.id for job, _, _ in dispatchable(snapshot, IDLE)]


def slot(holder: str = "ann", began: float = 60.0, lasts: float = 3600.0) -> Slot:
    return Slot(holder, NOON - timedelta(seconds=began), NOON + timedelta(seconds=lasts))


def test_without_a_slot_it_is_first_in_first_out_and_all_at_once() -> None:
    assert sent(lab(pending=[job("1", "ann"), job("2", "bob"), job("3", "ann")])) == ["1", "2", "3"]


def test_the_slots_holder_goes_first_and_others_wait() -> None:
    waiting = [job("1", "bob"), job("2", "ann"), job("3", "bob")]
    busy = lab(pending=waiting, slot=slot(), last_finished={"alpha": NOON - timedelta(seconds=1)})
    assert sent(busy) == ["2"]


def test_once_the_holder_is_idle_everybody_is_served_the_holder_still_first() -> None:
    waiting = [job("1", "bob"), job("2", "ann"), job("3", "cat")]
    for last, served in ((4.9, ["2"]), (5.0, ["2", "1", "3"]), (50.0, ["2", "1", "3"])):
        idle = lab(pending=waiting, slot=slot(), last_finished={"alpha": NOON - timedelta(seconds=last)})
        assert sent(idle) == served


def test_a_holder_who_has_just_begun_gets_the_idle_time_to_send_something() -> None:
    assert sent(lab(pending=[job("1", "bob")], slot=slot(began=3))) == []
    assert sent(lab(pending=[job("1", "bob")], slot=slot(began=6))) == ["1"]


def test_what_was_finished_before_the_slot_does_not_count() -> None:
    early = {"alpha": NOON - timedelta(hours=2)}
    assert sent(lab(pending=[job("1", "bob")], slot=slot(began=3), last_finished=early)) == []


def test_idleness_is_per_qpu() -> None:
    waiting = [job("1", "bob"), job("2", "bob", "beta")]
    finished = {"alpha": NOON - timedelta(seconds=1), "beta": NOON - timedelta(seconds=30)}
    assert sent(lab(pending=waiting, slot=slot(), last_finished=finished)) == ["2"]


@pytest.mark.parametrize(("began", "lasts"), [(-10, 60), (60, -10), (60, 0)])
def test_a_slot_that_is_not_now_gives_no_precedence(began: float, lasts: float) -> None:
    assert sent(lab(pending=[job("1", "bob"), job("2", "ann")], slot=slot("ann", began, lasts))) == ["1", "2"]


@pytest.mark.parametrize(
    "qpu",
    [
        replace(ALPHA, status="offline"),
        replace(ALPHA, status="maintenance"),
        replace(ALPHA, enabled=False),
    ],
)
def test_qpus_that_are_not_there_get_nothing(qpu: Qpu) -> None:
    assert sent(lab(qpus=[qpu, BETA], pending=[job("1", "ann"), job("2", "ann", "beta")])) == ["2"]


@pytest.mark.parametrize(
    "driver",
    [
        replace(ALPHA_DRIVER, online=False),
        replace(ALPHA_DRIVER, enabled=False),
        replace(ALPHA_DRIVER, kind="bluefors_gen1", runs_jobs=False),
    ],
)
def test_a_qpu_without_a_driver_for_jobs_gets_nothing(driver: Node) -> None:
    assert sent(lab(nodes=[driver, BETA_DRIVER], pending=[job("1", "ann"), job("2", "ann", "beta")])) == ["2"]


def test_running_jobs_are_overdue_after_the_timeout() -> None:
    running = [job("1", "ann", age=21), job("2", "ann", age=19)]
    assert [each.id for each in overdue(lab(running=running), 20.0)] == ["1"]
