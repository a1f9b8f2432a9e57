"""The cost of the client compared with bare httpx: `python -m benchmarks.client`.

Every figure is a ratio or a difference measured in one run. The sides alternate and the best of several rounds counts,
so that a busy machine slows both sides alike. `requests` and `httpx2` are measured too if they are installed (`uv run
--with httpx2 python -m benchmarks.client`), and so is the `qpi-client` from PyPI, which has the same name, in an
environment of its own: pass its interpreter as `QPI_CLIENT_PYTHON`.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from benchmarks import client_load
from qpi_client import QPIClient
from qpi_client.decoding import decode, job_pages

ROUNDS = 7
CALLS = 400
JOBS = 10_000
BODY = b'{"id": "job000000000001", "status": "running", "results": null}'


def import_seconds(module: str, rounds: int = 9, python: str = sys.executable) -> float:
    """Return the best time in which a fresh interpreter imports a module."""
    code = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    runs = [subprocess.run([python, "-c", code], capture_output=True, text=True, check=True) for _ in range(rounds)]
    return min(float(run.stdout) for run in runs)


def best(*sides: Callable[[], object]) -> list[float]:
    """Return the best time of each side, in seconds, with the sides alternating."""
    found = [float("inf")] * len(sides)
    for side in sides:
        side()
    for _ in range(ROUNDS):
        for number, side in enumerate(sides):
            began = time.perf_counter()
            side()
            found[number] = min(found[number], time.perf_counter() - began)
    return found


class Answer(BaseHTTPRequestHandler):
    """Answers every GET with the same response, on a connection that stays open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send the response in one piece."""
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
        self.wfile.write(head.encode() + BODY)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def canned(_: httpx.Request) -> httpx.Response:
    """Return the same response without a socket."""
    return httpx.Response(200, headers={"content-type": "application/json"}, content=BODY)


def jobs(*, whole: bool) -> bytes:
    """Return a page of jobs: as the server projects it for a list, or complete with payload and results."""
    items = []
    for number in range(JOBS):
        job: dict[str, Any] = {
            "collectionId": "pbc_2816938650", "collectionName": "quantum_jobs", "created": "2026-11-23 05:27:07.066Z",
            "duration": 0.037856245, "finished_at": "2026-11-23 05:29:43.034Z", "id": f"job{number:012}",
            "qpu_target": "jx8amixsrxv9ua4", "status": "completed", "updated": "2026-11-23 05:29:43.035Z",
            "user_id": "7b893eldiwyies2",
        }  # fmt: skip
        if whole:
            qasm = (
                'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[4] c;\n'
                + "h q[0];\n" * 12
                + "c = measure q;\n"
            )
            counts = {f"{state:04b}": 64 for state in range(16)}
            job["payload"] = {
                "circuits": [{"circuit": qasm}],
                "shots": 1024,
                "meas_level": 2,
                "meas_return": "single",
            }
            job["results"] = {
                "circuit_results": [{"counts": counts, "shots": 1024}],
                "counts": counts,
                "success": True,
            }
        items.append(job)
    return json.dumps({"items": items, "page": 1, "perPage": JOBS, "totalItems": JOBS, "totalPages": 1}).encode()


def measure_import() -> None:
    """Measure the import time compared with httpx alone."""
    bare, ours = import_seconds("httpx"), import_seconds("qpi_client")
    _show_import("httpx", bare, bare)
    _show_import("qpi_client", ours, bare)
    print(f"    more than httpx                 {(ours - bare) * 1e3:7.1f} ms")
    for name in ("requests", "qiskit"):
        if importlib.util.find_spec(name):
            _show_import(name, import_seconds(name, rounds=3), bare)
    if older := os.environ.get("QPI_CLIENT_PYTHON"):
        # From another directory, so that this checkout is not found first.
        with contextlib.chdir("/"):
            _show_import("the older qpi_client", import_seconds("qpi_client", 3, older), bare)


def _show_import(name: str, seconds: float, bare: float) -> None:
    print(f"import {name:<28} {seconds * 1e3:7.1f} ms   {seconds / bare:5.2f}x")


def measure_call() -> None:
    """Measure one call compared with a bare httpx request with its `raise_for_status` and `json`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        for label, options in (("no socket", {"transport": httpx.MockTransport(canned)}), ("a socket", {})):
            bare = httpx.Client(base_url=url, headers={"X-API-Token": "qpi_t"}, **options)
            ours = QPIClient(url, "qpi_t", **options)

            def plain(bare: httpx.Client = bare) -> None:
                for _ in range(CALLS):
                    bare.get("/api/jobs/job000000000001").raise_for_status().json()

            def called(ours: QPIClient = ours) -> None:
                for _ in range(CALLS):
                    ours.get_job("job000000000001")

            sides: list[Callable[[], object]] = [plain, called]
            named = []
            if importlib.util.find_spec("requests") and not options:
                sides.append(_requests(url))
                named.append("requests")
            if importlib.util.find_spec("httpx2") and not options:
                sides.append(_httpx2(url))
                named.append("httpx2")
            first, second, *others = best(*sides)
            more = (second - first) / CALLS * 1e6
            print(f"httpx, {label:<10}                   {first / CALLS * 1e6:7.1f} us a call")
            ratio = f"{second / first:5.2f}x   {more:+.1f} us"
            print(f"QPIClient.get_job, {label:<10}       {second / CALLS * 1e6:7.1f} us   {ratio}")
            for name, other in zip(named, others, strict=True):
                print(f"{name:<8}, {label:<10}                {other / CALLS * 1e6:7.1f} us   {other / first:5.2f}x")
            bare.close()
            ours.close()
    finally:
        server.shutdown()


def _requests(url: str) -> Callable[[], object]:
    import requests  # type: ignore[import-untyped,unused-ignore]  # measured where it is installed

    session = requests.Session()

    def called() -> None:
        for _ in range(CALLS):
            session.get(f"{url}/api/jobs/job000000000001", timeout=5).json()

    return called


def _httpx2(url: str) -> Callable[[], object]:
    client = importlib.import_module("httpx2").Client(base_url=url, headers={"X-API-Token": "qpi_t"})

    def called() -> None:
        for _ in range(CALLS):
            client.get("/api/jobs/job000000000001").raise_for_status().json()

    return called


def measure_decode() -> None:
    """Measure decoding a page of jobs compared with `json.loads`."""
    read = job_pages()
    for label, whole in (("as projected", False), ("whole records", True)):
        body = jobs(whole=whole)
        plain, ours = best(partial(json.loads, body), partial(decode, body, {}, "", read))
        size = len(body) / 1e6
        print(f"json.loads, {JOBS:,} jobs {label:<13} {plain * 1e3:7.1f} ms   ({size:.1f} MB)")
        print(f"the client's decoder                {ours * 1e3:7.1f} ms   {ours / plain:5.2f}x")


def main() -> None:
    """Measure everything and print it."""
    measure_import()
    measure_call()
    measure_decode()
    client_load.main()


if __name__ == "__main__":
    main()
