"""One job: its life, its result per circuit as a histogram, IQ points or the raw answer, its error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qpi_tui import facts
from qpi_tui.amounts import duration
from qpi_tui.clipboard import copy_text
from qpi_tui.clock import age, local, parse_date
from qpi_tui.connection import Connection
from qpi_tui.screens.base import ConsoleScreen, lines_of
from qpi_tui.screens.jobs import cancel_jobs
from qpi_tui.text import clean, clean_lines, clean_record
from qpi_tui.widgets.lines import Line, Part, assemble

if TYPE_CHECKING:
    from qpi_client.results import CircuitResult, JobResults

Record = dict[str, Any]
FINAL = ("completed", "failed", "cancelled")
TOP = 64


class JobScreen(ConsoleScreen):
    """One job, opened with what the list knows of it; the rest follows."""

    area = "job"
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs",)
    DEFAULT_CSS = """
    JobScreen #title { padding: 0 1; }
    JobScreen #job { height: 1fr; padding: 0 1; }
    JobScreen #job > Static { height: auto; }
    """

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record
        self._results: JobResults | None = None
        self._circuit = 0
        self._by_count = True
        self._view = ""

    def body(self) -> ComposeResult:
        """A title and what is to be read."""
        yield Line(id="title")
        with VerticalScroll(id="job"):
            yield Static(id="text")

    def on_mount(self) -> None:
        """The keys scroll; show what is known already."""
        self.query_one("#job").focus()
        self._paint()

    async def read(self, connection: Connection) -> Record:
        """The job with its payload and its true results."""
        return await connection.client.get_job(self.record["id"])

    def show(self, data: Record) -> None:
        """Paint what came; the names that the list had stay."""
        from qpi_client.results import parse_results

        results = parse_results(data)
        self._results = results if len(results) or results.error else None
        expand = {**(self.record.get("expand") or {}), **(data.get("expand") or {})}
        safe = clean_record({key: value for key, value in data.items() if key not in {"payload", "results"}})
        self.record = {**self.record, **safe, "expand": expand, "payload": data.get("payload")}
        self._raw = data.get("results")
        self._paint()

    _raw: object = None

    def repaint_frame(self) -> None:
        """A job that is over does not change any more: it is not asked for again."""
        super().repaint_frame()
        if self.record.get("status") in FINAL and self.feed.health.mood == "fresh":
            self.feed.sleep()

    # -- painting ----------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        record = self.record
        title: list[Part] = [("job ", "$text-muted"), (clean(record["id"]), "bold"), ("  ", "")]
        title += status_parts(record)
        self.query_one("#title", Line).show(assemble(title))
        lines = [line for line in life_lines(record, everyone=True)[2:] if line]
        lines.append([("", "")])
        lines += self._body_lines()
        text = self.query_one("#text", Static)
        content = lines_of(*lines)
        if not isinstance(text.content, Content) or not text.content.is_same(content):
            text.update(content)

    def _body_lines(self) -> list[list[Part]]:
        if self._view == "json":
            dumped = json.dumps(self._raw, indent=2, ensure_ascii=False, default=str)
            return [[(line, "")] for line in clean_lines(dumped, limit=200_000).split("\n")]
        if self._view == "circuit":
            return self._circuit_lines()
        if self._results is None:
            waiting = {"pending": "It waits for its QPU.", "running": "It runs; the result follows."}
            status = str(self.record.get("status"))
            return [[(waiting.get(status, "There is no result." if status in FINAL else "…"), "$text-muted")]]
        lines: list[list[Part]] = []
        if self._results.error:
            lines += [[("✗ ", "$text-error"), (clean_lines(self._results.error, limit=4000), "")]]
            hint = meaning(self._results.error)
            if hint:
                lines.append([(hint, "$text-muted")])
            lines.append([("", "")])
        entries = self._results.entries
        if entries:
            self._circuit %= len(entries)
            lines += self._entry_lines(entries[self._circuit], len(entries))
        return lines

    def _entry_lines(self, entry: CircuitResult, total: int) -> list[list[Part]]:
        name = f" {clean(entry.name)}" if entry.name else ""
        which = f"circuit {self._circuit + 1} of {total}{name}" if total > 1 else f"circuit{name}"
        shots = f", {entry.shots:,} shots" if entry.shots else ""
        lines: list[list[Part]] = []
        if entry.counts is not None and self._view != "iq":
            order = "by count" if self._by_count else "by bitstring"
            lines += [[(f"counts, {which}{shots}, {order}", "bold")], [("", "")]]
            lines += self._histogram(entry)
        elif entry.memory is not None:
            lines += [[(f"IQ points, {which}{shots}", "bold")], [("", "")]]
            lines += self._iq(entry)
        elif entry.counts is not None:
            lines.append([("This circuit has counts, no IQ points: h shows them.", "$text-muted")])
        if entry.error:
            lines.append([("✗ ", "$text-error"), (clean_lines(entry.error, limit=4000), "")])
        if not lines:
            lines.append([("The driver's answer is not understood; v shows it as it came.", "$text-muted")])
        return lines

    def _histogram(self, entry: CircuitResult) -> list[list[Part]]:
        from qpi_tui.plots.histogram import histogram

        counts = {entry.spaced(bits): count for bits, count in (entry.counts or {}).items()}
        width = max(self.app.size.width - 4, 20)
        return [list(line) for line in histogram(counts, width=width, by_count=self._by_count, top=TOP)]

    def _iq(self, entry: CircuitResult) -> list[list[Part]]:
        from qpi_tui.plots.iq import scatter

        memory = entry.memory or []
        rows = [memory] if entry.averaged else memory
        points = [point for row in rows for point in row]  # type: ignore[union-attr]
        height = max(self.app.size.height - 14, 8)
        return [
            list(line) for line in scatter(points, width=min(self.app.size.width - 4, 2 * height + 20), height=height)
        ]

    def _circuit_lines(self) -> list[list[Part]]:
        payload = self.record.get("payload")
        circuits = payload.get("circuits") if isinstance(payload, dict) else None
        lines: list[list[Part]] = []
        for number, circuit in enumerate(circuits or [], 1):
            text = circuit.get("circuit") if isinstance(circuit, dict) else circuit
            lines += [[(f"circuit {number}", "bold")]]
            lines += [[(line, "")] for line in clean_lines(str(text), limit=20_000).split("\n")]
        return lines or [[("The circuit is not known.", "$text-muted")]]

    # -- actions -----------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        """Back to the list, on the same line."""
        self.app.pop_screen()

    def do_sort(self) -> None:
        """By count, or by bitstring."""
        self._by_count = not self._by_count
        self._paint()

    def do_next(self) -> None:
        """The next circuit."""
        self._circuit += 1
        self._paint()

    def do_previous(self) -> None:
        """The circuit before."""
        self._circuit -= 1
        self._paint()

    def do_counts(self) -> None:
        """Counts as a histogram."""
        self._show_view("")

    def do_iq(self) -> None:
        """IQ points."""
        self._show_view("iq")

    def do_json(self) -> None:
        """The raw answer, and back."""
        self._show_view("" if self._view == "json" else "json")

    def do_circuit(self) -> None:
        """The circuit, and back."""
        self._show_view("" if self._view == "circuit" else "circuit")

    def _show_view(self, view: str) -> None:
        self._view = view
        self._paint()
        self.query_one("#job", VerticalScroll).scroll_home(animate=False)

    def do_cancel(self) -> None:
        """Cancel it."""
        cancel_jobs(self, [self.record])

    def do_copy(self) -> None:
        """Its id, to the clipboard of the terminal."""
        self.tell(copy_text(self.app, str(self.record["id"])), warn=False)

    def on_resize(self) -> None:
        """Plots fit the width."""
        self._paint()


_MARKS = {
    "pending": ("…", ""),
    "running": ("▶", "$text-accent"),
    "completed": ("✓", "$text-success"),
    "failed": ("✗", "$text-error"),
    "cancelled": ("⊘", "$text-muted"),
}


def status_parts(record: facts.Record) -> list[Part]:
    """The status as shape and word."""
    status = str(record.get("status", "?"))
    mark, style = _MARKS.get(status, ("?", "$text-warning"))
    return [(f"{mark} {status}", style)]


def life_lines(record: facts.Record, *, everyone: bool) -> list[list[Part]]:
    """A job's life: where, who, when, what it took."""
    qpu = facts.expanded(record, "qpu_target").get("name") or record.get("qpu_target") or "no QPU: it will never run"
    lines: list[list[Part]] = [
        [(clean(record["id"]), "bold")],
        status_parts(record),
        [("QPU        ", "$text-muted"), (clean(qpu), "")],
    ]
    if everyone and record.get("user_id"):
        lines.append([("user       ", "$text-muted"), (facts.who(record, "user_id"), "")])
    lines.append(_moment("submitted", record.get("created")))
    if record.get("finished_at"):
        lines.append(_moment("finished", record.get("finished_at")))
    taken = facts.number(record.get("duration"))
    if taken:
        lines.append([("took       ", "$text-muted"), (f"{taken:.3g} s" if taken < 60 else duration(taken), "")])
    return lines


def _moment(word: str, value: object) -> list[Part]:
    when = parse_date(value if isinstance(value, str) else None)
    if when is None:
        return [(f"{word:<10} ", "$text-muted"), ("–", "")]
    ago = age(str(value)) or "now"
    return [(f"{word:<10} ", "$text-muted"), (f"{local(when):%a %-d %b %H:%M:%S}", ""), (f"  {ago} ago", "$text-muted")]


def meaning(error: str) -> str:
    """What an error means, where it is known."""
    known = {
        "NotImplementedError": "Simulators have no raw acquisition (level 0): use level 1 or 2.",
        "could not convert string to float": "Simulators take one classical register: put both into one.",
        "No counts for experiment": "The circuit measures nothing.",
        "Insufficient": "The balance does not cover it.",
    }
    return next((sentence for word, sentence in known.items() if word in error), "")
