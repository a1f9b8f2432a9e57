"""Moving in a week: the keys for the grid or the list, and the switch between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from qpi_tui.domain.action import Action
from qpi_tui.domain.roles import Role
from qpi_tui.rows.slot_booking import slot_of
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.widgets.week_grid import WeekGrid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from qpi_tui.domain.week_days import Slot
    from qpi_tui.rows.slots import SlotRow
    from qpi_tui.rows.users import UserRow


class WeekMoves(ListScreen["SlotRow"]):
    """A screen that shows a week as a grid or a list, at the same time."""

    @property
    def listing(self) -> bool:
        """Whether the list is shown, not the grid."""
        return self.has_class("-list")

    @property
    def grid(self) -> WeekGrid:
        """The calendar; in the list view it keeps the shown week."""
        return self.query_one(WeekGrid)

    @property
    def home(self) -> Widget:
        """The grid or the list by default."""
        return self.table if self.listing else self.grid

    @property
    def admin(self) -> bool:
        """Whether this account books for others too."""
        return self.console.role is Role.ADMIN

    def slots(self) -> list[Slot]:
        """Everything known, as the calendar takes it. Overridden by the screen."""
        raise AssertionError("the screen of slots has slots")

    def booked(self, record: Mapping[str, object] | None, start: datetime, person: UserRow | None = None) -> None:
        """A slot was booked for this account or moved: show it. Overridden by the screen."""

    def say_where(self) -> None:
        """Show what is under the cursor."""

    def do_view(self) -> None:
        """Toggle between grid and list, at the same time."""
        if self.listing:
            record: SlotRow | None = self.table.cursor_record
            slot = slot_of(record, self.connection.user_id) if record is not None else None
            if slot is not None:
                self.grid.go_to(slot["start"])
        else:
            here = self.grid.cursor_time
            later = (record for record in self.records if (slot := slot_of(record, "")) and slot["end"] > here)
            if (record := next(later, None)) is not None:
                self.table.move_to(record.id)
        self.set_class(not self.listing, "-list")
        self.set_focus(self.home)
        self.fit_detail()
        self.say_where()
        self.repaint_frame()

    def key_words(self) -> list[tuple[str, str]]:
        """The keys of the grid or the list; two change the week in both."""
        pairs = super().key_words()
        word = self.console.keys.word
        mark = next(pair for pair in pairs if pair[0] == word("table.mark"))
        pairs.remove(mark)
        pairs[3:3] = [mark, (f"{word('slots.previous')} {word('slots.next')}", "week")]
        return pairs

    def applies(self, id: str) -> bool:
        """The grid has no filter; the list has no days."""
        return id != ("slots.days" if self.listing else "table.filter")

    def label_of(self, action: Action) -> str:
        """Enter books in the grid; the key line names the other view."""
        names = {"slots.view": "grid"} if self.listing else {"slots.view": "list", "table.open": "book or show"}
        names["slots.days"] = "day" if self.grid.several else "days"
        return names.get(action.id) or super().label_of(action)

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Filter the list."""
        if words and not self.listing and self.is_mounted:
            self.do_view()
        elif words:
            self.set_class(True, "-list")
        super().point_at(id, words, came_from)

    def do_days(self) -> None:
        """Toggle between one day in full width and as many as fit."""
        if not self.listing:
            self.grid.toggle_days()
            self.repaint_summary()
            self.repaint_frame()

    def do_previous(self) -> None:
        """Show the previous week."""
        self.grid.action_previous_week()

    def do_next(self) -> None:
        """Show the next week."""
        self.grid.action_next_week()

    def do_today(self) -> None:
        """Go to now."""
        self.grid.action_today()

    def do_earlier(self) -> None:
        """Go to the same time a day earlier."""
        self.grid.action_cursor_left()

    def do_later(self) -> None:
        """Go to the same time a day later."""
        self.grid.action_cursor_right()

    def do_down(self) -> None:
        """One line down."""
        super().do_down() if self.listing else self.grid.action_cursor_down()

    def do_up(self) -> None:
        """One line up."""
        super().do_up() if self.listing else self.grid.action_cursor_up()

    def do_top(self) -> None:
        """To the first line."""
        super().do_top() if self.listing else self.grid.action_cursor_top()

    def do_bottom(self) -> None:
        """To the last line."""
        super().do_bottom() if self.listing else self.grid.action_cursor_bottom()

    def do_page_down(self) -> None:
        """A page down."""
        super().do_page_down() if self.listing else self.grid.action_page_down()

    def do_page_up(self) -> None:
        """A page up."""
        super().do_page_up() if self.listing else self.grid.action_page_up()

    def do_half_down(self) -> None:
        """Go half a page down; a page of the grid is short enough."""
        super().do_half_down() if self.listing else self.grid.action_page_down()

    def do_half_up(self) -> None:
        """Half a page up."""
        super().do_half_up() if self.listing else self.grid.action_page_up()

    def do_mark(self) -> None:
        """Start or end a span; in the list, mark the row."""
        super().do_mark() if self.listing else self.grid.toggle_mark()

    def do_unmark(self) -> None:
        """Clear the marks."""
        super().do_unmark()
        self.grid.clear_mark()

    def do_filter(self) -> None:
        """Filter the list."""
        if not self.listing:
            self.do_view()
        super().do_filter()

    def do_app_back(self) -> None:
        """Go back one step: the span, otherwise as in a list."""
        if not self.listing and self.grid.span is not None:
            self.grid.clear_mark()
        else:
            super().do_app_back()
