"""Lists of users, requests and announcements that are too long to be read completely: visible rows are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.seed.seeder import database
from tests.conftest import sign_in
from tests.tui.helpers import WIDE, Person, at_console

USERS, PENDING, HANDLED, NOTICES = 2_300, 5, 2_400, 2_200


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=5, users=USERS, worker=False) as running:
        with closing(database(running.data)) as connection, connection:
            people = [row[0] for row in connection.execute("SELECT id FROM users ORDER BY rowid")]
            connection.execute("DELETE FROM qpu_time_requests")
            rows = [
                (f"request{n:08}", people[n], 60, "approved" if n < HANDLED else "pending", f"why {n}")
                for n in range(HANDLED + PENDING)
                if n < len(people)
            ]
            rows += [(f"request{n:08}", people[0], 60, "approved", f"why {n}") for n in range(len(rows), HANDLED)]
            rows += [(f"waiting{n:08}", people[n], 90, "pending", f"soon {n}") for n in range(PENDING)]
            connection.executemany(
                "INSERT INTO qpu_time_requests (id, user, seconds, status, requested_reason) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.000Z")
            notices = [(f"notice{n:09}", f"Title {n}", "Text", "", "", made, made) for n in range(NOTICES)]
            connection.executemany(
                "INSERT INTO notifications (id, title, description, start_time, end_time, created, updated) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                notices,
            )
        yield running


@pytest.fixture(scope="module")
def server(lab: Sandbox) -> Iterator[httpx.Client]:
    token = sign_in(lab.url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=30) as client:
        yield client


class Asked(list[httpx.URL]):
    """Records the requests for a collection."""

    def __init__(self, collection: str) -> None:
        super().__init__()
        path = f"/api/collections/{collection}/records"
        self.options = {
            "on_request": lambda request: self.append(httpx.URL(request.url)) if path in request.url else None
        }

    @property
    def rows(self) -> int:
        """Return how many rows of the list they requested."""
        return sum(int(url.params.get("perPage", 1)) for url in self if "filter" not in url.params)


def ids(server: httpx.Client, collection: str) -> list[str]:
    """Return the ids of all records, newest first."""
    found: list[str] = []
    for page in range(1, 5):
        asked = {"perPage": 1000, "page": page, "sort": "-@rowid", "fields": "id", "skipTotal": 1}
        answer = server.get(f"/api/collections/{collection}/records", params=asked).raise_for_status()
        found += [item["id"] for item in answer.json()["items"]]
    return found


async def shows(person: Person, wanted: list[str]) -> None:
    """Wait until each visible row equals the server's."""
    table = person.app.screen.table

    def right() -> bool:
        first, last = table.sight
        return [row and row.id for row in table._view.shown[first : last + 1]] == wanted[first : last + 1]

    await person.until(right)


async def test_a_long_list_of_users_is_read_as_it_is_viewed(lab: Sandbox, server: httpx.Client) -> None:
    asked = Asked("users")
    async with at_console(lab.url, "admin", lab.admin, screen="users", size=WIDE, transport=asked.options) as person:
        table, everyone = person.app.screen.table, ids(server, "users")
        await person.sees(f"{len(everyone):,} users · newest first")
        await shows(person, everyone)
        # The first page is read again when the event stream opens.
        await person.at_rest()
        asked.clear()
        await person.act("table.bottom", "table.page_up", "table.page_up")
        await shows(person, everyone)
        await person.act("table.reverse", "table.top")
        await person.until(lambda: table.cursor_id == everyone[-1])
        await person.sees("oldest first")
        await person.act("table.reverse")
        assert asked.rows <= 600, asked
        # Marks stay on rows that are far away.
        await person.act("table.top", "table.mark", "table.bottom")
        await person.until(lambda: table.cursor_id == everyone[-1])
        await person.sees("1 marked")
        await person.act("table.unmark", "table.sort")
        await person.press("2")
        await person.sees("sorts the ", " loaded")
        table.sort_by(None)
        # A new user appears at the top; a deleted one disappears, wherever it was.
        body = {"email": "late@lab.example", "password": "a-password-1234", "passwordConfirm": "a-password-1234"}
        late = server.post("/api/collections/users/records", json=body).raise_for_status().json()["id"]
        await person.sees(f"{len(everyone) + 1:,} users")
        server.delete(f"/api/collections/users/records/{everyone[1200]}").raise_for_status()
        await person.sees(f"{len(everyone):,} users")
        await person.act("table.top")
        await person.until(lambda: table.cursor_id == late)
        everyone = ids(server, "users")
        await shows(person, everyone)
        # A filter searches all of them, and a user that another screen refers to is read.
        asked.clear()
        await person.act("table.filter")
        await person.type(everyone[1700])
        await person.sees("enter continues")
        await person.press("enter")
        await person.sees("searched all", "1 match")
        await person.until(lambda: table.cursor_id == everyone[1700])
        assert asked.rows <= 4_000, asked
        await person.press("escape")
        await person.sees(f"{len(everyone):,} users · newest first")
        person.app.go_to("users", everyone[1500])
        await person.until(lambda: table.cursor_id == everyone[1500])


async def test_a_long_list_of_requests_is_read_as_it_is_viewed(lab: Sandbox, server: httpx.Client) -> None:
    asked = Asked("qpu_time_requests")
    async with at_console(lab.url, "admin", lab.admin, screen="requests", size=WIDE, transport=asked.options) as person:
        table = person.app.screen.table
        await person.sees(f"{PENDING} pending", f"{HANDLED:,} decided")
        assert [row.id for row in table.visible_records] == [f"waiting{n:08}" for n in range(PENDING)]
        await person.act("requests.all")
        every = ids(server, "qpu_time_requests")
        await person.sees(f"{len(every):,} requests · newest first")
        await shows(person, every)
        await person.act("table.bottom")
        await shows(person, every)
        server.patch(f"/api/collections/qpu_time_requests/records/{every[0]}", json={"status": "rejected"})
        await person.act("table.top")
        await person.until(lambda: table.cursor_record is not None and table.cursor_record.status == "rejected")
        await person.act("requests.all")
        await person.sees(f"{PENDING - 1} pending")


async def test_a_long_list_of_announcements_is_read_as_it_is_viewed(lab: Sandbox, server: httpx.Client) -> None:
    asked = Asked("notifications")
    async with at_console(
        lab.url, "admin", lab.admin, screen="announcements", size=WIDE, transport=asked.options
    ) as person:
        every = ids(server, "notifications")
        await person.sees(f"{len(every):,} announcements · newest first")
        await person.act("table.bottom")
        await shows(person, every)
        server.delete(f"/api/collections/notifications/records/{every[-1]}").raise_for_status()
        await person.sees(f"{len(every) - 1:,} announcements")
        await shows(person, every[:-1])
