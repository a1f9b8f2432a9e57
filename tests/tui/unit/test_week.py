"""The week grid: days of any length, a cursor in real time, and a span that names its conflicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from qpi_tui.domain.week_days import conflict, half_hours, same_time_on, snap, week_of
from qpi_tui.widgets.week_grid import WeekGrid

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)  # Tuesday 10:10 in Helsinki


def at(text: str, zone: ZoneInfo = HELSINKI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def slot(id: str, start: str, end: str, who: str = "s.lind", own: bool = False) -> dict[str, Any]:
    return {"id": id, "start": at(start), "end": at(end), "own": own, "who": who}


SLOTS = [
    slot("a", "2026-11-23 09:00", "2026-11-23 10:00", "me", own=True),
    slot("b", "2026-11-25 08:00", "2026-11-25 09:30", "s.lind@lab.example.org"),
    slot("c", "2026-11-26 09:00", "2026-11-26 09:30", "\x1b[2J[/x]"),
]


@pytest.mark.parametrize(
    ("zone", "day", "count"),
    [
        ("Europe/Helsinki", "2026-11-23", 48),
        ("Europe/Helsinki", "2027-03-28", 46),
        ("Europe/Helsinki", "2027-10-31", 50),
        ("Australia/Lord_Howe", "2026-10-04", 47),
        ("Australia/Lord_Howe", "2027-04-04", 49),
        ("Africa/Cairo", "2027-04-30", 46),
        ("Asia/Kathmandu", "2026-11-23", 48),
    ],
)
def test_days_have_as_many_half_hours_as_their_length(zone: str, day: str, count: int) -> None:
    moments = half_hours(date.fromisoformat(day), ZoneInfo(zone))
    assert len(moments) == count
    assert {b - a for a, b in pairwise(moments)} == {timedelta(minutes=30)}
    assert {moment.astimezone(ZoneInfo(zone)).date().isoformat() for moment in moments} == {day}


@pytest.mark.parametrize("first", ["2026-11-23", "2027-03-22", "2027-10-25"])
@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "UTC"])
def test_a_week_has_every_half_hour_once(first: str, zone: str) -> None:
    week = week_of(date.fromisoformat(first), 7, ZoneInfo(zone))
    seen = Counter(moment for row in week.cells for moment in row if moment is not None)
    assert set(seen.values()) == {1}
    assert sorted(seen) == [m for day in week.days for m in half_hours(day, ZoneInfo(zone))]
    for column in range(7):
        moments = [row[column] for row in week.cells if row[column] is not None]
        assert moments == sorted(moments)  # type: ignore[type-var]


def test_the_night_with_a_repeated_hour_has_ordered_rows() -> None:
    week = week_of(date(2027, 10, 25), 7, HELSINKI)
    said = [f"{t:%H:%M}{'²' if again else ''}" for t, again in week.rows]
    assert said[5:11] == ["02:30", "03:00", "03:30", "03:00²", "03:30²", "04:00"]
    assert [moment is None for moment in week.cells[8]] == [True] * 6 + [False]


def test_the_same_time_on_another_day_is_wall_clock_time() -> None:
    assert same_time_on(at("2027-03-27 12:00"), 1, HELSINKI) == at("2027-03-28 12:00")
    skipped = same_time_on(at("2027-03-27 03:30"), 1, HELSINKI).astimezone(HELSINKI)
    assert f"{skipped:%H:%M}" == "04:30"
    assert snap(at("2026-11-23 10:29"), ZoneInfo("Asia/Kathmandu")).minute in {15, 45}


def test_conflicts_are_named() -> None:
    assert conflict([], HELSINKI) == ""
    assert conflict(SLOTS[1:2], HELSINKI) == "conflicts with s.lind@lab.example.org's booking, Wed 08:00 – 09:30"  # type: ignore[arg-type]
    assert conflict(SLOTS[:2], HELSINKI).endswith("your own booking, Mon 09:00 – 10:00, and 1 more")  # type: ignore[arg-type]


class Calendar(App[None]):
    CSS = "WeekGrid { height: 1fr; }"

    def __init__(self, zone: ZoneInfo = HELSINKI, now: datetime = NOW) -> None:
        super().__init__()
        self.now = now
        self.grid = WeekGrid(zone, now=lambda: self.now)
        self.said: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_week_grid_moved(self, event: WeekGrid.Moved) -> None:
        self.said.append(event)

    def on_week_grid_span_changed(self, event: WeekGrid.SpanChanged) -> None:
        self.said.append(event)

    @property
    def lines(self) -> list[str]:
        return ["".join(s.text for s in self.grid.render_line(y)).rstrip() for y in range(self.grid.size.height)]

    def fills(self, clock: str) -> set[object]:
        """Return the colours behind a line, except background and cursor."""
        y = next(y for y, line in enumerate(self.lines) if line.startswith(f" {clock}"))
        base = self.grid.rich_style.bgcolor
        cursor = self.grid.get_component_rich_style("week-grid--cursor").bgcolor
        return {s.style.bgcolor for s in self.grid.render_line(y) if s.style} - {base, cursor, None}

    def line(self, clock: str) -> str:
        return next(line for line in self.lines if line.startswith(f" {clock}"))


async def opened(app: Calendar, pilot: Pilot[None]) -> WeekGrid:
    app.grid.set_slots(SLOTS)  # type: ignore[arg-type]
    app.grid.focus()
    await pilot.pause()
    return app.grid


async def test_a_week_is_drawn_as_expected() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 24)) as pilot:
        grid = await opened(app, pilot)
        lines = app.lines
        assert " ".join(lines[0].split()) == "Mon 23 Tue 24 Wed 25 Thu 26 Fri 27 Sat 28 Sun 29"
        assert lines[1].startswith(" 08:00")
        # A name is shown where its slot starts, so adjacent slots are distinguishable.
        assert "▌you " in app.line("09:00")
        assert app.line("09:30").endswith("▌")
        assert "you" not in app.line("09:30")
        assert " s.lind" in app.line("08:00")
        filled = {clock: app.fills(clock) for clock in ("08:00", "09:00", "09:30", "11:00")}
        # Own, other and free time differ in colour; the name alone is not filled.
        assert len(filled["09:00"]) >= 2
        assert filled["09:30"] <= filled["09:00"]
        assert not filled["11:00"]
        assert not set("▓░▒") & set("".join(lines))
        assert app.line("10:00").startswith(" 10:00 ▸")
        assert "\x1b" not in "".join(lines)
        assert "[/x]" in app.line("09:00"), "a name is text, not markup"
        assert f"{grid.cursor_time:%a %H:%M}" == "Tue 10:00"
        start, end = grid.week
        assert (start, end) == (at("2026-11-23"), at("2026-11-30"))


@pytest.mark.parametrize(
    ("width", "count", "asked"), [(120, 7, 1), (100, 7, 1), (99, 1, 6), (80, 1, 5), (60, 1, 3), (30, 1, 1)]
)
@pytest.mark.parametrize("other", [False, True])
async def test_the_grid_shows_one_day_or_as_many_as_fit_around_the_cursor(
    width: int, count: int, asked: int, other: bool
) -> None:
    app = Calendar()
    async with app.run_test(size=(width, 20)) as pilot:
        grid = await opened(app, pilot)
        assert len(grid.shown_days) == count
        if other:
            grid.toggle_days()
            assert app.line("10:00"), "what was in sight is still"
            grid.toggle_days()
            assert len(grid.shown_days) == count
            grid.toggle_days()
            count = asked
        assert len(grid.shown_days) == count
        await pilot.press(*["right"] * 5)
        assert f"{grid.cursor_time:%a %d %H:%M}" == "Sun 29 10:00"
        assert grid.cursor_time.date() in grid.shown_days
        assert len(grid.shown_days) == count
        assert not any(event.turned for event in app.said)
        await pilot.press("right")
        assert app.said[-1].turned
        assert f"{grid.cursor_time:%a %d %H:%M}" == "Mon 30 10:00"
        assert grid.week[0] == at("2026-11-30")


async def test_one_day_shows_holders_below_a_summary_of_the_week() -> None:
    app = Calendar()
    async with app.run_test(size=(80, 24)) as pilot:
        grid = await opened(app, pilot)
        app.grid.set_slots(  # type: ignore[arg-type]
            [
                *SLOTS,
                slot("d", "2026-11-24 09:00", "2026-11-24 09:15", "a.short"),
                slot("e", "2026-11-24 09:15", "2026-11-24 12:00", "me", own=True),
                slot("f", "2026-11-24 22:00", "2026-11-25 02:00", "n.owl"),
            ]
        )
        names, hours = app.lines[:2]
        assert "[Tue 24]" in names
        assert [" ".join(word.split()) for word in names.replace("[", " ").replace("]", " ").split("  ") if word] == [
            f"{day} {23 + n}" for n, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
        ]
        # Three hours per cell, from midnight: own 9-10; 9-9:15 and own until 12, 22-24; 0-2 and 8-9:30; 9-9:30.
        assert hours.split() == ["...█....", "...█...▀", "▀.▀▀....", "...▀....", *["........"] * 3]
        where = names.index("[Tue 24]")
        assert hours[where : where + 8] == "...█...▀", "each day's hours are below its name"
        first = app.line("09:00")
        assert "a.short  09:00 – 09:15  you  09:15 – 12:00" in first, "two in one half hour are side by side"
        assert first.startswith(" 09:00   ▌  ")
        assert first.endswith("07:00 UTC"), "the other clock is beside it"
        assert app.line("09:30").startswith(" 09:30  ▌  ")
        assert "you" not in app.line("09:30")
        await pilot.press("end")
        assert "n.owl  Tue 22:00 – Wed 02:00, 4 h" in app.line("22:00")
        # Past midnight the next day follows, with the slot that continues there at the top.
        await pilot.press("down")
        assert "[Wed 25]" in app.lines[0]
        assert "n.owl  Tue 22:00 – Wed 02:00, 4 h" in app.line("00:00")
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pageup", "pageup")
        assert grid.cursor_time.hour == 8
        await pilot.press("left", "left")
        assert f"{grid.cursor_time:%a %H:%M}" == "Mon 08:00"
        grid.go_to(at("2026-11-25 23:30"))
        grid.go_to(at("2026-11-25 09:00"))
        await pilot.pause()
        top = app.lines[2]
        assert top.startswith(" 09:00")
        assert "s.lind@lab.example.org  08:00 – 09:30, 1 h 30 min" in top, "the holder is shown where it is cut too"
        assert all(len(line) <= 80 for line in app.lines)
        # A click on the summary opens that day.
        await pilot.click(WeekGrid, offset=(8 + 6 * 10 + 3, 0))
        assert f"{grid.cursor_time:%a %H:%M}" == "Sun 09:00"
        await pilot.click(WeekGrid, offset=(20, 3))
        assert f"{grid.cursor_time:%a %H:%M}" == "Sun 09:30"


@pytest.mark.parametrize("why", ["ascii", "sixteen colours", "the terminal's own colours"])
async def test_blocks_are_hatched_if_colours_are_not_enough(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    app = Calendar()
    async with app.run_test(size=(120, 24)) as pilot:
        grid = await opened(app, pilot)
        assert grid.solid
        if why == "ascii":
            app.plain = True  # type: ignore[attr-defined]
        elif why == "sixteen colours":
            monkeypatch.setattr(Calendar, "is_headless", False)
            monkeypatch.setattr(app.console, "_color_system", ColorSystem.EIGHT_BIT)
            assert grid.solid, "with more colours they are filled"
            monkeypatch.setattr(app.console, "_color_system", ColorSystem.STANDARD)
        else:
            app.theme = "ansi-dark"
        await pilot.pause()
        assert not grid.solid
        grid.repaint()
        assert "▓you▓▓▓" in app.line("09:00")
        assert "▓▓▓▓" in app.line("09:30")
        assert "░s.lind" in app.line("08:00")
        grid.toggle_days()
        await pilot.pause()
        grid.go_to(at("2026-11-23 09:00"))
        assert app.line("09:00").startswith(" 09:00  ▓▓▓ you")
        assert {"▓", "░"} <= set(app.lines[1]), "the hours of the week are hatched too"


async def test_one_day_has_its_real_length() -> None:
    app = Calendar(now=at("2027-10-31 02:30"))
    async with app.run_test(size=(80, 60)) as pilot:
        await opened(app, pilot)
        rows = [line[:8].strip() for line in app.lines[2:] if line.strip()]
        assert len(rows) == 50
        assert rows[5:11] == ["02:30 ▸", "03:00", "03:30", "03:00²", "03:30²", "04:00"]
        app.grid.go_to(at("2027-03-28 12:00"))
        await pilot.pause()
        rows = [line[:8].strip() for line in app.lines[2:] if line.strip()]
        assert len(rows) == 46
        assert "03:00" not in rows
        assert app.line("12:00").endswith("09:00 UTC")
        assert app.line("02:30").endswith("00:30 UTC")


async def test_a_span_follows_the_cursor_and_names_conflicts() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await opened(app, pilot)
        grid.go_to(at("2026-11-25 10:30"))
        grid.toggle_mark()
        assert grid.marking
        await pilot.press("up", "up")
        assert grid.span == (at("2026-11-25 09:30"), at("2026-11-25 11:00"))
        assert app.said[-1].conflict == ""
        assert "┆1 h 30 min" in app.line("09:30") or "┆" in app.line("10:00")
        await pilot.press("up")
        assert app.said[-1].conflict == "conflicts with s.lind@lab.example.org's booking, Wed 08:00 – 09:30"
        await pilot.press("down")
        grid.toggle_mark()
        await pilot.press("down", "right")
        assert grid.span == (at("2026-11-25 09:30"), at("2026-11-25 11:00"))
        grid.set_slots([*SLOTS, slot("d", "2026-11-25 10:00", "2026-11-25 10:15")])  # type: ignore[list-item]
        await pilot.pause()
        assert app.said[-1].conflict == "conflicts with s.lind's booking, Wed 10:00 – 10:15"
        grid.clear_mark()
        await pilot.pause()
        assert grid.span is None
        assert (app.said[-1].start, app.said[-1].conflict) == (None, "")


async def test_half_hours_continue_past_midnight_and_clock_changes() -> None:
    app = Calendar(now=at("2027-10-31 02:30"))
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await opened(app, pilot)
        seen = []
        grid.toggle_mark()
        for _ in range(5):
            await pilot.press("down")
            seen.append(f"{grid.cursor_time:%H:%M %z}")
        assert seen == ["03:00 +0300", "03:30 +0300", "03:00 +0200", "03:30 +0200", "04:00 +0200"]
        assert grid.span is not None
        assert grid.span[1] - grid.span[0] == timedelta(hours=3)
        assert any(line.startswith(" 03:00²") for line in app.lines)
        await pilot.press("end", "down")
        assert f"{grid.cursor_time:%a %d %H:%M}" == "Mon 01 00:00"


async def test_the_slot_at_the_cursor_and_the_week_are_reported() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await opened(app, pilot)
        assert grid.slot_at_cursor is None
        grid.go_to(at("2026-11-25 08:45"))
        assert grid.slot_at_cursor is not None
        assert grid.slot_at_cursor["id"] == "b"
        grid.action_next_week()
        assert f"{grid.cursor_time:%a %d %H:%M}" == "Wed 02 08:30"
        grid.action_previous_week()
        grid.action_today()
        assert f"{grid.cursor_time:%a %d %H:%M}" == "Tue 24 10:00"
        await pilot.click(WeekGrid, offset=(8 + 2 * 16 + 3, 2))
        assert f"{grid.cursor_time:%a %H:%M}" == "Wed 08:30"


async def test_only_changed_cells_are_painted() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await opened(app, pilot)
        await pilot.pause()

        def asked_by(act: Callable[[], object]) -> list[Region]:
            asked: list[Region] = []
            with patch.object(grid, "refresh", lambda *regions: asked.extend(regions or [Region(0, 0, 120, 30)])):
                act()
            grid.refresh(*asked)
            return asked

        assert asked_by(lambda: grid.set_slots([dict(slot) for slot in SLOTS])) == []  # type: ignore[misc]
        assert asked_by(grid.repaint) == []
        gone = asked_by(lambda: grid.set_slots(SLOTS[:2]))  # type: ignore[arg-type]
        assert [(region.y, region.width) for region in gone] == [(3, 14)], "09:00 on Thursday, where the slot was"
        await pilot.pause()
        app.now += timedelta(minutes=30)
        asked = asked_by(grid.repaint)
        assert {region.y for region in asked} == {5, 6}, "now went from one line to the next"
        assert sum(region.width for region in asked) < 50


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("toggled", [False, True])
async def test_adjacent_bookings_of_different_users_have_a_boundary(width: int, toggled: bool) -> None:
    app = Calendar()
    async with app.run_test(size=(width, 30)) as pilot:
        await opened(app, pilot)
        if toggled:
            app.grid.toggle_days()
        app.grid.set_slots(  # type: ignore[arg-type]
            [
                slot("a", "2026-11-24 12:00", "2026-11-24 13:00", "s.lind"),
                slot("b", "2026-11-24 13:00", "2026-11-24 14:00", "m.keto"),
                slot("c", "2026-11-24 14:00", "2026-11-24 14:15", "n.owl"),
                slot("d", "2026-11-24 14:15", "2026-11-24 15:30", "p.aalto"),
                slot("e", "2026-11-24 16:00", "2026-11-24 17:00", "s.lind"),
            ]
        )
        await pilot.pause()
        edges = {clock for clock in ("12:00", "12:30", "13:00", "14:00", "14:30", "16:00") if "▔" in app.line(clock)}
        one_day = len(app.grid.shown_days) == 1
        # If there is room, both holders who share a half hour are named in it; otherwise the second one in the next.
        together = one_day and "p.aalto" in app.line("14:00")
        assert edges == {"13:00", "14:00"} | (set() if together else {"14:30"})
        assert together or "p.aalto"[:7] in app.line("14:30")
