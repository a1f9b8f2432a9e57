"""The base of every dialog: a box above the screen that a stray Enter does not confirm; and a read-only dialog.

A dialog captures ids when it opens, so a refresh behind it cannot change its targets. Enter pushes the focused button,
once the dialog has been on the terminal for a moment (`guard`). No printable key confirms.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click, Key, Resize
from textual.style import Style
from textual.widgets import Static

from qpi_tui.actions import bindings
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.modal import Modal
from qpi_tui.widgets.push_button import PushButton

R = TypeVar("R")

_LONGEST_TITLE = 200
# Terminal lines below which a dialog has no margins, and columns below which its buttons are stacked.
TINY, THIN = 16, 52


def clickable(content: Content, id: str) -> Content:
    """Return text that reports this id to `clicked`."""
    return content.stylize(Style.from_meta({"id": id})) if id else content


def clicked(event: Click) -> str:
    """Return the id of the text under the mouse, or an empty text."""
    return str(event.style.meta.get("id", ""))


def _cut(title: str) -> str:
    """Return a title of at most a few lines: a name in it may be very long, and the question is below."""
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


class Dialog(Modal[R], Generic[R]):
    """The base of every dialog: a titled box in the middle that `esc` closes."""

    # Nothing has the focus unless a dialog sets it: a stray Enter must not find a button.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        ("j,down", "scroll_lines(1)"),
        ("k,up", "scroll_lines(-1)"),
        ("pagedown,ctrl+f", "scroll_part(1.0)"),
        ("pageup,ctrl+b", "scroll_part(-1.0)"),
        ("ctrl+d", "scroll_part(0.5)"),
        ("ctrl+u", "scroll_part(-0.5)"),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > Vertical { width: 76; max-width: 96%; height: auto; max-height: 94%; background: $surface;
        padding: 1 2; border-left: wide $primary; overflow-y: auto; scrollbar-size: 1 1; }
    Dialog .title { text-style: bold; margin-bottom: 1; height: auto; }
    Dialog .lines { height: auto; max-height: 54vh; }
    Dialog .lines > Static { height: auto; }
    Dialog .error { color: $text-error; height: auto; }
    Dialog .hint { color: $text-muted; height: auto; }
    Dialog Input { margin: 0; border: none; background: $boost; height: 1; padding: 0 1; }
    Dialog Input:focus { background: $primary 30%; }
    Dialog .label { color: $text-muted; margin-top: 1; height: 1; }
    Dialog.tight .label { margin-top: 0; }
    Dialog .buttons { height: auto; margin-top: 1; }
    Dialog.thin .buttons { layout: vertical; }
    Dialog.tiny > Vertical { padding: 0 1; max-height: 100%; }
    Dialog.tiny .title { margin-bottom: 0; max-height: 2; }
    Dialog.tiny .lines { max-height: 3; }
    Dialog.tiny .buttons { margin-top: 0; }
    Dialog.tiny #detail-keys { display: none; }
    Dialog #detail-keys { width: 1fr; height: 1; padding-left: 1; color: $text-muted; text-overflow: ellipsis; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """Compose the title, the body and the buttons."""
        # Before there are widgets: each change of a class styles all of them again.
        self.fit()
        with Vertical():
            yield Static(Content(_cut(self._title)), classes="title", id="title")
            yield from self.body()
            with Horizontal(classes="buttons", id="buttons"):
                yield from self.buttons()

    def on_resize(self, event: Resize) -> None:
        """Adapt to the size of the terminal."""
        self.fit()

    def fit(self) -> None:
        """Put the buttons first if there is little room."""
        self.set_class(self.app.size.height < TINY, "tiny")
        self.set_class(self.app.size.width < THIN, "thin")

    def body(self) -> ComposeResult:
        """Yield the widgets between title and buttons."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """Yield the buttons, left to right."""
        yield PushButton("Close", "dialog.cancel", "esc")

    def action_do(self, id: str) -> None:
        """The key of an action was pressed."""
        self.run(id)

    def run(self, id: str) -> None:
        """Run the dialog's method for an action: `dialog.confirm` → `do_confirm`."""
        method = getattr(self, f"do_{id.partition('.')[2]}", None)
        # A key may arrive before the dialog is composed, or while it closes.
        if method is not None and self.is_mounted and self.is_active:
            method()

    def action_scroll_lines(self, by: int) -> None:
        """Scroll by this many lines."""
        for lines in self.query(".lines").results(VerticalScroll):
            lines.scroll_relative(y=by, animate=False)

    def action_scroll_part(self, part: float) -> None:
        """Scroll by a page or a part of one; one line of overlap remains."""
        for lines in self.query(".lines").results(VerticalScroll):
            page = max(lines.size.height - 1, 1)
            lines.scroll_relative(y=max(round(page * abs(part)), 1) * (1 if part > 0 else -1), animate=False)

    def do_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    @property
    def typed(self) -> bool:
        """Whether there is unsent text."""
        return False

    def keep_draft(self) -> bool:
        """Keep the typed text as a draft; return False if there is none."""
        return False

    def progress(self, sentence: str) -> None:
        """Show progress while the dialog works."""
        self.retitle(sentence)

    def settled(self, key: Hashable, outcome: Outcome) -> None:
        """An outcome that the dialog reported as unknown is now known."""

    def retitle(self, title: str) -> None:
        """Change the title for another phase of the dialog."""
        self._title = title
        self.query_one("#title", Static).update(Content(_cut(title)))


