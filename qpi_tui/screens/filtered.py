"""A table with a filter that is typed over it, and what leads to a record from elsewhere and back."""

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
    """A table in which words are looked for."""

    # Columns for what is typed to filter.
    filter_width: ClassVar[int] = 34

    def __init__(self) -> None:
        super().__init__()
        # The record and the words that another screen asked for, until they are there.
        self._wanted = self._wanted_words = ""
        # The view that was asked for, and what to do with the record that was, until they are there.
        self._wanted_view: View | None = None
        self._wanted_action: tuple[str, str, int] | None = None
        # The screen that led here, and the words that it brought.
        self._came_from = self._came_for = ""
        self._filter_made = False
        # What is filtered by; None where nothing is, or words alone are looked for.
        self.wanted: Filter | None = None

    @property
    def filter_hint(self) -> str:
        """What may be typed to filter."""
        return "filter: words, enter keeps, esc clears"

    @property
    def language(self) -> Language | None:
        """What the filter understands besides words; None for words alone."""
        return None

    @property
    def filter_words(self) -> str:
        """What the line over the list says of the filter, where what is typed does not say it."""
        return ""

    def filter_rows(self) -> Sequence[R]:
        """The rows whose values the filter offers."""
        return self.table.visible_records

    @property
    def filter_bar(self) -> FilterBar:
        """The line in which a filter is typed; made when first asked for, so that the first frame need not wait."""
        from qpi_tui.widgets.filter_bar import FilterBar

        if not self._filter_made:
            self._filter_made = True
            bar = FilterBar(self.filter_hint, self.filter_width, self.language, self.filter_rows)
            self.query_one("#head").mount(bar)
            return bar
        return self.query_one(FilterBar)

    @property
    def filtered_by(self) -> str:
        """What is typed in it."""
        return self.filter_bar.value if self._filter_made else ""

    def paint_detail(self) -> None:
        """Another record may be under the cursor: show it in full."""

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Put the cursor on a record as soon as it is there, among those with these words. Esc leads back to where
        somebody came from."""
        self._wanted, self._wanted_words = id, words
        if came_from:
            self._came_from, self._came_for = came_from, words
        if self.is_mounted:
            self.point()

    def use_view(self, view: View) -> None:
        """Show the list as a view says, as soon as it is there."""
        self._wanted_view = view
        if self.is_mounted:
            self.point()

    def do_with(self, id: str, action: str) -> None:
        """Do something with a record as soon as it is there and has the cursor, unless a key comes before."""
        self._wanted_action = (id, action, self.console.pressed)
        self.point_at(id)

    def do_wanted(self) -> None:
        """Do what was asked for with the record under the cursor, where it is that one."""
        wanted, record = self._wanted_action, self.table.cursor_record
        if wanted is None or record is None or not self.answered or record.id != wanted[0]:
            return
        self._wanted_action = None
        if wanted[2] == self.console.pressed and self.is_current:
            # What was read is painted first.
            self.call_later(self.act_on, record, wanted[1])

    def act_on(self, record: R, action: str) -> None:
        """Run an action for one record, whatever is marked."""
        self._opened = record
        try:
            self.action_do(action)
        finally:
            self._opened = None

    def point(self) -> None:
        """Put filter and cursor where another screen asked for, as far as its record is there."""
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
        """Columns, order and filter of a view."""
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
        """A filter as it is meant for who is signed in."""
        from qpi_tui.domain.views import for_account

        return for_account(filter, self.console.sign_in.identity, everyone=self.console.role is Role.ADMIN)

    def view_of(self, name: str) -> View:
        """The list as it is shown now, as a view."""
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
        """Type words; only lines with all of them are shown."""
        bar = self.filter_bar
        bar.display = True
        self.set_focus(bar)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
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
        """What a filter means; None where only words are looked for. What is typed in the line was read already."""
        if "@me" in text and self.language is not None:
            return self.language.parse(self._for_account(text))
        if self._filter_made and self.filter_bar.value == text:
            return self.filter_bar.filter
        return self.language.parse(text) if self.language is not None else None

    def filter_by(self, text: str) -> None:
        """Show only what matches."""
        found = self.wanted = self.read_filter(text)
        self.table.filter_by(found.words if found is not None else text, found.test if found is not None else None)
        self.repaint_summary()
        self.paint_detail()

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

    def on_screen_suspend(self) -> None:
        """Who goes elsewhere by another way does not come back by esc."""
        if self not in self.app.screen_stack:
            self._came_from = ""
