"""`usage` and its screen: the same figures as summing every job, from few requests, with closed days read once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from qpi_client import AsyncQPIClient, QPIClient
from qpi_sandbox import Sandbox
from qpi_tui.domain import clock
from qpi_tui.domain.usage_days import percentile, seconds_of, step_of
from qpi_tui.files.usage_cache import UsageCache
from qpi_tui.live import usage_reader
from qpi_tui.live.pacing import Pace
from qpi_tui.live.usage_reader import UsageReader, read_usage, read_usage_async
from qpi_tui.rows.usage_totals import BYS, by_hour, total, totals
from tests.cli.command import Command, as_

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = datetime(2026, 11, 15, tzinfo=UTC)
Jobs = list[dict[str, Any]]


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a lab with a history, in which nothing happens."""
    with Sandbox(seed=1, jobs=900, worker=False, now=NOW) as running:
        yield running


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fix the clock to the lab's, and skip the pauses that spare the server."""
    monkeypatch.setattr(usage_reader.time, "sleep", lambda seconds: None)
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def client(lab: Sandbox, sent: list[str]) -> Iterator[QPIClient]:
    with QPIClient(lab.url, on_response=lambda seen: sent.append(seen.url)) as opened:
        opened.auth_with_password(lab.admin.identity, lab.admin.password, "_superusers")
        sent.clear()
        yield opened


def every_job(client: QPIClient, since: datetime = SINCE) -> Jobs:
    found = [dict(job) for job in client.list_jobs(everyone=True, since=since)]
    return [job for job in found if datetime.fromisoformat(job["created"]) <= NOW]


def read(client: QPIClient, since: datetime = SINCE, cache: UsageCache | None = None, **more: Any) -> UsageReader:
    reader = UsageReader(since, cache, **more)
    read_usage(client, reader, everyone=True)
    return reader


def key(by: str, job: dict[str, Any]) -> str:
    made = datetime.fromisoformat(job["created"])
    fields = {"user": "user_id", "qpu": "qpu_target", "status": "status"}
    if by in fields:
        return str(job[fields[by]]) or "none"
    return f"{made:{ {'day': '%Y-%m-%d', 'week': '%G-W%V', 'month': '%Y-%m'}[by] }}"


def same(reader: UsageReader, jobs: Jobs) -> None:
    """Check that the figures equal those of the jobs, whatever they are grouped by."""
    for by in BYS:
        counts = Counter(key(by, job) for job in jobs)
        rows = {row.id: row for row in totals(reader.days(), by)}
        assert {id: row.jobs for id, row in rows.items()} == counts, by
        for id, row in rows.items():
            own = [job for job in jobs if key(by, job) == id]
            over = [job for job in own if job["status"] in ("completed", "failed")]
            assert row.seconds == pytest.approx(sum(job["duration"] for job in over), abs=1e-3)
            assert row.failed == sum(job["status"] == "failed" for job in own)
    hours = Counter((made.weekday(), made.hour) for job in jobs for made in [datetime.fromisoformat(job["created"])])
    heat = by_hour(reader.days())
    assert {(d, h): heat[d][h] for d in range(7) for h in range(24) if heat[d][h]} == hours


def test_the_figures_equal_the_sum_of_every_job(client: QPIClient, sent: list[str]) -> None:
    jobs = every_job(client)
    sent.clear()
    reader = read(client)
    assert len(jobs) > 300
    assert len(sent) == 2, "a short page, and one that holds the others"
    assert reader.whole
    assert reader.covers == SINCE
    same(reader, jobs)
    part = datetime(2026, 11, 17, 7, 30, tzinfo=UTC)
    again = read(client, part)
    assert again.covers == part
    same(again, [job for job in jobs if datetime.fromisoformat(job["created"]) >= part])


def test_closed_days_are_read_once_and_their_open_jobs_read_again(
    client: QPIClient, sent: list[str], tmp_path: Path
) -> None:
    cache = UsageCache(tmp_path, "server", "admin")
    ended = [job for job in every_job(client) if job["created"] < "2026-11-19" and job["status"] == "failed"]
    for job in ended[:2]:
        client.collection("quantum_jobs").update(job["id"], {"status": "pending"})
    first = read(client, cache=cache)
    kept = sorted(path.stem for path in tmp_path.rglob("*.json"))
    assert kept == [f"2026-11-{day}" for day in range(15, 20)]
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*.json")} == {"0o600"}
    jobs = every_job(client)
    old = [job for job in jobs if job["created"] < "2026-11-19"]
    pending = [job["id"] for job in old if job["status"] == "pending"]
    done = next(job for job in old if job["status"] == "completed")
    assert len(pending) == 2
    sent.clear()
    second = read(client, cache=cache)
    # Only the open jobs, by id, and today.
    assert len(sent) <= 2 + len(first.open_ids())
    assert not any("page=2" in url for url in sent)
    same(second, jobs)
    client.cancel_job(pending[0])
    client.collection("quantum_jobs").delete(pending[1])
    client.collection("quantum_jobs").delete(done["id"])
    third = read(client, cache=cache)
    # Finished jobs count by their outcome. Jobs deleted before they ran are gone; jobs that ran before they were
    # deleted still count.
    same(third, [job for job in every_job(client) if job["id"] != done["id"]] + [done])
    fresh = read(client, cache=cache, fresh=True)
    same(fresh, every_job(client))


