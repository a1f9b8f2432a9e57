"""A table with a filter line, and navigation to a record and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.roles import Role
from qpi_tui.screens.table_screen import R, TableScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widgets import Input

    from qpi_tui.domain.filter_language import Filter, Language
    from qpi_tui.domain.views import View
    from qpi_tui.widgets.filter_bar import FilterBar


class FilteredScreen(TableScreen[R]):
    """A table that can be filtered."""

    # Columns of the filter line.
    filter_width: ClassVar[int] = 34

    def __init__(self) -> None:
        super().__init__()
        # The record and filter that another screen requested, until the record is known.
        self._wanted = self._wanted_words = ""
        # The requested view, and what to do with the requested record, until they are known.
        self._wanted_view: View | None = None
        self._wanted_action: tuple[str, str, int] | None = None
        # The screen that led here, and its filter.
        self._came_from = self._came_for = ""
        self._filter_made = False
        # The current filter; None if nothing or only words are filtered.
        self.wanted: Filter | None = None

    def drop_data(self) -> None:
        """An action requested for a record of the account or server before is not for this one's."""
        super().drop_data()
        self._wanted_action = None
        if self.is_mounted:
            self.paint_detail()

    @property
    def filter_hint(self) -> str:
        """The placeholder of the filter line."""
        return "filter: type words; enter applies, esc clears"

    @property
    def language(self) -> Language | None:
        """The filter language; None for words only."""
        return None

    @property
    def filter_words(self) -> str:
        """The filter, for the line above the list, if the filter line does not show it."""
        return ""

    def filter_rows(self) -> Sequence[R]:
        """The rows whose values the filter completes."""
        return self.table.visible_records

    @property
    def filter_bar(self) -> FilterBar:
        """The filter line, created on first use, because the first frame does not need it."""
        from qpi_tui.widgets.filter_bar import FilterBar

        if not self._filter_made:
            self._filter_made = True
            bar = FilterBar(self.filter_hint, self.filter_width, self.language, self.filter_rows)
            self.query_one("#head").mount(bar)
            return bar
        return self.query_one(FilterBar)

    @property
    def filtered_by(self) -> str:
        """The text of the filter line."""
        return self.filter_bar.value if self._filter_made else ""

    def paint_detail(self) -> None:
        """The cursor may be on another record: show its detail."""

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Put the cursor on a record once it is known, among those that match these words. Esc returns to the screen
        before.
        """
        self._wanted, self._wanted_words = id, words
        if came_from:
            self._came_from, self._came_for = came_from, words
        if self.is_mounted:
            self.point()

    def use_view(self, view: View) -> None:
        """Show a view once the list is read."""
        self._wanted_view = view
        if self.is_mounted:
            self.point()

    def do_with(self, id: str, action: str) -> None:
        """Do something with a record once it is read and has the cursor, unless a key is pressed first."""
        self._wanted_action = (id, action, self.console.pressed)
        self.point_at(id)

    def do_wanted(self) -> None:
        """Do what was requested with the record under the cursor, if it is that record."""
        wanted, record = self._wanted_action, self.table.cursor_record
        if wanted is None or record is None or not self.answered or record.id != wanted[0]:
            return
        self._wanted_action = None
        if wanted[2] == self.console.pressed and self.is_active:
            # Paint the data first.
            self.call_later(self.act_on, record, wanted[1])

    def act_on(self, record: R, action: str) -> None:
        """Run an action for one record, regardless of marks."""
        self._opened = record
        try:
            self.action_do(action)
        finally:
            self._opened = None

    def point(self) -> None:
        """Set filter and cursor as another screen requested, if the record is known."""
        if self._wanted_view is not None:
            view, self._wanted_view = self._wanted_view, None
            self._show_view(view)
        if self._wanted_words:
            bar = self.filter_bar
            bar.value, bar.display = self._wanted_words, True
            self._wanted_words = ""
        elif self._wanted and self.filtered_by:
            self.filter_bar.value = ""
            self.filter_bar.display = False
            self.filter_by("")
        if self._wanted and self.table.move_to(self._wanted):
            self._wanted = ""
        self.do_wanted()

    def _show_view(self, view: View) -> None:
        """Apply the columns, order and filter of a view."""
        self.column_sets = view.columns if any(view.columns) else None
        self.fit_columns()
        key, reverse = view.sort or ("", False)
        self.table.sort_by(key or None, reverse)
        if reverse and not key:
            self.table.action_sort_reverse()
        if words := self._for_account(view.filter):
            self._wanted_words = words
        elif self.wanted or self.filtered_by:
            if self._filter_made:
                self.filter_bar.value, self.filter_bar.display = "", False
            self.filter_by("")

    def _for_account(self, filter: str) -> str:
        """Resolve `@me` in a filter."""
        from qpi_tui.domain.views import for_account

        return for_account(filter, self.console.sign_in.identity, everyone=self.console.role is Role.ADMIN)

    def view_of(self, name: str) -> View:
        """Return the list's current state as a view."""
        from qpi_tui.domain.column_choice import ColumnSets
        from qpi_tui.domain.views import View

        return View(
            name,
            self.console.current_place,
            self.filtered_by.strip(),
            self.column_sets or ColumnSets(),
            self.table.sort,
        )

    def do_filter(self) -> None:
        """Open the filter line."""
        bar = self.filter_bar
        bar.display = True
        self.set_focus(bar)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while the user types."""
        if event.input is self.filter_bar:
            self.filter_by(event.value)

    def on_filter_bar_help_requested(self) -> None:
        """Show the fields and examples of this list."""
        from qpi_tui.screens.filter_help import help_lines
        from qpi_tui.widgets.dialogs import Reader

        if self.language is not None:
            lines = help_lines(self.language, self.columns(), self.console.current_place)
            self.app.push_screen(Reader(f"Filter {self.console.place_title}", lines))

    def read_filter(self, text: str) -> Filter | None:
        """Parse a filter; None for words only. The filter line is parsed already."""
        if "@me" in text and self.language is not None:
            return self.language.parse(self._for_account(text))
        if self._filter_made and self.filter_bar.value == text:
            return self.filter_bar.filter
        return self.language.parse(text) if self.language is not None else None

    def filter_by(self, text: str) -> None:
        """Show only matches."""
        found = self.wanted = self.read_filter(text)
        self.table.filter_by(found.words if found is not None else text, found.test if found is not None else None)
        self.repaint_summary()
        self.paint_detail()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and focus the table."""
        if event.input is self.filter_bar:
            event.input.display = bool(event.value)
            self.set_focus(self.table)

    def do_app_back(self) -> None:
        """Go back one step: the filter, then the marks, then the screen that led here, whose filter was not typed."""
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

    def on_screen_suspend(self) -> None:
        """After leaving by another way, esc does not return here."""
        if self not in self.app.screen_stack:
            self._came_from = ""
