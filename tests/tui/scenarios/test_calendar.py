"""The week grid: slots are selected, booked, moved and cancelled by keys, also for others and across clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain import clock
from tests.conftest import NewUser
from tests.tui.helpers import NARROW, WIDE, Person, at_console
from tests.tui.scenarios.test_users import slots_of

DAY = "%Y-%m-%d"


@pytest.fixture(autouse=True)
def _empty_calendar(admin_http: httpx.Client) -> Iterator[None]:
    """Start and end each test without slots, because all users share them."""
    yield
    for slot in admin_http.get("/api/collections/time_slots/records?perPage=500").json()["items"]:
        admin_http.delete(f"/api/collections/time_slots/records/{slot['id']}").raise_for_status()


def ahead(days: int, hour: int, minute: int = 0) -> datetime:
    """Return a time some days from now, in UTC, which is also the local time."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def book(client: httpx.Client, who: Credentials, start: datetime, hours: float) -> str:
    """Book over plain HTTP and return the id."""
    body = {
        "start_time": start.isoformat(),
        "end_time": (start + timedelta(hours=hours)).isoformat(),
        "booked_by": who.id,
    }
    answer = client.post("/api/collections/time_slots/records", json=body)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def go_to(person: Person, moment: datetime) -> None:
    """Move the grid's cursor to a half hour by keys: weeks, days, half hours."""
    grid = person.app.screen.grid
    for _ in range(60):
        here = grid.cursor_time
        if here.date() == moment.date():
            break
        weeks = (moment.date() - here.date()).days // 7
        await person.act(
            "slots.next" if weeks > 0 else "slots.later" if moment.date() > here.date() else "slots.earlier"
        )
    await person.act("table.top")
    for _ in range(moment.hour * 2 + moment.minute // 30):
        await person.press("down")
    await person.until(lambda: grid.cursor_time == moment)


async def test_only_upcoming_slots_and_the_visible_weeks_are_read(
    sandbox: Sandbox, user: Credentials, admin_http: httpx.Client
) -> None:
    """A calendar of years is not read to show one week."""
    long_ago, soon = book(admin_http, user, ahead(-800, 3), 2), book(admin_http, user, ahead(2, 3), 2)
    between = book(admin_http, user, ahead(-400, 3), 2)
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.until(lambda: [slot["id"] for slot in person.app.screen.slots()] == [soon])
        person.app.screen.grid.go_to(ahead(-800, 3))
        await person.until(lambda: {slot["id"] for slot in person.app.screen.slots()} == {long_ago, soon})
        await person.sees("03:00")
        person.app.screen.grid.go_to(ahead(-400, 3))
        await person.until(lambda: {slot["id"] for slot in person.app.screen.slots()} == {between, soon})


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_a_free_span_is_selected_and_booked_with_enter(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client, size: tuple[int, int]
) -> None:
    start = ahead(9, 3)
    async with at_console(sandbox.url, "user", user, screen="slots", size=size) as person:
        await go_to(person, start)
        await person.act("table.mark")
        await person.press("down", "down", "down")
        await person.sees("┆   2 h" if size == NARROW else "┆2 h", "03:00 – 05:00", "free: enter books")
        await person.press("enter")
        await person.sees("Book a slot", f"{start:{DAY}} 03:00 2h")
        await person.press("enter")
        await person.until(lambda: slots_of(user_http, user))
        assert slots_of(user_http, user) == [(f"{start:{DAY}} 03:00", f"{start:{DAY}} 05:00")]
        await person.sees("▌   you  03:00 – 05:00, 2 h" if size == NARROW else "▌you", "▌ yours", "yours 2 h")


async def test_a_narrow_terminal_shows_one_day_with_a_summary_of_the_week(
    sandbox: Sandbox, user: Credentials, new_user: NewUser, admin_http: httpx.Client, user_http: httpx.Client
) -> None:
    # A Wednesday: the previous and next days belong to the same week.
    wednesday = ahead(7 + (2 - datetime.now(UTC).weekday()) % 7, 9)
    other = new_user()
    book(admin_http, user, wednesday, 1.5)
    book(admin_http, other, wednesday + timedelta(days=1), 2)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="slots", size=NARROW) as person:
        await go_to(person, wednesday)
        # The slots of the whole week are on top, those of the day below, with their holders.
        # One day is shown, under its own name.
        await person.sees(f"Wednesday {wednesday.day} {wednesday:%b %Y} · week ", "1 slot, 1 h 30 min")
        await person.sees(f"[Wed {wednesday.day}]", "...▀.... ...▀....", f"{user.identity}  09:00 – 10:30, 1 h 30 min")
        assert other.identity not in person.screen
        await person.press("right")
        await person.sees(f"[Thu {(wednesday + timedelta(days=1)).day}]", f"{other.identity}  09:00 – 11:00, 2 h")
        assert user.identity not in person.screen.replace("admin", "")
        await person.press("left", "left")
        await person.sees(f"[Tue {(wednesday - timedelta(days=1)).day}]")
        assert other.identity not in person.screen
        # A key shows several days, and again one. Help and the key line list it.
        await person.sees("w days")
        await person.act("slots.days")
        await person.sees("Mon", "Wed", "Fri", "w day ", f" {user.identity.partition('@')[0]}"[:12])
        assert "[Tue" not in person.screen
        await person.act("app.help")
        await person.sees("Toggle between one day and several days")
        await person.press("escape")
        await person.act("slots.days")
        await person.sees("[Tue", "w days")
        # The list has no days to choose.
        await person.act("slots.view")
        await person.sees_not("w days")
        await person.act("slots.days")
        await person.act("slots.view")
        await person.sees("[Wed", "w days")
    async with at_console(sandbox.url, "user", user, screen="slots", size=NARROW) as person:
        await go_to(person, wednesday + timedelta(hours=1))
        await person.sees("▌   you  09:00 – 10:30")
        # Conflicts are named while selecting, also across midnight.
        await person.press("down")
        await person.act("table.mark")
        await person.press("down", "right")
        await person.sees("▲ conflicts with another booking, Thu 09:00 – 11:00")
        await person.press("left")
        await person.sees("┆   1 h", "free: enter books")
        await person.press("enter")
        await person.sees("Book a slot")
        await person.press("enter")
        await person.until(lambda: len(slots_of(user_http, user)) == 2)
        await person.sees("▔   you  10:30 – 11:30, 1 h ▔▔")
        await person.act("slots.today")
        await person.sees(f"[{datetime.now(UTC):%a} {datetime.now(UTC).day}]", "── now ──")


