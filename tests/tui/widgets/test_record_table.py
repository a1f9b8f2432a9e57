"""The table of records: keys pressed and clicks made on a running one, and what then stands on its lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot
from textual.scroll_view import ScrollView

from qpi_tui.domain.columns import Cell, Column
from qpi_tui.widgets.line_view import LineView
from qpi_tui.widgets.record_table import RecordTable

COLUMNS = [
    Column("name", "name", 10, lambda record: record["name"], flex=True),
    Column("state", "state", 8, lambda record: Cell("● on", "ok") if record.get("on") else Cell("○ off", "muted")),
    Column("n", "count", 7, lambda record: str(record["n"]), align="right", sort=lambda record: record["n"]),
    Column("note", "note", 12, lambda record: record.get("note", ""), need=1),
]


class Item(dict[str, Any]):
    """A row: a table asks for nothing but its `id`."""

    @property
    def id(self) -> str:
        id: str = self["id"]
        return id


def some(*numbers: int) -> list[Item]:
    return [Item(id=f"id{n}", name=f"name {n}", n=n) for n in numbers]


class Watched(RecordTable):
    """A table that remembers which parts of it were to be painted anew."""

    painted: list[Region]

    def refresh(self, *regions: Region, **options: Any) -> Any:
        if hasattr(self, "painted"):
            self.painted.extend(regions or [Region(0, 0, *self.size)])
        return super().refresh(*regions, **options)


class TableApp(App[None]):
    def __init__(self, columns: list[Column]) -> None:
        super().__init__()
        self._columns_shown = columns
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Watched(self._columns_shown, empty="Nothing here.")

    def on_mount(self) -> None:
        self.query_one(Watched).focus()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        self.told.append(event)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        self.told.append(event)

    def on_record_table_marked(self, event: RecordTable.Marked) -> None:
        self.told.append(event)


class Desk:
    """A running table, what stands on its lines, and what it told."""

    def __init__(self, app: TableApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot
        self.table = app.query_one(Watched)

    @property
    def lines(self) -> list[str]:
        strips = self.table.render_lines(Region(0, 0, *self.table.size))
        return [strip.text.rstrip() for strip in strips]

    @property
    def top(self) -> int:
        return self.table.scroll_offset.y

    async def show(self, records: list[dict[str, Any]]) -> None:
        self.table.set_records(records)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Everything is painted; from now on count what is painted anew."""
        await self.pilot.pause()
        self.table.painted = []

    def told(self, kind: type[Message]) -> list[Any]:
        return [getattr(event, "record", event) for event in self.app.told if isinstance(event, kind)]


@asynccontextmanager
async def desk(
    records: list[dict[str, Any]] | None = None, *, size: tuple[int, int] = (50, 8), columns: list[Column] = COLUMNS
) -> AsyncIterator[Desk]:
    app = TableApp(columns)
    async with app.run_test(size=size) as pilot:
        found = Desk(app, pilot)
        if records is not None:
            await found.show(records)
        yield found


async def test_a_line_a_record_under_one_of_labels() -> None:
    async with desk([Item({"id": "a", "name": "[/alpha]", "n": 7, "on": True, "note": "warm"}), *some(12)]) as d:
        assert d.lines == [
            "   name           state       count  note",
            "▌  [/alpha]       ● on            7  warm",
            "   name 12        ○ off          12",
            *[""] * 5,
        ]


async def test_an_empty_table_says_so_in_the_middle_and_the_sentence_can_change() -> None:
    async with desk([]) as d:
        assert d.lines[4].strip() == "Nothing here."
        d.table.empty = "Nobody asks for time."
        assert d.lines[4].strip() == "Nobody asks for time."
        assert d.table.cursor_record is None
        await d.press("enter", "down", "pagedown", "home", "end")
        assert d.told(RecordTable.Chosen) == []


