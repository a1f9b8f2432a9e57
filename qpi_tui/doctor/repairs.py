"""Repairs that a superuser can make safely: adding indexes, disabling a dead driver."""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from qpi_tui.doctor.findings import Repair

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, QPIClient

Steps = Generator[Any, Any, tuple[str, Mapping[str, object]]]


def repair_blocking(client: QPIClient, repair: Repair) -> tuple[str, Mapping[str, object]]:
    """Make a repair with a blocking client; what was done, in words, and the record afterwards."""
    steps = _steps(client, repair)
    answer: Any = None
    while True:
        try:
            answer = steps.send(answer)
        except StopIteration as done:
            return _result(done)


async def repair_awaited(client: AsyncQPIClient, repair: Repair) -> tuple[str, Mapping[str, object]]:
    """As `repair_blocking`, awaited."""
    steps = _steps(client, repair)
    answer: Any = None
    while True:
        try:
            step: Awaitable[Any] = steps.send(answer)
        except StopIteration as done:
            return _result(done)
        answer = await step


def _result(done: StopIteration) -> tuple[str, Mapping[str, object]]:
    said, record = done.value
    return said, record


def _steps(client: Any, repair: Repair) -> Steps:
    return _add_indexes(client, repair) if repair.kind == "indexes" else _disable(client, repair)


def _add_indexes(client: Any, repair: Repair) -> Steps:
    """Add what is lacking to what is there now, and measure the newest page before and after."""
    before = yield client.measure_job_page("created")
    collection = yield client.get_collection("quantum_jobs")
    there = [str(statement) for statement in collection.get("indexes") or []]
    new = [statement for statement in repair.statements if statement not in there]
    record = yield client.set_indexes("quantum_jobs", [*there, *new])
    after = yield client.measure_job_page("created")
    said = f"{len(new)} indexes added. The newest page by date: {before:.2f} s before, {after:.2f} s now."
    return said, record


def _disable(client: Any, repair: Repair) -> Steps:
    """Disable a driver that is recorded as online and is not there."""
    record = yield client.toggle_driver(repair.target, False)
    return f"{record.get('name')} is disabled. Enable it when its process is started again.", record