async def test_conflicts_are_named_while_selecting(
    sandbox: Sandbox, user: Credentials, new_user: NewUser, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    other = new_user()
    start = ahead(9, 4)
    book(admin_http, other, start + timedelta(hours=1), 1)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="slots") as person:
        await go_to(person, start)
        await person.act("table.mark")
        await person.press("down", "down")
        await person.sees("conflicts with", other.identity, "05:00 – 06:00")
        await person.press("escape")
        await person.sees_not("conflicts with")
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.act("slots.book")
        person.app.screen.query_one("#entry-when").value = f"{start:{DAY}} 04:30 1h"
        await person.sees("Conflicts with another booking", "05:00 – 06:00")
        await person.press("enter")
        assert slots_of(user_http, user) == []


async def test_own_slots_but_no_others_are_moved_and_cancelled(
    sandbox: Sandbox, user: Credentials, new_user: NewUser, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    other, start = new_user(), ahead(10, 2)
    book(admin_http, user, start, 1)
    book(admin_http, other, start + timedelta(hours=1), 1)
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await go_to(person, start)
        await person.sees("▌ yours")
        await person.act("slots.move")
        await person.sees("Move a slot", "It is already at that time")
        box = person.app.screen.query_one("#entry-when")
        box.value = f"{start:{DAY}} 02:30 1h"
        await person.sees("Conflicts with another booking")
        box.value = f"{start:{DAY}} 00:30 1h30m"
        await person.press("enter")
        await person.until(lambda: slots_of(user_http, user)[0][0].endswith("00:30"))
        assert slots_of(user_http, user) == [(f"{start:{DAY}} 00:30", f"{start:{DAY}} 02:00")]
        await go_to(person, start + timedelta(hours=1))
        await person.act("slots.cancel")
        await person.sees("only they, or an administrator, can cancel it")
        # The same in the list.
        await person.act("slots.view")
        await person.sees("Booked by", "you", "taken")
        mine = user_http.get(f"/api/collections/time_slots/records?filter=booked_by='{user.id}'").json()["items"][0]
        await person.move_to(mine["id"])
        await person.act("slots.cancel")
        await person.sees("Cancel this slot?")
        await person.act("dialog.confirm")
        await person.until(lambda: not slots_of(user_http, user))
    assert len(slots_of(admin_http, other)) == 1


async def test_a_slot_that_has_started_cannot_be_moved(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    book(admin_http, user, datetime.now(UTC) - timedelta(minutes=40), 2)
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.sees("▌ yours")
        await person.act("slots.cancel")
        await person.sees("has started")
        await person.act("slots.move")
        await person.sees("has started")
        assert len(slots_of(user_http, user)) == 1


async def test_an_admin_books_for_a_user_found_by_typing(
    sandbox: Sandbox, new_user: NewUser, admin_http: httpx.Client
) -> None:
    name = f"Unusual Wintergreen {datetime.now(UTC):%H%M%S%f}"
    person_, _ = new_user(name=name), new_user(name="Unusual Summergreen")
    start = ahead(11, 6)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="slots", size=NARROW) as person:
        await person.act("slots.book")
        await person.sees("for whom")
        person.app.screen.query_one("#entry-when").value = f"{start:{DAY}} 06:00 2h"
        box = person.app.screen.query_one("#entry-who")
        box.focus()
        await person.type("nobody-at-all")
        await person.sees("No name or e-mail address contains")
        box.value = "unusual"
        await person.sees("people match")
        box.value = name.lower()[8:]
        await person.sees(f"for {person_.identity}")
        await person.press("enter")
        await person.until(lambda: slots_of(admin_http, person_))
        assert slots_of(admin_http, person_) == [(f"{start:{DAY}} 06:00", f"{start:{DAY}} 08:00")]


async def test_the_week_is_exported_to_a_calendar_file(
    sandbox: Sandbox,
    user: Credentials,
    admin_http: httpx.Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    start = ahead(7, 12)
    id = book(admin_http, user, start, 1)
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.act("slots.next")
        await person.sees("1 slot, 1 h")
        await person.act("slots.export")
        year, week, _ = start.isocalendar()
        await person.sees(f"slots-{year}-W{week:02}.ics")
        await person.press("enter")
        await person.sees("1 slot written")
    text = (tmp_path / f"slots-{year}-W{week:02}.ics").read_text()
    assert f"UID:{id}@qpi-tui" in text
    assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}" in text


async def test_the_list_and_the_grid_agree_in_both_time_zones(
    sandbox: Sandbox,
    user: Credentials,
    new_user: NewUser,
    admin_http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "_ZONE", ZoneInfo("Europe/Helsinki"))
    # A Wednesday: the surrounding days belong to the same week.
    start = ahead(14 + (2 - datetime.now(UTC).weekday()) % 7, 23)
    early, late = book(admin_http, new_user(), start - timedelta(days=2), 1), book(admin_http, user, start, 1)
    async with at_console(sandbox.url, "user", user, screen="slots", size=NARROW) as person:
        assert "space mark" in person.screen.rstrip().split("\n")[-1]
        grid, table = person.app.screen.grid, person.app.screen.table
        for _ in range(3):
            if grid.week[0] <= start < grid.week[1]:
                break
            await person.act("slots.next")
        grid.go_to(start - timedelta(hours=5))
        await person.sees("· 18:00 UTC")
        await person.act("slots.view")
        # The next slot, not the first of the week; in this time zone it is on another day.
        await person.until(lambda: table.cursor_id == late)
        await person.sees("01:00 – 02:00", "Wed 23:00–00:00 UTC")
        await person.act("table.top")
        assert table.cursor_id == early
        await person.act("slots.view")
        await person.until(lambda: grid.slot_at_cursor and grid.slot_at_cursor["id"] == early)
        grid.go_to(datetime.now(UTC) - timedelta(hours=3))
        await person.sees("· over")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_slots_are_booked_in_the_night_when_the_clocks_go_back(
    sandbox: Sandbox,
    user: Credentials,
    user_http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    zone = ZoneInfo("Europe/Helsinki")
    monkeypatch.setattr(clock, "_ZONE", zone)
    # The next such night: the last Sunday of October, 4:00 becomes 3:00, at 1:00 UTC.
    year = datetime.now(UTC).year + 1
    sunday = max(datetime(year, 10, day, tzinfo=UTC) for day in range(25, 32) if datetime(year, 10, day).weekday() == 6)
    before = datetime(year, 10, sunday.day, 0, 30, tzinfo=UTC)  # 3:30, for the first time
    clock.set_clock(lambda: before - timedelta(days=1))
    try:
        async with at_console(sandbox.url, "user", user, screen="slots", size=size) as person:
            await person.act("slots.later")
            grid = person.app.screen.grid
            await person.until(lambda: grid.cursor_time.astimezone(UTC) == before)
            await person.act("table.mark")
            await person.press("down", "down")
            # Three half hours of real time: 3:30, 3:00 again, 3:30 again.
            await person.sees("03:30 – 04:00", "1 h 30 min", "00:30–02:00 UTC")
            if size == NARROW:
                lines = [line.strip() for line in person.screen.split("\n")]
                at = next(n for n, line in enumerate(lines) if line.startswith("03:30 "))
                # The repeated hour, once in each offset.
                assert [(line[:6].strip(), line.rpartition(" UTC")[0][-5:]) for line in lines[at : at + 4]] == [
                    ("03:30", "00:30"),
                    ("03:00²", "01:00"),
                    ("03:30²", "01:30"),
                    ("04:00", "02:00"),
                ]
            await person.press("enter", "enter")
            await person.until(lambda: slots_of(user_http, user))
            day = f"{sunday:{DAY}}"
            assert slots_of(user_http, user) == [(f"{day} 00:30", f"{day} 02:00")]
            await person.act("slots.book")
            person.app.screen.query_one("#entry-when").value = f"{day} 03:15 30m"
            await person.sees("occurs twice")
    finally:
        clock.set_clock(None)
