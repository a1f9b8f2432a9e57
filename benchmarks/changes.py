"""Change jobs from a separate process while a console is measured.

In a thread of the measuring process it would hold the interpreter while a frame arrives, for up to 5 ms.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from typing import Any

import httpx

STATES = ("running", "completed", "failed", "pending")
# Seconds until the process has loaded what it needs.
STARTS = 60.0


@contextmanager
def changing(url: str, token: str, ids: Sequence[str], rate: float) -> Iterator[Sequence[int]]:
    """Change the status of this many jobs per second. The only item counts the changes."""
    context = multiprocessing.get_context("spawn")
    # One process writes it.
    count, begun, stop = context.Array("i", 1, lock=False), context.Event(), context.Event()
    process = context.Process(target=_change, args=(url, token, list(ids), rate, count, begun, stop), daemon=True)
    process.start()
    try:
        if not begun.wait(STARTS):
            raise RuntimeError("the process that changes jobs did not start")
        yield count
        if not process.is_alive():
            raise RuntimeError("the process that changes jobs failed")
    finally:
        stop.set()
        process.join()


def _change(url: str, token: str, ids: Sequence[str], rate: float, count: Any, begun: Event, stop: Event) -> None:
    with httpx.Client(base_url=url, timeout=20, headers={"Authorization": token}) as client:
        due = time.monotonic()
        while not stop.is_set():
            done = count[0]
            id, status = ids[done % len(ids)], STATES[done // len(ids) % len(STATES)]
            client.patch(f"/api/collections/quantum_jobs/records/{id}", json={"status": status}).raise_for_status()
            count[0] = done + 1
            begun.set()
            due += 1 / rate
            stop.wait(max(due - time.monotonic(), 0))
