"""Handling of bugs in the program: a report without secrets instead of Textual's traceback."""

from __future__ import annotations

from pathlib import Path

from qpi_tui.terminal.closed_screen import is_closed_screen_error
from qpi_tui.terminal.textual_internals import ErrorHooks


class FaultReport(ErrorHooks):
    """An app that ends with a report; `fault` is the error, `fault_report` its report. Mix it in before `App`."""

    fault: BaseException | None = None
    fault_report: Path | None = None

    def ignores_error(self) -> bool:
        """Whether the error belongs to a screen that is closing."""
        return is_closed_screen_error()

    def fault_found(self, error: BaseException) -> None:
        """Write the report of the first error."""
        from qpi_tui.files import crash_report

        if self.fault is None:
            self.fault, self.fault_report = error, crash_report.report(error)