async def test_keys_move_the_cursor_and_scroll_only_when_they_must() -> None:
    async with desk(some(*range(30))) as d:
        await d.press("down", "down")
        assert (d.table.cursor_id, d.top) == ("id2", 0)
        await d.press("pagedown")
        assert (d.table.cursor_id, d.top) == ("id9", 7)
        await d.press("up", "up", "up")
        assert (d.table.cursor_id, d.top) == ("id6", 6)
        await d.press("end")
        assert (d.table.cursor_id, d.top) == ("id29", 23)
        await d.press("down")
        assert d.table.cursor_id == "id29"
        await d.press("pageup")
        assert (d.table.cursor_id, d.top) == ("id22", 16)
        await d.press("home", "up")
        assert (d.table.cursor_id, d.top) == ("id0", 0)
        assert d.lines[1].startswith("▌  name 0")


async def test_whoever_listens_hears_of_every_other_record_under_the_cursor_once() -> None:
    async with desk(some(1, 2, 3)) as d:
        await d.press("down", "down", "down")
        assert [record["id"] for record in d.told(RecordTable.Highlighted)] == ["id1", "id2", "id3"]
        await d.show(some(1, 2, 3))
        assert len(d.told(RecordTable.Highlighted)) == 3
        await d.show([*some(1, 2), Item({"id": "id3", "name": "renamed", "n": 3})])
        assert d.told(RecordTable.Highlighted)[-1]["name"] == "renamed"
        await d.show([])
        assert d.told(RecordTable.Highlighted)[-1] is None
        await d.press("enter")
        assert d.told(RecordTable.Chosen) == []


async def test_records_from_before_the_first_frame_are_told_too() -> None:
    app = TableApp(COLUMNS)
    table = Watched(COLUMNS, id="early")
    table.set_records(some(4, 5))
    assert table.move_to("id5")
    async with app.run_test(size=(50, 20)) as pilot:
        await app.mount(table)
        await pilot.pause()
        assert app.query_one("#early", RecordTable).cursor_id == "id5"
        assert [event.record["id"] for event in app.told if isinstance(event, RecordTable.Highlighted)] == ["id5"]


async def test_what_comes_above_does_not_move_the_cursor_or_its_line() -> None:
    async with desk(some(*range(30))) as d:
        await d.press(*["down"] * 12)
        before = d.lines
        await d.show(some(*range(100, 105), *range(30)))
        assert d.table.cursor_id == "id12"
        assert d.lines == before
        await d.show(some(*range(5, 30)))
        assert d.lines == before


async def test_the_neighbour_has_the_cursor_when_its_record_goes() -> None:
    async with desk(some(1, 2, 3, 4, 5)) as d:
        d.table.move_to("id3")
        await d.show(some(1, 2, 5))
        assert d.table.cursor_id == "id5"
        await d.show(some(1, 2))
        assert d.table.cursor_id == "id2"
        await d.show([])
        await d.show(some(1, 2, 5))
        assert d.table.cursor_id == "id2", "an emptied list that comes back has the cursor where it was"


async def test_scrolled_away_from_the_cursor_the_lines_in_sight_stay() -> None:
    async with desk(some(*range(40))) as d:
        d.table.scroll_to(y=20, animate=False)
        await d.pilot.pause()
        before = d.lines
        await d.show(some(*range(100, 110), *range(40)))
        assert d.lines == before
        assert d.table.cursor_id == "id0"
        await d.press("down")
        assert d.table.cursor_id == "id1"
        assert any(line.startswith("▌  name 1 ") for line in d.lines)


