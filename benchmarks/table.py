"""The cost of 100,000 jobs in the record table, compared with Textual's `DataTable` with the same rows, in one run.

Each table has its own process, so that its memory is separate. Times are measured from the call until the screen is
drawn (headless, 120×40). The ratio is the figure that counts.

    python benchmarks/table.py [--rows N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPEATS = 5
STATES = ("pending", "running", "completed", "failed", "cancelled")
FIELDS = (
    "fill",
    "sort",
    "filter_cold",
    "filter_first",
    "filter_next",
    "same_again",
    "one_cell",
    "cursor_down",
    "memory",
)
WORDS = {
    "fill": "shown for the first time",
    "sort": "sorted by another column",
    "filter_cold": "the first filter of all",
    "filter_first": "first letters of a filter",
    "filter_next": "a further letter",
    "same_again": "a refresh that changes nothing",
    "one_cell": "a refresh with one changed cell",
    "cursor_down": "the cursor one line down",
    "memory": "memory over the records (MB)",
}


def jobs(count: int) -> list[dict[str, Any]]:
    """Return jobs as the server lists them, with QPU and user expanded. Most are completed."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    qpus = [{"id": f"qpu{n}", "name": f"qpu_{n}"} for n in range(6)]
    users = [{"id": f"user{n}", "email": f"person{n}@lab.example.org"} for n in range(40)]
    return [
        {
            "id": f"job{n:012}", "status": STATES[n * 7 % 5 if n % 20 == 0 else 2], "qpu_target": qpus[n % 6]["id"],
            "user_id": users[n % 40]["id"], "created": f"{start + timedelta(seconds=n):%Y-%m-%d %H:%M:%S.000Z}",
            "updated": f"{start + timedelta(seconds=n + 60):%Y-%m-%d %H:%M:%S.000Z}",
            "finished_at": f"{start + timedelta(seconds=n + 60):%Y-%m-%d %H:%M:%S.000Z}",
            "duration": (n * 31 % 1000) / 100, "circuits": 1 + n % 3, "shots": 1024,
            "expand": {"qpu_target": qpus[n % 6], "user_id": users[n % 40]},
        }
        for n in range(count)
    ]  # fmt: skip


