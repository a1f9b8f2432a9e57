"""A table of records: cursor, marks and scroll position belong to records, not to row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from qpi_tui.domain import column_layout
from qpi_tui.domain.column_layout import Pieces
from qpi_tui.domain.columns import Column
from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.sparse_rows import SparseRows
from qpi_tui.domain.table_view import RecordView
from qpi_tui.widgets.line_view import HEAD, LineView

_TICK = 60.0  # Seconds; ages on the screen change by the minute.


class RecordTable(LineView, can_focus=True, inherit_bindings=False):
    """A table whose cursor stays on its record when rows come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "cursor_top", show=False),
        Binding("end", "cursor_bottom", show=False),
        Binding("enter", "choose", show=False),
    ]
    ALLOW_SELECT = False

    class Highlighted(Message):
        """The cursor is on another record, or its record changed; None without a record."""

        def __init__(self, record: Any) -> None:
            super().__init__()
            self.record = record

    class Chosen(Message):
        """Enter or a double click on a record."""

        def __init__(self, record: Any) -> None:
            super().__init__()
            self.record = record

    class Marked(Message):
        """The marks changed."""

    def __init__(self, columns: Sequence[Column], *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = RecordView(columns)
        self._empty = empty
        self._filter = ""
        self._marks: frozenset[str] = frozenset()
        self._row = 0
        self._cursor_key: str | None = None
        self._told: Any = None
        self._scrolling = False
        self._placed: tuple[column_layout.Placed, ...] = ()
        self._made = column_layout.MadeLines()
        # Called with the visible lines of a list that is only partly known.
        self.on_sight: Callable[[int, int], None] | None = None

    # -- records -----------------------------------------------------------------------------------------------------

    def set_records(
        self, records: Sequence[Any], *, distinct: bool = False, sparse: SparseRows | None = None, natural: str = ""
    ) -> None:
        """Show these records, each with an `id`. Cursor, marks and scroll position keep their ids.

        `distinct`: the caller guarantees distinct ids. `sparse`: the positions of these records in a longer list, and
        `natural` the column that has its order; marks of unknown records are then kept.
        """
        self._view.natural = natural
        self._made.forget()
        with self._kept():
            changed = self._view.set_records(records, distinct=distinct, sparse=sparse)
        if changed and self._marks and sparse is None:
            ids = {record.id for record in self._view.records}
            self.set_marks(self._marks & ids)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns."""
        with self._kept():
            if self._view.set_columns(columns):
                self._placed = ()
                self._made.forget()

    def refresh_cells(self) -> None:
        """Draw the lines whose cells changed without new data, such as ages."""
        self._made.forget()
        self._sync()

    @property
    def visible_records(self) -> list[Any]:
        """The shown records in order; of a list that is partly known, the known ones."""
        return self._view.known

    @property
    def sparse(self) -> bool:
        """Whether the list is only partly known."""
        return isinstance(self._view.shown, SparseRows)

    @property
    def sight(self) -> tuple[int, int]:
        """The first and last visible line."""
        return self._top, self._top + max(self._page - 1, 0)

    @property
    def cursor_row(self) -> int:
        """The line of the cursor."""
        return self._row

    def cells_of(self, record: Any) -> list[str]:
        """Return the full texts of a record's cells."""
        return self._view.cells(record)

    @property
    def columns_seen(self) -> tuple[Column, ...]:
        """Return the columns that fit."""
        return tuple(place.column for place in self._placed)

    def unseen(self, record: Any) -> dict[str, str]:
        """Return a record's texts that do not fit, by column key: cut, or left out."""
        width = {place.column.key: place.width for place in self._placed}
        texts = zip(self._view.columns, self._view.cells(record), strict=True)
        return {column.key: text for column, text in texts if cells(text) > width.get(column.key, 0)}

    # -- what is shown, and how --------------------------------------------------------------------------------------

    @property
    def empty(self) -> str:
        """Show this text in the middle of an empty table."""
        return self._empty

    @empty.setter
    def empty(self, sentence: str) -> None:
        if sentence != self._empty:
            self._empty = sentence
            self._sync()

    @property
    def filter_text(self) -> str:
        """Words that must all occur in a record's cells, in any case."""
        return self._filter

    @filter_text.setter
    def filter_text(self, text: str) -> None:
        self.filter_by(text, self._view.predicate)

    def filter_by(self, words: str, predicate: Callable[[Any], bool] | None = None) -> None:
        """Show only records with all these words that `predicate` accepts."""
        self._filter = words
        with self._kept():
            self._view.set_filter(words, predicate)

    @property
    def sort(self) -> tuple[str, bool] | None:
        """The key of the sorting column and whether it is reversed; None: default order."""
        return self._view.sort

    def sort_by(self, key: str | None, reverse: bool = False) -> None:
        """Sort by a column; None: default order. An unknown key is a `KeyError`."""
        if key is not None and key not in {column.key for column in self._view.columns}:
            raise KeyError(key)
        with self._kept():
            self._view.set_sort(None if key is None else (key, reverse))

    def action_sort_reverse(self) -> None:
        """Reverse the sort order."""
        key, reverse = self._view.sort or ("", False)
        with self._kept():
            self._view.set_sort((key, not reverse) if key or not reverse else None)

    # -- the cursor --------------------------------------------------------------------------------------------------

    @property
    def cursor_record(self) -> Any:
        """The record under the cursor."""
        return self._view.shown[self._row] if self._row < len(self._view.shown) else None

    @property
    def cursor_id(self) -> str | None:
        """The id of the record under the cursor."""
        record = self.cursor_record
        return record.id if record is not None else None

    def move_to_row(self, row: int) -> None:
        """Put the cursor on a line, scrolled to the middle if it was not visible."""
        top = self._top
        if not top <= row < top + self._page:
            self._scroll(max(min(row - self._page // 2, len(self._view.shown) - self._page), 0))
        self._go(row)

    def move_to(self, id: str) -> bool:
        """Put the cursor on a record; return whether it is shown."""
        found = self._view.position(id)
        if found is not None:
            self._go(found)
        return found is not None

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Around a change of the rows: the cursor's record keeps its line on the screen.

        If the record is removed, its nearest neighbour gets the cursor; if the cursor is not visible, the first visible
        line stays.
        """
        view, before, row, top = self._view, self._view.shown, self._row, self._top
        yield
        if view.shown is not before:
            key = self._cursor_key
            here = view.shown[row] if row < len(view.shown) else None
            found = row if here is not None and here.id == key else view.position(key, row)
            self._row = found if found is not None else view.nearest(before, row)
            self._fit_height()
            in_sight = row - self._page < top <= row
            if in_sight or not before:
                top = self._row - (row - top)
            elif top < len(before):
                top = view.nearest(before, top)
            self._scroll(max(min(top, len(view.shown) - self._page), 0))
        self._moved()

    def _fit_height(self) -> None:
        height = len(self._view.shown) + HEAD
        if self.virtual_size.height != height:
            self.virtual_size = Size(1, height)

    def _go(self, row: int) -> None:
        self._row = max(min(row, len(self._view.shown) - 1), 0)
        page = self._page
        if page:
            top = self._top
            self._scroll(min(max(top, self._row - page + 1), self._row))
        self._moved()

    def _moved(self) -> None:
        record = self.cursor_record
        if record is not None:
            self._cursor_key = record.id
        elif self.sparse:
            # On a line that is not known yet: the cursor stays there.
            self._cursor_key = None
        self._sync()
        if self.is_attached:
            told, self._told = self._told, record
            if record is not told and record != told:
                self.post_message(self.Highlighted(record))

    def action_cursor_down(self) -> None:
        """One line down."""
        self._go(self._row + 1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._go(self._row - 1)

    def action_cursor_top(self) -> None:
        """To the first line."""
        self._go(0)

    def action_cursor_bottom(self) -> None:
        """To the last line."""
        self._go(len(self._view.shown) - 1)

    def action_page_down(self) -> None:
        """A page down; the cursor keeps its line on the screen."""
        self._scroll(self._top + self._page)
        self._go(self._row + self._page)

    def action_page_up(self) -> None:
        """A page up; the cursor keeps its line on the screen."""
        self._scroll(self._top - self._page)
        self._go(self._row - self._page)

    def move_half_page(self, way: int) -> None:
        """Half a page down (1) or up (-1); the cursor keeps its line on the screen."""
        half = max(self._page // 2, 1) * way
        self._scroll(self._top + half)
        self._go(self._row + half)

    def action_choose(self) -> None:
        """Report that the record under the cursor was chosen."""
        record = self.cursor_record
        if record is not None:
            self.post_message(self.Chosen(record))

    # -- marks -------------------------------------------------------------------------------------------------------

    @property
    def marks(self) -> frozenset[str]:
        """The ids of the marked records, shown or not."""
        return self._marks

    @property
    def hidden_marks(self) -> frozenset[str]:
        """The marked ones that the filter hides."""
        return self._view.hidden(self._marks)

    def set_marks(self, ids: Iterable[str]) -> None:
        """Mark exactly these."""
        marks = frozenset(ids)
        if marks != self._marks:
            self._marks = marks
            self._sync()
            if self.is_attached:
                self.post_message(self.Marked())

    def action_toggle_mark(self) -> None:
        """Toggle the mark of the record under the cursor, and go to the next."""
        id = self.cursor_id
        if id is not None:
            self.set_marks(self._marks ^ {id})
            self.action_cursor_down()

    def action_mark_all(self) -> None:
        """Mark all shown records."""
        self.set_marks(self._marks | {record.id for record in self._view.known})

    def action_clear_marks(self) -> None:
        """Clear all marks, hidden ones too."""
        self.set_marks(())

    # -- what Textual tells -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Update the ages while no data arrives."""
        self.set_interval(_TICK, self.refresh_cells)

    def on_resize(self) -> None:
        """Adapt the columns; the cursor stays visible."""
        self._area = self.scrollable_content_region.size
        self._placed = ()
        self._made.forget()
        self._lines = []
        self._go(self._row)

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked line; a second click opens it. A header sorts, reverses, restores the default order."""
        if event.y < HEAD:
            column = column_layout.column_at(self._placed, event.x)
            if column is not None:
                sort = self._view.sort
                if sort is None or sort[0] != column.key:
                    self.sort_by(column.key)
                else:
                    self.sort_by(None if sort[1] else column.key, reverse=True)
            return
        row = event.y - HEAD + self._top
        if row >= len(self._view.shown):
            return
        if event.x < column_layout.GUTTER:
            # The column of the marks.
            record = self._view.shown[row]
            self.set_marks(self._marks ^ {record.id} if record is not None else self._marks)
        elif event.chain == 2 and row == self._row:
            self.action_choose()
        else:
            self._go(row)

    def _scroll(self, top: int) -> None:
        # Scrolling here also moves the cursor, which draws the lines: once is enough.
        self._scrolling = True
        try:
            super()._scroll(top)
        finally:
            self._scrolling = False

    def _sync(self) -> None:
        if self._scrolling:
            return
        super()._sync()
        if self.on_sight is not None and self.sparse:
            self.on_sight(*self.sight)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def pieces(self, y: int, width: int) -> Pieces:
        """Render the headers, a record, the empty message, or nothing."""
        if not self._placed:
            self._placed = column_layout.place(self._view.columns, width)
        if y < HEAD:
            return column_layout.header(self._placed, width, self._view.sort)
        shown, row = self._view.shown, y - HEAD + self._top
        if row < len(shown):
            record, cursor = shown[row], row == self._row
            if record is None:
                return column_layout.coming(width, cursor=cursor)
            return self._made.line(self._placed, record, width, cursor=cursor, marked=record.id in self._marks)
        if not shown and y == HEAD + max(self._page - 1, 0) // 2:
            return column_layout.empty_line(self._empty, width)
        return ((" " * width, ""),)