async def test_marks_are_of_records_and_go_with_them() -> None:
    async with desk(some(1, 2, 3, 4)) as d:
        d.table.action_toggle_mark()
        d.table.action_cursor_down()
        d.table.action_toggle_mark()
        assert d.table.marks == {"id1", "id3"}
        assert d.lines[1].startswith(" ✓ name 1")
        await d.show(some(9, 4, 3, 2, 1))
        assert d.table.marks == {"id1", "id3"}
        await d.show(some(9, 3, 2))
        assert d.table.marks == {"id3"}
        d.table.action_mark_all()
        assert d.table.marks == {"id9", "id3", "id2"}
        d.table.action_clear_marks()
        assert d.table.marks == frozenset()
        await d.pilot.pause()
        assert len(d.told(RecordTable.Marked)) == 5
        d.table.set_marks([])
        await d.pilot.pause()
        assert len(d.told(RecordTable.Marked)) == 5


async def test_a_filter_shows_lines_with_all_words_and_says_which_marks_it_hides() -> None:
    records = [*some(1, 2, 12), Item({"id": "id7", "name": "Ärger", "n": 0, "note": "warm 1"})]
    async with desk(records) as d:
        d.table.set_marks(["id1", "id2"])
        d.table.filter_text = "1 NAME"
        assert [record["id"] for record in d.table.visible_records] == ["id1", "id12"]
        assert d.table.hidden_marks == {"id2"}
        assert d.table.marks == {"id1", "id2"}
        d.table.filter_text = "äRGER"
        assert d.table.cursor_id == "id7"
        d.table.filter_text = "id12"
        assert d.table.cursor_id == "id12", "an id that was pasted finds its record"
        d.table.filter_text = ""
        assert d.table.cursor_id == "id12", "who searched and found stays there"
        d.table.filter_text = "name 2"
        await d.show([*some(1), Item({"id": "id2", "name": "another", "n": 1}), *some(22)])
        assert [record["id"] for record in d.table.visible_records] == ["id22"]
        d.table.filter_text = "none such"
        await d.pilot.pause()
        assert d.lines[4].strip() == "Nothing here."


async def test_a_condition_and_a_filter_hold_both() -> None:
    async with desk(some(1, 2, 11, 12)) as d:
        d.table.filter_by("", lambda record: record["n"] % 2 == 1)
        d.table.filter_text = "name 1"
        assert [record["n"] for record in d.table.visible_records] == [1, 11]
        d.table.filter_by("name 1")
        assert [record["n"] for record in d.table.visible_records] == [1, 11, 12]


async def test_what_has_no_room_is_told_and_sorts_all_the_same() -> None:
    async with desk([Item({**each, "note": "words"}) for each in some(3, 10, 1)]) as d:
        assert d.table.unseen(d.table.visible_records[0]) == {}
        await d.pilot.resize_terminal(14, 8)
        await d.pilot.pause()
        left_out = {column.key for column in COLUMNS} - {column.key for column in d.table.columns_seen}
        assert left_out
        assert left_out <= set(d.table.unseen(d.table.visible_records[0]))
        d.table.sort_by("n")
        assert [record["n"] for record in d.table.visible_records] == [1, 3, 10]
        d.table.sort_by(None)
        assert [record["n"] for record in d.table.visible_records] == [3, 10, 1]


async def test_turning_round_keeps_equal_ones_in_their_order_and_shows_which_way() -> None:
    records = [Item({**record, "n": record["n"] % 2}) for record in some(1, 2, 3, 4)]
    async with desk(records) as d:
        d.table.sort_by("n", reverse=True)
        assert [record["id"] for record in d.table.visible_records] == ["id1", "id3", "id2", "id4"]
        assert "count ▼" in d.lines[0]
        d.table.action_sort_reverse()
        assert [record["id"] for record in d.table.visible_records] == ["id2", "id4", "id1", "id3"]
        d.table.sort_by(None)
        d.table.action_sort_reverse()
        assert [record["id"] for record in d.table.visible_records] == ["id4", "id3", "id2", "id1"]
        assert "▼" in d.lines[0]
        d.table.action_sort_reverse()
        assert [record["id"] for record in d.table.visible_records] == ["id1", "id2", "id3", "id4"]
        with pytest.raises(KeyError):
            d.table.sort_by("colour")


