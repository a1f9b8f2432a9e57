"""Sign in with an identity provider: the address to open in any browser, and the wait for the outcome."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.events import Resize
from textual.style import Style
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from qpi_tui.plots.qr_code import qr_lines, qr_size
from qpi_tui.session.connection import Connection, explain
from qpi_tui.terminal.clipboard import copy_text
from qpi_tui.widgets.modal import Modal

if TYPE_CHECKING:
    from qpi_client import MFARequired

    Result: TypeAlias = Connection | MFARequired | None

_log = logging.getLogger(__name__)

Begin = Callable[[Callable[[str], object]], Awaitable[Connection]]
"""Signs in; is given what shows an address, perhaps more than once."""

_HOW = "Open this address in any browser, on any machine, and sign in there. The console continues by itself."
_AGAIN = "The connection was interrupted. Open this new address. The previous one no longer works."
# A connection can die silently. The user sees the browser, and knows more than the console.
_NOTHING = "If you signed in and nothing happens here, the connection may be lost: r shows a new address."
# Seconds until the hint about it.
_LONG = 20.0
# Seconds to wait for a sign-in.
LASTS = 300.0
# Columns of the address beside a QR code; lines above and below a code under the address.
_BESIDE, _AROUND = 42, 6


class ProviderScreen(Modal["Result"]):
    """Returns a connection, a second-factor request, or None if cancelled."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("c", "copy", show=False),
        Binding("r", "retry", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    ProviderScreen { background: $background; }
    ProviderScreen Container { width: 100%; height: 1fr; layout: vertical; overflow-y: auto; scrollbar-size: 1 1; }
    ProviderScreen Container.beside { layout: horizontal; }
    ProviderScreen Container.beside Vertical { margin-right: 2; }
    ProviderScreen Vertical { width: 1fr; height: auto; }
    ProviderScreen #title { text-style: bold; color: $text-primary; }
    ProviderScreen #url { margin: 1 0; }
    ProviderScreen .tight #url { margin: 0; }
    ProviderScreen #said { color: $text-muted; height: auto; }
    ProviderScreen #said.error { color: $text-error; }
    ProviderScreen #keys { color: $text-muted; dock: bottom; height: auto; }
    ProviderScreen #qr { width: auto; height: auto; display: none; }
    """

    def __init__(self, title: str, begin: Begin) -> None:
        super().__init__()
        self._title, self._begin = title, begin
        self._url = ""
        self._worker: Worker[None] | None = None
        self._failed = False
        # Whether an address has been shown for long; the size that a QR code needs, if there is no room.
        self._late, self._needed = False, ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Compose the instructions, the address and its QR code."""
        with Container():
            with Vertical():
                yield Static(Content(f"Sign in with {self._title}"), id="title")
                yield Static("", id="how")
                yield Static("", id="url")
                yield Static("", id="said")
            yield Static("", id="qr")
        yield Static("", id="keys")

    def on_mount(self) -> None:
        """Start."""
        self.action_retry()

    def on_resize(self, event: Resize) -> None:
        """Adapt to the room for the QR code."""
        self._paint_code()

    def action_retry(self) -> None:
        """Start, or start again with a new address after a failure or a silent connection."""
        if self._worker is None or self._url:
            if self._worker is not None:
                self._worker.cancel()
            self._url, self._failed = "", False
            self.query_one("#url", Static).update("")
            self.query_one("#how", Static).update("")
            self._say("Contacting the server…")
            self._paint_code()
            self._worker = self.run_worker(self._run(), exit_on_error=False)

    async def _run(self) -> None:
        from qpi_client import MFARequired

        try:
            connection = await self._begin(self._show)
        except MFARequired as wanted:
            self.dismiss(wanted)
        except Exception as error:
            _log.debug("the sign-in by a provider failed", exc_info=True)
            self._failed = True
            self._worker = None
            self._say(explain(error), error=True)
        else:
            self.dismiss(connection)

    def _show(self, url: str) -> None:
        """Show an address; the client guarantees that it is a printable ASCII address."""
        again, self._url = bool(self._url), url
        self.query_one("#how", Static).update(Content(_AGAIN if again else _HOW))
        self.query_one("#url", Static).update(Content.styled(url, Style(link=url, underline=True)))
        self._late = False
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_LONG, self._waited)
        self._say_waiting()
        self._paint_code()

    def _waited(self) -> None:
        """Nothing arrived for long: hint that the connection may be dead."""
        if self._url and not self._failed:
            self._late = True
            self._say_waiting()

    def _say_waiting(self) -> None:
        waiting = f"Waiting for the sign-in for up to {LASTS / 60:g} minutes.{self._needed}"
        self._say(_NOTHING if self._late else waiting)

    def _say(self, sentence: str, *, error: bool = False) -> None:
        line = self.query_one("#said", Static)
        line.set_class(error, "error")
        line.update(Content(sentence))
        waiting = "c copy the address   r new address   esc cancel" if self._url else "esc cancel"
        keys = "r try again   esc back" if error else waiting
        self.query_one("#keys", Static).update(Content(keys))

    def _paint_code(self) -> None:
        """Show the QR code if it fits, below or beside the address; otherwise the size that it needs."""
        code, box = self.query_one("#qr", Static), self.query_one(Container)
        app = self.app
        drawn = self._url and not self._failed and not getattr(app, "plain", False) and not getattr(app, "slow", False)
        lines: list[str] = []
        beside = tight = False
        if drawn:
            width, height = app.size
            below = height - _AROUND - (len(self._url) + width - 1) // max(width, 1)
            lines = qr_lines(self._url, width, below)
            if not lines and (lines := qr_lines(self._url, width - _BESIDE, height - 1)):
                beside = True
            tight = bool(lines) and not beside
            width, height = qr_size(self._url)
            self._needed = "" if lines else f" A QR code needs a terminal of {width + _BESIDE} × {height + 1}."
            self._say_waiting()
        box.set_class(beside, "beside")
        box.set_class(tight, "tight")
        code.display = bool(lines)
        # Light on dark in every theme, as scanners expect.
        code.update(Content.styled("\n".join(lines), "rgb(255,255,255) on rgb(0,0,0)"))

    def action_scroll(self, lines: int) -> None:
        """Scroll if the address has more lines than the terminal."""
        self.query_one(Container).scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Copy the address to the terminal's clipboard."""
        if self._url and not self._failed:
            copy_text(self.app, self._url)
            self._say("The address was sent to the terminal's clipboard. Waiting for the sign-in.")

    def action_cancel(self) -> None:
        """Cancel and go back."""
        if self._worker is not None:
            self._worker.cancel()
        self.dismiss(None)
