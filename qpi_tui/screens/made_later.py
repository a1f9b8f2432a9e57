"""Parts of the console that the first frame does not need, each created on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from qpi_tui.edits.audit_log import AuditLog
    from qpi_tui.edits.runner import EditRunner
    from qpi_tui.live.circuit_drawer import CircuitDrawer
    from qpi_tui.screens.editing import ConsolePort
    from qpi_tui.screens.leaving import Leaving
    from qpi_tui.screens.shell import Shell
    from qpi_tui.settings.config import Settings


class MadeLater:
    """Mix it in before the class that uses these parts."""

    started_with: Settings

    @cached_property
    def audit_log(self) -> AuditLog:
        """The audit log."""
        from qpi_tui.edits.audit_log import AuditLog

        return AuditLog(self.started_with.audit_log)

    @cached_property
    def edit_port(self) -> ConsolePort:
        """The edits' port to the console."""
        from qpi_tui.screens.editing import ConsolePort

        return ConsolePort(cast("Shell", self))

    @cached_property
    def leaving(self) -> Leaving:
        """Ends the console."""
        from qpi_tui.screens.leaving import Leaving

        return Leaving(cast("Shell", self))

    @cached_property
    def edits(self) -> EditRunner:
        """Makes changes, and verifies those whose answer was lost."""
        from qpi_tui.edits.runner import EditRunner

        return EditRunner(self.edit_port, self.audit_log)

    @cached_property
    def drawer(self) -> CircuitDrawer:
        """The process that draws circuits; it starts with the first one."""
        from qpi_tui.live.circuit_drawer import CircuitDrawer

        return CircuitDrawer()
