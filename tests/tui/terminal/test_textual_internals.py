"""The private parts of Textual used by the frame writer and the line widgets exist and behave as before."""

from __future__ import annotations

import inspect
import subprocess
import sys

from rich.console import Console
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._context import active_message_pump
from textual.app import App
from textual.dom import DOMNode
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip


def parameters(thing: object) -> list[str]:
    return list(inspect.signature(thing).parameters)  # type: ignore[arg-type]


def test_frames_pass_through_display() -> None:
    assert parameters(App._display) == ["self", "screen", "renderable"]
    assert "app._display(self, update)" in inspect.getsource(Screen._compositor_refresh)
    for name in ("_batch_count", "_running", "_closed", "_sync_available", "_previous_cursor_position"):
        assert name in inspect.getsource(App), name
    assert parameters(App._handle_exception) == ["self", "error"]
    assert parameters(App._build_driver) == ["self", "headless", "inline", "mouse", "size"]
    assert inspect.iscoroutinefunction(App._on_resize)


def test_a_removed_widget_is_not_displayed_and_running_state_is_known() -> None:
    assert "_closing or self._closed or self._pruning" in " ".join(inspect.getsource(DOMNode.display.fget).split())
    assert active_message_pump.get(None) is None
    assert "self.app._handle_exception(error)" in inspect.getsource(MessagePump)


def test_the_first_screen_is_that_of_the_default_mode() -> None:
    assert "{self.DEFAULT_MODE: []}" in inspect.getsource(App.__init__)
    assert "await self._init_mode(self._current_mode)" in inspect.getsource(App.on_event)


def test_frames_are_made_as_before() -> None:
    assert parameters(LayoutUpdate.__init__) == ["self", "strips", "region"]
    assert parameters(ChopsUpdate.__init__) == ["self", "chops", "spans", "chop_ends"]
    assert parameters(Strip.render_ansi) == ["style", "color_system"]
    assert hasattr(Console(), "_color_system")
    source = inspect.getsource(ChopsUpdate.render_segments)
    assert "for y, x1, x2 in self.spans" in source
    assert "strip.crop(0, min(end, x2) - x)" in source


def test_an_opened_screen_reapplies_its_style_rules() -> None:
    assert parameters(App._load_screen_css) == ["self", "screen"]
    assert "screen._css_update_count != self._css_update_count" in inspect.getsource(App._init_mode)
    assert "self._css_update_count += 1" in inspect.getsource(App._invalidate_css)
    assert "self._invalidate_css()" in inspect.getsource(App._watch_theme)
    assert App()._css_update_count == 0


def test_textual_uses_only_the_known_parts_of_its_palette() -> None:
    """Run in a separate process, because all of Textual is loaded in this one."""
    program = """
import sys
from qpi_tui.terminal import textual_loading
taken = set()
class StandIn(textual_loading._StandIn):
    def __getattr__(self, name):
        taken.add(name)
        return super().__getattr__(name)
textual_loading._StandIn = StandIn
textual_loading.load_textual()
assert {name for name in taken if not name.startswith("__")} == textual_loading.NAMES, taken
assert "textual.command" not in sys.modules and "textual.widgets._input" not in sys.modules
from textual.command import CommandPalette
from textual.screen import ModalScreen
assert issubclass(CommandPalette, ModalScreen)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_writer_has_its_queue_and_file() -> None:
    source = inspect.getsource(WriterThread)
    assert "self._queue: Queue[str | None] = Queue(MAX_QUEUED_WRITES)" in source
    assert "write = self._file.write" in source
    assert "flush = self._file.flush" in source
    driver = inspect.getsource(LinuxDriver)
    assert parameters(LinuxDriver._disable_mouse_support) == ["self"]
    assert "self._file = sys.__stderr__" in driver
    assert "self._writer_thread = WriterThread(self._file)" in driver
