"""`--wait`: wait until QPUs are out of service or back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qpi_tui.cli import streams
from qpi_tui.cli.following import Outage
from qpi_tui.cli.output import say
from qpi_tui.cli.problems import TIMED_OUT, Problem
from qpi_tui.cli.registry import read_services
from qpi_tui.cli.signing import Signed
from qpi_tui.rows.qpu_service import QPUService, listed

EVERY = 0.5  # Seconds between two reads.
LONG, SHARE = 0.5, 20  # Seconds that count as a slow read, and the factor of the pause after it.
Waiting = Callable[[Signed, Sequence[str], float], int]


@dataclass(frozen=True)
class Then:
    """The message before a change of service, and the condition to wait for after it, with a timeout in seconds."""

    note: Callable[[Sequence[QPUService]], list[str]]
    wait: Waiting | None = None
    timeout: float = float("inf")


def wait_idle(signed: Signed, ids: Sequence[str], timeout: float) -> int:
    """Wait until no job is running on any of these QPUs."""

    def left(services: Sequence[QPUService]) -> str:
        busy = [f"{each.name} ({each.running:,} running)" for each in services if each.running]
        return f"Waiting for {listed(busy)}" if busy else ""

    return _wait(signed, ids, timeout, left, "No job is running on these QPUs.")


def wait_connected(signed: Signed, ids: Sequence[str], timeout: float) -> int:
    """Wait until a driver that runs jobs is connected to each of these QPUs; report each driver as it connects."""
    told: set[str] = set()

    def left(services: Sequence[QPUService]) -> str:
        waits = []
        for service in services:
            if service.drivers is None:
                waits += [] if service.qpu.status == "online" else [service.name]
                continue
            for driver in service.connected:
                if driver.id not in told:
                    told.add(driver.id)
                    say(f"{driver.label} of {service.name} is connected.")
            if not service.runners:
                absent = [driver.label for driver in service.drivers if driver.enabled and driver.runs_jobs]
                waits.append(f"{' or '.join(absent) or 'a driver'} of {service.name}")
        return f"Waiting for {listed(waits)} to connect: restart the driver process" if waits else ""

    return _wait(signed, ids, timeout, left, "A driver that runs jobs is connected.")


def _wait(
    signed: Signed, ids: Sequence[str], timeout: float, left: Callable[[Sequence[QPUService]], str], done: str
) -> int:
    """Read until nothing is left to wait for, through outages, and print what is missing on each change."""
    until = time.monotonic() + timeout
    said, took, outage = "", 0.0, Outage()

    def read() -> list[QPUService]:
        nonlocal took
        began = time.monotonic()
        found = read_services(signed)
        took = time.monotonic() - began
        return found

    while True:
        services = outage.insist(read, until)
        if services is None:
            raise Problem(f"Gave up after {timeout:g} s. {said or 'The server does not answer'}.", TIMED_OUT)
        sentence = left([service for service in services if service.qpu.id in ids])
        if not sentence:
            say(done)
            return 0
        if sentence != said:
            said = sentence
            say(f"{sentence}…")
        if time.monotonic() >= until:
            raise Problem(f"Gave up after {timeout:g} s. {sentence}.", TIMED_OUT)
        # Reading the queue may be slow: use at most a twentieth of the server's time.
        pause = max(EVERY, SHARE * took if took > LONG else 0.0)
        streams.sleep(min(pause, max(until - time.monotonic(), 0)))
