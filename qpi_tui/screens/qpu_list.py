"""What changes of QPUs need from the QPUs screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.screens.list_screen import ListScreen

if TYPE_CHECKING:
    from qpi_tui.rows.qpu_service import QPUService
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.widgets.step import Step


class QPUList(ListScreen["QPURow"]):
    """A list of QPUs."""

    def services_of(self, targets: Sequence[QPURow]) -> list[QPUService]:
        """Return the conditions for the jobs of these QPUs. Overridden by the screen."""
        raise AssertionError("the screen of QPUs knows them")

    def changed_service(self, done: list[Step]) -> None:
        """A batch of changes ended. Overridden by the screen."""
