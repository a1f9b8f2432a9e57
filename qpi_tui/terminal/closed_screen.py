"""Keys that were typed ahead: they reach a screen that is being closed, or open one while the program ends.

An error there ends nothing.
"""

from __future__ import annotations

from textual._context import active_message_pump
from textual.app import ScreenError
from textual.dom import NoScreen
from textual.widget import Widget


def is_closed_screen_error() -> bool:
    """Whether what runs now belongs to a screen that is being closed, or was closed before it was built."""
    pump = active_message_pump.get(None)
    if not isinstance(pump, Widget):
        return False
    if pump.app.return_code is not None:
        # The program ends: Textual still mounts a screen that was opened just before, but without what is in it.
        return True
    try:
        # Textual calls what is being taken out not displayed.
        return not pump.screen.display
    except (NoScreen, ScreenError):
        return True
