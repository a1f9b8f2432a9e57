"""The dispatch rules alone, with a clock set by the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qpi_sandbox.worker.scheduler import Driver, Job, Snapshot, dispatchers, driver, in_turn, overdue

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDLE = 5.0
RUN = "r2"


def job(name: str, user: str, qpu: str = "alpha", age: float = 0.0) -> Job:
    created = NOON - timedelta(seconds=age)
    return Job(name, qpu, user, created, created.strftime("%Y-%m-%d %H:%M:%S.000Z"))


def lab(**changes: Any) -> Snapshot:
    return replace(Snapshot(now=NOON), **changes)


def sent(snapshot: Snapshot, qpu: str = "alpha") -> list[str]:
    return [job.id for job in in_turn(snapshot, qpu, IDLE)]


def completed(seconds_ago: float, qpu: str = "alpha") -> dict[str, datetime]:
    return {qpu: NOON - timedelta(seconds=seconds_ago)}


def test_without_a_slot_all_jobs_are_dispatched_first_in_first_out() -> None:
    assert sent(lab(pending=[job("1", "ann"), job("2", "bob"), job("3", "ann")])) == ["1", "2", "3"]


def test_the_slot_holder_goes_first_and_others_wait() -> None:
    pending = [job("1", "bob"), job("2", "ann"), job("3", "bob")]
    assert sent(lab(pending=pending, slot_holder="ann", last_completed=completed(1))) == ["2"]


@pytest.mark.parametrize(("ago", "served"), [(4.9, ["2"]), (5.0, ["2", "1", "3"]), (50.0, ["2", "1", "3"])])
def test_once_the_holder_is_idle_everybody_is_served_after_the_holder(ago: float, served: list[str]) -> None:
    pending = [job("1", "bob"), job("2", "ann"), job("3", "cat")]
    assert sent(lab(pending=pending, slot_holder="ann", last_completed=completed(ago))) == served


def test_a_holder_without_a_completed_job_delays_nobody() -> None:
    assert sent(lab(pending=[job("1", "bob")], slot_holder="ann")) == ["1"]


def test_idleness_is_tracked_per_qpu() -> None:
    pending = [job("1", "bob"), job("2", "bob", "beta")]
    busy = lab(pending=pending, slot_holder="ann", last_completed={**completed(1), **completed(30, "beta")})
    assert sent(busy) == []
    assert sent(busy, "beta") == ["2"]


def test_dispatchers_of_one_qpu_alternate() -> None:
    three = [Driver("a", "alpha"), Driver("m", "alpha", runs_jobs=False), Driver("b", "beta")]
    assert [each.id for each in dispatchers(lab(drivers=three), 0)] == ["a", "m", "b"]
    assert [each.id for each in dispatchers(lab(drivers=three), 1)] == ["m", "a", "b"]


@pytest.mark.parametrize("unlike", [{"attached": False}, {"enabled": False}, {"runs_jobs": False}, {"alive": False}])
def test_a_dispatcher_only_requires_that_it_was_started(unlike: dict[str, bool]) -> None:
    assert dispatchers(lab(drivers=[Driver("a", "alpha", **unlike)]), 0)  # type: ignore[arg-type]  # flags only
    assert not dispatchers(lab(drivers=[Driver("a", "alpha", active=False)]), 0)


def row(**changes: str) -> dict[str, str]:
    return {
        "node": "d", "qpu": "alpha", "name": "d", "kind": "mock", "events": "JobDispatch JobResult", "played": "1",
        "alive": "1", "attached": "1", "run": RUN, "enabled": "1", "last_seen": "", **changes,
    }  # fmt: skip


def test_a_connection_opens_closes_or_belongs_to_an_earlier_run() -> None:
    states = {
        "open": driver(row(), RUN),
        "opening": driver(row(attached="0"), RUN),
        "its process ended": driver(row(alive="0"), RUN),
        "its dispatcher ended": driver(row(alive="0", run=""), RUN),
        "of an earlier run": driver(row(run="r1"), RUN),
        "somebody else's": driver(row(attached="0", played="0", alive="0"), RUN),
    }
    assert {name for name, each in states.items() if each.opening} == {"opening"}
    assert {name for name, each in states.items() if each.closing} == {"its process ended", "its dispatcher ended"}
    assert {name for name, each in states.items() if not each.active} == {"its dispatcher ended", "of an earlier run"}


def test_running_jobs_are_overdue_after_the_timeout() -> None:
    running = [job("1", "ann", age=21), job("2", "ann", age=19)]
    assert [each.id for each in overdue(lab(running=running), 20.0)] == ["1"]
