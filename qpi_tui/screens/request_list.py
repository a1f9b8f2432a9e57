"""What approving, rejecting and withdrawing need of the screen of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.screens.list_screen import ListScreen

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow


class RequestList(ListScreen["RequestRow"]):
    """A list of requests; `every_request` holds the handled ones too."""

    def __init__(self) -> None:
        super().__init__()
        self.every_request: list[RequestRow] = []

    def pending_targets(self) -> list[RequestRow]:
        """Return those of the targets that are pending, or say that there is none."""
        targets = self.targets()
        pending = [record for record in targets if record.pending]
        if targets and not pending:
            self.tell("That request was handled already: nothing to do.")
        return pending
