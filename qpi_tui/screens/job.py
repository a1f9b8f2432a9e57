"""One job: its life, its circuit, its result per circuit as a histogram or IQ points, its error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qpi_tui import export
from qpi_tui.actions import Role
from qpi_tui.circuit_drawer import CannotDraw
from qpi_tui.clipboard import copy_text
from qpi_tui.columns.jobs import size_text
from qpi_tui.connection import Connection
from qpi_tui.job_results import Lines, View, qubits_of, result_lines
from qpi_tui.job_words import life_line, life_lines, qpu_words, status_parts
from qpi_tui.screens.base import ConsoleScreen, lines_of
from qpi_tui.screens.exporting import ask_export
from qpi_tui.screens.job_actions import again, cancel_jobs
from qpi_tui.text import clean, clean_lines, clean_record, safe_filename
from qpi_tui.widgets.lines import Line, Part, assemble

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_client.results import CircuitResult, JobResults

Record = dict[str, Any]
FINAL = ("completed", "failed", "cancelled")
_WAITING = {"pending": "It waits for its QPU; the result follows.", "running": "It runs; the result follows."}
_SOURCE_LIMIT = 40_000
# Lines of the terminal beside the result from which the circuit is shown below it.
_ROOM = 26


class JobScreen(ConsoleScreen):
    """One job, opened with what the list knows of it; the rest follows."""

    area = "job"
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs",)
    DEFAULT_CSS = """
    JobScreen #title { padding: 0 1; }
    JobScreen #job { height: 1fr; padding: 0 1; scrollbar-size: 1 1; }
    JobScreen #job > Static { height: auto; }
    """

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record
        self.raw: Record = {}
        self._results: JobResults | None = None
        self._incomplete = ""
        self._view = View()
        self._circuit = False
        self._drawn: dict[tuple[int, int], str | CannotDraw] = {}

    def body(self) -> ComposeResult:
        """A title, and what is to be read."""
        yield Line(id="title")
        with VerticalScroll(id="job"):
            yield Static(id="text")

    def on_mount(self) -> None:
        """The keys scroll; show what is known already."""
        self.query_one("#job").focus()
        self._paint()

    # -- data --------------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> Record:
        """The job with its payload and its true results; with an API token only what the server gives to one."""
        from qpi_client import ResultsUnavailable

        try:
            job = await connection.client.get_job(self.record["id"])
        except ResultsUnavailable as error:
            self._incomplete = clean(str(error), 400)
            return dict(error.record)
        self._incomplete = ""
        return dict(job)

    def merge(self, data: Record, events: Sequence[ChangeEvent]) -> Record | None:
        """Other jobs' changes are nothing; events carry no results, so its own are read."""
        return None if any(event.record.get("id") == self.record["id"] for event in events) else data

    def show(self, data: Record) -> None:
        """Paint what came; the names that the list had stay."""
        from qpi_client.results import parse_results

        if data.get("payload") != self.raw.get("payload"):
            self._drawn.clear()
        results = parse_results(data)
        self._results = results if len(results) or results.error else None
        expand = {**(self.record.get("expand") or {}), **(data.get("expand") or {})}
        safe = clean_record({key: value for key, value in data.items() if key not in {"payload", "results"}})
        payload = data.get("payload")
        if isinstance(payload, dict):
            safe["shots"], safe["circuits"] = payload.get("shots"), len(self._circuits(payload))
        seen = dict(self.record.get("_") or {})
        seen.pop("ahead", None)
        if data.get("status") == "running":
            seen["sent"] = safe.get("updated")
        self.record = {**self.record, **safe, "expand": expand, "_": seen}
        self.raw = data
        self._paint()

    def repaint_frame(self) -> None:
        """A job that is over does not change any more: it is not asked for again."""
        super().repaint_frame()
        if self.record.get("status") in FINAL and self.feed.health.mood == "fresh":
            self.feed.sleep()

    @staticmethod
    def _circuits(payload: object) -> list[object]:
        circuits = payload.get("circuits") if isinstance(payload, dict) else None
        return circuits if isinstance(circuits, list) else []

    def _entry(self) -> CircuitResult | None:
        entries = self._results.entries if self._results is not None else ()
        return entries[self._view.circuit % len(entries)] if entries else None

    # -- painting ----------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        if not self.is_mounted:
            return
        record = self.record
        title: list[Part] = [("job ", "$text-muted"), (clean(record["id"]), "bold"), ("  ", "")]
        title += [*status_parts(record), (f"  on {clean(qpu_words(record))}", "")]
        if (size := size_text(record)) != "–":
            title.append((f"  {size} shots", "$text-muted"))
        self.query_one("#title", Line).show(assemble(title))
        text = self.query_one("#text", Static)
        life = life_line(record, self._width)
        content = lines_of(*life, *self._facts(), [("", "")], *self._body())
        if not isinstance(text.content, Content) or not text.content.is_same(content):
            text.update(content)

    def _facts(self) -> Lines:
        """What the lines above do not say: whose, what it took and cost, how many are ahead."""
        everyone = self.console.role is Role.ADMIN
        told = {"submitted", "finished", "dispatched", "cancelled", "put back", "QPU", "size"}
        facts = [line for line in life_lines(self.record, everyone=everyone)[3:] if line[0][0].strip() not in told]
        parts: list[Part] = []
        for word, said in ((line[0][0].strip(), line[1][0]) for line in facts):
            parts += [("" if not parts else " · ", "$text-muted"), (f"{word} ", "$text-muted"), (said, "")]
        return [parts] if parts else []

    @property
    def _width(self) -> int:
        return max(self.app.size.width - 4, 20)

    def _body(self) -> Lines:
        if self._circuit:
            return self._circuit_lines()
        lines: Lines = []
        if self._incomplete:
            lines += [[("▲ ", "$text-warning"), (self._incomplete, "")], [("", "")]]
        if self._results is not None:
            height = max(self.app.size.height - 10, 8)
            lines += result_lines(self._results, self._view, width=self._width, height=height)
            if self.app.size.height - len(lines) >= _ROOM and self.raw:
                lines += [[], *self._circuit_lines()]
            return [line or [("", "")] for line in lines]
        status = str(self.record.get("status"))
        if not self.record.get("qpu_target"):
            lines.append([("It names no QPU: it will never run. Cancel it, and submit it anew.", "$text-warning")])
        elif status in _WAITING:
            lines.append([(_WAITING[status], "$text-muted")])
        elif not self.raw:
            lines.append([("…", "$text-muted")])
        elif not self._incomplete:
            lines.append([("There is no result.", "$text-muted")])
        if self.raw:
            lines += [[("", "")], *self._circuit_lines()]
        return lines

    def _circuit_lines(self) -> Lines:
        """The circuit as it is drawn; its text until then, and where it cannot be drawn."""
        circuits = self._circuits(self.raw.get("payload"))
        if not circuits:
            return [[("The circuit is not known yet." if not self.raw else "The job has no circuit.", "$text-muted")]]
        at = self._position() % len(circuits)
        chosen = circuits[at]
        source = chosen.get("circuit") if isinstance(chosen, dict) else chosen
        qasm = source if isinstance(source, str) else ""
        head: list[Part] = [(f"circuit {at + 1} of {len(circuits)}" if len(circuits) > 1 else "circuit", "bold")]
        drawn = self._drawn.get((at, self._width))
        if isinstance(drawn, str):
            return [head, *([(line, "")] for line in clean_lines(drawn, limit=400_000).split("\n"))]
        if drawn is None:
            head.append((", OpenQASM; it is being drawn", "$text-muted"))
            self.run_worker(self._draw(at, qasm, self._width), group="drawing", exclusive=True, exit_on_error=False)
        else:
            head.append((f", OpenQASM; it cannot be drawn: {clean(str(drawn), 300)}", "$text-muted"))
        return [head, *([(line, "")] for line in clean_lines(qasm, limit=_SOURCE_LIMIT).split("\n"))]

    def _position(self) -> int:
        """Which of the submitted circuits the entry that is looked at belongs to."""
        entry = self._entry()
        return entry.circuit if entry is not None and entry.circuit is not None else self._view.circuit

    async def _draw(self, at: int, qasm: str, width: int) -> None:
        try:
            self._drawn[at, width] = await self.console.drawer.draw(qasm, width)
        except CannotDraw as error:
            self._drawn[at, width] = error
        self._paint()

    # -- what is shown -----------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        """Back to the result, then to the list, on the same line."""
        if self._circuit and self._results is not None:
            self.do_circuit()
        else:
            self.app.pop_screen()

    def do_sort(self) -> None:
        """By count, or by bitstring."""
        self._view.by_count = not self._view.by_count
        self._paint()

    def do_more(self) -> None:
        """More bars."""
        self._view.more(fewer=False)
        self._paint()

    def do_fewer(self) -> None:
        """Fewer bars, and the rest in one line."""
        self._view.more(fewer=True)
        self._paint()

    def do_next(self) -> None:
        """The next circuit."""
        self._turn(1)

    def do_previous(self) -> None:
        """The circuit before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        entries = self._results.entries if self._results is not None else ()
        many = len(entries) or len(self._circuits(self.raw.get("payload")))
        if many > 1:
            self._view.circuit = (self._view.circuit + by) % many
            self._paint()
        else:
            self.tell("There is only this circuit.", warn=False)

    def do_counts(self) -> None:
        """Counts as a histogram."""
        self._view.iq = self._circuit = False
        self._paint_from_top()

    def do_iq(self) -> None:
        """IQ points."""
        self._view.iq, self._circuit = True, False
        self._paint_from_top()

    def do_qubit(self) -> None:
        """IQ points of the next qubit; after the last, of all."""
        entry = self._entry()
        many = qubits_of(entry) if entry is not None and entry.memory is not None else 0
        if not many:
            self.tell("There are no IQ points: they come with level 1.")
            return
        qubit = self._view.qubit
        self._view.qubit = 0 if qubit is None else None if qubit + 1 >= many else qubit + 1
        self._view.iq, self._circuit = True, False
        self._paint()

    def do_register(self) -> None:
        """The next classical register; after the last, all together."""
        entry = self._entry()
        many = len(entry.registers) if entry is not None else 0
        if many < 2:
            self.tell("There is one classical register.", warn=False)
            return
        register = self._view.register
        self._view.register = 0 if register is None else None if register + 1 >= many else register + 1
        self._paint()

    def do_plain(self) -> None:
        """Plain ASCII, or blocks and braille."""
        self._view.plain = not self._view.plain
        self._paint()

    def do_circuit(self) -> None:
        """The circuit, and back."""
        self._circuit = not self._circuit
        self._paint_from_top()

    def _paint_from_top(self) -> None:
        self._paint()
        self._scroll.scroll_home(animate=False)

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#job", VerticalScroll)

    def do_down(self) -> None:
        """Scroll down."""
        self._scroll.scroll_down(animate=False)

    def do_up(self) -> None:
        """Scroll up."""
        self._scroll.scroll_up(animate=False)

    def do_top(self) -> None:
        """To the top."""
        self._scroll.scroll_home(animate=False)

    def do_bottom(self) -> None:
        """To the bottom."""
        self._scroll.scroll_end(animate=False)

    def do_json(self) -> None:
        """Everything as it came, folded."""
        from qpi_tui.screens.job_json import JsonScreen

        if self.raw:
            self.app.push_screen(JsonScreen(str(self.record["id"]), self.raw))

    def on_resize(self) -> None:
        """Plots fit the width."""
        self._paint()

    # -- doing -------------------------------------------------------------------------------------------------------

    def do_cancel(self) -> None:
        """Cancel it."""
        cancel_jobs(self, [self.record])

    def do_again(self) -> None:
        """Submit the same circuits once more."""
        again(self, [self.record])

    def do_copy(self) -> None:
        """Its id, to the clipboard of the terminal."""
        self.tell(copy_text(self.app, str(self.record["id"])), warn=False)

    def do_export(self) -> None:
        """The job as it came, or its counts as a table."""
        results, raw = self._results, self.raw
        if not raw:
            self.tell("The job is still being read.")
            return

        def pieces(path: Path) -> Iterable[str]:
            if path.suffix.lower() == ".csv":
                return export.csv_lines(("circuit", "name", "bitstring", "count", "share"), _count_rows(results))
            return export.json_document(raw)

        kinds = ("json", "csv") if results is not None and any(e.counts for e in results) else ("json",)
        ask_export(self, f"job {self.record['id']}", f"job-{safe_filename(str(self.record['id']))}", pieces, kinds)


def _count_rows(results: JobResults | None) -> Iterable[list[object]]:
    for entry in results or ():
        total = sum((entry.counts or {}).values())
        for bits, count in sorted((entry.counts or {}).items()):
            yield [entry.index + 1, entry.name, entry.spaced(bits), count, count / total if total else None]
