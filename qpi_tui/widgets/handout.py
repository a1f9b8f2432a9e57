"""A secret that the server shows once, to be copied or saved before the dialog closes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qpi_tui.actions import bindings
from qpi_tui.domain.sanitize import clean, clean_lines, safe_filename
from qpi_tui.domain.styled_text import Part
from qpi_tui.files.complete_path import complete_path
from qpi_tui.files.private_file import create_private, typed_path
from qpi_tui.terminal.clipboard import copy_text
from qpi_tui.terminal.textual_internals import get_time
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton

_LONGEST = 100_000


class Handout(Dialog[None]):
    """Shows a token and commands. The console does not keep them: closing asks until they are saved.

    `commands` are pairs of a label and a text. `secret` and `commands` may contain any text of the server.
    """

    guarded = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("handout")]
    DEFAULT_CSS = """
    Handout .lines { max-height: 46vh; }
    Handout .lines:focus { background: $boost; }
    Handout #state { height: auto; margin-top: 1; }
    """

    def __init__(
        self, title: str, secret: str, *, commands: Sequence[tuple[str, str]] = (), note: str = "", name: str = "token"
    ) -> None:
        super().__init__(title)
        self._secret = secret
        self._commands = [(clean(label, 60), text) for label, text in commands]
        self._note = note
        self._file = f"~/{safe_filename(name, 'token')}.txt"
        self._saved = self._copied = self._asking = False

    def body(self) -> ComposeResult:
        """Compose the token, the commands, and the state."""
        with VerticalScroll(classes="lines", can_focus=True):
            yield Static(assemble([("token", "$text-muted")]))
            yield Static(Content(clean(self._secret, 4000)), id="secret")
            for label, text in self._commands:
                yield Static(assemble([(f"\n{label}", "$text-muted")]))
                yield Static(Content(clean_lines(text, 8000)))
        if self._note:
            yield Static(Content(self._note), classes="hint")
        yield Static("", id="state")

    def buttons(self) -> ComposeResult:
        """Copy, save, close."""
        yield PushButton("Copy token", "handout.copy", "c")
        if self._commands:
            yield PushButton("Commands", "handout.commands", "C")
        yield PushButton("Save", "handout.save", "w")
        yield PushButton("Close", "dialog.cancel", "esc")

    def on_mount(self) -> None:
        """Scroll with the keys."""
        self.set_focus(self.query_one(VerticalScroll))
        self._say([("▲ ", "$text-warning"), ("Shown only once. The server keeps no copy.", "")])

    def _say(self, parts: Sequence[Part]) -> None:
        self._asking = False
        self.query_one("#state", Static).update(assemble(parts))

    def do_copy(self) -> None:
        """Copy the token to the terminal's clipboard."""
        self._copied = True
        self._say([(copy_text(self.app, clean(self._secret, _LONGEST)), "")])

    def do_commands(self) -> None:
        """Copy all commands to the terminal's clipboard."""
        if self._commands:
            self._copied = True
            copy_text(self.app, "\n".join(text for _, text in self._commands))
            self._say([("the commands were sent to the terminal's clipboard", "")])

    def do_save(self) -> None:
        """Save everything to a private file."""

        def check(values: dict[str, str]) -> Sequence[Part]:
            path = typed_path(values["path"])
            if path.exists():
                raise ValueError(f"{path} exists already. Choose another name.")
            return [("A new file that only you can read (mode 0600).", "")]

        def typed(values: dict[str, str] | None) -> None:
            if values is not None:
                self._write(typed_path(values["path"]))

        form = Form(
            "Save to", [Entry("path", "file", value=self._file, complete=complete_path)], confirm="Save", check=check
        )
        self.app.push_screen(form, typed)

    def _write(self, path: Path) -> None:
        commands = [f"\n# {label}\n{clean_lines(text, _LONGEST)}" for label, text in self._commands]
        lines = [clean(self._secret, _LONGEST), *commands]
        if self._note:
            lines.append(f"\n# {clean(self._note)}")
        try:
            create_private(path, "\n".join(lines) + "\n")
        except ValueError as error:
            self._say([("✗ ", "$text-error"), (str(error), "")])
        else:
            self._saved = True
            self._say([("✓ ", "$text-success"), (f"saved to {clean(path, 200)}, which only you can read", "")])

    def do_cancel(self) -> None:
        """Close; ask first if nothing is saved."""
        if self._saved:
            self._leave()
        elif self._asking:
            self._say([("Still open: c copies, w saves.", "")])
        else:
            said = "Sent to the clipboard. Check that it arrived." if self._copied else "Not copied or saved."
            words = [
                ("▲ ", "$text-warning"),
                (f"{said} ", "bold"),
                ("Close anyway? enter yes, esc no", ""),
            ]
            self._say(words)
            self._asking = True
            # Enter answers now, whichever button has the focus.
            self.set_focus(self.query_one(VerticalScroll))
            self.guard.rearm(get_time())

    def do_confirm(self) -> None:
        """Confirm closing."""
        if self._asking:
            self._leave()

    def _leave(self) -> None:
        """Close, and clear the secret here and in the widgets that showed it."""
        self._secret, self._commands = "", []
        for line in self.query(Static):
            line.update("")
        self.dismiss(None)