def resident() -> float:
    """Return this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def timed(pilot: Any, act: Callable[[int], Any], repeats: int = REPEATS) -> float:
    """Return the median time in ms until an action is on the screen. The action gets the number of its round."""
    times = []
    for turn in range(repeats):
        start = time.perf_counter()
        act(turn)
        # Every message is handled, then everything dirty is drawn. Without the zero, the pilot waits in steps of 20 ms
        # until the process is idle. Twice: `DataTable` measures its columns when it has nothing else to do.
        await pilot.pause(0)
        await pilot.pause(0)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def ours(count: int) -> dict[str, float]:
    """Measure the record table."""
    from textual.app import App

    from qpi_tui.live.job_store import JobStore
    from qpi_tui.resources import jobs as columns
    from qpi_tui.widgets.record_table import RecordTable

    table = RecordTable(columns.for_role(everyone=True))
    # Through the store, as in the console.
    store = JobStore()
    given = {record["id"]: record for record in jobs(count)}
    store.merge(given.values())
    records = store.listed()

    class Console(App[None]):
        def compose(self) -> Any:
            yield table

    def filter_anew(turn: int) -> None:
        table.filter_text = ""
        table.filter_text = "per" if turn % 2 else "qpu"

    def change(turn: int) -> None:
        store.merge([{**given[records[3].id], "status": STATES[turn % 5], "duration": 9.0 + turn}], touch=True)
        table.set_records(store.listed(), distinct=True)

    async with Console().run_test(size=(120, 40)) as pilot:
        found: dict[str, float] = {}
        before = resident()
        found["fill"] = await timed(pilot, lambda _: table.set_records(records, distinct=True), 1)
        found["same_again"] = await timed(pilot, lambda _: table.set_records(list(map(copy.copy, records))))
        found["one_cell"] = await timed(pilot, change)
        found["cursor_down"] = await timed(pilot, lambda _: table.action_cursor_down())
        found["sort"] = await timed(pilot, lambda turn: table.sort_by(("qpu", "user", "took", "status", "age")[turn]))
        table.sort_by(None)
        found["filter_cold"] = await timed(pilot, lambda _: setattr(table, "filter_text", "qpu_3"), 1)
        found["filter_first"] = await timed(pilot, filter_anew)
        table.filter_text = "qpu"
        found["filter_next"] = await timed(
            pilot, lambda turn: setattr(table, "filter_text", "qpu_3 person"[: 4 + turn])
        )
        found["memory"] = resident() - before
        return found


async def textuals(count: int) -> dict[str, float]:
    """Measure Textual's table with the same cells. It has no filter, so a filter refills it with the matching rows."""
    from rich.text import Text
    from textual.app import App
    from textual.widgets import DataTable

    from qpi_tui.domain.filter_index import text_of
    from qpi_tui.resources import jobs as columns

    chosen = columns.for_role(everyone=True)
    rows = {record["id"]: columns.RESOURCE.decode(record) for record in jobs(count)}
    table: DataTable[Text] = DataTable(cursor_type="row")
    records = jobs(count)

    class Console(App[None]):
        def compose(self) -> Any:
            yield table

    def fill(given: list[dict[str, Any]]) -> None:
        table.clear()
        for record in given:
            table.add_row(*[Text(text_of(column.cell(rows[record["id"]]))) for column in chosen], key=record["id"])

    def matching(words: str) -> list[dict[str, Any]]:
        parts = words.split()
        kept = []
        for record in records:
            text = " ".join(text_of(column.cell(rows[record["id"]])) for column in chosen).casefold()
            if all(part in text for part in parts):
                kept.append(record)
        return kept

    async with Console().run_test(size=(120, 40)) as pilot:
        for column in chosen:
            table.add_column(column.label, width=column.width, key=column.key)
        found: dict[str, float] = {}
        before = resident()
        found["fill"] = await timed(pilot, lambda _: fill(records), 1)
        found["memory"] = resident() - before
        found["same_again"] = await timed(pilot, lambda _: fill(records), 1)
        row = records[3]["id"]
        found["one_cell"] = await timed(pilot, lambda turn: table.update_cell(row, "status", Text(STATES[turn % 5])))
        found["cursor_down"] = await timed(pilot, lambda _: table.action_cursor_down())
        keys = ("qpu", "user", "took", "status", "age")
        found["sort"] = await timed(pilot, lambda turn: table.sort(keys[turn], key=lambda text: text.plain), 2)
        found["filter_cold"] = await timed(pilot, lambda _: fill(matching("qpu_3")), 1)
        found["filter_first"] = found["filter_cold"]
        found["filter_next"] = await timed(pilot, lambda _: fill(matching("qpu_3 person1")), 1)
        return found


def run(which: str, rows: int) -> dict[str, float]:
    """Measure one table in its own process."""
    command = [sys.executable, __file__, "--only", which, "--rows", str(rows)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return measured


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--only", choices=("ours", "textuals"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        measure = ours if given.only == "ours" else textuals
        print(json.dumps(asyncio.run(measure(given.rows))))
        return
    mine, other = run("ours", given.rows), run("textuals", given.rows)
    if given.json:
        print(json.dumps({"rows": given.rows, "ours": mine, "datatable": other}))
        return
    print(f"{given.rows:,} jobs, ms         {'ours':>10} {'DataTable':>12} {'ratio':>9}")
    for field in FIELDS:
        ratio = mine[field] / other[field] if other[field] else float("nan")
        print(f"{WORDS[field]:<32}{mine[field]:>8.1f} {other[field]:>12.1f} {ratio:>9.4f}")


if __name__ == "__main__":
    main()