async def test_sorted_the_cursor_stays_with_its_record_and_new_ones_take_their_place() -> None:
    async with desk(some(5, 3, 9)) as d:
        d.table.move_to("id3")
        d.table.sort_by("n")
        assert d.table.cursor_id == "id3"
        await d.show(some(5, 3, 9, 1, 4))
        assert [record["n"] for record in d.table.visible_records] == [1, 3, 4, 5, 9]
        assert d.table.cursor_id == "id3"


async def test_a_column_of_numbers_text_and_nothing_still_sorts() -> None:
    column = Column("x", "x", 9, lambda record: str(record["x"]), sort=lambda record: record["x"])
    records = [Item({"id": str(index), "x": value}) for index, value in enumerate(["b", None, 3, "a", 1.5])]
    async with desk(records, columns=[column]) as d:
        d.table.sort_by("x")
        assert [record["x"] for record in d.table.visible_records] == [1.5, 3, "a", "b", None]


async def test_other_columns_keep_cursor_and_order_where_they_can() -> None:
    async with desk(some(3, 1, 2)) as d:
        d.table.move_to("id1")
        d.table.sort_by("n")
        d.table.set_columns([COLUMNS[2], COLUMNS[0]])
        await d.pilot.pause()
        assert d.lines[0] == "   count ▲  name"
        assert d.table.cells_of(d.table.visible_records[0]) == ["1", "name 1"]
        assert d.table.cursor_id == "id1"
        d.table.set_columns([COLUMNS[0]])
        assert d.table.sort is None
        assert [record["n"] for record in d.table.visible_records] == [3, 1, 2]


async def test_two_pages_that_overlap_show_a_record_once() -> None:
    async with desk([*some(1, 2), *some(2, 3)]) as d:
        assert [record["n"] for record in d.table.visible_records] == [1, 2, 3]


async def test_the_mouse_moves_chooses_sorts_and_scrolls() -> None:
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


async def test_enter_chooses() -> None:
    async with desk(some(1, 2)) as d:
        await d.press("down", "enter")
        assert [record["id"] for record in d.told(RecordTable.Chosen)] == ["id2"]


async def test_the_same_again_paints_nothing_and_one_cell_paints_one_line() -> None:
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


async def test_an_age_that_grew_is_painted_when_the_cells_are_looked_at_again() -> None:
    ages = {"id1": "1 min", "id2": "3 min"}
    async with desk(some(1, 2), columns=[Column("age", "age", 8, lambda record: ages[record["id"]])]) as d:
        await d.settle()
        ages["id2"] = "4 min"
        d.table.refresh_cells()
        assert [region.y for region in d.table.painted] == [2]
        assert "4 min" in d.lines[2]


async def test_a_narrow_table_leaves_out_what_is_needed_least_and_cuts_the_rest() -> None:
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


async def test_a_lower_terminal_keeps_the_cursor_in_sight() -> None:
    async with desk(some(*range(30)), size=(50, 12)) as d:
        await d.press(*["down"] * 9)
        await d.pilot.resize_terminal(50, 5)
        await d.pilot.pause()
        assert any(line.startswith("▌  name 9") for line in d.lines)


async def test_wide_letters_keep_the_columns_in_line() -> None:
    async with desk([Item({"id": "a", "name": "語語語語語語語語語語語語語語", "n": 1}), *some(2)]) as d:
        strips = d.table.render_lines(Region(0, 0, *d.table.size))
        assert {strip.cell_length for strip in strips} == {50}
        assert "…" in d.lines[1]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_cursor_state_and_dimming_are_seen_in_every_theme(theme: str) -> None:
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


async def test_a_hundred_thousand_records_are_no_other_than_ten() -> None:
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


def test_no_name_of_the_base_is_taken() -> None:
    """A private name that Textual uses as well would break it without a word."""
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
def test_whatever_comes_the_cursor_and_the_marks_stay_with_their_records(first: list[int], steps: Any) -> None:
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
