"""How accurate the estimated starts of queued jobs are, on a sandbox whose worker runs jobs of known lengths.

python -m benchmarks.waiting                 three minutes of jobs on three QPUs
python -m benchmarks.waiting --seconds 30    less
python -m benchmarks.waiting --write         the table into docs/explanation/waiting.md
"""

from __future__ import annotations

import argparse
import math
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from benchmarks.figures import median
from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from qpi_tui.cli.job_start import read_start
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.clock import parse_date
from qpi_tui.domain.roles import Role
from qpi_tui.domain.start_estimate import StartEstimate
from tests.conftest import connect_driver, sign_in
from tests.waiting import wait_for

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "waiting.md"
MARK = "<!-- the table -->"
BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
SHOT_TIME = 0.001
# The share of time for which a QPU is busy.
LOAD = 0.85
WARM_UP = 8
Lengths = Callable[[random.Random], float]
"""Draws the seconds that a job takes."""
LENGTHS: dict[str, Lengths] = {
    "equal: 0.5 s": lambda rng: 0.5,
    "spread: median 0.6 s, log-normal": lambda rng: min(0.6 * math.exp(rng.gauss(0, 0.8)), 8.0),
    "two kinds: 0.2 s, one in five 3 s": lambda rng: 3.0 if rng.random() < 0.2 else 0.2,
}
HEADS = ("Job lengths", "Jobs", "Estimated", "In range", "Earlier", "Later", "Error", "Range", "Wait")


class Outcome(NamedTuple):
    """One estimate and its outcome, in seconds from the submission."""

    low: float
    high: float
    start: float

    @property
    def error(self) -> float:
        """Return the distance of the start from the middle of the range."""
        return abs(self.start - (self.low + self.high) / 2)


