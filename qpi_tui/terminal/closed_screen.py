"""Keys typed ahead can reach a screen that is closing, or open one while the program ends.

Errors there are ignored.
"""

from __future__ import annotations

from textual.app import ScreenError
from textual.dom import NoScreen

from qpi_tui.terminal.textual_internals import widget_at_work


def is_closed_screen_error() -> bool:
    """Whether the running handler belongs to a screen that is closing, or was closed before it was composed."""
    widget = widget_at_work()
    if widget is None:
        return False
    if widget.app.return_code is not None:
        # While the program ends, Textual still mounts a screen that was just opened, but not its content.
        return True
    try:
        # Textual reports removed widgets as not displayed.
        return not widget.screen.display
    except (NoScreen, ScreenError):
        return True
