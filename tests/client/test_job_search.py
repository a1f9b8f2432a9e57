"""Job lists on a server without an index: the same jobs as a single query finds, in bounded steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from tests.client.both import KINDS, Both
from tests.conftest import sign_in

JOBS = 1_500
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a lab with a history, in which nothing happens."""
    with Sandbox(seed=1, jobs=JOBS, worker=False, now=NOW) as running:
        yield running


@pytest.fixture(scope="module")
def records(lab: Sandbox) -> list[dict[str, Any]]:
    """Return all jobs, newest first, read page by page."""
    headers = {"Authorization": sign_in(lab.url, lab.admin, "_superusers")}
    found: list[dict[str, Any]] = []
    for page in (1, 2):
        query = {"perPage": 1000, "page": page, "sort": "-@rowid", "skipTotal": 1}
        answer = httpx.get(f"{lab.url}/api/collections/quantum_jobs/records", params=query, headers=headers)
        found += answer.raise_for_status().json()["items"]
    return found


@pytest.fixture(params=sorted(KINDS))
def client(request: pytest.FixtureRequest, lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Return a superuser's client that records its requests and takes small steps."""
    monkeypatch.setattr("qpi_client.calls.job_search.STEP", 50)
    sent: list[str] = []
    with Both(str(request.param), lab.url, on_response=lambda seen: sent.append(seen.url)) as opened:
        opened.auth_with_password(lab.admin.identity, lab.admin.password, "_superusers")
        opened.sent = sent
        sent.clear()
        yield opened


def ids(jobs: Any) -> list[str]:
    return [job["id"] for job in jobs]


def test_without_a_filter_pages_follow_the_table(client: Both, records: list[dict[str, Any]]) -> None:
    assert ids(client.iter_jobs(everyone=True)) == ids(records)
    assert all("sort=-%40rowid" in url and "skipTotal=1" in url and "filter" not in url for url in client.sent)
    assert len(client.sent) == 2


def test_since_reads_no_older_jobs(client: Both, records: list[dict[str, Any]]) -> None:
    since = NOW - timedelta(hours=1)
    wanted = [job["id"] for job in records if job["created"] >= f"{since:%Y-%m-%d %H:%M:%S}.000Z"]
    assert 50 < len(wanted) < 190
    assert ids(client.list_jobs(everyone=True, since=since)) == wanted
    assert len(client.sent) == 1
    assert "perPage=200" in client.sent[0]


@pytest.mark.parametrize("days", [None, 2])
@pytest.mark.parametrize("limit", [None, 1, 30])
@pytest.mark.parametrize("status", ["pending", "failed", ("completed", "cancelled")])
def test_a_filter_finds_the_same_jobs_as_one_query(
    client: Both, records: list[dict[str, Any]], status: Any, limit: int | None, days: int | None
) -> None:
    since = None if days is None else NOW - timedelta(days=days)
    after = "" if since is None else f"{since:%Y-%m-%d %H:%M:%S}.000Z"
    statuses = (status,) if isinstance(status, str) else status
    wanted = [job["id"] for job in records if job["status"] in statuses and job["created"] >= after]
    found = client.list_jobs(everyone=True, status=status, since=since, limit=limit, fields=["status"], expand=False)
    assert ids(found) == wanted[:limit]
    assert all(set(job) == {"id", "status"} for job in found)


def test_a_search_reports_its_progress(client: Both, records: list[dict[str, Any]]) -> None:
    searched: list[datetime] = []
    found = list(client.iter_jobs(everyone=True, status="pending", searched=searched.append))
    assert len(found) == 26
    assert searched == sorted(searched, reverse=True)
    # 50, 200 and 800 jobs back; the next step is the last.
    moments = [datetime.fromisoformat(records[place]["created"]) for place in (50, 200, 800)]
    assert searched == moments
    # The query ends soon after that step.
    assert not any("perPage=1000" in url for url in client.sent[:4])


def test_updated_jobs_are_searched_among_jobs_since_a_date(client: Both, records: list[dict[str, Any]]) -> None:
    since, changed = NOW - timedelta(hours=7), NOW - timedelta(minutes=40)
    found = client.list_jobs(everyone=True, since=since, changed_since=changed)
    after = f"{changed:%Y-%m-%d %H:%M:%S}.000Z"
    assert ids(found) == [job["id"] for job in records if job["updated"] >= after]
    searched = [url for url in client.sent if "page=1&" in url]
    assert len(searched) <= 3


@pytest.mark.parametrize("status", [None, ("completed", "cancelled")])
@pytest.mark.parametrize("limit", [None, 7])
def test_before_skips_newer_jobs(
    client: Both, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, status: Any, limit: int | None
) -> None:
    for place in ("calls.job_search", "paging"):
        monkeypatch.setattr(f"qpi_client.{place}.PAGE", 40)
    since, before = (NOW - timedelta(days=days) for days in (6, 4))
    begin, end = (f"{each:%Y-%m-%d %H:%M:%S}.000Z" for each in (since, before))
    statuses = status or ("pending", "running", "completed", "failed", "cancelled")
    wanted = [job["id"] for job in records if begin <= job["created"] < end and job["status"] in statuses]
    found = client.list_jobs(everyone=True, status=status, since=since, before=before, limit=limit, fields=["status"])
    assert ids(found) == wanted[:limit]
    newer = sum(job["created"] >= end for job in records)
    assert newer > 400, "there is something to step over"
    if status is None:
        # One job each until the position is found, then pages that start near it.
        looks = [url for url in client.sent if "perPage=1&" in url]
        assert 2 < len(looks) < 16
        read = client.sent[len(looks) :]
        assert not any("page=1&" in url for url in read)
        assert all("filter" not in url for url in client.sent)
        assert len(read) <= (len(wanted[:limit]) + 60) / 20 + 2


def test_own_jobs_are_read_from_the_route_in_pages(lab: Sandbox, records: list[dict[str, Any]], kind: str) -> None:
    who = lab.users[0]
    own = [job for job in records if job["user_id"] == who.id]
    sent: list[str] = []
    with Both(kind, lab.url, on_response=lambda seen: sent.append(seen.url)) as client:
        client.auth_with_password(who.identity, who.password)
        sent.clear()
        assert ids(client.list_jobs()) == ids(own)
    assert len(sent) == 1 + len(own) // 1000
    assert "limit=1000&sort=-%40rowid" in sent[0]


def test_a_list_by_token_stops_at_jobs_that_are_old_enough(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    who = lab.users[0]
    monkeypatch.setattr("qpi_client.calls.job_route.PAGE", 50)
    sent: list[str] = []
    with QPIClient(lab.url) as session:
        session.auth_with_password(who.identity, who.password)
        token = session.create_token("list")["token"]
        own = session.list_jobs(limit=1000)
    with QPIClient(lab.url, token, on_response=lambda seen: sent.append(seen.url)) as client:
        assert ids(client.list_jobs()) == ids(own)
        everything = len(sent)
        assert everything > 3
        sent.clear()
        since = NOW - timedelta(hours=6)
        after = f"{since:%Y-%m-%d %H:%M:%S}.000Z"
        wanted = [job["id"] for job in own if job["created"] >= after]
        assert ids(client.list_jobs(since=since)) == wanted
        assert len(sent) < everything