class Load(threading.Thread):
    """Submits jobs to one QPU in random bursts, and stores the estimate of each while it is queued."""

    def __init__(self, sandbox: Sandbox, qpu: str, lengths: Lengths, seed: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self._sandbox, self._qpu, self._lengths = sandbox, qpu, lengths
        self._rng, self._seconds = random.Random(seed), seconds  # noqa: S311
        self.estimates: dict[str, StartEstimate] = {}
        self.submitted = 0

    def run(self) -> None:
        """Submit for this many seconds."""
        admin, user = QPIClient(self._sandbox.url), QPIClient(self._sandbox.url)
        admin.auth_with_password(self._sandbox.admin.identity, self._sandbox.admin.password, "_superusers")
        person = self._sandbox.users[0]
        user.auth_with_password(person.identity, person.password)
        signed = Signed(admin, Role.ADMIN, "", cast("Any", None), log=cast("Any", None))
        # The first job loads Qiskit; without earlier runs there is no estimate.
        for _ in range(WARM_UP):
            id = self._send(user, self._lengths(self._rng))
            wait_for(lambda id=id: user.get_job(id)["status"] == "completed", "a first job")  # type: ignore[misc]
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            work = 0.0
            for _ in range(self._rng.randint(1, 8)):
                length = self._lengths(self._rng)
                self._submit(signed, user, length)
                work += length
            time.sleep(self._rng.expovariate(LOAD / work))

    def _submit(self, signed: Signed, user: QPIClient, length: float) -> None:
        id = self._send(user, length)
        self.submitted += 1
        _, start = read_start(signed, signed.client.get_job(id, results=False))
        # A job dispatched meanwhile is no longer queued.
        if (
            start is not None
            and start.earliest is not None
            and signed.client.get_job(id, results=False)["status"] == "pending"
        ):
            self.estimates[id] = start

    def _send(self, user: QPIClient, length: float) -> str:
        return user.submit_job([{"circuit": BELL}], shots=round(length / SHOT_TIME), qpu_target=self._qpu)


def outcomes(jobs: Sequence[Any], estimates: dict[str, StartEstimate]) -> list[Outcome]:
    """Return each estimate with the start: when a job was dispatched, or the previous one ended."""
    over = sorted((job for job in jobs if job["finished_at"]), key=lambda job: job["finished_at"])
    found, free = [], 0.0
    for job in over:
        ended, made = _seconds(job["finished_at"]), _seconds(job["created"])
        begun, free = max(ended - job["duration"], free), ended
        known = estimates.get(job["id"])
        if known is not None and known.earliest is not None and known.latest is not None:
            found.append(Outcome(known.earliest.timestamp() - made, known.latest.timestamp() - made, begun - made))
    return found


def _seconds(text: str) -> float:
    moment = parse_date(text)
    if moment is None:
        raise ValueError(text)
    return moment.timestamp()


def line(name: str, jobs: int, found: Sequence[Outcome]) -> tuple[str, ...]:
    """Return the cells of one row of the table."""
    many = max(len(found), 1)
    early = sum(each.start < each.low for each in found)
    late = sum(each.start > each.high for each in found)
    middle = [
        f"{median(values):.1f} s" if values else "–"
        for values in (
            [each.error for each in found], [each.high - each.low for each in found], [each.start for each in found],
        )
    ]  # fmt: skip
    shares = [f"{count / many:.0%}" for count in (len(found) - early - late, early, late)]
    return name, f"{jobs:,}", f"{len(found):,}", *shares, *middle


def measure(seconds: float, seed: int) -> list[tuple[str, ...]]:
    """Run the loads, wait for their jobs, and return the rows of the table."""
    # No job is put back, which would measure something else.
    with Sandbox(seed=seed, jobs=300, users=6, shot_time=SHOT_TIME, job_timeout=3600.0) as sandbox:
        import httpx

        client = QPIClient(sandbox.url)
        client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, "_superusers")
        token = sign_in(sandbox.url, sandbox.admin, "_superusers")
        with httpx.Client(base_url=sandbox.url, headers={"Authorization": token}) as admin:
            slots = client.collection("time_slots")
            for slot in slots.list():
                slots.delete(slot["id"])
            client.collection("users").update(sandbox.users[0].id, {"qpu_seconds": 1e6})
            loads = {}
            for place, (name, lengths) in enumerate(LENGTHS.items()):
                body = {"name": f"waiting_{place}", "num_qubits": 5, "enabled": True}
                qpu = admin.post("/api/op/qpus/create", json=body).raise_for_status().json()["id"]
                connect_driver(admin, qpu, "mock")
                wait_for(lambda qpu=qpu: client.get_qpu(qpu)["status"] == "online", "the QPU to come online")  # type: ignore[misc]
                loads[name] = qpu, Load(sandbox, qpu, lengths, seed + place, seconds)
        for _, load in loads.values():
            load.start()
        for _, load in loads.values():
            load.join()
        lines, every, total = [], [], 0
        for name, (qpu, load) in loads.items():
            deadline = time.monotonic() + 120
            while client.list_jobs(qpu=qpu, everyone=True, status=["pending", "running"], limit=1):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"jobs of {name} are not over")
                time.sleep(0.5)
            found = outcomes(client.list_jobs(qpu=qpu, everyone=True, limit=None), load.estimates)
            lines.append(line(name, load.submitted, found))
            every += found
            total += load.submitted
        client.close()
    return [*lines, line("all", total, every)]


def main() -> None:
    """Measure and print, and write the page if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180.0, help="how long jobs are submitted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the table to docs/explanation/waiting.md")
    options = parser.parse_args()
    rows = [HEADS, ("---",) * len(HEADS), *measure(options.seconds, options.seed)]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    print(text)
    if options.write:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        where = f"Seed {options.seed}, {options.seconds:.0f} s of submissions, {os.cpu_count()} cores."
        PAGE.write_text(f"{head}{MARK}\n{text}\n\n{where}\n{MARK}{rest.partition(MARK)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
