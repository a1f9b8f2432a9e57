"""One clock: on a machine that is a year fast, commands and console book, list and show by the server's time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import httpx
import pytest

from qpi_client import context
from qpi_sandbox import Sandbox
from qpi_tui.domain import clock
from tests.cli.command import Command, as_
from tests.conftest import NewUser
from tests.tui.helpers import at_console

FAST = timedelta(days=365)


@pytest.fixture
def fast() -> Iterator[None]:
    with (
        patch.object(clock, "machine_time", lambda: datetime.now(UTC) + FAST),
        patch.object(context, "machine_time", lambda: datetime.now(UTC) + FAST),
    ):
        yield


def test_commands_book_by_the_clock_of_the_server(
    fast: None, sandbox: Sandbox, new_user: NewUser, admin_http: httpx.Client
) -> None:
    person = as_(sandbox.url, new_user(), "user")
    booked = person.ok("slots", "book", "tomorrow", "9:00", "1h", "--json").json
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert booked["start_time"].startswith(f"{tomorrow:%Y-%m-%d} 09:00")
    # A slot booked for tomorrow by the server's clock is upcoming.
    assert [slot["id"] for slot in person.ok("slots", "list", "--mine", "--json").json] == [booked["id"]]
    assert person.ok("slots", "list", "--mine", "--until", "+2d", "--json").json
    assert person.ok("slots", "list", "--mine", "--since", "+3d", "--json").json == []
    token = person.ok("tokens", "create", "ci", "--expires", "30d", "--json").json
    end = datetime.now(UTC) + timedelta(days=30)
    assert token["expires_at"].startswith(f"{end:%Y-%m-%d}")
    admin_http.delete(f"/api/collections/time_slots/records/{booked['id']}").raise_for_status()


def test_with_an_api_token_the_server_clock_is_read_first(fast: None, sandbox: Sandbox, new_user: NewUser) -> None:
    person = as_(sandbox.url, new_user(), "user")
    token = person.ok("tokens", "create", "ci", "--json").json["token"]
    bare = Command({"QPI_URL": sandbox.url, "QPI_ROLE": "token", "QPI_API_TOKEN": token})
    # A reading of the last hour is an hour old at most, not a year.
    readings = bare.ok("telemetry", "--since", "1h", "--json").json
    as_hour = as_(sandbox.url, sandbox.admin, "admin").ok("telemetry", "--since", "1h", "--json").json
    assert len(readings) == len(as_hour)


async def test_the_calendar_shows_the_week_of_the_server_clock(fast: None, sandbox: Sandbox, new_user: NewUser) -> None:
    async with at_console(sandbox.url, "user", new_user(), screen="slots") as person:
        today = datetime.now(UTC)
        await person.until(lambda: person.app.screen.grid.week[0] <= today < person.app.screen.grid.week[1])
        await person.sees(f"{today:%b}", str(today.year))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("jobs", "list", "--since", "Some Day"), "'Some Day'"),
        (("jobs", "tail", "--since", "9999-99-99"), "'9999-99-99'"),
        (("slots", "list", "--until", "Whenever"), "'Whenever'"),
        (("telemetry", "--since", "Fri 99:00"), "'Fri 99:00'"),
        (("tokens", "create", "x", "--expires", "9999-12-31"), "9999"),
        (("slots", "book", "9999-12-31", "9:00", "1h"), "9999"),
        (("slots", "book", "0001-01-01", "9:00", "1h"), "year 1 "),
        (("announcements", "create", "a", "b", "--until", "9999-12-31"), "9999"),
    ],
)
def test_an_invalid_time_is_rejected_locally_and_quoted_as_typed(words: tuple[str, ...], said: str) -> None:
    answer = Command({"QPI_URL": "http://127.0.0.1:9", "QPI_IDENTITY": "a@b.example", "QPI_PASSWORD": "x"})(*words)
    assert answer.code == 2, answer
    assert said in answer.err


@pytest.mark.parametrize("since", ["yesterday", "30d", "fri 9:00", "-2h", "2h", "today", "1w", "2026-11-01 08:00"])
def test_since_accepts_the_forms_of_the_console(person: Command, since: str) -> None:
    assert person.ok("jobs", "list", "--since", since, "--json").json == []
    assert person.ok("jobs", "list", f"--since={since}", "--json").json == []


def test_a_value_may_start_with_a_hyphen(admin: Command) -> None:
    made = admin.ok(
        "users", "create", "hyphen@test.example", "--name", "-2+3", "--json", QPI_NEW_PASSWORD="a-password-1234"
    ).json
    assert made["name"] == "-2+3"
    # An option is still an option.
    assert admin("users", "create", "x@test.example", "--name", "--json").code == 2
    assert "'-2x'" in admin("jobs", "list", "--since", "-2x").err
