"""Measurements for one history of jobs: what a user does at the console, and its cost on the server."""

from __future__ import annotations

import itertools
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.figures import median, percentile
from benchmarks.lab import LIVE, Lab, changing, cpu_seconds, resident, settled
from benchmarks.many import keys_to_frames
from benchmarks.wire import Wire
from tests.tui.terminal.console import PROGRAM, environment, open_console
from tests.tui.terminal.harness import Terminal

KEYS = 200
RATE = 50
# Repeats of a held key per second, and the duration in seconds.
REPEATS, HELD = 30, 5.0
ARRIVALS = 2.0
# Seconds without output after which a jump is complete; a page from the server may take a while.
QUIET = 4.0
# Jumps to a date: the first one to a part of the table that the server has not read for a while takes longer.
DATES = ("10d", "30d", "60d")


def server_pid(lab: Lab) -> int:
    """Return the process id of the lab's server."""
    folder = str(lab.sandbox.data)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "serve" in words and any(folder in word for word in words) and "python" not in words[0]:
                return int(entry.name)
    raise RuntimeError("the laboratory has a server")


def first_rows(lab: Lab) -> float:
    """Return the milliseconds from the command to the first rows of the jobs."""
    with lab.console("--screen", "jobs", parse=False) as terminal:
        terminal.wait_for(lambda: "▌".encode() in terminal.raw, 180)
        return (terminal.last_byte - terminal.started) * 1000


