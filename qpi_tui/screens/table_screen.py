"""A screen with a table of records: its keys, its marks, and the targets of an action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from qpi_tui.domain.columns import WIDE, Column, HasId
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.widgets.record_table import RecordTable
from qpi_tui.widgets.sorting import ask_sort, name_of

if TYPE_CHECKING:
    from qpi_tui.domain.column_choice import ColumnSets

if TYPE_CHECKING:
    from qpi_tui.rows.base import Row

R = TypeVar("R", bound=HasId)


class WantedMarks(NamedTuple):
    """Records to mark after a read, what follows, and the last read before."""

    ids: frozenset[str]
    then: Callable[[frozenset[str]], None]
    asked_at: float | None


class TableScreen(ConsoleScreen, Generic[R]):
    """A screen with a `RecordTable`. A subclass names the columns and paints the marks."""

    areas: ClassVar[tuple[str, ...]] = ("table",)

    def __init__(self) -> None:
        super().__init__()
        # The user's columns; None for the list's defaults.
        self.column_sets: ColumnSets | None = None
        # The record of the open detail dialog, which its keys act on.
        self._opened: R | None = None

    def drop_data(self) -> None:
        """Empty the table; the cursor returns to its record if the next data has it."""
        super().drop_data()
        self._opened = None
        if self.is_mounted:
            self.table.empty = "reading…"
            self.table.set_records([])
            self.repaint_summary()

    def columns(self) -> Sequence[Column]:
        """The table's columns."""
        raise AssertionError("a list has columns")

    def shown_columns(self) -> Sequence[Column]:
        """The columns chosen for a terminal of this width; others are hidden."""
        columns = self.columns()
        if self.column_sets is None:
            return columns
        from qpi_tui.domain.column_choice import arranged

        return arranged(columns, self.column_sets.at(self.app.size.width))

    def fit_columns(self) -> None:
        """Apply changed columns."""
        self.table.set_columns(self.shown_columns())

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self.query_one(RecordTable)

    def repaint_summary(self) -> None:
        """Order or marks changed: update the line above the table."""

    # -- whom an action concerns -------------------------------------------------------------------------------------

    def targets(self) -> list[R]:
        """Return the marked records, or the one under the cursor.

        Rejects marks that the filter hides: nobody acts on what they cannot see.
        """
        table = self.table
        if self._opened is not None:
            return [self._opened]
        if table.hidden_marks:
            self.tell(
                f"{len(table.hidden_marks)} marked lines are hidden by the filter. Clear the "
                f"filter (esc) or the marks (U)."
            )
            return []
        if table.marks:
            return [record for record in table.visible_records if record.id in table.marks]
        record = table.cursor_record
        return [record] if record is not None else []

    def command_rows(self) -> Sequence[Row] | None:
        """Return the marked records, or the one under the cursor."""
        if self.table.hidden_marks:
            self.targets()
            return None
        found: list[Any] = self.targets()
        return found

    def unmark_done(self, steps: Sequence[Any]) -> None:
        """Unmark what was done; what failed stays marked."""
        done = {step.id for step in steps if step.outcome is not None and step.outcome.ok}
        self.table.set_marks(self.table.marks - done)

    # -- actions of every table --------------------------------------------------------------------------------------

    def do_down(self) -> None:
        """Go one line down."""
        self.table.action_cursor_down()

    def do_up(self) -> None:
        """Go one line up."""
        self.table.action_cursor_up()

    def do_top(self) -> None:
        """Go to the first line."""
        self.table.action_cursor_top()

    def do_bottom(self) -> None:
        """Go to the last line."""
        self.table.action_cursor_bottom()

    def do_page_down(self) -> None:
        """Go a page down."""
        self.table.action_page_down()

    def do_page_up(self) -> None:
        """Go a page up."""
        self.table.action_page_up()

    def do_half_down(self) -> None:
        """Go half a page down."""
        self.table.move_half_page(1)

    def do_half_up(self) -> None:
        """Go half a page up."""
        self.table.move_half_page(-1)

    def do_mark(self) -> None:
        """Mark the row and go to the next."""
        self.table.action_toggle_mark()

    def do_mark_all(self) -> None:
        """Mark the shown rows."""
        self.table.action_mark_all()

    def do_unmark(self) -> None:
        """Clear all marks."""
        self.table.action_clear_marks()

    def do_sort(self) -> None:
        """Choose a column to sort by, hidden ones too."""
        ask_sort(self.table, self.columns(), self.repaint_summary)

    def do_columns(self) -> None:
        """Choose, move and size the columns."""
        from qpi_tui.domain.column_choice import Chosen, ColumnSets
        from qpi_tui.widgets.column_choice import ColumnChoice

        sets = self.column_sets or ColumnSets()
        width = self.app.size.width
        names = {column.key: name_of(column) for column in self.columns()}
        widths = {column.key: column.width for column in self.table.columns_seen}

        def chosen(choice: tuple[Chosen, ...] | None) -> None:
            if choice is not None:
                found = sets.with_choice(width, choice)
                self.column_sets = found if any(found) else None
                self.fit_columns()
                self.repaint_summary()

        which = f"{'from' if width >= WIDE else 'below'} {WIDE} columns"
        about = f"For terminals {which}. `:view save NAME` keeps them."
        self.app.push_screen(ColumnChoice(names, sets.at(width), widths, about), chosen)

    def do_reverse(self) -> None:
        """Reverse the sort order."""
        self.table.action_sort_reverse()
        self.repaint_summary()

    def do_copy(self) -> None:
        """Copy the row's id to the terminal's clipboard."""
        record = self.table.cursor_record
        if record is not None:
            from qpi_tui.terminal.clipboard import copy_text

            self.tell(copy_text(self.app, record.id), warn=False)

    def do_copy_row(self) -> None:
        """Copy the whole row to the terminal's clipboard."""
        record = self.table.cursor_record
        if record is not None:
            from qpi_tui.terminal.clipboard import copy_text

            self.tell(copy_text(self.app, "\t".join(self.table.cells_of(record))), warn=False)