def test_the_cache_of_another_account_or_a_corrupt_cache_is_ignored(client: QPIClient, tmp_path: Path) -> None:
    cache = UsageCache(tmp_path, "server", "admin")
    reader = read(client, cache=cache)
    assert UsageCache(tmp_path, "server", "user").read([date(2026, 11, 17)]) == {}
    assert UsageCache(tmp_path, "elsewhere", "admin").read([date(2026, 11, 17)]) == {}
    files = sorted(tmp_path.rglob("*.json"))
    files[0].write_text("{", encoding="utf-8")
    files[1].write_text(json.dumps({"format": 0}), encoding="utf-8")
    files[2].write_text(files[3].read_text(encoding="utf-8"), encoding="utf-8")
    assert len(cache.read(date(2026, 11, day) for day in range(10, 21))) == len(files) - 3
    same(read(client, cache=cache), every_job(client))
    assert reader.whole


def test_an_interrupted_report_states_what_it_covers(
    client: QPIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_client.calls.job_search._FIRST", 100)
    monkeypatch.setattr("qpi_client.paging.PAGE", 100)
    cache = UsageCache(tmp_path, "server", "admin")
    reader = UsageReader(SINCE, cache)

    def stepped() -> None:
        # When steps are reported depends on the clock, so stop once yesterday is stored.
        if reader.covers is not None and reader.covers < NOW.replace(hour=0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_usage(client, reader, everyone=True, stepped=stepped)
    covers = reader.covers
    assert covers is not None
    assert SINCE < covers < NOW
    assert covers.hour == 0, "whole days"
    same(reader, every_job(client, covers))
    # What was read is not read again.
    later = UsageReader(SINCE, cache)
    assert later.spans()[1:], "today, and what is still missing"
    read_usage(client, later, everyone=True)
    same(later, every_job(client))


def test_reading_leaves_the_server_idle_nine_tenths_of_the_time(
    client: QPIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(usage_reader.time, "sleep", rests.append)
    ticks = iter(range(10_000_000))
    monkeypatch.setattr(usage_reader.time, "monotonic", lambda: next(ticks) / 1000)
    pace = Pace()
    assert pace.rest() == 0, "it came with the job before"
    for _ in range(100):
        next(ticks)
    assert pace.rest() == pytest.approx(0.102 * 9, rel=0.05)
    monkeypatch.undo()
    clock.set_clock(lambda: NOW)
    monkeypatch.setattr(usage_reader.time, "sleep", rests.append)
    read(client)
    assert rests
    assert max(rests) > 0.01


def test_users_see_their_own_usage(lab: Sandbox, client: QPIClient) -> None:
    who = lab.users[0]
    own = [job for job in every_job(client) if job["user_id"] == who.id]
    assert own

    async def theirs() -> UsageReader:
        async with AsyncQPIClient(lab.url) as user:
            await user.auth_with_password(who.identity, who.password)
            reader = UsageReader(SINCE)
            await read_usage_async(user, reader, everyone=False)
            return reader

    usage = asyncio.run(theirs())
    same(usage, own)


def test_percentiles_are_accurate_to_a_few_percent() -> None:
    waits = [0.05 * 1.07**n for n in range(300)]
    counted = Counter(map(step_of, waits))
    for share in (0.5, 0.9, 0.99):
        exact = sorted(waits)[round(share * len(waits)) - 1]
        assert percentile(counted, share) == pytest.approx(exact, rel=0.03)
    assert percentile({}, 0.5) is None
    assert seconds_of(0) == 0


def test_the_usage_command_prints_the_same_figures(
    lab: Sandbox, client: QPIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QPI_NOW", NOW.isoformat())
    person: Command = as_(lab.url, lab.admin, "admin")
    jobs = every_job(client)
    told = person.ok("usage", "--by", "qpu", "--since", "2026-11-15", "--json")
    rows = json.loads(told.out)
    assert sum(row["jobs"] for row in rows) == len(jobs)
    assert {row["since"] for row in rows} == {SINCE.isoformat()}
    assert "Covers Sun 15 Nov to now." in told.err
    assert {row["name"] for row in rows} >= {"aer-sim", "mock-5"}
    table = person.ok("usage", "--since", "2026-11-15").out
    assert "QPU time" in table
    assert "@" in table.splitlines()[1], "by user, by address"
    name = rows[0]["name"]
    only = person.ok("usage", "--by", "qpu", "--since", "2026-11-15", "--filter", f"name:{name}", "--json")
    assert [row["name"] for row in only.json] == [name]
    wrong = person("usage", "--filter", "jbs:>1")
    assert (wrong.code, "Did you mean jobs:?" in wrong.err) == (2, True)
    many = max(row["jobs"] for row in rows)
    assert all(
        row["jobs"] == many
        for row in person.ok(
            "usage", "--by", "qpu", "--since", "2026-11-15", "--filter", f"jobs:>={many}", "--json"
        ).json
    )
    csv = person.ok("usage", "--by", "day", "--since", "2026-11-15", "--csv").out.splitlines()
    assert csv[0].startswith("id,name,jobs,completed,failed,cancelled,active,seconds,failure_rate,wait_50")
    assert [line.split(",")[0] for line in csv[1:]] == [f"2026-11-{day}" for day in range(20, 14, -1)]
    assert total(read(client).days()).jobs == len(jobs)