class Asking(Dialog[R], Generic[R]):
    """A confirmation: Enter confirms. With `careful`, Cancel has the focus, so it takes Tab and Enter."""

    guarded = True

    def __init__(self, title: str, *, confirm: str, careful: bool = False) -> None:
        super().__init__(title)
        self._confirm = confirm
        self._careful = careful

    def buttons(self) -> ComposeResult:
        """Compose the buttons."""
        yield PushButton(self._confirm, "dialog.confirm", "tab enter" if self._careful else "enter", id="confirm")
        # Two buttons labelled "cancel" would be ambiguous.
        yield PushButton("No" if self._confirm.startswith("Cancel") else "Cancel", "dialog.cancel", "esc", id="cancel")

    def on_mount(self) -> None:
        """Focus the button that Enter should push."""
        self.focus_button()

    def focus_button(self) -> None:
        """Focus the default button."""
        self.set_focus(self.query_one("#cancel" if self._careful else "#confirm"))

    def action_do(self, id: str) -> None:
        """Push the focused button on a confirming key; nothing else confirms."""
        if id != "dialog.confirm":
            super().action_do(id)
        elif isinstance(self.focused, PushButton):
            self.focused.action_push()
        else:
            self.focus_button()


class Question(Asking[bool]):
    """Asks for confirmation, with an explanation."""

    def __init__(self, title: str, lines: Sequence[Sequence[Part]], *, confirm: str, careful: bool = False) -> None:
        super().__init__(title, confirm=confirm, careful=careful)
        self._lines = lines

    def body(self) -> ComposeResult:
        """Compose the explanation."""
        with VerticalScroll(classes="lines", can_focus=False):
            for line in self._lines:
                yield Static(assemble(line))

    def do_confirm(self) -> None:
        """Confirm."""
        self.dismiss(True)


class Reader(Dialog[R], Generic[R]):
    """Shows lines to read; `esc`, `enter` and `q` close it."""

    DEFAULT_CSS = """
    Reader .lines { max-height: 66vh; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "do('dialog.cancel')"),
        ("question_mark", "do('dialog.cancel')"),
    ]

    def __init__(self, title: str, lines: Sequence[Sequence[Part]]) -> None:
        super().__init__(title)
        self._lines = lines

    def body(self) -> ComposeResult:
        """Compose the lines, scrollable."""
        with VerticalScroll(classes="lines", id="text"):
            yield Static(self._text(), id="read")

    def _text(self) -> Content:
        return Content("\n").join([assemble(line) for line in self._lines])

    def on_mount(self) -> None:
        """Scroll with the keys."""
        self.set_focus(self.query_one("#text"))

    def do_confirm(self) -> None:
        """Close."""
        self.dismiss(None)


class Picking(Reader[str]):
    """Shows lines to read, some of them clickable; returns the id of the clicked one."""

    def __init__(self, title: str, lines: Sequence[Sequence[Part]], ids: Sequence[str]) -> None:
        super().__init__(title, lines)
        self._ids = ids

    def _text(self) -> Content:
        lines = zip(self._lines, self._ids, strict=True)
        return Content("\n").join([clickable(assemble(line), id) for line, id in lines])

    def on_click(self, event: Click) -> None:
        """The line under the mouse was clicked."""
        if id := clicked(event):
            self.dismiss(id)


class Detail(Reader[str]):
    """One record to read and act on: a key of `keys` closes it and returns its action's id.

    `words` are keys, labels and ids of actions, shown beside the button and clickable.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[Sequence[Part]],
        keys: Mapping[str, str],
        words: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        super().__init__(title, lines)
        self._keys = keys
        self._words = words

    def buttons(self) -> ComposeResult:
        """Compose the close button and the other keys."""
        yield from super().buttons()
        words = [
            clickable(assemble([("  ", ""), (key, "bold $text-accent"), (f" {word}", "")]), id)
            for key, word, id in self._words
        ]
        yield Static(Content("").join(words), id="detail-keys")

    def on_click(self, event: Click) -> None:
        """A key was clicked: close, and run its action."""
        if id := clicked(event):
            self.dismiss(id)

    def show(self, lines: Sequence[Sequence[Part]]) -> None:
        """The record changed."""
        if list(lines) != list(self._lines) and self.is_mounted:
            self._lines = lines
            self.query_one("#read", Static).update(self._text())

    def on_key(self, event: Key) -> None:
        """Close, and run the action."""
        if event.key in self._keys:
            event.stop()
            event.prevent_default()
            self.dismiss(self._keys[event.key])
