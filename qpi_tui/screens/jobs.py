"""The queue of jobs, newest first: a user's own, or everybody's for administrators."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain import clock
from qpi_tui.domain.clock import age
from qpi_tui.domain.columns import WIDE, Column
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources import jobs as columns
from qpi_tui.screens.job_finding import JobFindingScreen

if TYPE_CHECKING:
    from qpi_tui.domain.start_estimate import StartEstimate
    from qpi_tui.live.job_store import Merged
    from qpi_tui.live.job_window import JobWindow
    from qpi_tui.live.start_reader import StartReader
    from qpi_tui.rows.jobs import JobRow

_HINT = "words, status:failed qpu:a since:2d"
_EVERYONES_HINT = "words, status:failed user:mira since:2d"
# Terminal columns from which the detail fits beside all columns of the table.
_BESIDE = 160


class JobsScreen(JobFindingScreen):
    """Jobs with their status, age and duration."""

    filter_width = 42
    brief_height = 1
    empty: ClassVar[str] = "No jobs. s submits one."

    # Always one line, so that the list above keeps its height.
    DEFAULT_CSS = "JobsScreen #brief { max-height: 2; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self) -> None:
        super().__init__()
        self._moved = False
        self._arrived: set[str] = set()
        self._starts: StartReader | None = None

    @property
    def wide(self) -> bool:
        """All columns take precedence over a detail beside them."""
        return self.app.size.width >= _BESIDE

    def _ahead(self, id: str) -> int | None:
        # In a long queue it is unknown who else waits.
        return self.store.jobs_ahead.get(id) if self.all_known or self.window.active_known else None

    def columns(self) -> Sequence[Column]:
        """Show the user if the list has everybody's jobs."""
        return columns.for_role(everyone=self.everyone, holds=self.holds, ahead=self._ahead)

    @property
    def filter_hint(self) -> str:
        """The placeholder of the filter line."""
        return _EVERYONES_HINT if self.everyone else _HINT

    def connected(self) -> None:
        """The columns depend on the role."""
        self._arrived.clear()
        self._starts = None
        super().connected()
        if self.is_mounted:
            self.fit_columns()

    def do_app_refresh(self) -> None:
        """Renew the estimates too."""
        self._starts = None
        super().do_app_refresh()

    def note(self, merged: Merged) -> None:
        """Count new jobs for a user who is elsewhere in the list."""
        if self._moved or not self.following:
            self._arrived |= merged.new | merged.changed

    def show(self, data: object) -> None:
        """Paint the jobs; while following, keep the newest in view until the user moves."""
        self.table.empty = self.empty if not self.filters else "No matching job."
        super().show(data)
        if self.following and not self._moved:
            self.table.action_cursor_top()
        self.take_marks()
        self.point()
        self._forget_seen()
        self.repaint_summary()
        self.paint_detail()

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """Return running, queued and failed today; the filter; what arrived meanwhile."""
        store, window = self.store, self.window
        if self.reader is None and not len(store):
            return []
        running, waiting = store.statuses["running"], store.statuses["pending"]
        # Only part of a long queue is known.
        exact = self.all_known or window.active_known
        least = "" if exact else "≥"
        parts: list[Part] = [
            (f"{least}{running:,} running", "bold" if running else ""), (f" · {least}{waiting:,} waiting", ""),
        ]  # fmt: skip
        oldest = store.oldest_pending() if exact else None
        if oldest is not None and (waits := age(oldest.created)):
            parts.append((f", oldest {waits}", ""))
        if failed := failed_today(window, all_known=self.all_known):
            parts.append((f" · {failed}", "$text-error"))
        if self.following:
            parts.append((" · following", "bold $text-success"))
        if self._arrived:
            parts.append((f" · {len(self._arrived):,} new", "bold reverse $text-accent"))
        searched = self.search_words()
        # The length of a filtered list says little.
        return searched + parts if searched else parts + self._length()

    def _length(self) -> list[Part]:
        """Return how many there are, and which part is sorted."""
        window = self.window
        if self.all_known:
            return [(f" · {len(self.store):,} in all", "$text-muted")] if len(self.store) >= 1000 else []
        exact = window.places.exact
        many = f"{window.total:,} in all" if exact else f"more than {len(window.places):,}"
        parts: list[Part] = [(f" · {many}", "$text-muted")]
        if not self.table.sparse and self.table.sort is not None:
            if self.table.sort == self.sorted_by:
                from qpi_tui.live.job_order import MOST

                parts.append((f" · the first {MOST:,} by {self.table.sort[0]}", "$text-accent"))
            else:
                parts.append((f" · sorts the {len(self.store):,} loaded", "$text-warning"))
        return parts

    def detail(self, record: JobRow) -> list[list[Part]]:
        """Return the job's life as far as the list knows it, and whether it waits in vain."""
        from qpi_tui.rows.job_text import life_lines

        start = self._start(record)
        lines = life_lines(record, everyone=self.everyone, ahead=self._ahead(record.id), start=start)
        if record.status == "pending" and (why := self._held(record.qpu_target)):
            # The number of jobs ahead means nothing then.
            lines = [line for line in lines if not line[0][0].startswith("ahead")]
            lines.insert(2, [("▲ ", "$text-warning"), (why, "$text-warning")])
        return lines

    def brief(self, record: JobRow) -> list[list[Part]]:
        """Return whether it waits in vain, its user, and what no column shows."""
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
            if start := self._start_words(record):
                place += [dot, (f"starts {start}", "")]
        if self.app.size.width >= WIDE:
            return [[*whose, *moments, *place]]
        told = [[(word, "$text-muted"), (text, "")] for word, text in columns.beside(record, everyone=self.everyone)]
        # More keys take more lines: only what has no column, and only without recent activity.
        line = [part for fact in told or [moments[-2:]] for part in (dot, *fact)]
        return [[*whose, *line[1:], *place]]

    def _start(self, record: JobRow) -> StartEstimate | None:
        """Return the estimated start of a job; requested once the cursor rests on it."""
        if record.status != "pending" or record.qpu_target not in self.holds.services or self._held(record.qpu_target):
            return None
        if self._ahead(record.id) is None:
            return None
        if self._starts is None:
            from qpi_tui.live.start_reader import StartReader

            self._starts = StartReader(self, self.paint_detail)
        return self._starts.of(record, self.holds.services, self.store)

    def _start_words(self, record: JobRow) -> str:
        from qpi_tui.domain.start_estimate import range_words

        start = self._start(record)
        return range_words(start, clock.now()) if start is not None else ""

    def _held(self, qpu: str) -> str:
        held = self.holds.get(qpu)
        return held.sentence if held is not None else ""

    # -- following ---------------------------------------------------------------------------------------------------

    def do_follow(self) -> None:
        """Follow; after moving, return to the newest; otherwise stop following."""
        if self.following and self._moved:
            self._moved = False
        else:
            self.following = not self.following
            self._moved = False
        self._arrived.clear()
        self.show(None)
        if self.following:
            self.table.action_cursor_top()

    def cursor_moved(self, record: JobRow | None) -> None:
        """After the user moves, keep the position and count what arrives."""
        shown = self.table.visible_records
        if self.following and record is not None and shown and self.table.cursor_id != shown[0].id:
            self._moved = True
        self._forget_seen()
        self.repaint_summary()

    def _forget_seen(self) -> None:
        """At the top, everything new is in view."""
        shown = self.table.visible_records
        if shown and self.table.cursor_id == shown[0].id:
            self._arrived.clear()
            self._moved = False

    # -- doing -------------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Open the job with its result."""
        from qpi_tui.screens.job import JobScreen

        record = self.table.cursor_record
        if record is not None:
            self.app.push_screen(JobScreen(record))

    def do_cancel(self) -> None:
        """Cancel pending and running jobs."""
        from qpi_tui.screens.job_actions import cancel_jobs

        self.with_targets(lambda jobs: cancel_jobs(self, jobs))

    def do_delete(self) -> None:
        """Delete jobs that are not running, with their results."""
        from qpi_tui.screens.job_actions import delete_jobs

        self.with_targets(lambda jobs: delete_jobs(self, jobs))

    def do_compare(self) -> None:
        """Compare the results of two marked jobs."""
        from qpi_tui.screens.job_comparing import compare_jobs

        self.with_targets(lambda jobs: compare_jobs(self, jobs))

    def do_again(self) -> None:
        """Submit the same circuits again."""
        from qpi_tui.screens.job_actions import again

        self.with_targets(lambda jobs: again(self, jobs, unmark=self.unmark_done, ran=self.ran_again))

    def ran_again(self, id: str) -> None:
        """Go to the new job once it is in the list."""
        self.point_at(id)

    def do_export(self) -> None:
        """Export the marked jobs, or all shown; of a long queue the whole history."""
        from qpi_tui.screens.job_actions import export_jobs

        table, reader = self.table, self.reader
        if reader is not None and table.sparse and not table.marks:
            from qpi_tui.screens.job_history import export_history

            export_history(self, reader)
            return
        export_jobs(self, self.targets() if table.marks else list(table.visible_records))

    def do_submit(self) -> None:
        """Submit a circuit."""
        from qpi_tui.screens.submit import ask_submit

        ask_submit(self, self.store.listed()[:500], self._submitted, self.console.drafts.setdefault("submit", {}))

    def _submitted(self, id: str) -> None:
        """Go to the new job once it is in the list."""
        self.point_at(id)
        self.feed.poke()


def failed_today(window: JobWindow, *, all_known: bool) -> str:
    """Return how many jobs failed on a day, in words: at least the known ones, exactly if all are known or counted."""
    since = clock.now() - timedelta(days=1)
    known = window.store.failed_since(since)
    newest = () if all_known else window.newest()
    if all_known or (newest and newest[-1].created < clock.stored(since)):
        return f"{known:,} failed today" if known else ""
    if window.failed_today is None:
        return f"≥{known:,} failed today" if known else ""
    count, at = window.failed_today
    minutes = int((time.monotonic() - at) // 60)
    return f"{max(count, known):,} failed today" + (f" ({minutes} min ago)" if minutes else "")
