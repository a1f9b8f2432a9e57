"""Find jobs in a queue of any length: filters, search through the history, dates, marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from qpi_client.job_fields import JOB_STATUSES
from qpi_tui.domain.clock import local, now, parse_date, stored
from qpi_tui.domain.styled_text import Part
from qpi_tui.screens.job_queue import JobQueueScreen

if TYPE_CHECKING:
    from textual.widgets import Input

    from qpi_tui.domain.filter_language import Filter
    from qpi_tui.domain.views import View
    from qpi_tui.live.job_search import JobSearch
    from qpi_tui.rows.jobs import JobRow

# Prefix of a date in the filter line.
AT = "@"


class JobFindingScreen(JobQueueScreen):
    """The queue, with filters, search and dates."""

    def __init__(self) -> None:
        super().__init__()
        self.status = ""
        self.search: JobSearch | None = None
        # Whether another screen set the filter, which is searched at once.
        self._led = False

    def connected(self) -> None:
        """A search belongs to the window that it filled."""
        self.search = None
        super().connected()

    # -- filter ------------------------------------------------------------------------------------------------------

    @property
    def filters(self) -> bool:
        """Whether some jobs are filtered out."""
        return bool(self.wanted)

    def read_filter(self, text: str) -> Filter | None:
        """Return the filter with the status chosen by key; a date is not a filter."""
        typed = "" if text.startswith(AT) else text
        found = super().read_filter(typed) if typed else None
        if self.status and self.language is not None:
            chosen = self.language.parse(f"status:{self.status}")
            found = chosen.with_other(found) if found is not None else chosen
        return found

    @property
    def filter_words(self) -> str:
        """Return the tests with the status chosen by key."""
        return ", ".join(self.wanted.says) if self.wanted is not None else ""

    def filter_by(self, text: str) -> None:
        """Show matches among the known jobs; a short list is read in full for it."""
        if self.search is not None:
            self.search = None
            self.window.let_go()
            self._asked = self.sorted_by = None
        # A date being typed hides no job.
        super().filter_by("" if text.startswith(AT) else text)
        if self.filters:
            self.fill()

    def show(self, data: object) -> None:
        """Paint what is known; a filter needs all of a short list."""
        super().show(data)
        if self.filters:
            self.fill()

    def do_status(self) -> None:
        """Cycle the status filter."""
        every = ("", *JOB_STATUSES)
        self.status = every[(every.index(self.status) + 1) % len(every)]
        self.filter_by(self.filtered_by)

    def do_app_back(self) -> None:
        """Go back one step: the status, then the filter, then the marks."""
        if self.status and not self.filter_bar.has_focus:
            self.status = ""
            self.filter_by(self.filtered_by)
        else:
            super().do_app_back()

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Drop the earlier status filter: show what the other screen requested."""
        if words and self.status:
            self.status = ""
            self.filter_by("")
        super().point_at(id, words, came_from)

    def use_view(self, view: View) -> None:
        """Return the filter without the status chosen by key."""
        self.status = ""
        super().use_view(view)

    def view_of(self, name: str) -> View:
        """Return the filter with the status chosen by key."""
        view = super().view_of(name)
        return replace(view, filter=f"status:{self.status} {view.filter}".strip()) if self.status else view

    def point(self) -> None:
        """Set filter and cursor as another screen requested; read an unknown job."""
        words = self._wanted_words or self._wanted_view
        super().point()
        self._led |= bool(words)
        if self._led and self.reader is not None and self.window.places.exact:
            self._led = False
            self.do_search()
        id, reader = self._wanted, self.reader
        if id and reader is not None and self.table.sparse:
            # It does so while nothing is known yet.
            self._wanted = ""
            if self.store.get(id) is not None:
                self._go_to(id)
            else:
                self.in_background(lambda: reader.read_jobs([id]), lambda: self._go_to(id))

    def _go_to(self, id: str) -> None:
        """Put the cursor on a job that was read by id: its date gives the position."""
        row = self.store.get(id)
        if row is None or self.table.move_to(id):
            return
        made = parse_date(row.created)
        if made is not None:
            self._jump(made, id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and search the rest of the history; go to a date."""
        typed = event.value.strip()
        if event.input is not self.filter_bar:
            return
        if typed.startswith(AT):
            # The base class would keep the date as a filter.
            event.prevent_default()
            event.input.value = ""
            event.input.display = False
            self.set_focus(self.table)
            self._go_to_date(typed.removeprefix(AT).strip())
        else:
            self.do_search()

    # -- search ------------------------------------------------------------------------------------------------------

    def do_search(self) -> None:
        """Search the history for matches until the next key."""
        reader = self.reader
        wanted = self.wanted
        if reader is None or not wanted or self.all_known or self.window.total <= _read_whole():
            return
        if self.search is None:
            from qpi_tui.live.job_search import JobSearch

            self.search = JobSearch(reader, wanted, ask_server=self.everyone)
        search, keys = self.search, self.console.pressed
        if search.running or search.done:
            return

        def stepped() -> None:
            if self.search is search and self.is_mounted:
                self.show(None)

        def goes_on() -> bool:
            return self.search is search and self.console.pressed == keys and self.is_current

        self.in_background(lambda: search.run(goes_on, stepped))

    def search_words(self) -> list[Part]:
        """Return how far the search went, if not everywhere."""
        if not self.filters or self.all_known or self.reader is None:
            return []
        search = self.search
        if search is not None and search.done:
            return [("searched all · ", "$text-accent")]
        newest = self.window.newest() if search is None else ()
        made = parse_date(search.back_to if search is not None else newest[-1].created if newest else "")
        to = f" back to {_day(made)}" if made is not None else ""
        if search is not None and search.running:
            return [(f"searching{to} · any key stops · ", "$text-accent")]
        key = "enter" if self.filter_bar.has_focus else self.console.keys.word("jobs.search")
        return [(f"searched{to} · {key} continues · ", "$text-accent")]

    # -- dates -------------------------------------------------------------------------------------------------------

    def do_date(self) -> None:
        """Open the line to type a date."""
        bar = self.filter_bar
        bar.display = True
        bar.value = f"{AT} "
        bar.cursor_position = len(bar.value)
        self.set_focus(bar)

    def _go_to_date(self, typed: str) -> None:
        from qpi_tui.domain.parse_time import parse_past

        try:
            moment = parse_past(typed)
        except ValueError as error:
            self.tell(str(error))
            return
        if self.filters:
            self.tell("Clear the filter first: going to a date needs the whole list.")
            return
        self._jump(moment)

    def _jump(self, moment: datetime, id: str = "") -> None:
        """Go to the first job at a time, or to a given job of that time."""
        reader = self.reader
        if reader is None or self.following:
            return
        if self.all_known:
            rows, at = self.records, stored(moment)
            found = max((index for index, row in enumerate(rows) if row.created >= at), default=0)
            if rows and not (id and self.table.move_to(id)):
                self.table.move_to(rows[found].id)
            return
        if self.table.sort is not None:
            self.table.sort_by(None)

        positions: list[int] = []

        async def look() -> None:
            positions.append(await reader.find(moment))

        def arrive() -> None:
            if not (id and self.table.move_to(id)):
                self.table.move_to_row(positions[0])

        self.in_background(look, arrive)

    # -- figures -----------------------------------------------------------------------------------------------------

    def do_count(self) -> None:
        """Count running, queued and failed jobs exactly, which takes the server a while."""
        reader = self.reader
        if reader is None or self.all_known:
            self.repaint_summary()
            return
        self.tell("Counting running, queued and failed jobs…", warn=False)
        self.in_background(reader.count_active, lambda: self.tell("", warn=False))

    # -- marks -------------------------------------------------------------------------------------------------------

    def markable(self, ids: frozenset[str]) -> frozenset[str]:
        """Of a long queue every job: those outside the window are read before an action."""
        return ids if self.table.sparse else super().markable(ids)

    def with_targets(self, act: Callable[[list[JobRow]], object]) -> None:
        """Run an action on the marked jobs, or on the one under the cursor; read those out of the window first."""
        table, reader = self.table, self.reader
        far = [id for id in table.marks if self.window.places.place_of(id) is None] if not self.all_known else []
        if self._opened is not None or not table.sparse or not far or reader is None:
            act(self.targets())
            return

        def read() -> None:
            table.set_marks(id for id in table.marks if self.store.get(id) is not None)
            act(self.targets())

        self.in_background(lambda: reader.read_jobs(far), read)

    def targets(self) -> list[JobRow]:
        """Return the marked jobs at any position, or the one under the cursor."""
        if self._opened is None and self.table.sparse and self.table.marks:
            known = (self.store.get(id) for id in sorted(self.table.marks))
            return [row for row in known if row is not None]
        return super().targets()


def _day(moment: datetime) -> str:
    at = local(moment)
    return f"{at.day} {at:%b}" if at.year == local(now()).year else f"{at.day} {at:%b %Y}"


def _read_whole() -> int:
    from qpi_tui.live.job_window import KEEP

    return KEEP
