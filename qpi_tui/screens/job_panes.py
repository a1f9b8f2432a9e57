"""The panes of one job, result and circuit, and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from qpi_client.job_fields import ACTIVE_STATUSES, FINAL_STATUSES
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.widgets.circuit_view import CircuitView, circuits_of
from qpi_tui.widgets.result_view import ResultView

if TYPE_CHECKING:
    from qpi_client.results import JobResults
    from qpi_tui.rows.base import Row
    from qpi_tui.rows.jobs import JobRow

# Terminal lines from which the circuit is shown below the result.
_ROOM = 26
# Lines of a result with the circuit below it.
_SHOWN = 6


class JobPanes(ConsoleScreen):
    """The lower part of a job's screen. `record` is the decoded job, `raw` the job as received."""

    DEFAULT_CSS = """
    JobPanes #both { height: auto; }
    JobPanes #both > * { height: auto; width: 1fr; }
    JobPanes #both.-beside > #circuit { border-left: solid $panel; padding-left: 1; margin-left: 1; }
    JobPanes #both.-below { layout: vertical; }
    JobPanes #both.-below > #circuit { margin-top: 1; }
    """

    def __init__(self, record: JobRow) -> None:
        super().__init__()
        self.record = record
        self.raw: Mapping[str, Any] = {}
        self.results: JobResults | None = None
        self._only_circuit = False

    def command_rows(self) -> Sequence[Row]:
        """The job."""
        return [self.record]

    def both(self) -> ComposeResult:
        """The result and the circuit."""
        with Horizontal(id="both"):
            yield ResultView(id="result")
            yield CircuitView(lambda: self.console.drawer, id="circuit")

    @property
    def result(self) -> ResultView:
        """The result."""
        return self.query_one(ResultView)

    def paint_both(self) -> None:
        """Arrange result and circuit: side by side, one below the other, or only one."""
        circuits = circuits_of(self.raw.get("payload")) if self.raw else None
        result, circuit, both = self.result, self.query_one(CircuitView), self.query_one("#both")
        result.looks.plain = circuit.plain = self.console.plain
        result.display = self.results is not None and not (self._only_circuit and circuits)
        # An error takes a line or two, so its circuit is shown below.
        beside = self.wide and result.display and bool(circuits) and result.draws(self.results)
        # Below the result, the circuit takes the remaining lines; without a circuit there, the result does.
        result.looks.fill = beside or not circuits or self.app.size.height < _ROOM + _SHOWN
        # Padding and scrollbar take four columns; a rule with its gaps three.
        room = max(self.app.size.width - 4, 20)
        result.show_results(self.results, room // 2 if beside else room)
        room_below = self.app.size.height - result.tall >= _ROOM or not result.draws(self.results)
        circuit.display = bool(self.raw) and (not result.display or beside or (room_below and bool(circuits)))
        both.set_class(beside, "-beside")
        both.set_class(circuit.display and result.display and not beside, "-below")
        entry = result.entry
        at = entry.circuit if entry is not None and entry.circuit is not None else result.looks.circuit
        circuit.show_circuits(circuits, at, room - room // 2 - 3 if beside else room)

    def applies(self, id: str) -> bool:
        """Whether a key has an effect on this job."""
        result, status = self.result, self.record.status
        shown = result.display and self.results is not None
        return {
            "job.cancel": status in ACTIVE_STATUSES,
            "job.again": bool(self.raw) and status in FINAL_STATUSES,
            "job.sort": shown and result.bars,
            "job.more": shown and result.bars,
            "job.next": self._many > 1,
            "job.register": shown and result.bars and result.registers > 1,
            "job.qubit": shown and result.qubits > 1 and not result.bars,
            "job.iq": shown and result.qubits > 0 and result.bars,
            "job.counts": shown and result.looks.iq and result.entry is not None and result.entry.counts is not None,
            "job.circuit": result.draws(self.results) and bool(circuits_of(self.raw.get("payload"))),
            "job.json": bool(self.raw),
            "job.export": bool(self.raw),
        }.get(id, True)

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def _many(self) -> int:
        """Return the number of results, or of circuits while there are no results."""
        return len(self.results.entries if self.results is not None else ()) or len(
            circuits_of(self.raw.get("payload"))
        )

    def _looked(self, said: str = "", *, from_top: bool = False) -> None:
        """The view changed: update the panes."""
        if said:
            self.tell(said, warn=False)
        self.paint_both()
        self.repaint_frame()
        if from_top:
            self._scroll.scroll_home(animate=False)

    def do_app_back(self) -> None:
        """Go back to the result, then to the list, on the same row."""
        if self._only_circuit and self.results is not None:
            self.do_circuit()
        elif self.is_active:
            self.app.pop_screen()

    def do_sort(self) -> None:
        """Sort by count or by bitstring."""
        self.result.sort()
        self._looked()

    def do_more(self) -> None:
        """Show more bars."""
        self.result.more(fewer=False)
        self._looked()

    def do_fewer(self) -> None:
        """Show fewer bars, and the rest in one line."""
        self.result.more(fewer=True)
        self._looked()

    def do_next(self) -> None:
        """Show the next circuit."""
        self._looked(self.result.turn(1, self._many))

    def do_previous(self) -> None:
        """Show the previous circuit."""
        self._looked(self.result.turn(-1, self._many))

    def do_counts(self) -> None:
        """Show counts as a histogram."""
        self._only_circuit = False
        self.result.iq(False)
        self._looked(from_top=True)

    def do_iq(self) -> None:
        """Show IQ points."""
        self._only_circuit = False
        self.result.iq(True)
        self._looked(from_top=True)

    def do_qubit(self) -> None:
        """Show the IQ points of the next qubit; after the last, of all."""
        self._only_circuit = False
        self._looked(self.result.next_qubit())

    def do_register(self) -> None:
        """Show the next classical register; after the last, all together."""
        self._looked(self.result.next_register())

    def do_plain(self) -> None:
        """Toggle between plain ASCII and block characters."""
        self.console.use_plain(not self.console.plain)
        self._looked()

    def do_circuit(self) -> None:
        """Toggle full-width circuit."""
        if self.applies("job.circuit"):
            self._only_circuit = not self._only_circuit
            self._looked(from_top=True)

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

    def do_page_down(self) -> None:
        """A page down."""
        self._scroll.scroll_page_down(animate=False)

    def do_page_up(self) -> None:
        """A page up."""
        self._scroll.scroll_page_up(animate=False)

    def do_half_down(self) -> None:
        """Half a page down."""
        self._scroll.scroll_relative(y=self._scroll.size.height // 2, animate=False)

    def do_half_up(self) -> None:
        """Half a page up."""
        self._scroll.scroll_relative(y=-(self._scroll.size.height // 2), animate=False)
