"""The record table: keys and clicks on a running table, and its lines afterwards."""

from __future__ import annotations

import pytest

from qpi_tui.domain.columns import Column
from qpi_tui.widgets.record_table import RecordTable
from tests.tui.widgets.table_app import COLUMNS, Item, TableApp, Watched, desk, some


async def test_each_record_has_a_line_below_the_header() -> None:
    async with desk([Item({"id": "a", "name": "[/alpha]", "n": 7, "on": True, "note": "warm"}), *some(12)]) as d:
        assert d.lines == [
            "   name           state       count  note",
            "▌  [/alpha]       ● on            7  warm",
            "   name 12        ○ off          12",
            *[""] * 5,
        ]


async def test_an_empty_table_shows_a_message_that_can_change() -> None:
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


async def test_each_change_of_the_record_under_the_cursor_is_posted_once() -> None:
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


async def test_records_from_before_the_first_frame_are_posted_too() -> None:
    app = TableApp(COLUMNS)
    table = Watched(COLUMNS, id="early")
    table.set_records(some(4, 5))
    assert table.move_to("id5")
    async with app.run_test(size=(50, 20)) as pilot:
        await app.mount(table)
        await pilot.pause()
        assert app.query_one("#early", RecordTable).cursor_id == "id5"
        assert [event.record["id"] for event in app.told if isinstance(event, RecordTable.Highlighted)] == ["id5"]


async def test_rows_inserted_above_do_not_move_the_cursor_or_its_line() -> None:
    async with desk(some(*range(30))) as d:
        await d.press(*["down"] * 12)
        before = d.lines
        await d.show(some(*range(100, 105), *range(30)))
        assert d.table.cursor_id == "id12"
        assert d.lines == before
        await d.show(some(*range(5, 30)))
        assert d.lines == before


async def test_the_cursor_moves_to_the_neighbour_when_its_record_is_removed() -> None:
    async with desk(some(1, 2, 3, 4, 5)) as d:
        d.table.move_to("id3")
        await d.show(some(1, 2, 5))
        assert d.table.cursor_id == "id5"
        await d.show(some(1, 2))
        assert d.table.cursor_id == "id2"
        await d.show([])
        await d.show(some(1, 2, 5))
        assert d.table.cursor_id == "id2", "an emptied list that comes back has the cursor where it was"


async def test_when_scrolled_away_from_the_cursor_visible_lines_stay() -> None:
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


async def test_marks_belong_to_records_and_move_with_them() -> None:
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


async def test_a_filter_shows_lines_with_all_words_and_reports_hidden_marks() -> None:
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


async def test_a_condition_and_a_filter_both_apply() -> None:
    async with desk(some(1, 2, 11, 12)) as d:
        d.table.filter_by("", lambda record: record["n"] % 2 == 1)
        d.table.filter_text = "name 1"
        assert [record["n"] for record in d.table.visible_records] == [1, 11]
        d.table.filter_by("name 1")
        assert [record["n"] for record in d.table.visible_records] == [1, 11, 12]


async def test_hidden_columns_are_reported_and_still_sort() -> None:
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


async def test_reversing_the_order_is_stable_and_shows_the_direction() -> None:
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


async def test_in_a_sorted_table_the_cursor_stays_and_new_records_are_inserted_in_order() -> None:
    async with desk(some(5, 3, 9)) as d:
        d.table.move_to("id3")
        d.table.sort_by("n")
        assert d.table.cursor_id == "id3"
        await d.show(some(5, 3, 9, 1, 4))
        assert [record["n"] for record in d.table.visible_records] == [1, 3, 4, 5, 9]
        assert d.table.cursor_id == "id3"


async def test_a_column_of_mixed_values_sorts() -> None:
    column = Column("x", "x", 9, lambda record: str(record["x"]), sort=lambda record: record["x"])
    records = [Item({"id": str(index), "x": value}) for index, value in enumerate(["b", None, 3, "a", 1.5])]
    async with desk(records, columns=[column]) as d:
        d.table.sort_by("x")
        assert [record["x"] for record in d.table.visible_records] == [1.5, 3, "a", "b", None]


async def test_changing_columns_keeps_cursor_and_order_if_possible() -> None:
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


async def test_overlapping_pages_show_a_record_once() -> None:
    async with desk([*some(1, 2), *some(2, 3)]) as d:
        assert [record["n"] for record in d.table.visible_records] == [1, 2, 3]
