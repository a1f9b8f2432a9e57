"""What happens when the program itself is at fault: a report without secrets, in place of Textual's traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from textual.app import App

from qpi_tui.terminal.closed_screen import is_closed_screen_error


class FaultReport(App[Any]):
    """An app that ends with a report; `fault` is the error, `fault_report` where it stands. Mix it in before `App`."""

    fault: BaseException | None = None
    fault_report: Path | None = None

    def _handle_exception(self, error: Exception) -> None:
        if not is_closed_screen_error():
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's way prints the values of local variables, passwords among them.
        from qpi_tui.files import crash_report

        error = self._exception or sys.exc_info()[1]
        if self.fault is None and error is not None:
            self.fault, self.fault_report = error, crash_report.report(error)
        self._close_messages_no_wait()
