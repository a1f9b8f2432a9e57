"""A screen that is a table of records with a detail: the list left, the detail right where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from qpi_tui.actions import in_areas
from qpi_tui.columns.base import Column
from qpi_tui.screens.base import ConsoleScreen, lines_of
from qpi_tui.text import clean_record, fit
from qpi_tui.widgets.lines import Line, Part, assemble
from qpi_tui.widgets.record_table import RecordTable
from qpi_tui.widgets.sorting import ask_sort, unseen_sort

if TYPE_CHECKING:
    from textual.widgets import Input

    from qpi_tui.widgets.dialogs import Detail
    from qpi_tui.widgets.filter_bar import FilterBar

Record = dict[str, Any]
# Lines of the terminal below which the list has all of them.
SHORT = 20


class ListScreen(ConsoleScreen):
    """A table of records. A subclass names its columns and says what a record means."""

    areas: ClassVar[tuple[str, ...]] = ("table",)
    noun: ClassVar[tuple[str, str]] = ("record", "records")
    empty: ClassVar[str] = "Nothing here."
    # Lines below the list on a narrow terminal, for what the columns have no room for; more where sentences wrap.
    brief_height: ClassVar[int] = 0
    # Columns for what is typed to filter.
    filter_width: ClassVar[int] = 34
    # Not the filter's line: keys may come before the screen is there.
    AUTO_FOCUS = "RecordTable"
    DEFAULT_CSS = """
    ListScreen #head { height: 1; padding: 0 1; }
    ListScreen #summary { width: 1fr; }
    ListScreen #split { height: 1fr; }
    ListScreen RecordTable { width: 1fr; }
    ListScreen #detail { width: 30%; min-width: 38; max-width: 64; padding: 0 1; border-left: solid $panel;
        display: none; scrollbar-size: 1 1; }
    ListScreen #detail > Static { height: auto; }
    ListScreen #brief { height: auto; max-height: 8; padding: 0 1; border-top: solid $panel; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self._wanted = ""
        self._wanted_words = ""
        self._came_from = self._came_for = ""
        self._opened: Record | None = None
        self._detail: Detail | None = None
        self._filter_made = False

    # -- what a subclass says ----------------------------------------------------------------------------------------

    def columns(self) -> Sequence[Column]:
        """The table's columns."""
        raise AssertionError("a list has columns")

    def rows(self, data: Any) -> list[Record]:
        """What was read → the records to show, in their order."""
        records: list[Record] = data
        return records

    @property
    def filter_hint(self) -> str:
        """What may be typed to filter."""
        return "filter: words, enter keeps, esc clears"

    def summary(self) -> list[Part]:
        """The line over the table."""
        count = len(self.records)
        return [(f"{count:,} {self.noun[0] if count == 1 else self.noun[1]}", "")]

    def marked_words(self, marked: Sequence[Record]) -> str:
        """What the marked records amount to, in words; nothing where they do not add up."""
        return ""

    def detail(self, record: Record) -> list[list[Part]]:
        """A record in full: lines of parts."""
        return [[(str(record.get("id", "")), "bold")]]

    def brief(self, record: Record) -> list[list[Part]]:
        """The most needed of it, in `brief_height` lines, for a terminal without room for the detail."""
        return []

    # -- the body ----------------------------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """A line that sums it up with the filter; the table; the detail."""
        with Horizontal(id="head"):
            yield Line(id="summary")
        with Horizontal(id="split"):
            yield RecordTable(self.columns(), empty="…")
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text")
        if self.brief_height:
            yield Static(id="brief")

    def on_mount(self) -> None:
        """The keys go where they are at home."""
        self.set_focus(self.home)
        self.fit_detail()
        self._point()

    @property
    def home(self) -> Widget:
        """What has the keys."""
        return self.table

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self.query_one(RecordTable)

    @property
    def filter_bar(self) -> FilterBar:
        """The line in which a filter is typed; made when first asked for, so that the first frame need not wait."""
        from qpi_tui.widgets.filter_bar import FilterBar

        if not self._filter_made:
            self._filter_made = True
            bar = FilterBar(self.filter_hint, self.filter_width)
            self.query_one("#head").mount(bar)
            return bar
        return self.query_one(FilterBar)

    @property
    def filtered_by(self) -> str:
        """What is typed in it."""
        return self.filter_bar.value if self._filter_made else ""

    def on_resize(self) -> None:
        """Room for the detail and the columns, or not."""
        self.fit_detail()
        self.call_after_refresh(self.repaint_summary)

    def fit_detail(self) -> None:
        """Show the detail where there is room, else the most needed of it below."""
        self.query_one("#detail").display = self.wide
        for brief in self.query("#brief"):
            brief.styles.min_height = self.brief_height + 1
            brief.display = not self.wide and self.app.size.height >= SHORT
        self._paint_detail()

    def show(self, data: Any) -> None:
        """Paint the records; cursor, marks and scroll stay with their ids."""
        self.records = [clean_record(record) for record in self.rows(data)]
        self.table.empty = self.empty
        self.table.set_records(self.records)
        self._point()
        self.repaint_summary()
        self._paint_detail()

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Put the cursor on a record as soon as it is there, among those with these words. Esc leads back to where
        somebody came from."""
        self._wanted, self._wanted_words = id, words
        if came_from:
            self._came_from, self._came_for = came_from, words
        if self.is_mounted:
            self._point()

    def _point(self) -> None:
        if self._wanted_words:
            bar = self.filter_bar
            bar.value, bar.display = self._wanted_words, True
            self._wanted_words = ""
        elif self._wanted and self.filtered_by:
            self.filter_bar.value = ""
            self.filter_bar.display = False
            self.table.filter_text = ""
        if self._wanted and self.table.move_to(self._wanted):
            self._wanted = ""

    def stale(self, dim: bool) -> None:
        """Dim the table while the server cannot be read."""
        self.table.dim = dim

    def repaint_summary(self) -> None:
        """The line over the table, with what is marked and hidden."""
        table = self.table
        parts = self.summary()
        if table.marks:
            words = self.marked_words([record for record in self.records if record["id"] in table.marks])
            parts.append((f" · {len(table.marks)} marked{f' ({words})' if words else ''}", "bold $text-accent"))
            if table.hidden_marks:
                parts.append((f" ({len(table.hidden_marks)} outside the filter)", "$text-warning"))
        if table.filter_text:
            # First: the filter takes the room of what comes last.
            parts.insert(0, (f"{len(table.visible_records):,} match · ", "$text-accent"))
        if by := unseen_sort(table, self.columns()):
            parts.append((f" · by {by}", "$text-accent"))
        self.query_one("#summary", Line).show(assemble(parts))

    def _paint_detail(self) -> None:
        record = self.table.cursor_record
        if self.query_one("#detail").display:
            lines = self.detail(record) if record is not None else []
            _show(self.query_one("#detail-text", Static), lines)
        if self._detail is not None and record is not None:
            self._detail.show(self.detail(record))
        for brief in self.query("#brief").results(Static):
            if brief.display:
                _show(brief, self.brief(record) if record is not None else [])

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """The detail follows the cursor."""
        self.cursor_moved(event.record)
        self._paint_detail()

    def cursor_moved(self, record: Record | None) -> None:
        """The cursor is on another record, or its record says something else."""

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """Enter, or a double click."""
        self.do_open()

    def on_record_table_marked(self) -> None:
        """The summary counts the marks."""
        self.repaint_summary()

    def in_brief(self, text: str, lines: int) -> str:
        """A text that fits so many lines below the list, cut with `…`."""
        # Words are kept together, so that a line is not always filled.
        return fit(text, max((self.app.size.width - 12) * lines, 20)).rstrip()

    @property
    def detail_width(self) -> int:
        """The columns that a line of the detail has, beside the list or in a dialog."""
        pane = self.query_one("#detail")
        # One column is for a scroll bar.
        return max(pane.size.width - 3, 20) if pane.display else max(min(self.app.size.width - 8, 68), 20)

    # -- whom an action concerns -------------------------------------------------------------------------------------

    def targets(self) -> list[Record]:
        """The marked records, else the one under the cursor.

        Marks that the filter hides are refused, and said: nobody acts on what cannot be seen.
        """
        table = self.table
        if self._opened is not None:
            return [self._opened]
        if table.hidden_marks:
            self.tell(f"{len(table.hidden_marks)} marked lines are outside the filter: clear it (esc) or unmark (U).")
            return []
        if table.marks:
            return [record for record in table.visible_records if record["id"] in table.marks]
        record = table.cursor_record
        return [record] if record is not None else []

    def unmark_done(self, steps: Sequence[Any]) -> None:
        """Take the marks off what was done; what failed stays marked."""
        done = {step.id for step in steps if step.outcome is not None and step.outcome.ok}
        self.table.set_marks(self.table.marks - done)

    # -- actions of every table --------------------------------------------------------------------------------------

    def do_down(self) -> None:
        """One line down."""
        self.table.action_cursor_down()

    def do_up(self) -> None:
        """One line up."""
        self.table.action_cursor_up()

    def do_top(self) -> None:
        """To the first line."""
        self.table.action_cursor_top()

    def do_bottom(self) -> None:
        """To the last line."""
        self.table.action_cursor_bottom()

    def do_page_down(self) -> None:
        """A page down."""
        self.table.action_page_down()

    def do_page_up(self) -> None:
        """A page up."""
        self.table.action_page_up()

    def do_half_down(self) -> None:
        """Half a page down."""
        self.table.move_half_page(1)

    def do_half_up(self) -> None:
        """Half a page up."""
        self.table.move_half_page(-1)

    def do_mark(self) -> None:
        """Mark the line and go on."""
        self.table.action_toggle_mark()

    def do_mark_all(self) -> None:
        """Mark what is shown."""
        self.table.action_mark_all()

    def do_unmark(self) -> None:
        """Take all marks away."""
        self.table.action_clear_marks()

    def do_sort(self) -> None:
        """Choose a column to sort by, also one for which there is no room."""
        ask_sort(self.table, self.columns(), self.repaint_summary)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.table.action_sort_reverse()
        self.repaint_summary()

    def do_open(self) -> None:
        """The record in full; its actions' keys work there too, for this one."""
        record = self.table.cursor_record
        if record is None:
            return
        actions = [action for action in in_areas((self.area,)) if self.may(action.id)]
        keys = {key: action.id for action in actions for key in self.console.keys.of(action.id)}
        words = [(self.console.keys.word(action.id), action.label) for action in actions if action.shown]

        def closed(id: str | None) -> None:
            self._detail = None
            if id is None:
                return
            self._opened = record
            try:
                self.action_do(id)
            finally:
                self._opened = None

        from qpi_tui.widgets.dialogs import Detail

        self._detail = Detail(self.noun[0], self.detail(record), keys, words)
        self.app.push_screen(self._detail, closed)

    def do_copy(self) -> None:
        """The id of the line, to the clipboard of the terminal."""
        record = self.table.cursor_record
        if record is not None:
            from qpi_tui.clipboard import copy_text

            self.tell(copy_text(self.app, str(record["id"])), warn=False)

    def do_copy_row(self) -> None:
        """The whole line, to the clipboard of the terminal."""
        record = self.table.cursor_record
        if record is not None:
            from qpi_tui.clipboard import copy_text

            self.tell(copy_text(self.app, "\t".join(self.table.cells_of(record))), warn=False)

    def on_screen_suspend(self) -> None:
        """Who goes elsewhere by another way does not come back by esc."""
        if self not in self.app.screen_stack:
            self._came_from = ""

    def do_filter(self) -> None:
        """Type words; only lines with all of them are shown."""
        bar = self.filter_bar
        bar.display = True
        self.set_focus(bar)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        if event.input is self.filter_bar:
            self.filter_by(event.value)

    def filter_by(self, text: str) -> None:
        """Show only what matches."""
        self.table.filter_text = text
        self.repaint_summary()
        self._paint_detail()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter; the keys go to the table again."""
        if event.input is self.filter_bar:
            event.input.display = bool(event.value)
            self.set_focus(self.table)

    def do_app_back(self) -> None:
        """One step back: the filter, then the marks, then the screen that led here; its words are no filter typed."""
        bar = self.filter_bar
        came_from = self._came_from
        if came_from and not self.table.marks and bar.value == self._came_for and not bar.has_focus:
            self._came_from = ""
            bar.value, bar.display = "", False
            self.console.go(came_from)
        elif bar.display:
            bar.value = ""
            bar.display = False
            self.set_focus(self.table)
        elif self.table.marks:
            self.table.action_clear_marks()


def _show(widget: Static, lines: Sequence[Sequence[Part]]) -> None:
    text = lines_of(*lines) if lines else Content("")
    if not isinstance(widget.content, Content) or not widget.content.is_same(text):
        widget.update(text)
