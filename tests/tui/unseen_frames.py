"""Frames that nobody looks at are not painted: a quarter of the processor time of a console under test.

Textual paints every frame of an app without a terminal, and drops it. `Person` paints what it reads.
"""

from __future__ import annotations

from typing import Any

from textual._compositor import Compositor
from textual._context import active_app, visible_screen_stack

from qpi_tui.app import Console

_paint = Compositor.render_update


def leave_out(app: Console) -> None:
    """Paint a frame of this app only when its screen is read."""
    app.frames_unseen = True  # type: ignore[attr-defined]  # the console knows nothing of it


def paint(app: Console) -> Any:
    """Return what is on the screen, in lines of segments, with the screens behind a dialog."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def _paint_if_seen(compositor: Compositor, full: bool = False, *args: Any, **options: Any) -> Any:
    if full or not getattr(active_app.get(None), "frames_unseen", False):
        return _paint(compositor, full, *args, **options)
    compositor._dirty_regions.clear()
    return None


def install() -> None:
    """Let every compositor ask for this."""
    Compositor.render_update = _paint_if_seen  # type: ignore[method-assign]  # what this module is for
