"""A list with more rows than are kept: visible rows are read; a filter searches the history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic

from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.known import Known
from qpi_tui.live.long_list import ListSearch, LongList
from qpi_tui.live.reads import WHOLE
from qpi_tui.screens.table_screen import R
from qpi_tui.session.connection import Connection, explain

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.resources.base import Resource

_log = logging.getLogger(__name__)


class LongView(Generic[R]):
    """Shows a long list on a screen. `shown` tells whether the table currently shows it."""

    # The screen is the `ListScreen` that creates this; importing it here would be a cycle.
    def __init__(self, screen: Any, resource: Resource[Any], connection: Connection) -> None:
        self.list: LongList[Any] = LongList(connection.client, resource)
        self.list.marked = lambda: screen.table.marks
        self.shown = False
        self._connection = connection
        self._screen = screen
        self._resource = resource
        self._search: ListSearch[Any] | None = None

    def is_of(self, connection: Connection) -> bool:
        """Whether this connection read it."""
        return connection is self._connection

    @property
    def short(self) -> bool:
        """Whether the list has become short enough to be read in full."""
        return self.list.places.exact and self.list.total <= WHOLE

    async def read(self) -> Known:
        """Read the newest page, and the number of rows."""
        await self.list.refresh()
        return self.list.known

    def merge(self, events: Sequence[ChangeEvent]) -> Known:
        """Merge events of the rows."""
        self.list.merge(events)
        return self.list.known

    def show(self) -> None:
        """Paint the known rows at their positions."""
        screen, table = self._screen, self._screen.table
        screen.records = [screen.row(row) for row in self.list.rows()]
        table.on_sight = self._in_sight
        self.shown = True
        table.set_records(screen.records, distinct=True, sparse=self.list.sparse(screen.row))

    def hide(self) -> None:
        """The table shows something else."""
        self.shown = False

    def summary(self) -> list[Part]:
        """Return the number, the order, the progress of a search, and which part is sorted."""
        screen, table, total = self._screen, self._screen.table, self.list.total
        parts: list[Part] = [(f"{total:,} {screen.noun[1]}", "")]
        search = self._search
        if self.filters:
            searched = search.searched if search is not None else len(self.list.places.newest())
            if search is not None and search.done:
                parts.append((" · searched all", "$text-accent"))
            elif search is not None and search.running:
                parts.append((f" · searched {searched:,} · any key stops", "$text-accent"))
            else:
                key = screen.console.keys.word("table.filter")
                goes_on = "enter" if screen.filter_bar.has_focus else f"{key} enter"
                parts.append((f" · searched {searched:,} · {goes_on} continues", "$text-accent"))
        elif table.sparse:
            parts.append((" · oldest first" if table.sort is not None else " · newest first", "$text-muted"))
        else:
            parts.append((f" · sorts the {len(screen.records):,} loaded", "$text-warning"))
        return parts

    # -- what is in sight --------------------------------------------------------------------------------------------

    def _in_sight(self, first: int, last: int) -> None:
        """Rows became visible: read the unknown ones, unless a read is in progress."""
        if not self.shown or self._reads or self.list.lacking(*self._newest_first(first, last)) is None:
            return
        self._screen.run_worker(self._read_pages(), group="pages", exit_on_error=False)

    @property
    def _reads(self) -> bool:
        return any(worker.group == "pages" and not worker.is_finished for worker in self._screen.workers)

    def _newest_first(self, first: int, last: int) -> tuple[int, int]:
        if self._screen.table.sort is None:
            return first, last
        return self.list.total - 1 - last, self.list.total - 1 - first

    async def _read_pages(self) -> None:
        asked = None
        while self.shown and self._screen.table.sparse:
            page = self.list.lacking(*self._newest_first(*self._screen.table.sight))
            if page is None or page == asked:
                return
            asked = page
            await self.list.pause()
            try:
                await self.list.read_page(page)
            except Exception as error:
                _log.debug("a page could not be read", exc_info=True)
                self._screen.tell(explain(error))
                return
            self._paint()

    def _paint(self) -> None:
        if self.shown and self._screen.is_mounted:
            self.show()
            self._screen.repaint_summary()
            self._screen.paint_detail()

    # -- looking for something ---------------------------------------------------------------------------------------

    @property
    def filters(self) -> bool:
        """Whether some rows are filtered out."""
        return bool(self._screen.wanted) or bool(self._screen.table.filter_text)

    def forget_search(self) -> None:
        """The filter changed."""
        if self._search is not None:
            self._search = None
            self.list.let_go()
            self._paint()

    def search(self) -> None:
        """Search the whole list for matches until the next key."""
        screen = self._screen
        if not self.shown or not self.filters:
            return
        if self._search is None:
            self._search = ListSearch(self.list, self._wanted(), self._resource.decode)
        search, keys = self._search, screen.console.pressed
        if search.running or search.done:
            return

        def goes_on() -> bool:
            return self._search is search and screen.console.pressed == keys and screen.is_current

        async def run() -> None:
            try:
                await search.run(goes_on, self._paint)
            except Exception as error:
                _log.debug("a search failed", exc_info=True)
                screen.tell(explain(error))
            self._paint()

        screen.run_worker(run(), group="search", exit_on_error=False)

    def _wanted(self) -> Callable[[R], bool]:
        """Whether the table's filter matches a row that the table does not have yet."""
        screen, table = self._screen, self._screen.table
        words, columns = table.filter_text.casefold().split(), screen.columns()
        test = screen.wanted.test if screen.wanted is not None else None

        def wanted(row: Any) -> bool:
            made = screen.row(row)
            if test is not None and not test(made):
                return False
            text = "\n".join([made.id, *[text_of(column.cell(made)) for column in columns]]).casefold() if words else ""
            return all(word in text for word in words)

        return wanted

    def point_at(self, id: str) -> None:
        """Show an unknown record alone, like a filter by its id."""
        screen = self._screen

        async def read() -> None:
            try:
                await self.list.read(id)
            except Exception as error:
                _log.debug("a record could not be read", exc_info=True)
                screen.tell(explain(error))
                return
            self._paint()
            bar = screen.filter_bar
            bar.value, bar.display = id, True

        screen.run_worker(read(), group="reads", exit_on_error=False)
