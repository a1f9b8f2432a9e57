"""The queue of jobs: a user's own, an admin's everyone's; newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_client.job_fields import JOB_STATUSES
from qpi_tui.domain import clock
from qpi_tui.domain.clock import age
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.job_filter import JobFilter, parse_filter
from qpi_tui.live.job_holds import TOPICS, JobHolds
from qpi_tui.resources import jobs as columns
from qpi_tui.screens.base import WIDE
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.live.job_pages import JobPages
    from qpi_tui.live.job_store import JobStore, Merged
    from qpi_tui.rows.jobs import JobRow

_HINT = "words, status:failed qpu:a since:2d"
_EVERYONES_HINT = "words, status:failed user:mira since:2d"
_PAINT_EVERY = 10  # pages
# Columns of the terminal from which there is room for the detail beside all of the table's columns.
_BESIDE = 160


class JobsScreen(ListScreen["JobRow"]):
    """Jobs with their status, age and what they took."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs", *TOPICS)
    told_by_events = True
    filter_width = 42
    brief_height = 1
    empty: ClassVar[str] = "No jobs yet: s submits one."

    # One line, whatever it says: the list above it keeps its height.
    DEFAULT_CSS = "JobsScreen #brief { max-height: 2; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self) -> None:
        super().__init__()
        self._pages: JobPages | None = None
        # Whether events may have come that nobody took.
        self._away = False
        # What is shown until somebody is signed in.
        self._early: JobStore | None = None
        self._status = ""
        self._filter = JobFilter()
        self._following = False
        self._moved = False
        self._arrived: set[str] = set()
        # A job that waits for a QPU without a driver is not simply the next.
        self._holds = JobHolds()

    @property
    def wide(self) -> bool:
        """All of the columns come before a detail beside them."""
        return self.app.size.width >= _BESIDE

    @property
    def everyone(self) -> bool:
        """Whether everybody's jobs are shown."""
        return self.console.role is Role.ADMIN

    @property
    def store(self) -> JobStore:
        """The jobs that are known."""
        if self._pages is not None:
            return self._pages.store
        if self._early is None:
            from qpi_tui.live.job_store import JobStore

            self._early = JobStore()
        return self._early

    def _ahead(self, id: str) -> int | None:
        return self.store.ahead.get(id)

    def columns(self) -> Sequence[Column]:
        """Whose job it is matters where everybody's are shown."""
        return columns.for_role(everyone=self.everyone, holds=self._holds, ahead=self._ahead)

    @property
    def filter_hint(self) -> str:
        """What may be typed to filter."""
        return _EVERYONES_HINT if self.everyone else _HINT

    def connected(self) -> None:
        """The columns depend on the role; somebody else's jobs are not shown."""
        if self._pages is not None:
            self._pages = self._early = None
        self._arrived.clear()
        self._holds = JobHolds()
        self.table.set_columns(self.columns())
        super().connected()

    def on_screen_suspend(self) -> None:
        """Elsewhere: what is deleted meanwhile nobody tells."""
        self._away = True

    def do_app_refresh(self) -> None:
        """All of them anew, not only what changed."""
        self._pages = None
        self.console.do_refresh()

    # -- reading -----------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> tuple[int, int]:
        """The first page, or what changed since; the number of the difference, and of jobs."""
        pages, streams = self._pages, self.console.changes.begun
        if pages is None:
            from qpi_tui.live.job_pages import JobPages

            pages = JobPages(connection, streams)
            await pages.first()
            if connection is self.console.connection:
                self._pages, self._early = pages, None
        elif not len(pages.store):
            await pages.first()
        else:
            away, self._away = self._away, False
            try:
                self._note(await pages.changes(streams, away=away))
            except BaseException:
                self._away |= away
                raise
        if not self._holds.known or not self.console.changes.live:
            self._read_holds(connection)
        if not pages.complete and not self._loads():
            self.run_worker(self._load(pages), group="pages", exit_on_error=False)
        return id(pages), pages.store.version

    def preview(self, records: Sequence[Mapping[str, Any]]) -> None:
        """The newest page."""
        self.store.merge(records)
        self._data(None)

    def changed(self, events: Sequence[ChangeEvent]) -> None:
        """What was deleted is gone also while the list cannot be read: nothing else would tell of it later."""
        if self._pages is not None:
            self._pages.store.drop(_deleted(events))
        super().changed(events)

    def merge(self, data: tuple[int, int], events: Sequence[ChangeEvent]) -> tuple[int, int] | None:
        """Jobs are told as the list shows them."""
        pages = self._pages
        if pages is None:
            self._away = True
            return None
        changed = self._holds.merge(events)
        if changed is None:
            self._read_holds(self.connection)
        elif changed:
            self._paint_holds()
        jobs = [event for event in events if collection_of(event) == "quantum_jobs"]
        if not jobs:
            return data
        gone = _deleted(events)
        pages.store.drop(gone)
        told = [event.record for event in jobs if event.record.get("id") not in gone]
        self._note(pages.store.merge(told, touch=True))
        return id(pages), pages.store.version

    def _read_holds(self, connection: Connection) -> None:
        """Read how the QPUs and drivers are; the jobs do not wait for it."""
        holds = self._holds

        async def read() -> None:
            if await holds.read(connection) and holds is self._holds:
                self._paint_holds()

        self.run_worker(read(), group="qpus", exclusive=True, exit_on_error=False)

    def _paint_holds(self) -> None:
        if self.is_mounted:
            self.table.refresh_cells()
            self.paint_detail()

    def _note(self, merged: Merged) -> None:
        if self._moved or not self._following:
            self._arrived |= merged.new | merged.changed

    def _loads(self) -> bool:
        return any(worker.group == "pages" and not worker.is_finished for worker in self.workers)

    async def _load(self, pages: JobPages) -> None:
        """The older pages, behind what is shown."""
        if not pages.reading:
            await pages.first()
        painted = 0
        async for _ in pages.rest():
            if pages is not self._pages:
                return
            painted += 1
            # Painting costs more the more there are.
            if painted in {1, 3} or painted % _PAINT_EVERY == 0:
                self._data(None)
        if pages is self._pages:
            self._data(None)

    def show(self, data: object) -> None:
        """Paint the jobs; while following, the latest stay in view until somebody moves."""
        store = self.store
        self.records = store.lately_first() if self._following else store.listed()
        self.table.empty = self.empty if not self._filter.test and not self._status else "No job is like that."
        self.table.set_records(self.records, distinct=True)
        if self._following and not self._moved:
            self.table.action_cursor_top()
        self.point()
        self._forget_seen()
        self.repaint_summary()
        self.paint_detail()

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """What runs, waits, and went wrong today; what is filtered; what came meanwhile."""
        store = self.store
        if self._pages is None and not len(store):
            return []
        running, waiting = store.statuses["running"], store.statuses["pending"]
        parts: list[Part] = [(f"{running:,} running", "bold" if running else ""), (f" · {waiting:,} waiting", "")]
        oldest = store.oldest_pending()
        if oldest is not None and (waits := age(oldest.created)):
            parts.append((f", oldest {waits}", ""))
        if failed := store.failed_since(clock.now() - timedelta(days=1)):
            parts.append((f" · {failed:,} failed today", "$text-error"))
        if self._following:
            parts.append((" · following", "bold $text-success"))
        if self._arrived:
            parts.append((f" · {len(self._arrived):,} new", "bold reverse $text-accent"))
        pages = self._pages
        if pages is not None and not pages.complete and len(store):
            parts.append((f" · {len(store):,} read so far", "$text-muted"))
        elif len(store) >= 1000:
            parts.append((f" · {len(store):,} in all", "$text-muted"))
        if self._filter.problem:
            parts.append((f" · ▲ {self._filter.problem}", "$text-warning"))
        elif self._filter.says:
            # First: the filter takes the room of what comes last.
            many = "" if self.table.filter_text else f"{len(self.table.visible_records):,} match "
            parts.insert(0, (f"{many}({self._filter.says}) · ", "$text-accent"))
        return parts

    def detail(self, record: JobRow) -> list[list[Part]]:
        """Its life, as far as the list knows it; that it waits in vain."""
        from qpi_tui.rows.job_text import life_lines

        lines = life_lines(record, everyone=self.everyone, ahead=self._ahead(record.id))
        if record.status == "pending" and (why := self._held(record.qpu_target)):
            # How many are ahead says nothing then.
            lines = [line for line in lines if not line[0][0].startswith("ahead")]
            lines.insert(2, [("▲ ", "$text-warning"), (why, "$text-warning")])
        return lines

    def brief(self, record: JobRow) -> list[list[Part]]:
        """That it waits in vain; whose it is; its life where all columns are shown, or what has no column."""
        from qpi_tui.rows.job_text import life_line

        dot: Part = (" · ", "$text-muted")
        whose: list[Part] = [(record.who, "bold"), dot] if self.everyone else []
        if record.status == "pending" and (why := self._held(record.qpu_target)):
            return [[("▲ ", "$text-warning"), (why, "$text-warning"), dot, *whose][: 4 if whose else 2]]
        moments = life_line(record)[0]
        ahead = self._ahead(record.id)
        place: list[Part] = []
        if record.status == "pending" and ahead is not None:
            of = "" if self.everyone else " of yours"
            place = [dot, (f"{ahead:,}{of} ahead" if ahead else f"the next{of}", "")]
        if self.app.size.width >= WIDE:
            return [[*whose, *moments, *place]]
        told = [[(word, "$text-muted"), (text, "")] for word, text in columns.beside(record, everyone=self.everyone)]
        # A key more is a line more to write: what has no column, and only where that is nothing the last moment.
        line = [part for fact in told or [moments[-2:]] for part in (dot, *fact)]
        return [[*whose, *line[1:], *place]]

    def _held(self, qpu: str) -> str:
        held = self._holds.get(qpu)
        return held.sentence if held is not None else ""

    def point_at(self, id: str = "", words: str = "", came_from: str = "") -> None:
        """Whoever is led here sees what they asked for, whatever was chosen here before."""
        if words and self._status:
            self._status = ""
            self.filter_by("")
        super().point_at(id, words, came_from)

    # -- filter ------------------------------------------------------------------------------------------------------

    def filter_by(self, text: str) -> None:
        """Words, and what is written `name:value`."""
        self._filter = parse_filter(text, status=self._status)
        self.table.filter_by(self._filter.words, self._filter.test)
        self.repaint_summary()
        self.paint_detail()

    def do_status(self) -> None:
        """Cycle the status filter."""
        every = ("", *JOB_STATUSES)
        self._status = every[(every.index(self._status) + 1) % len(every)]
        self.filter_by(self.filtered_by)

    def do_app_back(self) -> None:
        """One step back: the status, then the filter, then the marks."""
        if self._status and not self.filter_bar.has_focus:
            self._status = ""
            self.filter_by(self.filtered_by)
        else:
            super().do_app_back()

    # -- following ---------------------------------------------------------------------------------------------------

    def do_follow(self) -> None:
        """Follow; after somebody moved, back to the latest; else stop following."""
        if self._following and self._moved:
            self._moved = False
        else:
            self._following = not self._following
            self._moved = False
        self._arrived.clear()
        self.show(None)
        if self._following:
            self.table.action_cursor_top()

    def cursor_moved(self, record: JobRow | None) -> None:
        """Whoever moves is left where they are; what comes meanwhile is counted."""
        shown = self.table.visible_records
        if self._following and record is not None and shown and self.table.cursor_id != shown[0].id:
            self._moved = True
        self._forget_seen()
        self.repaint_summary()

    def _forget_seen(self) -> None:
        """At the top everything that is new is in view."""
        shown = self.table.visible_records
        if shown and self.table.cursor_id == shown[0].id:
            self._arrived.clear()
            self._moved = False

    # -- doing -------------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """One job, with its result."""
        from qpi_tui.screens.job import JobScreen

        record = self.table.cursor_record
        if record is not None:
            self.app.push_screen(JobScreen(record))

    def do_cancel(self) -> None:
        """Cancel pending and running ones."""
        from qpi_tui.screens.job_actions import cancel_jobs

        cancel_jobs(self, self.targets())

    def do_delete(self) -> None:
        """Delete those that are not running, with their results."""
        from qpi_tui.screens.job_actions import delete_jobs

        delete_jobs(self, self.targets())

    def do_again(self) -> None:
        """Submit the same circuits once more."""
        from qpi_tui.screens.job_actions import again

        again(self, self.targets(), unmark=self.unmark_done, ran=self.ran_again)

    def ran_again(self, id: str) -> None:
        """To the new job, once it is in the list."""
        self.point_at(id)

    def do_export(self) -> None:
        """The marked ones, else all that are shown, to a file."""
        from qpi_tui.screens.job_actions import export_jobs

        table = self.table
        export_jobs(self, self.targets() if table.marks else list(table.visible_records))

    def do_submit(self) -> None:
        """Submit a circuit."""
        from qpi_tui.screens.submit import ask_submit

        ask_submit(self, self.store.listed()[:500], self._submitted, self.console.drafts.setdefault("submit", {}))

    def _submitted(self, id: str) -> None:
        """To the new job, once it is in the list."""
        self.point_at(id)
        self.feed.poke()


def _deleted(events: Sequence[ChangeEvent]) -> list[str]:
    """The jobs that these events say are no more."""
    gone = [event for event in events if event.action == "delete" and collection_of(event) == "quantum_jobs"]
    return [str(event.record.get("id")) for event in gone]
