"""Latency from a change on the server to its frame, and the network traffic of a job's change."""

from __future__ import annotations

import time

import httpx

from benchmarks.figures import Figure, median, percentile
from benchmarks.lab import LIVE, Lab, settled
from qpi_tui.live.event_stream import topic

TIMES = 20
TIMER = 2000.0


def live(times: int = TIMES) -> list[Figure]:
    """Make changes one by one, and wait for each on the screen."""
    taken: list[float] = []
    with Lab() as lab, lab.console("--screen", "users") as terminal:
        settled(terminal, LIVE, "▌")
        user = lab.ids("users", count=12)[4]
        for n in range(times):
            terminal.pump_for(0.3)
            began = time.monotonic()
            lab.change("users", user, qpu_seconds=(11 + n) * 3600)
            terminal.wait_for(f"{11 + n} h")
            taken.append((terminal.last_byte - began) * 1000)
    return [
        Figure(
            "latency from a server change to its frame, median",
            median(taken),
            "ms",
            150,
            "polling interval without events",
            TIMER,
        ),
        Figure("latency from a server change to its frame, slowest of twenty", percentile(taken, 1.0), "ms", None),
    ]


def weight() -> list[Figure]:
    """Measure one job's change on the stream, as the console subscribes to it, compared with the full record."""
    sizes = {}
    with Lab() as lab:
        job = lab.ids("quantum_jobs", "status = 'completed'", 1)[0]
        # A result of a few thousand shots, as in kerneled data.
        lab.change("quantum_jobs", job, results={"iq": [[0.123456, 0.654321]] * 10_000})
        whole = lab.admin.get(f"/api/collections/quantum_jobs/records/{job}").raise_for_status()
        sizes["record"] = len(whole.content)
        url, headers = lab.sandbox.direct_url, dict(lab.admin.headers)
        with httpx.Client(base_url=url, timeout=20) as client, client.stream("GET", "/api/realtime") as stream:
            pieces = stream.iter_raw()
            client_id = next(pieces).decode().partition('"clientId":"')[2].partition('"')[0]
            body = {"clientId": client_id, "subscriptions": [topic("quantum_jobs")]}
            httpx.post(f"{url}/api/realtime", json=body, headers=headers).raise_for_status()
            lab.change("quantum_jobs", job, duration=1.5)
            event = b""
            while not event.endswith(b"\n\n"):
                event += next(pieces)
        sizes["event"] = len(event)
        if b"results" in event or b"OPENQASM" in event:
            raise AssertionError("an event contains the payload or the results")
    beside = "full record"
    return [Figure("bytes received per job update", sizes["event"], "B", 2_000, beside, sizes["record"], exact=True)]
