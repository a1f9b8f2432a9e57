"""A job's results, one circuit at a time: bars or IQ points in the available space, and their view options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.result_lines import View, qubits_of, result_lines

if TYPE_CHECKING:
    from qpi_client.results import CircuitResult, JobResults

# Terminal lines outside the plot.
_AROUND = 10
_LEAST = 8


class ResultView(Static):
    """Draws to the given width. View changes that are not possible return a message, others an empty text."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.looks = View()
        # Number of lines drawn.
        self.tall = 0
        self._results: JobResults | None = None
        self._width = 0

    def show_results(self, results: JobResults | None, width: int) -> None:
        """Show these in lines of `width` columns."""
        self._results, self._width = results, width
        self.paint()

    @property
    def entry(self) -> CircuitResult | None:
        """The current result."""
        entries = self._results.entries if self._results is not None else ()
        return entries[self.looks.circuit % len(entries)] if entries else None

    @staticmethod
    def draws(results: JobResults | None) -> bool:
        """Whether there is anything to draw, not only an error."""
        entries = results.entries if results is not None else ()
        return any(entry.counts is not None or entry.memory is not None for entry in entries)

    @property
    def qubits(self) -> int:
        """The number of qubits with IQ points."""
        entry = self.entry
        return qubits_of(entry) if entry is not None and entry.memory is not None else 0

    @property
    def registers(self) -> int:
        """The number of classical registers in the counts."""
        entry = self.entry
        return len(entry.registers) if entry is not None and entry.counts is not None else 0

    @property
    def bars(self) -> bool:
        """Whether a histogram is shown."""
        entry = self.entry
        return entry is not None and entry.counts is not None and not (self.looks.iq and entry.memory is not None)

    def paint(self) -> None:
        """Draw the current result."""
        if self._results is None or not self.display:
            return
        height = max(self.app.size.height - _AROUND, _LEAST)
        lines = result_lines(self._results, self.looks, width=self._width, height=height)
        self.tall = len(lines)
        content = Content("\n").join([assemble(line or [("", "")]) for line in lines])
        if not isinstance(self.content, Content) or not self.content.is_same(content):
            self.update(content)

    # -- how it is looked at -----------------------------------------------------------------------------------------

    def turn(self, by: int, many: int) -> str:
        """Show another of `many` circuits."""
        if many < 2:
            return "The job has one circuit."
        self.looks.circuit = (self.looks.circuit + by) % many
        self.paint()
        return ""

    def sort(self) -> None:
        """Sort by count or by bitstring."""
        self.looks.by_count = not self.looks.by_count
        self.paint()

    def more(self, *, fewer: bool) -> None:
        """Change the number of bars."""
        self.looks.more(fewer=fewer)
        self.paint()

    def iq(self, on: bool) -> None:
        """Show IQ points or counts."""
        self.looks.iq = on
        self.paint()

    def next_qubit(self) -> str:
        """Show the IQ points of the next qubit; after the last, of all."""
        many, qubit = self.qubits, self.looks.qubit
        if not many:
            return "No IQ points. Submit with level 1 for IQ points."
        self.looks.qubit = 0 if qubit is None else None if qubit + 1 >= many else qubit + 1
        self.iq(True)
        return ""

    def next_register(self) -> str:
        """Show the counts of the next classical register; after the last, all together."""
        many, register = self.registers, self.looks.register
        if many < 2:
            return "The circuit has one classical register."
        self.looks.register = 0 if register is None else None if register + 1 >= many else register + 1
        self.paint()
        return ""
