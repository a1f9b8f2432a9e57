"""What every dialog is: a box over the screen that a stray Enter does not answer; and one that is only read.

A dialog captures ids when it opens, so a refresh behind it cannot change whom it speaks of. Enter pushes the button
that has the focus, once the dialog has been on the terminal for a moment (`guard`). No printable key confirms.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click, Key
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
# Lines of a terminal below which a dialog has no space around what it says, and columns below which its buttons stand
# one below the other.
TINY, THIN = 16, 52


def clickable(content: Content, id: str) -> Content:
    """The text, which tells `clicked` this id."""
    return content.stylize(Style.from_meta({"id": id})) if id else content


def clicked(event: Click) -> str:
    """The id of the text under the mouse; empty where it has none."""
    return str(event.style.meta.get("id", ""))


def _cut(title: str) -> str:
    """A title of a few lines at most: a name in it may be as long as a page, and the question is below."""
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


class Dialog(Modal[R], Generic[R]):
    """The base of every dialog: a titled box in the middle, `esc` closes it."""

    # Nothing has the focus unless a dialog gives it: a stray Enter must not find a button.
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
        """A box with a title, what `body` yields, and the buttons."""
        with Vertical():
            yield Static(Content(_cut(self._title)), classes="title", id="title")
            yield from self.body()
            with Horizontal(classes="buttons", id="buttons"):
                yield from self.buttons()

    def on_mount(self) -> None:
        """Where there is little room the buttons come first."""
        self._fit()

    def on_resize(self) -> None:
        """More or less room."""
        self._fit()

    def _fit(self) -> None:
        self.set_class(self.app.size.height < TINY, "tiny")
        self.set_class(self.app.size.width < THIN, "thin")

    def body(self) -> ComposeResult:
        """The widgets between the title and the buttons."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """The buttons, left to right."""
        yield PushButton("Close", "dialog.cancel", "esc")

    def action_do(self, id: str) -> None:
        """A key of an action was pressed."""
        self.run(id)

    def run(self, id: str) -> None:
        """Run the dialog's method for an action: `dialog.confirm` → `do_confirm`."""
        method = getattr(self, f"do_{id.partition('.')[2]}", None)
        # A key may come before the dialog is built, or when it goes.
        if method is not None and self.is_mounted and self.is_current:
            method()

    def action_scroll_lines(self, by: int) -> None:
        """So many lines down, where there are more than fit."""
        for lines in self.query(".lines").results(VerticalScroll):
            lines.scroll_relative(y=by, animate=False)

    def action_scroll_part(self, part: float) -> None:
        """A page down, or a part of one; of each page one line stays."""
        for lines in self.query(".lines").results(VerticalScroll):
            page = max(lines.size.height - 1, 1)
            lines.scroll_relative(y=max(round(page * abs(part)), 1) * (1 if part > 0 else -1), animate=False)

    def do_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    @property
    def typed(self) -> bool:
        """Whether something was typed here that is not sent."""
        return False

    def keep_draft(self) -> bool:
        """Keep what was typed for the next time; False where there is nothing to keep."""
        return False

    def progress(self, sentence: str) -> None:
        """Say how far it is, while the dialog works."""
        self.retitle(sentence)

    def settled(self, key: Hashable, outcome: Outcome) -> None:
        """What was not known when this dialog said so is known now."""

    def retitle(self, title: str) -> None:
        """Another title, for another phase of the same dialog."""
        self._title = title
        self.query_one("#title", Static).update(Content(_cut(title)))


class Asking(Dialog[R], Generic[R]):
    """A dialog that asks: Enter goes on; with `careful`, Tab and Enter, for the focus is on Cancel."""

    guarded = True

    def __init__(self, title: str, *, confirm: str, careful: bool = False) -> None:
        super().__init__(title)
        self._confirm = confirm
        self._careful = careful

    def buttons(self) -> ComposeResult:
        """Yes and no."""
        yield PushButton(self._confirm, "dialog.confirm", "tab enter" if self._careful else "enter", id="confirm")
        # Two buttons that say "cancel" would be a riddle.
        yield PushButton("No" if self._confirm.startswith("Cancel") else "Cancel", "dialog.cancel", "esc", id="cancel")

    def on_mount(self) -> None:
        """Enter finds the button that it is meant for."""
        self.focus_button()

    def focus_button(self) -> None:
        """Give the focus to the button that Enter pushes at first."""
        self.set_focus(self.query_one("#cancel" if self._careful else "#confirm"))

    def action_do(self, id: str) -> None:
        """A key that confirms pushes the button that has the focus; nothing else confirms."""
        if id != "dialog.confirm":
            super().action_do(id)
        elif isinstance(self.focused, PushButton):
            self.focused.action_push()
        else:
            self.focus_button()


class Question(Asking[bool]):
    """Asks whether to go on, and says what that means."""

    def __init__(self, title: str, lines: Sequence[Sequence[Part]], *, confirm: str, careful: bool = False) -> None:
        super().__init__(title, confirm=confirm, careful=careful)
        self._lines = lines

    def body(self) -> ComposeResult:
        """What it means."""
        with VerticalScroll(classes="lines", can_focus=False):
            for line in self._lines:
                yield Static(assemble(line))

    def do_confirm(self) -> None:
        """Go on."""
        self.dismiss(True)


class Reader(Dialog[R], Generic[R]):
    """Shows some lines to read; `esc`, `enter` and `q` close it."""

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
        """The lines, scrolled when there are many."""
        with VerticalScroll(classes="lines", id="text"):
            yield Static(self._text(), id="read")

    def _text(self) -> Content:
        return Content("\n").join([assemble(line) for line in self._lines])

    def on_mount(self) -> None:
        """The keys scroll."""
        self.set_focus(self.query_one("#text"))

    def do_confirm(self) -> None:
        """Close."""
        self.dismiss(None)


class Picking(Reader[str]):
    """Shows lines to read of which some can be clicked: gives back the id of one of those."""

    def __init__(self, title: str, lines: Sequence[Sequence[Part]], ids: Sequence[str]) -> None:
        super().__init__(title, lines)
        self._ids = ids

    def _text(self) -> Content:
        lines = zip(self._lines, self._ids, strict=True)
        return Content("\n").join([clickable(assemble(line), id) for line, id in lines])

    def on_click(self, event: Click) -> None:
        """The line under the mouse."""
        if id := clicked(event):
            self.dismiss(id)


class Detail(Reader[str]):
    """One record to read, from where it can be acted on: a key of `keys` closes it and gives back its action's id.

    `words` are keys, their words and the ids of their actions, which are shown beside the button and can be clicked.
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
        """Close, and what else can be done from here."""
        yield from super().buttons()
        words = [
            clickable(assemble([("  ", ""), (key, "bold $text-accent"), (f" {word}", "")]), id)
            for key, word, id in self._words
        ]
        yield Static(Content("").join(words), id="detail-keys")

    def on_click(self, event: Click) -> None:
        """A key was clicked: close, and do it."""
        if id := clicked(event):
            self.dismiss(id)

    def show(self, lines: Sequence[Sequence[Part]]) -> None:
        """The record says something else by now."""
        if list(lines) != list(self._lines) and self.is_mounted:
            self._lines = lines
            self.query_one("#read", Static).update(self._text())

    def on_key(self, event: Key) -> None:
        """Close, and do it."""
        if event.key in self._keys:
            event.stop()
            event.prevent_default()
            self.dismiss(self._keys[event.key])
