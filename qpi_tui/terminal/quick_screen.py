"""A screen that is styled and laid out once when it opens; Textual does both two or three times."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.events import Resize

from qpi_tui.terminal.driver import TerminalInput
from qpi_tui.terminal.textual_internals import PacedFrames

R = TypeVar("R")


class QuickScreen(PacedFrames[R], Generic[R]):
    """Saves a tenth of the time to the first frame, and to each opened screen."""

    def __init__(self) -> None:
        super().__init__()
        self._entered = False

    def update_node_styles(self, animate: bool = True) -> None:
        """Apply the style sheet, except when the screen is entered: its widgets were styled when mounted."""
        if self._entered or animate:
            super().update_node_styles(animate)
        self._entered = True

    def on_resize(self, event: Resize) -> None:
        """Skip layout if the size is unchanged. Textual calls the base class's handler itself."""
        if event.size == self.outer_size:
            event.prevent_default()

    def frame_waits(self) -> bool:
        """A key is about to act: one frame shows the changes and what the key does."""
        return isinstance(self.app, TerminalInput) and self.app.key_waits
