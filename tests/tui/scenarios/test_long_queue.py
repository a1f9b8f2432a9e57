"""A queue with more jobs than fit in memory: every key works over the whole history, and only visible rows are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.live import job_reader, job_search, job_window
from qpi_tui.rows.job_start import LOOKED_AT
from tests.conftest import sign_in
from tests.tui.helpers import WIDE, Person, at_console

JOBS = 4_500
RECORDS = "/api/collections/quantum_jobs/records"


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=JOBS, worker=False) as running:
        yield running


@pytest.fixture(scope="module")
def server(lab: Sandbox) -> Iterator[httpx.Client]:
    body = {"identity": lab.admin.identity, "password": lab.admin.password}
    with httpx.Client(base_url=lab.url, timeout=30) as client:
        answer = client.post("/api/collections/_superusers/auth-with-password", json=body)
        client.headers["Authorization"] = answer.raise_for_status().json()["token"]
        yield client


def jobs(server: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """Return the server's jobs, newest first."""
    asked = {"perPage": 1000, "sort": "-@rowid", "fields": "id,status,created,user_id", "skipTotal": 1, **query}
    found = server.get(RECORDS, params=asked).raise_for_status().json()["items"]
    return list(found)


class Asked(list[str]):
    """Records the requests for jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.options = {"on_request": lambda request: self.append(str(request.url)) if RECORDS in request.url else None}

    @property
    def rows(self) -> int:
        """Return how many rows they requested."""
        return sum(int(httpx.URL(url).params.get("perPage", 0)) for url in self)


def in_sight(person: Person) -> list[str | None]:
    """Return the ids of the visible rows."""
    table = person.app.screen.table
    first, last = table.sight
    return [row and row.id for row in table._view.shown[first : last + 1]]


async def shows(person: Person, server: httpx.Client, count: int = JOBS) -> None:
    """Wait until each visible row equals the server's."""
    ids = [job["id"] for page in range(1, count // 1000 + 2) for job in jobs(server, page=page)]
    table = person.app.screen.table
    await person.until(lambda: in_sight(person) == ids[table.sight[0] : table.sight[1] + 1])


async def test_keys_move_through_the_whole_history_and_only_visible_rows_are_read(
    lab: Sandbox, server: httpx.Client
) -> None:
    asked = Asked()
    oldest = jobs(server, sort="@rowid", perPage=1)[0]["id"]
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.sees(f"{JOBS:,} in all", " 4 running · 26 waiting")
        newest = table.cursor_id
        await person.act("table.bottom")
        await person.until(lambda: table.cursor_id == oldest)
        await shows(person, server)
        await person.act("table.page_up", "table.page_up", "table.up")
        await shows(person, server)
        there = table.cursor_id
        await person.act("table.top")
        assert table.cursor_id == newest
        for _ in range(12):
            await person.act("table.page_down")
        await shows(person, server)
        assert table.move_to(there or ""), "what was looked at is still known"
        table.scroll_to(y=JOBS // 2, animate=False)
        await shows(person, server)
        assert asked.rows < JOBS // 2 + 1000, asked
        assert all("rowid" in url for url in asked), asked
        # Reversed, and sorted by age, it is the same list.
        await person.act("table.reverse", "table.top")
        await person.until(lambda: table.cursor_id == oldest)
        table.sort_by("age")
        await person.act("table.bottom")
        await person.until(lambda: table.cursor_id == newest)


async def test_going_to_a_date_takes_a_few_small_reads(lab: Sandbox, server: httpx.Client) -> None:
    asked = Asked()
    wanted = jobs(server, page=3)[500]
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.until(lambda: person.app.screen.window.active_known)
        await person.at_rest()
        asked.clear()
        await person.act("jobs.date")
        await person.type(wanted["created"][:19].replace(" ", "T") + "Z")
        await person.press("enter")
        await person.until(lambda: table.cursor_id == wanted["id"])
        await shows(person, server)
        # The date of the oldest job, and the pages of one or two guesses, the last of which is shown.
        assert len([url for url in asked if "expand" not in url]) <= 1, asked
        assert len(asked) <= 4, asked
        await person.act("jobs.date")
        await person.type("soon")
        await person.press("enter")
        await person.sees("is not a time")
        assert table.cursor_id == wanted["id"]


async def test_a_filter_reports_its_progress_and_continues_through_the_history(
    lab: Sandbox, server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_search, "STEP", 1_000)
    monkeypatch.setattr(job_search, "FOUND", 100_000)
    monkeypatch.setattr(job_search, "REST", 1.0)
    failed = sum(job["status"] == "failed" for page in range(1, 6) for job in jobs(server, page=page))
    first = jobs(server, sort="@rowid", perPage=1)[0]
    asked = Asked()
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.sees(f"{JOBS:,} in all")
        await person.act("table.filter")
        await person.type("status:failed")
        await person.sees("searched back to", "enter continues")
        assert len(table.visible_records) < failed
        await person.press("enter")
        await person.sees(f"{failed} match", "searched all", within=60)
        assert len(table.visible_records) == failed
        await person.press("escape")
        # Words that the server cannot filter by: page after page, until a key is pressed.
        asked.clear()
        await person.act("table.filter")
        await person.type(first["id"])
        await person.press("enter")
        await person.sees("any key stops")
        await person.until(lambda: len(asked) >= 2)
        await person.act("table.down")
        await person.sees("n continues")
        await person.act("jobs.search")
        await person.until(lambda: table.cursor_id == first["id"], within=90)
        assert max(int(httpx.URL(url).params["perPage"]) for url in asked) == 1000


async def test_marks_outside_the_window_are_kept_and_reread_before_a_change(
    lab: Sandbox, server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_window, "KEEP", 300)
    old = jobs(server, page=2)[500]["id"]
    server.patch(f"{RECORDS}/{old}", json={"status": "pending"}).raise_for_status()
    asked = Asked()
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE, transport=asked.options) as person:
        table, window = person.app.screen.table, person.app.screen.window
        await person.sees(f"{JOBS:,} in all")
        person.app.screen.point_at(old)
        await person.until(lambda: table.cursor_id == old)
        await shows(person, server)
        await person.act("table.mark", "table.bottom")
        await person.until(lambda: window.places.place_of(old) is None)
        await person.sees("1 marked")
        asked.clear()
        await person.act("jobs.cancel")
        await person.sees("Cancel this job?", old)
        assert any(old in httpx.URL(url).params.get("filter", "") for url in asked), asked
        await person.press("escape")
        # A job deleted meanwhile is no longer marked.
        bottom = table.cursor_id
        record = server.get(f"{RECORDS}/{old}").json()
        server.delete(f"{RECORDS}/{old}").raise_for_status()
        await person.sees(f"{JOBS - 1:,} in all")
        assert "1 marked" not in person.screen
        body = {name: record[name] for name in ("user_id", "qpu_target", "payload")}
        server.post(RECORDS, json={**body, "status": "pending"}).raise_for_status()
        await person.sees(f"{JOBS:,} in all", " new")
        assert table.cursor_id == bottom
        await shows(person, server)


async def test_the_list_states_what_is_sorted_and_counted(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_reader, "SCANNED", 0)
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE) as person:
        await person.sees("≥4 running")
        await person.act("jobs.count")
        await person.sees(" 4 running · 2", " waiting, oldest")
        await person.act("table.sort")
        await person.press("3")
        await person.sees("sorts the ", " loaded")
        await person.act("table.sort")
        await person.press("1")
        await person.sees("the first 1,000 by id")


async def test_a_long_list_of_own_jobs_is_counted_at_its_end(lab: Sandbox) -> None:
    who: Credentials = lab.users[0]
    with httpx.Client(base_url=lab.url, headers={"Authorization": sign_in(lab.url, who)}) as client:
        own = client.get(RECORDS, params={"perPage": 1, "sort": "@rowid"}).json()
    asked = Asked()
    async with at_console(lab.url, "user", who, screen="jobs", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.sees("more than 200")
        # Once the stream is open, earlier changes are read too.
        assert len([url for url in asked if "updated" not in url.partition("&fields=")[0]]) == 2, asked
        await person.act("table.bottom")
        await person.until(lambda: table.cursor_id == own["items"][0]["id"])
        assert len(table._view.shown) == own["totalItems"]


async def test_the_whole_history_is_exported_in_the_background(
    lab: Sandbox, server: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qpi_tui.live.job_reader.REST", 0.1)
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE) as person:
        await person.sees(f"{JOBS:,} in all")
        await person.act("jobs.export")
        await person.sees(f"Export all {JOBS:,} jobs", "in the background")
        person.app.screen.query_one("#entry-file").value = "all.csv"
        await person.press("enter")
        await person.sees(f"all.csv: {JOBS:,} jobs written", within=60)
    rows = list(csv.DictReader((tmp_path / "all.csv").read_text().splitlines()))
    assert len({row["id"] for row in rows}) == JOBS
    assert rows[0]["id"] == jobs(server, perPage=1)[0]["id"]


async def test_a_slow_server_is_reported_and_polled_less_often(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE) as person:
        screen = person.app.screen
        await person.sees(f"{JOBS:,} in all")
        assert "slow" not in person.screen
        screen.reader.newest_took = 6.2
        screen.repaint_frame()
        await person.sees("server is slow: 6 s for the newest page; see doctor")
        assert screen.slowed_down() == pytest.approx(124)


async def test_v_on_a_user_searches_the_history_for_the_jobs_of_that_user(lab: Sandbox, server: httpx.Client) -> None:
    user = lab.users[-1]
    own = sum(job["user_id"] == user.id for page in range(1, 6) for job in jobs(server, page=page))
    async with at_console(lab.url, "admin", lab.admin, screen="users", size=WIDE) as person:
        await person.move_to(user.id)
        await person.act("users.jobs")
        await person.sees(f"{own} match", "searched all", within=60)
        assert {row.user_id for row in person.app.screen.table.visible_records} == {user.id}


async def test_a_column_with_an_index_is_sorted_by_the_server(lab: Sandbox, server: httpx.Client) -> None:
    # Last, because the index stays.
    named = server.get("/api/collections/quantum_jobs").json()["indexes"]
    made = [
        "CREATE INDEX `by_duration` ON `quantum_jobs` (`duration`)",
        "CREATE INDEX `by_status` ON `quantum_jobs` (`status`, `created`)",
    ]
    server.patch("/api/collections/quantum_jobs", json={"indexes": [*named, *made]}).raise_for_status()
    longest = jobs(server, sort="-duration", perPage=5)
    asked = Asked()
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.sees(f"{JOBS:,} in all")
        await person.at_rest()
        asked.clear()
        table.sort_by("took", reverse=True)
        person.app.screen.repaint_summary()
        await person.sees("the first 1,000 by took")
        over = [row.id for row in table.visible_records if row.status != "running"]
        assert over[:5] == [job["id"] for job in longest]
        # They are counted again while that is in progress.
        # In addition, the last runs are read for the estimated start, in the table's own order.
        sorts = {(httpx.URL(url).params["sort"], httpx.URL(url).params["perPage"]) for url in asked}
        assert {sort for sort, _ in sorts - {("-@rowid", str(LOOKED_AT))}} <= {"-duration", "@rowid"}, asked
        # A column without an index sorts only what is loaded; statuses are requested one after another.
        table.sort_by("waited")
        person.app.screen.repaint_summary()
        await person.sees("sorts the ", " loaded")
        table.sort_by("status", reverse=True)
        person.app.screen.repaint_summary()
        await person.sees("the first 1,000 by status")
        assert {row.status for row in table.visible_records[:250]} == {"cancelled"}
