"""One job: its life, what it waits for, its results with the circuits beside them, its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from qpi_client.job_fields import FINAL_STATUSES
from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.domain.start_estimate import range_words
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.job_waiting import LastRuns, Wait, read_wait, wait_lines
from qpi_tui.resources import jobs as columns
from qpi_tui.rows.job_text import life_bar, life_line, life_lines, qpu_words, status_parts
from qpi_tui.screens.base import lines_of
from qpi_tui.screens.job_actions import again, cancel_jobs, export_result
from qpi_tui.screens.job_panes import JobPanes
from qpi_tui.session.connection import Connection
from qpi_tui.terminal.clipboard import copy_text
from qpi_tui.widgets.lines import Line, assemble
from qpi_tui.widgets.result_lines import Lines

if TYPE_CHECKING:
    from textual.timer import Timer

    from qpi_client import ChangeEvent
    from qpi_tui.rows.jobs import JobRow

_NO_RESULTS = "This server shows results only to a session. Sign in with e-mail and password."
# Seconds between clock updates; each costs about thirty bytes.
_TICK, _RUNNING_TICK = 15.0, 1.0
# Fields that the lines above already show.
_TOLD = {"submitted", "finished", "dispatched", "cancelled", "put back", "QPU", "size", "ahead"}


@dataclass(frozen=True)
class Known:
    """The data: the job as received, why it is incomplete, and what it waits for."""

    job: Mapping[str, Any]
    incomplete: str = ""
    wait: Wait | None = None


class JobScreen(JobPanes):
    """One job, opened with the list's data; the rest follows."""

    area = "job"
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs", "qpus", "drivers", "time_slots")
    DEFAULT_CSS = """
    JobScreen #title { padding: 0 1; }
    JobScreen #job { height: 1fr; padding: 0 1; scrollbar-size: 1 1; }
    JobScreen #life { height: auto; }
    """

    def __init__(self, record: JobRow) -> None:
        super().__init__(record)
        self._known = Known({})
        self._last_runs = LastRuns()
        self._clock: Timer | None = None
        self._said_start = ""

    def body(self) -> ComposeResult:
        """Compose the title and the body: life, result, circuit."""
        yield Line(id="title")
        with VerticalScroll(id="job"):
            yield Static(id="life")
            yield from self.both()

    def on_mount(self) -> None:
        """Scroll with the keys, and show what is known."""
        self.set_focus(self._scroll)
        self._paint()

    # -- data --------------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> Known:
        """Read the job with its payload and results; with an API token only what the server returns for one."""
        from httpx import HTTPError

        from qpi_client import ResultsUnavailable

        try:
            job, incomplete = dict(await connection.client.get_job(self.record.id)), ""
        except ResultsUnavailable as error:
            job, incomplete = dict(error.record), _NO_RESULTS
        wait = None
        if job.get("status") == "pending" and job.get("qpu_target"):
            try:
                wait = await read_wait(connection, columns.RESOURCE.decode(job), self._last_runs)
            except HTTPError:
                # The job is read; what it waits for is read again later.
                wait = self._known.wait
        return Known(job, incomplete, wait)

    def merge(self, data: Known, events: Sequence[ChangeEvent]) -> Known | None:
        """Events carry no results, so read the job; while it is queued, read its QPU and queue too."""
        waits = data.job.get("status") == "pending"
        return None if any(self._concerns(event, data.job, waits) for event in events) else data

    @staticmethod
    def _concerns(event: ChangeEvent, data: Mapping[str, Any], waits: bool) -> bool:
        record, target = event.record, data.get("qpu_target")
        kind = collection_of(event)
        if kind == "quantum_jobs":
            return record.get("id") == data.get("id") or (waits and record.get("qpu_target") == target)
        if kind == "qpus":
            return waits and record.get("id") == target
        return waits and (kind == "time_slots" or record.get("qpu") == target)

    def show(self, data: Known) -> None:
        """Paint the data; keep the names from the list."""
        self._known = data
        self._take(data.job)
        self._paint()
        self.repaint_frame()

    def _take(self, data: Mapping[str, Any]) -> None:
        from msgspec.structs import replace

        from qpi_client.results import parse_results
        from qpi_tui.rows.decode import told

        results = parse_results(data)
        self.results = results if len(results) or results.error else None
        row = columns.RESOURCE.decode(data)
        self.record = replace(self.record, **told(row, data))
        if row.status == "running":
            self.record = replace(self.record, dispatched=row.updated)
        self.raw = data

    def repaint_frame(self) -> None:
        """A finished job does not change: do not read it again."""
        super().repaint_frame()
        if self.record.status in FINAL_STATUSES and self.feed.health.mood == "fresh":
            self.feed.sleep()

    # -- painting ----------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        if not self.is_mounted:
            return
        self._paint_life()
        self._paint_title()
        self.paint_both()

    def _paint_life(self) -> None:
        self._said_start = self._start_words()
        life = self.query_one("#life", Static)
        width = max(self.app.size.width - 4, 20)
        drawn = life_bar(self.record, width, ascii=self.console.plain)
        lines = drawn or life_line(self.record, width)
        content = lines_of(*lines, *self._facts(drawn=bool(drawn)), *self._words(), [("", "")])
        if not isinstance(life.content, Content) or not life.content.is_same(content):
            life.update(content)

    def _start_words(self) -> str:
        """The estimated start as painted."""
        wait = self._known.wait
        return range_words(wait.start, now()) if wait is not None and wait.start is not None else ""

    def _paint_title(self) -> None:
        """Show the id, status and age; the age of an active job is updated."""
        record = self.record
        title: list[Part] = [("job ", "$text-muted"), (record.id, "bold"), ("  ", "")]
        title += [*status_parts(record), (f"  on {qpu_words(record)}", "")]
        if (size := record.size) != "–":
            title.append((f"  {size} shots", "$text-muted"))
        self.query_one("#title", Line).show(assemble(title))
        if self._clock is not None:
            self._clock.stop()
        over = self.record.status in FINAL_STATUSES or not self.is_current
        if record.status == "pending" and self._start_words() != self._said_start:
            # In steps of minutes, as ages elsewhere.
            self._paint_life()
        tick = _RUNNING_TICK if self.record.status == "running" and not self.console.slow else _TICK
        self._clock = None if over else self.set_timer(tick, self._paint_title)

    def on_screen_resume(self) -> None:
        """Visible again: update the age."""
        super().on_screen_resume()
        if self.is_mounted:
            self._paint_title()

    def _facts(self, *, drawn: bool = False) -> Lines:
        """Return what the lines above do not show: user, duration and cost."""
        everyone = self.console.role is Role.ADMIN
        # While it is queued, the title shows for how long.
        told = _TOLD | ({"waited"} if drawn or self.record.status == "pending" else set())
        facts = [line for line in life_lines(self.record, everyone=everyone)[3:] if line[0][0].strip() not in told]
        parts: list[Part] = []
        for word, said in ((line[0][0].strip(), line[1][0]) for line in facts):
            parts += [("" if not parts else " · ", "$text-muted"), (f"{word} ", "$text-muted"), (said, "")]
        return [parts] if parts else []

    def _words(self) -> Lines:
        """Return the message for a missing or incomplete result."""
        status = self.record.status
        if self._known.incomplete:
            return [[("", "")], [("▲ ", "$text-warning"), (self._known.incomplete, "")]]
        if self.results is not None:
            return []
        if status == "pending":
            return [[("", "")], *wait_lines(self.record, self._known.wait)]
        none = "Cancelled: no result." if status == "cancelled" else "No result."
        said = "Running. The result appears here when it is done." if status == "running" else none if self.raw else "…"
        return [[("", "")], [(said, "$text-muted")]]

    def do_json(self) -> None:
        """Open the raw JSON."""
        from qpi_tui.screens.job_json import JsonScreen

        if self.raw:
            self.app.push_screen(JsonScreen(self.record.id, self.raw))

    def on_resize(self, event: Resize) -> None:
        """Show result and circuit side by side or not."""
        self._paint()

    # -- doing -------------------------------------------------------------------------------------------------------

    def do_cancel(self) -> None:
        """Cancel the job."""
        cancel_jobs(self, [self.record])

    def do_again(self) -> None:
        """Submit the same circuits again."""
        again(self, [self.record], unmark=lambda steps: None, ran=self.ran_again)

    def ran_again(self, id: str) -> None:
        """Replace this screen by the new job's; esc leads to the list from there too."""
        from qpi_tui.rows.jobs import JobRow

        first = self.record
        new = JobRow(
            id=id,
            status="pending",
            qpu_target=first.qpu_target,
            qpu_target_record=first.qpu_target_record,
            shots=first.shots,
            circuits=first.circuits,
        )
        self.app.switch_screen(JobScreen(new))

    def do_copy(self) -> None:
        """Copy the job's id to the terminal's clipboard."""
        self.tell(copy_text(self.app, self.record.id), warn=False)

    def do_export(self) -> None:
        """Export the job as received, or its counts as a table."""
        if self.raw:
            export_result(self, self.raw, self.results)
        else:
            self.tell("The job is still loading.")
