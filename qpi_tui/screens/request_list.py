"""What approving, rejecting and withdrawing need from the requests screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.screens.list_screen import ListScreen

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow


class RequestList(ListScreen["RequestRow"]):
    """A list of requests; `every_request` includes the decided ones."""

    def __init__(self) -> None:
        super().__init__()
        self.every_request: list[RequestRow] = []

    def pending_targets(self) -> list[RequestRow]:
        """Return the pending ones among the targets, or say that there is none."""
        targets = self.targets()
        pending = [record for record in targets if record.pending]
        if targets and not pending:
            self.tell("That request is already decided. Nothing to do.")
        return pending
