"""A screen with a table of records and a detail, which is beside the table if there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from qpi_tui.actions import in_areas
from qpi_tui.domain.columns import Column
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.sanitize import fit
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.known import Known
from qpi_tui.live.merge import merge_rows
from qpi_tui.resources.base import Resource
from qpi_tui.screens.base import lines_of
from qpi_tui.screens.filtered import FilteredScreen
from qpi_tui.screens.table_screen import R, WantedMarks
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.lines import Line, assemble
from qpi_tui.widgets.record_table import RecordTable
from qpi_tui.widgets.sorting import unseen_sort

if TYPE_CHECKING:
    from textual.widgets import Input

    from qpi_client import ChangeEvent
    from qpi_tui.domain.filter_language import Language
    from qpi_tui.live.feed import Health
    from qpi_tui.screens.long_list import LongView
    from qpi_tui.widgets.dialogs import Detail

# Terminal lines below which the list takes all of them.
SHORT = 20


class ListScreen(FilteredScreen[R]):
    """A table of records. A subclass names its columns and describes a record."""

    # The resource: columns, noun, read and topics follow from it.
    resource: ClassVar[Resource[Any] | None] = None
    noun: ClassVar[tuple[str, str]] = ("record", "records")
    empty: ClassVar[str] = "Nothing here."
    # Lines below the list on a narrow terminal for what the columns leave out; more if sentences wrap.
    brief_height: ClassVar[int] = 0
    # Not the filter line: keys may arrive before the screen is composed.
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

    def __init_subclass__(cls, **options: Any) -> None:
        """Take the resource's values unless the class sets its own."""
        resource = cls.__dict__.get("resource")
        if resource is not None:
            told = {"area": resource.id, "noun": resource.noun, "topics": resource.topics}
            for name, value in told.items():
                if name not in cls.__dict__:
                    setattr(cls, name, value)
        super().__init_subclass__(**options)

    def __init__(self) -> None:
        super().__init__()
        self.records: list[R] = []
        # Used if the list is too long to be read in full.
        self.long: LongView[R] | None = None
        self._detail: Detail | None = None
        # Marks requested by another screen, until their records are known.
        self._wanted_marks: WantedMarks | None = None
        self._made_language: Language | None = None

    def drop_data(self) -> None:
        """Drop the records, of a long list its window too."""
        if self.long is not None:
            self.long.hide()
        self.records, self.long, self._detail, self._wanted_marks = [], None, None, None
        super().drop_data()

    @property
    def language(self) -> Language | None:
        """The filter language of the resource; without a resource, of its columns."""
        if self.resource is not None:
            return self.resource.language
        if self._made_language is None:
            from qpi_tui.domain.filter_language import language

            self._made_language = language(self.columns())
        return self._made_language

    def filter_rows(self) -> Sequence[R]:
        """All rows, shown or not."""
        return self.records

    # -- what a subclass says ----------------------------------------------------------------------------------------

    def columns(self) -> Sequence[Column]:
        """The table's columns: those of the resource."""
        if self.resource is None:
            return super().columns()
        return self.resource.columns

    async def read(self, connection: Connection) -> Any:
        """Return the rows of the resource, as a list or as something that `rows` converts to one."""
        if self.resource is None:
            return await super().read(connection)
        return await self.read_list(connection)

    async def read_list(self, connection: Connection) -> list[R] | Known:
        """Read all rows of the resource; of a long list, return its window."""
        from qpi_tui.live.long_list import read_whole

        assert self.resource is not None  # noqa: S101  # who asks for its list has one
        long = self.long
        if long is None or not long.is_of(connection) or long.short:
            self.long = None
            rows = await read_whole(connection.client, self.resource)
            if rows is not None:
                return rows
            from qpi_tui.screens.long_list import LongView

            long = self.long = LongView(self, self.resource, connection)
        return await long.read()

    def row(self, record: R) -> R:
        """Return a row of a long list with the screen's additions."""
        return record

    def merge(self, data: Any, events: Sequence[ChangeEvent]) -> Any | None:
        """Merge events of the resource's records into the list."""
        resource = self.resource
        if self.long is not None and isinstance(data, Known):
            return self.long.merge(events)
        if resource is None or not isinstance(data, list):
            return None
        return merge_rows(
            data, events, resource.row_type, resource.collection, related=resource.related, append=not resource.order
        )

    def rows(self, data: Any) -> Sequence[R]:
        """Return the records to show, in their order."""
        records: Sequence[R] = data
        return records

    def summary(self) -> list[Part]:
        """The line above the table."""
        count = len(self.records)
        return [(f"{count:,} {self.noun[0] if count == 1 else self.noun[1]}", "")]

    def marked_words(self, marked: Sequence[R]) -> str:
        """Summarize the marked records in words; empty if they do not add up."""
        return ""

    def detail(self, record: R) -> list[list[Part]]:
        """Return a record's detail: lines of parts."""
        lines: list[list[Part]] = [[(record.id, "bold")]]
        return lines + [
            [(f"{column.label:<9}", "$text-muted"), (text_of(column.cell(record)), "")] for column in self.columns()
        ]

    def brief(self, record: R) -> list[list[Part]]:
        """Return the most important part in `brief_height` lines, for a terminal without room for the detail."""
        return []

    # -- the body ----------------------------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """Compose the summary with the filter, the table, and the detail."""
        with Horizontal(id="head"):
            yield Line(id="summary")
        with Horizontal(id="split"):
            yield RecordTable(self.shown_columns(), empty="…")
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text")
        if self.brief_height:
            yield Static(id="brief")

    def on_mount(self) -> None:
        """Focus the table or the filter."""
        self.set_focus(self.home)
        self.fit_detail()
        self.point()

    @property
    def home(self) -> Widget:
        """The focused widget by default."""
        return self.table

    def on_resize(self, event: Resize) -> None:
        """Adapt to the room for detail and columns."""
        if self.column_sets is not None:
            self.fit_columns()
        self.fit_detail()
        self.call_after_refresh(self.repaint_summary)

    def fit_detail(self) -> None:
        """Show the detail if there is room, otherwise the brief below the list."""
        self.query_one("#detail").display = self.wide
        for brief in self.query("#brief"):
            brief.styles.min_height = self.brief_height + 1
            brief.display = not self.wide and self.app.size.height >= SHORT
        self.paint_detail()

    def show(self, data: Any) -> None:
        """Paint the records; cursor, marks and scroll position keep their ids."""
        self.table.empty = self.empty
        if self.long is not None and isinstance(data, Known):
            self.long.show()
        else:
            if self.long is not None:
                self.long.hide()
            self.records = list(self.rows(data))
            self.table.set_records(self.records)
        self.take_marks()
        self.point()
        self.repaint_summary()
        self.paint_detail()

    def mark_once_read(self, ids: Iterable[str], then: Callable[[frozenset[str]], None]) -> None:
        """Mark exactly these records after the next read, and call `then` with those that are there, perhaps none."""
        self._wanted_marks = WantedMarks(frozenset(ids), then, self.feed.health.read_at)
        self.feed.poke()

    def act_once_read(self, ids: Iterable[str], action: str) -> None:
        """After the next read, run an action for exactly these records, never for any other record."""
        self.mark_once_read(ids, lambda found: self.action_do(action) if found and action else None)

    def _health(self, health: Health) -> None:
        super()._health(health)
        if self._wanted_marks is not None and health.read_at is not None:
            # Data that did not change is not shown again.
            self.call_later(self.take_marks)

    def markable(self, ids: frozenset[str]) -> frozenset[str]:
        """Return those of these records that an action can be run on."""
        return ids & {record.id for record in self.records}

    def take_marks(self) -> None:
        """After a read, mark the records that another screen requested."""
        wanted, read_at = self._wanted_marks, self.feed.health.read_at
        if wanted is None or not self.answered or read_at in (None, wanted.asked_at):
            return
        self._wanted_marks, there = None, self.markable(wanted.ids)
        self.table.set_marks(there)
        # Paint the data first.
        self.call_later(wanted.then, there)

    @property
    def shows_long(self) -> bool:
        """Whether the table shows a list that is not known in full."""
        return self.long is not None and self.long.shown

    def filter_by(self, text: str) -> None:
        """Show only matches; drop the results of another filter's search."""
        super().filter_by(text)
        if self.long is not None:
            self.long.forget_search()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search further in a list that is not known in full."""
        if self._filter_made and event.input is self.filter_bar and self.long is not None:
            self.long.search()

    def point(self) -> None:
        """Set filter and cursor as another screen requested; read unknown records of a long list."""
        super().point()
        if self._wanted and self.shows_long and self.long is not None:
            wanted, self._wanted = self._wanted, ""
            self.long.point_at(wanted)

    def stale(self, dim: bool) -> None:
        """Dim the table while the server cannot be read."""
        self.table.dim = dim

    def repaint_summary(self) -> None:
        """Show the line above the table, with marked and hidden rows."""
        table = self.table
        if not self.answered:
            self.query_one("#summary", Line).show(assemble([("loading…", "$text-muted")]))
            return
        parts = self.long.summary() if self.shows_long and self.long is not None else self.summary()
        if table.marks:
            words = self.marked_words([record for record in self.records if record.id in table.marks])
            parts.append((f" · {len(table.marks)} marked{f' ({words})' if words else ''}", "bold $text-accent"))
            if table.hidden_marks:
                parts.append((f" ({len(table.hidden_marks)} outside the filter)", "$text-warning"))
        wanted = self.wanted
        if wanted is not None and wanted.mistake is not None:
            takes = " (tab takes it)" if wanted.mistake.instead and self.filter_bar.has_focus else ""
            parts.insert(0, (f"▲ {wanted.mistake.sentence}{takes} · ", "$text-warning"))
        elif wanted or table.filter_text:
            # First: the filter takes the space of the last parts.
            said = f" ({self.filter_words})" if self.filter_words else ""
            parts.insert(0, (f"{len(table.visible_records):,} match{said} · ", "$text-accent"))
        if by := unseen_sort(table, self.columns()):
            parts.append((f" · by {by}", "$text-accent"))
        self.query_one("#summary", Line).show(assemble(parts))

    def paint_detail(self) -> None:
        """Show the record under the cursor in the pane, in the brief, and in the open dialog."""
        record = self.table.cursor_record
        if self.query_one("#detail").display:
            lines = self._told(record) if record is not None else []
            _show(self.query_one("#detail-text", Static), lines)
        if self._detail is not None and record is not None:
            self._detail.show(self._told(record))
        for brief in self.query("#brief").results(Static):
            if brief.display:
                _show(brief, self.brief(record) if record is not None else [])

    def _told(self, record: R) -> list[list[Part]]:
        """Return the detail, with the fields that could not be read."""
        lines = self.detail(record)
        if bad := getattr(record, "unreadable", ()):
            said = f"The server sent this record with fields that cannot be read: {', '.join(bad)}."
            lines = [*lines, [("", "")], [("▲ ", "$text-warning"), (said, "$text-warning")]]
        return lines

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """The detail follows the cursor."""
        self.cursor_moved(event.record)
        self.paint_detail()
        self.do_wanted()

    def cursor_moved(self, record: R | None) -> None:
        """The cursor is on another record, or its record changed."""

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """Enter, or a double click."""
        self.do_open()

    def on_record_table_marked(self) -> None:
        """Update the count of marks."""
        self.repaint_summary()

    def in_brief(self, text: str, lines: int) -> str:
        """Cut a text to the lines below the list, with `…`."""
        # Words are kept whole, so lines are not always full.
        return fit(text, max((self.app.size.width - 12) * lines, 20)).rstrip()

    @property
    def detail_width(self) -> int:
        """The columns of the detail, beside the list or in a dialog."""
        pane = self.query_one("#detail")
        # One column is for a scrollbar.
        return max(pane.size.width - 3, 20) if pane.display else max(min(self.app.size.width - 8, 68), 20)

    def do_open(self) -> None:
        """Show the record in full; keys of its actions work there too, for this record."""
        record = self.table.cursor_record
        if record is None:
            return
        actions = [action for action in in_areas((self.area,)) if self.may(action.id)]
        keys = {key: action.id for action in actions for key in self.console.keys.of(action.id)}
        words = [(self.console.keys.word(action.id), action.label, action.id) for action in actions if action.shown]

        def closed(id: str | None) -> None:
            self._detail = None
            if id is None:
                return
            self.act_on(record, id)

        from qpi_tui.widgets.dialogs import Detail

        self._detail = Detail(self.noun[0], self._told(record), keys, words)
        self.app.push_screen(self._detail, closed)


def _show(widget: Static, lines: Sequence[Sequence[Part]]) -> None:
    text = lines_of(*lines) if lines else Content("")
    old, width = widget.content, widget.content_size.width
    if isinstance(old, Content) and old.is_same(text):
        return
    # Layout takes as long as everything else that a key costs: do it only if the height changed.
    same = isinstance(old, Content) and width > 0 and _height(widget, old, width) == _height(widget, text, width)
    widget.update(text, layout=not same)


def _height(widget: Static, text: Content, width: int) -> int:
    styles: Any = widget.styles
    return text.get_height(styles, width)
