"""A job's circuits, one at a time: drawn by another process; OpenQASM until then, or if that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from qpi_tui.domain.sanitize import clean, clean_lines
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.circuit_drawer import CannotDraw
from qpi_tui.terminal.ascii import plain_circuit
from qpi_tui.widgets.lines import assemble

if TYPE_CHECKING:
    from textual.worker import Worker

    from qpi_tui.live.circuit_drawer import CircuitDrawer

_SOURCE_LIMIT = 40_000
_DRAWN_LIMIT = 400_000


def circuits_of(payload: object) -> list[object]:
    """Return the circuits of a payload in any shape."""
    circuits = payload.get("circuits") if isinstance(payload, dict) else None
    return circuits if isinstance(circuits, list) else []


class CircuitView(Static):
    """Draws to the given width, and only while visible."""

    def __init__(self, drawer: Callable[[], CircuitDrawer], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawer = drawer
        self._circuits: Sequence[object] | None = None
        self._at, self._width = 0, 0
        self.plain = False
        self._drawn: dict[tuple[int, int], str | CannotDraw] = {}

    def show_circuits(self, circuits: Sequence[object] | None, at: int, width: int) -> None:
        """Show one of these in lines of at most `width` columns; None: they are not known yet."""
        if circuits != self._circuits:
            self._drawn.clear()
        self._circuits, self._at, self._width = circuits, at, width
        self._paint()

    def _paint(self) -> None:
        if not self.display:
            return
        content = Content("\n").join([assemble(line) for line in self._lines(self._width)])
        if not isinstance(self.content, Content) or not self.content.is_same(content):
            self.update(content)

    def _lines(self, width: int) -> list[list[Part]]:
        if not self._circuits:
            return [[("The circuit is loading." if self._circuits is None else "The job has no circuit.", "")]]
        many = len(self._circuits)
        at = self._at % many
        chosen = self._circuits[at]
        source = chosen.get("circuit") if isinstance(chosen, dict) else chosen
        qasm = source if isinstance(source, str) else ""
        head: list[Part] = [(f"circuit {at + 1} of {many}" if many > 1 else "circuit", "bold")]
        drawn = self._drawn.get((at, width))
        if isinstance(drawn, str):
            drawn = plain_circuit(drawn) if self.plain else drawn
            return [head, *([(line, "")] for line in clean_lines(drawn, limit=_DRAWN_LIMIT).split("\n"))]
        if drawn is None:
            head.append((", OpenQASM; drawing…", "$text-muted"))

            async def draw() -> None:
                await self._draw(at, qasm, width)

            # A function: one that is superseded before it starts leaves no coroutine behind.
            run: Callable[..., Worker[None]] = self.run_worker
            run(draw, group="drawing", exclusive=True, exit_on_error=False)
        else:
            head.append((f", OpenQASM; it cannot be drawn: {clean(str(drawn), 300)}", "$text-muted"))
        return [head, *([(line, "")] for line in clean_lines(qasm, limit=_SOURCE_LIMIT).split("\n"))]

    async def _draw(self, at: int, qasm: str, width: int) -> None:
        try:
            self._drawn[at, width] = await self._drawer().draw(qasm, width)
        except CannotDraw as error:
            self._drawn[at, width] = error
        self._paint()
