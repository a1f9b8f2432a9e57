"""The record table: the mouse, repaints, any width, and any order of events."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.scroll_view import ScrollView

from qpi_tui.domain.columns import Column
from qpi_tui.widgets.line_view import LineView
from qpi_tui.widgets.record_table import RecordTable
from tests.tui.widgets.table_app import Desk, Item, Watched, desk, some


async def test_the_mouse_moves_opens_sorts_and_scrolls() -> None:
    async with desk(some(*range(30))) as d:
        await d.pilot.click(Watched, offset=(5, 4))
        assert d.table.cursor_id == "id3"
        await d.pilot.double_click(Watched, offset=(5, 3))
        assert [record["id"] for record in d.told(RecordTable.Chosen)] == ["id2"]
        heads = []
        for _ in range(3):
            await d.pilot.click(Watched, offset=(28, 0))
            await d.pilot.pause()
            heads.append((d.table.sort, d.table.visible_records[0]["n"]))
        assert heads == [(("n", False), 0), (("n", True), 29), (None, 0)]
        d.table.move_to("id2")
        await d.settle()
        await d.pilot.hover(Watched, offset=(5, 5))
        await d.pilot.pause()
        assert d.table.painted == [], "the mouse passing over paints nothing"
        top = d.top
        d.table.post_message(MouseScrollDown(d.table, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False))
        await d.pilot.pause()
        assert d.top > top
        assert d.table.cursor_id == "id2"


async def test_a_click_below_the_last_record_does_nothing() -> None:
    async with desk(some(1, 2)) as d:
        await d.pilot.click(Watched, offset=(5, 6))
        await d.pilot.double_click(Watched, offset=(5, 6))
        assert d.table.cursor_id == "id1"
        assert d.told(RecordTable.Chosen) == []


async def test_enter_opens_the_record_under_the_cursor() -> None:
    async with desk(some(1, 2)) as d:
        await d.press("down", "enter")
        assert [record["id"] for record in d.told(RecordTable.Chosen)] == ["id2"]


async def test_a_cursor_key_computes_only_two_lines() -> None:
    async with desk(some(*range(30))) as d:
        asked: list[str] = []

        def name(record: Any) -> str:
            asked.append(record.id)
            return str(record["name"])

        d.table.set_columns([Column("name", "name", 10, name, flex=True)])
        await d.settle()
        asked.clear()
        await d.press("down")
        assert sorted(asked) == ["id0", "id1"]
        asked.clear()
        d.table.refresh_cells()
        assert len(asked) >= d.table._page


async def test_unchanged_data_paint_nothing_and_one_changed_cell_paints_one_line() -> None:
    async with desk(some(*range(30))) as d:
        await d.settle()
        d.table.set_records(some(*range(30)))
        d.table.refresh_cells()
        d.table.set_marks([])
        d.table.dim = False
        d.table.empty = "Nobody."
        assert d.table.painted == []
        records = some(*range(30))
        records[20]["name"] = "out of sight"
        d.table.set_records(records)
        assert d.table.painted == []
        records = some(*range(30))
        records[4]["name"] = "changed"
        d.table.set_records(records)
        assert [(region.y, region.height) for region in d.table.painted] == [(5, 1)]
        await d.settle()
        d.table.action_cursor_down()
        assert sorted(region.y for region in d.table.painted) == [1, 2]
        await d.settle()
        d.table.set_marks(["id3"])
        assert [region.y for region in d.table.painted] == [4]


async def test_a_grown_age_is_painted_when_cells_are_recomputed() -> None:
    ages = {"id1": "1 min", "id2": "3 min"}
    async with desk(some(1, 2), columns=[Column("age", "age", 8, lambda record: ages[record["id"]])]) as d:
        await d.settle()
        ages["id2"] = "4 min"
        d.table.refresh_cells()
        assert [region.y for region in d.table.painted] == [2]
        assert "4 min" in d.lines[2]


async def test_a_narrow_table_drops_the_least_important_columns_and_truncates_the_rest() -> None:
    async with desk([Item({"id": "a", "name": "a name far too long for it", "n": 1})], size=(50, 6)) as d:
        assert "note" in d.lines[0]
        assert "a name far t…" in d.lines[1]
        await d.pilot.resize_terminal(40, 6)
        await d.pilot.pause()
        assert "note" not in d.lines[0]
        await d.pilot.resize_terminal(18, 6)
        await d.pilot.pause()
        assert d.lines[0].startswith("   name")
        assert all(len(line) <= 18 for line in d.lines)
        await d.pilot.resize_terminal(2, 2)
        await d.pilot.resize_terminal(80, 10)
        await d.pilot.pause()
        assert "a name far too long for it" in d.lines[1]


async def test_a_smaller_height_keeps_the_cursor_visible() -> None:
    async with desk(some(*range(30)), size=(50, 12)) as d:
        await d.press(*["down"] * 9)
        await d.pilot.resize_terminal(50, 5)
        await d.pilot.pause()
        assert any(line.startswith("▌  name 9") for line in d.lines)


async def test_wide_characters_keep_the_columns_aligned() -> None:
    async with desk([Item({"id": "a", "name": "語語語語語語語語語語語語語語", "n": 1}), *some(2)]) as d:
        strips = d.table.render_lines(Region(0, 0, *d.table.size))
        assert {strip.cell_length for strip in strips} == {50}
        assert "…" in d.lines[1]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_cursor_status_and_dimming_are_visible_in_every_theme(theme: str) -> None:
    def style_at(d: Desk, line: int, text: str) -> Any:
        strip = d.table.render_lines(Region(0, 0, *d.table.size))[line]
        return next(segment.style for segment in strip if text in segment.text)

    async with desk(
        [Item({"id": "a", "name": "alpha", "n": 1, "on": True}), Item({"id": "b", "name": "beta", "n": 1, "on": True})]
    ) as d:
        d.app.theme = theme
        await d.pilot.pause()
        cursor, other = style_at(d, 1, "alpha"), style_at(d, 2, "beta")
        assert cursor.reverse or cursor.bgcolor != other.bgcolor
        assert style_at(d, 2, "● on").color != other.color
        d.table.dim = True
        await d.pilot.pause()
        dimmed = style_at(d, 2, "beta")
        assert dimmed.dim or dimmed.color != other.color
        assert style_at(d, 2, "● on") == dimmed, "a state that may be out of date has no colour"
        d.table.dim = False
        await d.pilot.pause()
        assert style_at(d, 2, "beta") == other


async def test_a_hundred_thousand_records_work_like_ten() -> None:
    records = some(*range(100_000))
    async with desk(records) as d:
        await d.press("end")
        assert d.lines[-1].startswith("▌  name 99999")
        d.table.sort_by("n", reverse=True)
        assert d.table.cursor_id == "id99999"
        assert d.table.visible_records[0]["n"] == 99_999
        d.table.filter_text = "name 7777"
        assert len(d.table.visible_records) == 19
        d.table.filter_text = ""
        d.table.move_to("id50000")
        await d.show(records[1:])
        assert d.table.cursor_id == "id50000"


def test_no_private_name_of_the_base_is_overridden() -> None:
    """A private name that Textual uses as well would break it silently."""
    documented = {
        "BINDINGS", "ALLOW_SELECT", "COMPONENT_CLASSES", "DEFAULT_CSS", "can_focus", "can_focus_children",
        "action_page_down", "action_page_up", "watch_scroll_y", "notify_style_update", "render_line",
    }  # fmt: skip
    base = set(dir(ScrollView)) | set(vars(ScrollView()))
    made_by_textual = set(vars(ScrollView)) | {"__init__", "__annotations__"}
    methods = {name for cls in (LineView, RecordTable) for name in vars(cls)} - made_by_textual
    attributes = set(vars(RecordTable([]))) - set(vars(ScrollView()))
    assert (methods & base) <= documented
    assert not attributes & base


NUMBERS = st.lists(st.integers(0, 24), unique=True, max_size=25)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("records"), NUMBERS),
        st.tuples(st.just("filter"), st.sampled_from(["", "1", "name 2", "7", "zzz"])),
        st.tuples(st.just("sort"), st.sampled_from([None, ("n", False), ("n", True), ("name", False)])),
        st.tuples(st.just("go"), st.integers(0, 24)),
        st.tuples(st.just("wheel"), st.integers(0, 24)),
        st.tuples(st.just("mark"), st.integers(0, 24)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, STEPS)
def test_cursor_and_marks_stay_with_their_records_through_any_events(first: list[int], steps: Any) -> None:
    async def live() -> None:
        async with desk(some(*first)) as d:
            for what, how in steps:
                await one_step(d, what, how)

    asyncio.run(live())


async def one_step(d: Desk, what: str, how: Any) -> None:
    table, page = d.table, 7
    before, row_id, marks, top = list(table.visible_records), table.cursor_id, table.marks, d.top
    ids = [record["id"] for record in before]
    line = ids.index(row_id) - top if row_id in ids else None
    if what == "records":
        table.set_records(some(*how))
    elif what == "filter":
        table.filter_text = how
    elif what == "sort":
        table.sort_by(*(how or (None,)))
    elif what == "go":
        table.move_to(f"id{how}")
    elif what == "wheel":
        table.scroll_to(y=how, animate=False)
    elif f"id{how}" in ids:
        table.set_marks(table.marks ^ {f"id{how}"})
    await d.pilot.pause()
    after = [record["id"] for record in table.visible_records]
    most = max(len(after) - page, 0)
    assert 0 <= d.top <= most
    assert (table.cursor_id in after) if after else table.cursor_id is None
    if what in {"records", "filter", "sort"} and row_id is not None:
        if row_id in after:
            assert table.cursor_id == row_id
        elif after:
            at = ids.index(row_id)
            left = [id for id in [*ids[at:], *reversed(ids[:at])] if id in after]
            assert not left or table.cursor_id == left[0]
        if row_id in after and line is not None and 0 <= line < page:
            assert after.index(row_id) - d.top == line or d.top in {0, most}
            assert 0 <= after.index(row_id) - d.top < page
    if what == "records":
        assert table.marks == {id for id in marks if id in {f"id{n}" for n in how}}
    assert table.hidden_marks == table.marks - set(after)
    shown = table.visible_records[d.top : d.top + page]
    for text, record in zip(d.lines[1:], shown, strict=False):
        assert text.startswith("▌" if record["id"] == table.cursor_id else " ")
        assert text[1:2] == ("✓" if record["id"] in table.marks else " ")
        assert f" {record['name']} " in text
