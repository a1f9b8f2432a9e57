"""One drawing process for all consoles of a test process.

Each console starts its own with the first job that is opened, and loading Qiskit costs half a second of processor time.
The process is the real one; `tests/qasm` and the terminal tests start it as a console does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

from qpi_tui.live import circuit_reader
from qpi_tui.live.circuit_drawer import CannotDraw, CircuitDrawer

_turn = threading.Lock()


def _ask(question: Mapping[str, object]) -> dict[str, object]:
    with _turn:
        try:
            return circuit_reader._ask(dict(question))
        except (OSError, ValueError) as error:
            circuit_reader.stop()
            raise CannotDraw(str(error)) from error


class SharedDrawer(CircuitDrawer):
    """Asks the process that is shared. It is not stopped with a console: the next one uses it too."""

    async def _ask(self, question: Mapping[str, object]) -> dict[str, object]:
        return await asyncio.to_thread(_ask, question)
