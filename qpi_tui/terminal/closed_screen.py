"""Keys that were typed ahead: they reach a screen that is being closed, or open one while the program ends.

An error there ends nothing.
"""

from __future__ import annotations

from textual.app import ScreenError
from textual.dom import NoScreen

from qpi_tui.terminal.textual_internals import widget_at_work


def is_closed_screen_error() -> bool:
    """Whether what runs now belongs to a screen that is being closed, or was closed before it was built."""
    widget = widget_at_work()
    if widget is None:
        return False
    if widget.app.return_code is not None:
        # The program ends: Textual still mounts a screen that was opened just before, but without what is in it.
        return True
    try:
        # Textual calls what is being taken out not displayed.
        return not widget.screen.display
    except (NoScreen, ScreenError):
        return True
