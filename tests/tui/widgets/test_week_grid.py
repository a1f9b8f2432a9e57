"""The calendar's grid: keys, spans, nights when the clocks change, and what is painted again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.app import App, ComposeResult

from qpi_tui import clock
from qpi_tui.widgets.week import HALF_HOUR, Slot, Week, slots_of
from qpi_tui.widgets.week_grid import WeekGrid

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)  # Tuesday, 10:10 in Helsinki


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


SLOTS = [
    Slot("own", at(25, 7), at(25, 8), "me@x", own=True),
    Slot("odd", at(25, 10, 10), at(25, 10, 50), "日本語@x"),
]


class Calendar(App[None]):
    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.grid = WeekGrid(zone=HELSINKI, **options)
        self.told: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        self.grid.set_slots(SLOTS)
        self.grid.focus()

    def on_week_grid_span_marked(self, message: WeekGrid.SpanMarked) -> None:
        self.told.append(message)

    def on_week_grid_chosen(self, message: WeekGrid.Chosen) -> None:
        self.told.append(message)

    def on_week_grid_week_changed(self, message: WeekGrid.WeekChanged) -> None:
        self.told.append(message)


def screen_lines(grid: WeekGrid) -> list[str]:
    return [grid.render_line(y).text for y in range(grid.size.height)]


@pytest.fixture(autouse=True)
def _fixed_clock() -> Iterator[None]:
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


@pytest.mark.parametrize(
    ("zone", "monday", "cells", "twice", "missing"),
    [
        ("Europe/Helsinki", date(2026, 10, 19), 338, {"03:00'", "03:30'"}, set()),
        ("Europe/Helsinki", date(2026, 3, 23), 334, set(), {"03:00", "03:30"}),
        ("Australia/Lord_Howe", date(2026, 3, 30), 337, {"01:30'"}, set()),
        ("Asia/Kathmandu", date(2026, 1, 5), 336, set(), set()),
        ("Asia/Beirut", date(2026, 3, 23), 334, set(), {"00:00", "00:30"}),
        ("Africa/Cairo", date(2026, 10, 26), 338, {"23:00'", "23:30'"}, set()),
    ],
)
def test_every_half_hour_is_there_once(zone: str, monday: date, cells: int, twice: set[str], missing: set[str]) -> None:
    week = Week(monday, ZoneInfo(zone))
    moments = sorted(cell for row in week.rows for cell in row.cells if cell is not None)
    assert moments == [week.start + n * HALF_HOUR for n in range(cells)]
    assert week.end == moments[-1] + HALF_HOUR
    assert {row.label for row in week.rows if row.again} == twice
    assert {row.label for row in week.rows if None in row.cells and not row.again} == missing
    for moment in moments:
        day, row = week.place(moment + timedelta(minutes=29, seconds=59)) or (-1, -1)
        assert week.rows[row].cells[day] == moment
    assert week.place(week.end) is None


def test_rows_of_each_day_are_in_order_of_time() -> None:
    for monday in (date(2026, 10, 19), date(2026, 3, 23)):
        week = Week(monday, HELSINKI)
        for day in range(7):
            column = [row.cells[day] for row in week.rows if row.cells[day] is not None]
            assert column == sorted(column)  # type: ignore[type-var]


def test_records_without_sense_are_no_slots() -> None:
    good = {"id": "a", "start_time": "2026-11-25 07:00:00.000Z", "end_time": "2026-11-25 08:00:00.000Z"}
    bad = [{**good, "end_time": ""}, {**good, "start_time": None}, {**good, "end_time": "2026-11-25 06:00:00.000Z"}]
    slots = slots_of([{**good, "booked_by": "me"}, *bad, {}], "me")
    assert [(slot.start, slot.end, slot.own) for slot in slots] == [(at(25, 7), at(25, 8), True)]


async def test_arrows_move_and_the_week_turns_at_its_ends() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 40)) as pilot:
        assert app.grid.cursor == at(24, 8, 30)
        await pilot.press("right", "down")
        assert app.grid.cursor == at(25, 9)
        await pilot.press(*["right"] * 4)
        assert app.grid.cursor == at(29, 9)
        await pilot.press("right")
        assert app.grid.cursor == at(30, 9)
        assert app.grid.week.monday == date(2026, 11, 30)
        assert isinstance(app.told[-1], WeekGrid.WeekChanged)
        assert app.told[-1].start == datetime(2026, 11, 29, 22, tzinfo=UTC)
        await pilot.press("left", "home")
        assert app.grid.cursor == at(28, 22), "the beginning of the local day"


async def test_a_span_says_what_is_in_its_way_while_it_is_marked() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 40)) as pilot:
        app.grid.go_to(at(25, 9, 30))
        app.grid.action_mark()
        await pilot.pause()
        assert app.told[-1] == WeekGrid.SpanMarked(at(25, 9, 30), at(25, 10)) or app.told[-1].conflict is None
        await pilot.press("down")
        await pilot.pause()
        assert app.told[-1].end == at(25, 10, 30)
        assert app.told[-1].conflict == SLOTS[1], "it shares twenty minutes"
        await pilot.press("up", "up")
        await pilot.pause()
        assert (app.told[-1].start, app.told[-1].end) == (at(25, 9), at(25, 10)), "the mark's first cell stays in it"
        assert app.told[-1].conflict is None
        app.grid.action_mark()
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause()
        assert isinstance(app.told[-1], WeekGrid.Chosen)
        assert (app.told[-1].start, app.told[-1].end, app.told[-1].slot) == (at(25, 9), at(25, 10), None)
        assert app.grid.clear_span()
        assert app.grid.span is None
        app.grid.go_to(at(24, 7))
        app.grid.action_mark()
        await pilot.pause()
        assert app.told[-1].past


async def test_a_span_over_the_skipped_hour_is_real_time() -> None:
    app = Calendar()
    async with app.run_test(size=(120, 60)) as pilot:
        start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 02:30; the clock goes from 03:00 to 04:00
        app.grid.go_to(start)
        app.grid.action_mark()
        await pilot.press("down")
        assert app.grid.cursor == start + HALF_HOUR
        assert app.grid.span == (start, start + 2 * HALF_HOUR)
        lines = screen_lines(app.grid)
        assert "··" in next(line for line in lines if " 03:00" in line[:8])


async def test_slots_are_drawn_where_they_are_and_columns_line_up() -> None:
    for ascii, own in ((False, "▓"), (True, "#")):
        app = Calendar(ascii=ascii)
        async with app.run_test(size=(120, 60)):
            grid = app.grid
            widths = {grid.render_line(y).cell_length for y in range(grid.size.height)}
            assert widths == {grid.size.width}
            lines = {line[1:6]: line for line in screen_lines(grid)}
            assert own * 8 in lines["09:00"]
            assert f"{own}you{own}" in lines["09:30"]
            assert own not in lines["08:30"] + lines["10:00"]
            assert "日本語" in lines["12:30"]
            assert screen_lines(grid)[0].count("•") == 1


async def test_one_day_on_a_narrow_terminal() -> None:
    app = Calendar()
    async with app.run_test(size=(80, 24)) as pilot:
        assert list(app.grid.days_shown) == [1]
        lines = screen_lines(app.grid)
        assert lines[0].rstrip().endswith("Tue 24 November 2026 •") or "Tue 24 November 2026" in lines[0]
        assert lines[1].startswith(" 08:00"), "the working day is in view"
        await pilot.press("right")
        assert "09:00–10:00" in "\n".join(screen_lines(app.grid))
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert len(app.grid.days_shown) == 7
        assert app.grid.cursor == at(25, 8, 30)


async def test_only_changed_cells_are_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Calendar()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        painted: list[Any] = []
        monkeypatch.setattr(app.grid, "refresh", lambda *regions, **_: painted.append(regions))
        app.grid.set_slots(list(SLOTS))
        app.grid.tick()
        assert painted == []
        app.grid.set_slots([SLOTS[0]])
        assert [len(regions) for regions in painted] == [2], "the two half hours of the slot that is gone"
        assert all(region.height == 1 and region.width < 20 for region in painted[0])
        painted.clear()
        await pilot.press("down")
        assert sum(map(len, painted)) == 2, "the cell it leaves and the cell it goes to"