def listed(lab: Lab, limit: int = 50) -> float:
    """Return the milliseconds that `qpi-tui jobs list` takes with a stored session."""
    env = {**environment(lab.sandbox.direct_url, lab.sandbox.admin, Path(lab.home.name)), "PATH": "/usr/bin:/bin"}
    began = time.perf_counter()
    subprocess.run([PROGRAM, "jobs", "list", "--limit", str(limit)], env=env, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def opened(lab: Lab) -> tuple[float, float]:
    """Return the bytes received from the server, and its CPU seconds, until the first screen settles."""
    pid = server_pid(lab)
    with Wire(lab.sandbox.direct_url) as wire:
        began = cpu_seconds(pid)
        with open_console(
            wire.url, lab.sandbox.admin, Path(lab.home.name), "--screen", "jobs", role="admin"
        ) as terminal:
            settled(terminal, LIVE, "▌", timeout=180)
            _quiet(wire)
            return float(wire.received), cpu_seconds(pid) - began


def _quiet(wire: Wire, seconds: float = 2.0, most: float = 600.0) -> None:
    """Wait until the server has sent nothing for a while."""
    began = at = time.monotonic()
    known = wire.received
    while time.monotonic() - at < seconds and time.monotonic() - began < most:
        time.sleep(0.05)
        if wire.received != known:
            known, at = wire.received, time.monotonic()


def keys(lab: Lab) -> float:
    """Return the 99th percentile in milliseconds from a key to its frame while jobs in view change."""
    newest = [job["id"] for job in _newest(lab, 200)]
    with lab.console("--screen", "jobs") as terminal:
        settled(terminal, LIVE, "▌", timeout=180)
        with changing(lab, newest, RATE):
            terminal.pump_for(1.0)
            return percentile(keys_to_frames(terminal, KEYS), 0.99)


def jumps(lab: Lab) -> dict[str, float]:
    """Return the milliseconds from the last key to the last frame: to the end, to a date, and with a held page key."""
    found = {}
    with lab.console("--screen", "jobs") as terminal:
        settled(terminal, LIVE, "▌", timeout=180)
        found["G"] = _last_frame(terminal, "G")
        found["date"] = median([_to_date(terminal, date) for date in DATES])
        terminal.press("g")
        terminal.settle(0.5)
        until = time.monotonic() + HELD
        while time.monotonic() < until:
            # Back up before the end of a short list.
            terminal.press("pagedown" if lab.jobs > 10_000 or time.monotonic() % 1 < 0.5 else "pageup")
            terminal.pump_for(1 / REPEATS)
        found["page down"] = _last_frame(terminal, "pagedown")
    return found


def _to_date(terminal: Terminal, date: str) -> float:
    """Return the milliseconds from the last key to the last frame of a jump from the newest job to a date."""
    terminal.press("g")
    terminal.settle(0.5)
    terminal.press("@")
    terminal.pump_for(0.3)
    terminal.press(date)
    return _last_frame(terminal, "enter")


def _last_frame(terminal: Terminal, key: str) -> float:
    """Return the milliseconds from this key to the last frame, when no row is still being read."""
    terminal.press(key)
    began = time.monotonic()
    terminal.settle(QUIET, timeout=120)
    while _reads(terminal) and time.monotonic() - began < 60:
        terminal.settle(QUIET, timeout=120)
    return max(terminal.last_byte - began, 0.0) * 1000


def _reads(terminal: Terminal) -> bool:
    """Whether a row of the list has not arrived yet."""
    return any(line.lstrip("▌ ").rstrip("▁▂▃▄▅▆▇█ ") == "…" for line in terminal.lines)


def used(lab: Lab, seconds: float) -> float:
    """Return the megabytes of a console that was scrolled, filtered and updated for this long."""
    with lab.console("--screen", "jobs", parse=False) as terminal, _arriving(lab):
        terminal.wait_for(lambda: "▌".encode() in terminal.raw, 180)
        until = time.monotonic() + seconds
        for step in itertools.cycle(_script()):
            step(terminal)
            if time.monotonic() > until:
                break
        terminal.press("escape")
        terminal.pump_for(0.5)
        terminal.press("g")
        terminal.pump_for(2.0)
        return resident(terminal.process.pid)


def _script() -> list[partial[None]]:
    """Yield what somebody does who searches for something."""
    down = partial(_held, keys=["pagedown"] * 40)
    return [
        down, partial(_held, keys=["pageup"] * 15), partial(_held, keys=["G"]), partial(_held, keys=["pageup"] * 15),
        partial(_held, keys=["g"]), partial(_held, keys=["/", *"failed", "enter"]), down,
        partial(_held, keys=["escape"]), partial(_held, keys=["@", "30d", "enter"]), down,
        partial(_held, keys=["t"]), down, partial(_held, keys=["escape", "escape"]), partial(_held, keys=["g"]),
    ]  # fmt: skip


def _held(terminal: Terminal, keys: list[str]) -> None:
    for key in keys:
        terminal.press(key)
        terminal.pump_for(1 / 15)
    terminal.pump_for(0.7)


def at_rest(labs: list[Lab], seconds: float) -> list[float]:
    """Return the CPU seconds of each server in a minute in which its console is open and nothing happens."""
    terminals = [lab.console("--screen", "jobs", parse=False) for lab in labs]
    try:
        for terminal in terminals:
            terminal.wait_for(lambda each=terminal: "▌".encode() in each.raw, 180)
        _pump_all(terminals, 10.0)
        pids = [server_pid(lab) for lab in labs]
        before = [cpu_seconds(pid) for pid in pids]
        _pump_all(terminals, seconds)
        return [(cpu_seconds(pid) - began) * 60 / seconds for pid, began in zip(pids, before, strict=True)]
    finally:
        for terminal in terminals:
            terminal.close()


def _pump_all(terminals: list[Terminal], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for terminal in terminals:
            terminal.pump(0.05)


def _newest(lab: Lab, count: int) -> list[dict[str, str]]:
    query = {"perPage": count, "sort": "-@rowid", "skipTotal": 1, "fields": "id,user_id,qpu_target"}
    answer = lab.admin.get("/api/collections/quantum_jobs/records", params=query).raise_for_status()
    found: list[dict[str, str]] = answer.json()["items"]
    return found


@contextmanager
def _arriving(lab: Lab) -> Iterator[None]:
    """Let jobs arrive during this time."""
    stop = threading.Event()
    like = next(job for job in _newest(lab, 200) if job["qpu_target"])
    body = {**like, "status": "completed", "payload": {"shots": 100, "circuits": [{"circuit": "x"}]}}
    del body["id"]

    def go() -> None:
        while not stop.wait(1 / ARRIVALS):
            lab.admin.post("/api/collections/quantum_jobs/records", json=body).raise_for_status()

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
