"""A table of records on Textual's line API: cursor, marks and the scrolled line belong to record ids.

A refresh repaints only the visible lines whose text changed; one that changes nothing sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from qpi_tui.columns.base import Cell, Column
from qpi_tui.text import cells, fit

Record = Mapping[str, Any]
_GUTTER = 2
_GAP = 2


class RecordTable(ScrollView, can_focus=True):
    """Shows records by `columns`. Records are dicts with an `id`; their text must be safe already."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", show=False),
        Binding("up", "cursor_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("home", "cursor_top", show=False),
        Binding("end", "cursor_bottom", show=False),
        Binding("enter", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"record-table--{name}"
        for name in ("header", "cursor", "mark", "ok", "bad", "warn", "muted", "accent", "stale", "empty")
    }
    DEFAULT_CSS = """
    RecordTable { background: $background; color: $foreground; scrollbar-size: 1 1; overflow-x: hidden; }
    RecordTable > .record-table--header { color: $text-muted; text-style: bold; background: $background; }
    RecordTable > .record-table--cursor { background: $primary 30%; color: $foreground; }
    RecordTable:focus > .record-table--cursor { background: $primary 55%; text-style: bold; }
    RecordTable > .record-table--mark { color: $text-accent; }
    RecordTable > .record-table--ok { color: $text-success; }
    RecordTable > .record-table--bad { color: $text-error; }
    RecordTable > .record-table--warn { color: $text-warning; }
    RecordTable > .record-table--muted { color: $text-muted; }
    RecordTable > .record-table--accent { color: $text-accent; }
    RecordTable > .record-table--stale { color: $text-disabled; }
    RecordTable > .record-table--empty { color: $text-muted; }
    """

    @dataclass
    class Highlighted(Message):
        """The record under the cursor is another one, or it changed."""

        record: Record | None

    @dataclass
    class Chosen(Message):
        """Enter, or a double click."""

        record: Record

    class Marked(Message):
        """The marks changed."""

    def __init__(self, columns: Sequence[Column], *, empty: str = "Nothing here.", id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = list(columns)
        self._given: list[Record] = []
        self._shown: list[Record] = []
        self._cursor = 0
        self._cursor_id: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._empty = empty
        self._dim = False
        self._words: list[str] = []
        self._filter = ""
        self._predicate: Callable[[Record], bool] | None = None
        self._sort: tuple[str, bool] | None = None
        self._fit_cache: tuple[int, list[tuple[Column, int]]] | None = None
        self._painted: dict[int, object] = {}
        self._told: Record | None = None

    # -- what is shown -----------------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; a sort by a column that is gone ends."""
        if list(columns) == self._columns:
            return
        self._columns = list(columns)
        if self._sort and self._sort[0] not in {column.key for column in self._columns}:
            self._sort = None
        self._fit_cache = None
        self._arrange()
        self.refresh()

    def set_records(self, records: Iterable[Record]) -> None:
        """Show these; the cursor, the marks and the line on the screen stay with their ids."""
        self._given = list(records)
        if self._marks:
            self._marks &= {record["id"] for record in self._given}
        self._arrange()

    @property
    def empty(self) -> str:
        """What stands there when there is nothing."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            self._repaint()

    @property
    def dim(self) -> bool:
        """Whether what is shown may be out of date."""
        return self._dim

    @dim.setter
    def dim(self, dim: bool) -> None:
        if dim != self._dim:
            self._dim = dim
            self._repaint()

    @property
    def visible_records(self) -> list[Record]:
        """The records that the filter lets through, in their order on the screen."""
        return self._shown

    @property
    def filter_text(self) -> str:
        """Words that a line must have, all of them, in any order and case."""
        return self._filter

    @filter_text.setter
    def filter_text(self, text: str) -> None:
        self._filter = text
        self._words = text.casefold().split()
        self._arrange()

    @property
    def predicate(self) -> Callable[[Record], bool] | None:
        """A further condition on records."""
        return self._predicate

    @predicate.setter
    def predicate(self, predicate: Callable[[Record], bool] | None) -> None:
        self._predicate = predicate
        self._arrange()

    def sort_by(self, key: str | None, reverse: bool = False) -> None:
        """Sort by a column; None: in the order in which the records came."""
        self._sort = (key, reverse) if key is not None else None
        self._arrange()
        self.refresh(Region(0, 0, self.size.width, 1))

    def cells_of(self, record: Record) -> list[str]:
        """A record's cells as text, every column."""
        return [_cell(column, record).text for column in self._columns]

    # -- cursor and marks --------------------------------------------------------------------------------------------

    @property
    def cursor_id(self) -> str | None:
        """The id of the record under the cursor."""
        return self._cursor_id

    @property
    def cursor_record(self) -> Record | None:
        """The record under the cursor."""
        return self._shown[self._cursor] if self._shown else None

    @property
    def marks(self) -> frozenset[str]:
        """The ids of the marked records."""
        return self._marks

    @property
    def hidden_marks(self) -> frozenset[str]:
        """Marked records that the filter hides."""
        return self._marks - {record["id"] for record in self._shown} if self._marks else self._marks

    def set_marks(self, ids: Iterable[str]) -> None:
        """Mark these, and no others."""
        marks = frozenset(ids)
        if marks != self._marks:
            self._marks = marks
            self._repaint()
            self.post_message(self.Marked())

    def move_to(self, id: str) -> bool:
        """Put the cursor on this record; False when it is not shown."""
        for index, record in enumerate(self._shown):
            if record["id"] == id:
                self._move(index)
                return True
        return False

    def action_cursor_down(self) -> None:
        """One line down."""
        self._move(self._cursor + 1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._move(self._cursor - 1)

    def action_page_down(self) -> None:
        """A page down."""
        self._move(self._cursor + self._page)

    def action_page_up(self) -> None:
        """A page up."""
        self._move(self._cursor - self._page)

    def action_cursor_top(self) -> None:
        """To the first line."""
        self._move(0)

    def action_cursor_bottom(self) -> None:
        """To the last line."""
        self._move(len(self._shown) - 1)

    def action_choose(self) -> None:
        """Open the record under the cursor."""
        record = self.cursor_record
        if record is not None:
            self.post_message(self.Chosen(record))

    def action_toggle_mark(self) -> None:
        """Mark the record or take its mark away, and go one line down."""
        if self._cursor_id is not None:
            self.set_marks(self._marks ^ {self._cursor_id})
            self.action_cursor_down()

    def action_mark_all(self) -> None:
        """Mark every record that is shown; when all are marked, none."""
        ids = {record["id"] for record in self._shown}
        self.set_marks(self._marks - ids if ids <= self._marks else self._marks | ids)

    def action_clear_marks(self) -> None:
        """Take all marks away."""
        self.set_marks(())

    def action_sort_next(self) -> None:
        """By the next column; after the last one, as the records came."""
        keys = [column.key for column, _ in self._fitted()]
        at = keys.index(self._sort[0]) if self._sort and self._sort[0] in keys else -1
        self.sort_by(keys[at + 1] if at + 1 < len(keys) else None)

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        if self._sort is not None:
            self.sort_by(self._sort[0], not self._sort[1])

    # -- inside ------------------------------------------------------------------------------------------------------

    @property
    def _page(self) -> int:
        return max(self.size.height - 2, 1)

    def _arrange(self) -> None:
        """Filter and sort anew; keep the cursor's record on its line of the screen."""
        shown = self._given
        if self._predicate is not None:
            shown = [record for record in shown if self._predicate(record)]
        if self._words:
            shown = [record for record in shown if self._matches(record)]
        if self._sort is not None:
            column = next(column for column in self._columns if column.key == self._sort[0])
            shown = sorted(shown, key=_sort_key(column), reverse=self._sort[1])
        line = self._cursor - self.scroll_offset.y
        self._shown = shown
        found = next((i for i, record in enumerate(shown) if record["id"] == self._cursor_id), None)
        if self._cursor_id is None and shown:
            found = 0
        moved = found is not None and found != self._cursor
        self._cursor = found if found is not None else max(min(self._cursor, len(shown) - 1), 0)
        self._cursor_id = shown[self._cursor]["id"] if shown else None
        size = Size(max(self.size.width, 1), len(shown) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        if moved and 0 <= line < self.size.height:
            self.scroll_to(y=max(self._cursor - line, 0), animate=False, immediate=True)
        self._repaint()
        self._tell()

    def _matches(self, record: Record) -> bool:
        haystack = " ".join(self.cells_of(record)).casefold() + " " + str(record["id"]).casefold()
        return all(word in haystack for word in self._words)

    def _move(self, index: int) -> None:
        index = max(min(index, len(self._shown) - 1), 0)
        if not self._shown or index == self._cursor:
            return
        self._cursor = index
        self._cursor_id = self._shown[index]["id"]
        top, page = self.scroll_offset.y, max(self.size.height - 1, 1)
        if index < top:
            self.scroll_to(y=index, animate=False, immediate=True)
        elif index >= top + page:
            self.scroll_to(y=index - page + 1, animate=False, immediate=True)
        self._repaint()
        self._tell()

    def _tell(self) -> None:
        record = self.cursor_record
        if record is not self._told and record != self._told:
            self._told = record
            self.post_message(self.Highlighted(record))

    def _repaint(self) -> None:
        """Refresh the lines of the window whose look differs from what was painted."""
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y in range(self.size.height)
            if y not in self._painted or self._painted[y] != self._look(y)
        ]
        if changed:
            self.refresh(*changed)

    def _look(self, y: int) -> object:
        """Everything that the look of a line of the window depends on."""
        if y == 0:
            return (self._sort, self.size.width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._shown):
            return self._empty if not self._shown and y == self._empty_line else None
        record = self._shown[index]
        texts = tuple(_cell(column, record) for column, _ in self._fitted())
        return (texts, index == self._cursor, record["id"] in self._marks, self._dim)

    @property
    def _empty_line(self) -> int:
        return min(3, self.size.height - 1)

    def _fitted(self) -> list[tuple[Column, int]]:
        """The columns that fit, with their widths."""
        width = self.size.width
        if self._fit_cache is None or self._fit_cache[0] != width:
            self._fit_cache = (width, fit_columns(self._columns, width - _GUTTER - 1))
        return self._fit_cache[1]

    # -- Textual -----------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Other widths; the cursor stays in view."""
        self._painted.clear()
        self.virtual_size = Size(max(self.size.width, 1), len(self._shown) + 1)
        page = max(self.size.height - 1, 1)
        if self._cursor >= self.scroll_offset.y + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other records are in the window."""
        super().watch_scroll_y(old_value, new_value)
        self._painted.clear()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the line; a double click opens it; the header sorts."""
        if event.y == 0:
            self._sort_at(event.x)
            return
        index = event.y - 1 + self.scroll_offset.y
        if index < len(self._shown):
            self._move(index)
            if event.chain == 2:
                self.action_choose()

    def _sort_at(self, x: int) -> None:
        start = _GUTTER
        for column, width in self._fitted():
            if start <= x < start + width + _GAP:
                same = self._sort is not None and self._sort[0] == column.key
                self.sort_by(column.key, same and not (self._sort or ("", True))[1])
                return
            start += width + _GAP

    def render_line(self, y: int) -> Strip:
        """A line of the window."""
        width = self.size.width
        look = self._look(y)
        self._painted[y] = look
        base = self.rich_style
        if y == 0:
            return self._header_line(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._shown):
            if isinstance(look, str):
                style = base + self._style("empty")
                return Strip([Segment(fit(f"  {look}", width), style)], width)
            return Strip.blank(width, base)
        return self._record_line(self._shown[index], index == self._cursor, width, base)

    def _header_line(self, width: int) -> Strip:
        parts = [" " * _GUTTER]
        for column, size in self._fitted():
            arrow = ""
            if self._sort is not None and self._sort[0] == column.key:
                arrow = " ▼" if self._sort[1] else " ▲"
            parts.append(_aligned(column.label + arrow, size, column.align) + " " * _GAP)
        return Strip([Segment(fit("".join(parts), width), self.rich_style + self._style("header"))], width)

    def _record_line(self, record: Record, at_cursor: bool, width: int, base: RichStyle) -> Strip:
        row = base + self._style("cursor") if at_cursor else base
        marked = record["id"] in self._marks
        segments = [Segment("▌" if at_cursor else " ", row), Segment("✓" if marked else " ", row + self._style("mark"))]
        used = _GUTTER
        for column, size in self._fitted():
            cell = _cell(column, record)
            style = row
            if self._dim:
                style = row + self._style("stale")
            elif cell.style:
                style = row + self._style(cell.style)
            segments.append(Segment(_aligned(cell.text, size, column.align) + " " * _GAP, style))
            used += size + _GAP
        line = Strip(segments, used)
        return line.adjust_cell_length(width, row)

    def _style(self, name: str) -> RichStyle:
        return self.get_component_rich_style(f"record-table--{name}", partial=True)


def fit_columns(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Which columns fit into `width` cells, and how wide each is; the least needed ones go first."""
    kept = list(columns)
    least = {column.key: min(column.width, 10) if column.flex else column.width for column in columns}

    def total() -> int:
        return sum(least[column.key] + _GAP for column in kept)

    while len(kept) > 1 and total() > width:
        droppable = [column for column in kept if column.need > 0]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda column: (column.need, kept.index(column))))
    spare = max(width - total(), 0)
    flexible = [column for column in kept if column.flex]
    widths = dict(least)
    for column in flexible:
        widths[column.key] += spare // len(flexible)
    return [(column, widths[column.key]) for column in kept]


def _cell(column: Column, record: Record) -> Cell:
    made = column.cell(record)
    return made if isinstance(made, Cell) else Cell(made)


def _aligned(text: str, width: int, align: str) -> str:
    if align == "right":
        used = cells(text)
        return " " * (width - used) + text if used <= width else fit(text, width)
    return fit(text, width)


def _sort_key(column: Column) -> Callable[[Record], Any]:
    own = column.sort

    def key(record: Record) -> tuple[int, Any]:
        value = own(record) if own is not None else _cell(column, record).text.casefold()
        # Numbers and texts in one column, from a server that mixes them, still have an order.
        return (0, value) if isinstance(value, (int, float)) else (1, str(value))

    return key
