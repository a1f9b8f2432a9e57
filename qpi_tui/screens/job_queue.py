"""The queue as a window: only the visible part is read, at any position."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.job_holds import TOPICS, JobHolds
from qpi_tui.resources import jobs as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.live.job_reader import JobReader
    from qpi_tui.live.job_store import JobStore, Merged
    from qpi_tui.live.job_window import JobWindow
    from qpi_tui.rows.jobs import JobRow

_log = logging.getLogger(__name__)
# Seconds for the newest page from which its interval grows, and from which the delay is reported.
_LONG, _SHARE, _SLOW = 1.0, 20, 3.0


class JobQueueScreen(ListScreen["JobRow"]):
    """Jobs, kept fresh: the newest page and the visible part."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs", *TOPICS)
    told_by_events = True

    def __init__(self) -> None:
        super().__init__()
        self.reader: JobReader | None = None
        # Whether events may have been missed.
        self._away = False
        # What is shown until the queue was read.
        self._nothing: JobWindow | None = None
        self.following = False
        # Whether a short list is being read in full.
        self._fills = False
        self._filled: tuple[int, int] | None = None
        # The order requested from the server, and the order of the first jobs that it returned.
        self._asked: tuple[str, bool] | None = None
        self.sorted_by: tuple[str, bool] | None = None
        # A job for a QPU without a driver is not simply the next one.
        self.holds = JobHolds()

    @property
    def everyone(self) -> bool:
        """Whether the list shows all users' jobs."""
        return self.console.role is Role.ADMIN

    @property
    def window(self) -> JobWindow:
        """The known part of the queue."""
        if self.reader is not None:
            return self.reader.window
        if self._nothing is None:
            from qpi_tui.live.job_window import JobWindow

            self._nothing = JobWindow()
        return self._nothing

    @property
    def store(self) -> JobStore:
        """The known jobs."""
        return self.window.store

    @property
    def all_known(self) -> bool:
        """Whether the whole queue is known, or its length is unknown."""
        return self.reader is None or self.window.complete

    def on_mount(self) -> None:
        """Read rows that become visible."""
        self.table.on_sight = self._in_sight

    def drop_data(self) -> None:
        """Drop the window first: nothing may be read for it."""
        self.reader = self._nothing = None
        super().drop_data()

    def connected(self) -> None:
        """After sign-in, drop the earlier account's jobs."""
        self.reader = self._nothing = None
        self._asked = self.sorted_by = None
        self.holds = JobHolds()
        super().connected()

    def on_screen_suspend(self) -> None:
        """Another screen opened: deletions in the meantime go unnoticed."""
        self._away = True

    def do_app_refresh(self) -> None:
        """Shown again: check for changes and deletions without events."""
        self._away = True
        self.console.do_refresh()

    # -- reading -----------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> tuple[int, int]:
        """Read the newest page, and the count; a difference means that events were missed."""
        reader, streams = self.reader, self.console.changes.begun
        if reader is None:
            from qpi_tui.live.job_reader import JobReader

            reader = JobReader(connection, streams)
            await reader.first()
            if connection is self.console.connection:
                self.reader, self._nothing = reader, None
                reader.window.marked = lambda: self.table.marks
                self.in_background(reader.settle)
        else:
            away, self._away = self._away, False
            try:
                self.note(await reader.refresh(streams, away=away))
            except BaseException:
                self._away |= away
                raise
        if not self.holds.known or not self.console.changes.live:
            self._read_holds(connection)
            if self.table.sparse:
                # No event reports changes away from the newest page.
                reader.window.mark_shown_stale()
                self._in_sight(*self.table.sight)
        return id(reader), reader.found_out

    def in_background(self, read: Callable[[], Any], then: Callable[[], None] = lambda: None) -> None:
        """Read more, paint it, and continue; report failures on the notice line."""
        reader = self.reader

        async def run() -> None:
            try:
                await read()
            except Exception as error:
                _log.debug("a read in the background failed", exc_info=True)
                self.say_failed(error)
                return
            if reader is self.reader and self.is_mounted:
                self.show(None)
                then()

        self.run_worker(run(), group="reads", exit_on_error=False)

    def say_failed(self, error: Exception) -> None:
        """Report the failure of a read that the user waits for."""
        from qpi_tui.session.connection import explain

        self.tell(explain(error))

    def changed(self, events: Sequence[ChangeEvent]) -> None:
        """Remove deleted jobs even while the list cannot be read: nothing else would do so later."""
        if self.reader is not None and (gone := _deleted(events)):
            self.window.gone(gone)
            self.table.set_marks(self.table.marks.difference(str(record.get("id")) for record in gone))
        super().changed(events)

    def merge(self, data: tuple[int, int], events: Sequence[ChangeEvent]) -> tuple[int, int] | None:
        """Events carry jobs with the fields that the list shows."""
        reader = self.reader
        if reader is None:
            self._away = True
            return None
        changed = self.holds.merge(events)
        if changed is None:
            self._read_holds(self.connection)
        elif changed:
            self._paint_holds()
        jobs = [event for event in events if collection_of(event) == "quantum_jobs"]
        if not jobs:
            return data
        gone = {str(record.get("id")) for record in _deleted(events)}
        told = [event.record for event in jobs if event.record.get("id") not in gone]
        new = [str(event.record.get("id")) for event in jobs if event.action == "create"]
        before = reader.window.version
        self.note(reader.window.told(told, new))
        reader.found_out += bool(gone) or reader.window.version != before
        return id(reader), reader.found_out

    def note(self, merged: Merged) -> None:
        """Merge changes."""

    def _read_holds(self, connection: Connection) -> None:
        """Read QPUs and drivers; the jobs do not wait for it."""
        holds = self.holds

        async def read() -> None:
            if await holds.read(connection) and holds is self.holds:
                self._paint_holds()

        self.run_worker(read(), group="qpus", exclusive=True, exit_on_error=False)

    def _paint_holds(self) -> None:
        if self.is_mounted:
            self.table.refresh_cells()
            self.paint_detail()

    def slowed_down(self) -> float:
        """Read a slow newest page less often."""
        took = self.reader.newest_took if self.reader is not None else 0.0
        return took * _SHARE if took > _LONG else 0.0

    def server_warning(self) -> tuple[Part, ...]:
        """Return the warning about a slow newest page."""
        took = self.reader.newest_took if self.reader is not None else 0.0
        if took < _SLOW:
            return ()
        return ((f"▲ server is slow: {took:.0f} s for the newest page; see doctor  ", "$text-warning"),)

    # -- the window --------------------------------------------------------------------------------------------------

    def show(self, data: object) -> None:
        """Paint the known rows at their positions."""
        window = self.window
        sparse = None if self.following or self.all_known else window.rows()
        rows: list[JobRow] = window.store.lately_first() if self.following else window.store.listed()
        self.records = rows
        self.table.set_records(self.records, distinct=True, sparse=sparse, natural="age")

    def _in_sight(self, first: int, last: int) -> None:
        """Rows became visible: read the unknown ones, unless a read is in progress."""
        reader = self.reader
        if reader is None or self._reads_pages:
            return
        if reader.lacking(*self._newest_first(first, last)) is not None:
            self.run_worker(self._read_pages(reader), group="pages", exit_on_error=False)

    @property
    def _reads_pages(self) -> bool:
        return any(worker.group == "pages" and not worker.is_finished for worker in self.workers)

    def _newest_first(self, first: int, last: int) -> tuple[int, int]:
        key, reverse = self.table.sort or ("", False)
        if reverse == bool(key):
            return first, last
        total = self.window.total
        return total - 1 - last, total - 1 - first

    async def _read_pages(self, reader: JobReader) -> None:
        """Read the missing rows that are visible by then."""
        asked = None
        while reader is self.reader and self.table.sparse:
            await reader.pause(*self._newest_first(*self.table.sight))
            page = reader.lacking(*self._newest_first(*self.table.sight))
            if page is None or page == asked:
                return
            asked = page
            await reader.read_page(page)
            if reader is self.reader and self.is_mounted:
                self.show(None)

    def fill(self) -> None:
        """Read the whole list for a feature that needs it, unless it is too long."""
        from qpi_tui.live.job_window import KEEP

        reader = self.reader
        if reader is None or self.all_known or reader.window.total > KEEP or self._fills:
            return
        if reader.window.version == self._filled:
            return  # It found nothing last time.
        self._fills = True

        async def read() -> None:
            try:
                await reader.read_all(KEEP)
            finally:
                self._fills = False
                self._filled = reader.window.version

        self.in_background(read)

    def repaint_summary(self) -> None:
        """Sorting by a column needs all of a short list."""
        if self.table.sort is not None and not self.table.sparse:
            self.fill()
            self._ask_first()
        super().repaint_summary()

    def _ask_first(self) -> None:
        """Read the first jobs of a long list by the sorted column, if the server has an index for it."""
        reader, sort = self.reader, self.table.sort
        if reader is None or sort is None or sort == self._asked or self.filters or not self._is_long:
            return
        self._asked, self.sorted_by = sort, None

        async def ask() -> None:
            from qpi_tui.live.job_order import read_first

            if await read_first(reader, sort[0], columns.ORDER, reverse=sort[1]):
                self.sorted_by = sort

        self.in_background(ask)

    @property
    def _is_long(self) -> bool:
        from qpi_tui.live.job_window import KEEP

        return not self.all_known and self.window.total > KEEP

    @property
    def filters(self) -> bool:
        """Whether some jobs are filtered out."""
        return False

    def do_bottom(self) -> None:
        """Go to the last row; if the length is unknown, count first."""
        reader = self.reader
        if reader is None or reader.window.places.exact or not self.table.sparse:
            super().do_bottom()
            return
        self.tell("Counting the jobs…", warn=False)

        def counted() -> None:
            self.tell("", warn=False)
            super(JobQueueScreen, self).do_bottom()

        self.in_background(reader.count, counted)


def _deleted(events: Sequence[ChangeEvent]) -> list[Mapping[str, Any]]:
    """Return the jobs that these events report as deleted."""
    gone = [event for event in events if event.action == "delete" and collection_of(event) == "quantum_jobs"]
    return [event.record for event in gone]
