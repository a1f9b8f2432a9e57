"""Dialogs: a question with what will happen to whom, what is typed, and the outcome of each.

A dialog captures ids when it opens, so a refresh behind it cannot change whom it speaks of. Enter confirms only
where something was typed; what cannot be undone takes `y`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qpi_tui.actions import bindings
from qpi_tui.undo import Back
from qpi_tui.widgets.choice import Choice, Several
from qpi_tui.widgets.lines import Part, assemble
from qpi_tui.widgets.push_button import PushButton

R = TypeVar("R")


class Dialog(ModalScreen[R], Generic[R]):
    """The base of every dialog: a titled box in the middle, `esc` closes it."""

    # Nothing has the focus unless a dialog gives it: a stray Enter must not find a button.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog")]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > Vertical { width: 76; max-width: 96%; height: auto; max-height: 94%; background: $surface;
        padding: 1 2; border-left: wide $primary; }
    Dialog .title { text-style: bold; margin-bottom: 1; height: auto; }
    Dialog .lines { height: auto; max-height: 16; }
    Dialog .lines > Static { height: auto; }
    Dialog .error { color: $text-error; height: auto; }
    Dialog .hint { color: $text-muted; height: auto; }
    Dialog Input { margin: 0; border: none; background: $boost; height: 1; padding: 0 1; }
    Dialog Input:focus { background: $primary 30%; }
    Dialog .label { color: $text-muted; margin-top: 1; height: 1; }
    Dialog.tight .label { margin-top: 0; }
    Dialog #preview { max-height: 8; }
    Dialog .buttons { height: 1; margin-top: 1; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """A box with a title, what `body` yields, and the buttons."""
        with Vertical():
            yield Static(Content(self._title), classes="title", id="title")
            yield from self.body()
            with Horizontal(classes="buttons", id="buttons"):
                yield from self.buttons()

    def body(self) -> ComposeResult:
        """What stands between the title and the buttons."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """The buttons, left to right."""
        yield PushButton("Close", "dialog.cancel", "esc")

    def action_do(self, id: str) -> None:
        """Run the dialog's method for an action: `dialog.confirm` → `do_confirm`."""
        method = getattr(self, f"do_{id.partition('.')[2]}", None)
        if method is not None:
            method()

    def do_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def progress(self, sentence: str) -> None:
        """Say how far it is, while the dialog works."""
        self.retitle(sentence)

    def retitle(self, title: str) -> None:
        """Another title, for another phase of the same dialog."""
        self._title = title
        self.query_one("#title", Static).update(Content(title))


@dataclass(frozen=True)
class Outcome:
    """What came of one step: whether it was done, the sentence that says it, and the way back where there is one."""

    ok: bool
    said: str
    back: Back | None = None


@dataclass
class Step:
    """One change to one thing: who it concerns, what will be shown, and the call that makes it."""

    id: str
    who: str
    line: Sequence[Part]
    act: Callable[[], Awaitable[Outcome]]
    outcome: Outcome | None = field(default=None)


class Batch(Dialog[list[Step]]):
    """Asks once, does each step in turn, says each outcome in place; what failed can be tried again.

    Returns the steps with their outcomes, or None when nothing was done. With `confirm=""` there is no question.
    """

    def __init__(
        self, title: str, steps: Sequence[Step], *, confirm: str, doing: str, note: Sequence[Part] = ()
    ) -> None:
        super().__init__(title)
        self._steps = list(steps)
        self._confirm = confirm
        self._doing = doing
        self._note = note
        self._working = False
        self._asked = False

    def body(self) -> ComposeResult:
        """A line a step, and a note below."""
        with VerticalScroll(classes="lines", can_focus=len(self._steps) > 12):
            for index, step in enumerate(self._steps):
                yield Static(assemble([("  ", ""), *step.line]), id=f"step-{index}")
        if self._note:
            yield Static(assemble(self._note), classes="hint", id="note")

    def buttons(self) -> ComposeResult:
        """Yes and no."""
        yield PushButton(self._confirm or "OK", "dialog.confirm", "y")
        yield PushButton("Cancel", "dialog.cancel", "esc")

    def on_mount(self) -> None:
        """Without a question it begins at once."""
        if not self._confirm:
            self.do_confirm()

    def do_confirm(self) -> None:
        """Do the steps; once they are done, close."""
        if self._working:
            return
        if self._asked:
            self.do_cancel()
            return
        self._asked = True
        self._start([step for step in self._steps if step.outcome is None])

    def do_submit(self) -> None:
        """Enter: no answer to a question, but closes what is over."""
        if self._asked and not self._working:
            self.do_cancel()

    def do_retry(self) -> None:
        """Try the failed ones again."""
        if self._asked and not self._working:
            failed = [step for step in self._steps if step.outcome is not None and not step.outcome.ok]
            if failed:
                self._start(failed)

    def do_cancel(self) -> None:
        """Close; while steps run they are left to finish."""
        if not self._working:
            self.dismiss(self._steps if self._asked else None)

    def _start(self, steps: list[Step]) -> None:
        self._working = True
        self.query_one("#buttons").display = False
        self.run_worker(self._run(steps), exit_on_error=False)

    async def _run(self, steps: list[Step]) -> None:
        try:
            for number, step in enumerate(steps, 1):
                self.retitle(f"{self._doing} {number} of {len(steps)}…" if len(steps) > 1 else f"{self._doing}…")
                step.outcome = await step.act()
                self._paint(step, step.outcome)
        finally:
            self._working = False
        self._finish()

    def _paint(self, step: Step, outcome: Outcome) -> None:
        mark = ("✓ ", "$text-success") if outcome.ok else ("✗ ", "$text-error")
        line = self.query_one(f"#step-{self._steps.index(step)}", Static)
        line.update(assemble([mark, (f"{step.who}: ", "bold"), (outcome.said, "")]))

    def _finish(self) -> None:
        failed = sum(1 for step in self._steps if step.outcome is not None and not step.outcome.ok)
        if not failed and len(self._steps) == 1:
            self.dismiss(self._steps)
            return
        done = len(self._steps) - failed
        self.retitle(f"{done} done" + (f", {failed} failed" if failed else ""))
        buttons = self.query_one("#buttons")
        buttons.remove_children()
        buttons.mount(*([PushButton("Try the failed again", "dialog.retry", "r")] if failed else []))
        buttons.mount(PushButton("Close", "dialog.cancel", "esc"))
        buttons.display = True


@dataclass(frozen=True)
class Entry:
    """A line to fill in: its name, what it begins with, and what is suggested when it is empty.

    With `choices` it is chosen, not typed: one of them, or with `several` any (the value joins them by commas). It is
    there only while `shown` says so of the other values.
    """

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    secret: bool = False
    choices: Sequence[str] = ()
    several: bool = False
    shown: Callable[[dict[str, str]], bool] | None = None

    def box(self) -> Input | Choice | Several:
        """The widget that takes it."""
        id = f"entry-{self.id}"
        if self.choices:
            return (Several if self.several else Choice)(self.choices, self.value, id=id)
        box = Input(self.value, self.placeholder, password=self.secret, id=id, select_on_focus=False, compact=True)
        box.cursor_blink = False
        return box


class Form(Dialog[dict[str, str]]):
    """Asks for some lines of text; `check` answers with the preview to show, or raises `ValueError` with a sentence.

    `act`, where there is one, does it while the form is still open. Returns what was typed, or None. Nothing typed is
    lost by a mistake or a refusal: the sentence appears and the form stays.
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[Entry],
        *,
        confirm: str,
        check: Callable[[dict[str, str]], Sequence[Part]],
        act: Callable[[dict[str, str]], Awaitable[Outcome]] | None = None,
        note: Sequence[Part] = (),
        suggestions: Sequence[str] = (),
    ) -> None:
        super().__init__(title)
        self._entries = list(entries)
        self._confirm = confirm
        self._check = check
        self._act = act
        self._busy = False
        self._note = note
        self._suggestions = list(suggestions)

    def body(self) -> ComposeResult:
        """The note, the lines to fill in, the preview."""
        if self._note:
            yield Static(assemble(self._note), id="note")
        for entry in self._entries:
            yield Static(Content(entry.label), classes="label", id=f"label-{entry.id}")
            yield entry.box()
        if self._suggestions:
            words = "   ".join(f"F{n + 2} {text}" for n, text in enumerate(self._suggestions))
            yield Static(Content(words), classes="hint", id="suggestions")
        yield Static("", classes="hint", id="preview")

    def buttons(self) -> ComposeResult:
        """Send and close."""
        yield PushButton(self._confirm, "dialog.submit", "enter")
        yield PushButton("Cancel", "dialog.cancel", "esc")

    def on_mount(self) -> None:
        """Begin to type at once."""
        # Five lines with room between them would push the buttons off a small terminal.
        self.set_class(len(self._entries) > 3 and self.app.size.height < 30, "tight")
        self._boxes()[0].focus()
        self._preview(final=False)

    def _boxes(self) -> list[Input | Choice | Several]:
        """What takes the values, in order, without those that are not there now."""
        boxes = [self.query_one(f"#entry-{entry.id}") for entry in self._entries]
        return [box for box in boxes if isinstance(box, (Input, Choice, Several)) and box.display]

    def values(self) -> dict[str, str]:
        """What stands in the lines now."""
        found: dict[str, str] = {}
        for entry in self._entries:
            box = self.query_one(f"#entry-{entry.id}")
            found[entry.id] = box.value if isinstance(box, (Input, Choice, Several)) else ""
        return found

    def on_input_changed(self) -> None:
        """Show what would come of it."""
        self._preview(final=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next line that is empty or to be chosen; on the last one it sends."""
        event.stop()
        self._after(event.input)

    def on_choice_submitted(self, event: Choice.Submitted) -> None:
        """Enter on a choice does the same."""
        event.stop()
        if isinstance(event.choice, (Choice, Several)):
            self._after(event.choice)

    def _after(self, box: Input | Choice | Several) -> None:
        boxes = self._boxes()
        following = boxes[boxes.index(box) + 1 :]
        if following and not (isinstance(following[0], Input) and following[0].value):
            following[0].focus()
        else:
            self.do_submit()

    def on_choice_changed(self) -> None:
        """Show what would come of it."""
        self._preview(final=False)

    def on_several_changed(self) -> None:
        """Show what would come of it."""
        self._preview(final=False)

    def on_key(self, event: object) -> None:
        """F2, F3 … put a suggestion into the first line."""
        key = getattr(event, "key", "")
        if key[:1] == "f" and key[1:].isdigit() and 0 <= int(key[1:]) - 2 < len(self._suggestions):
            box = self.query(Input).first()
            box.value = self._suggestions[int(key[1:]) - 2]
            box.cursor_position = len(box.value)

    def do_submit(self) -> None:
        """Check, do it, and close with what was typed."""
        if self._busy or not self._preview(final=True):
            return
        if self._act is None:
            self.dismiss(self.values())
        else:
            self._busy = True
            self.run_worker(self._do(self._act, self.values()), exit_on_error=False)

    def do_cancel(self) -> None:
        """Close, unless an answer is under way."""
        if not self._busy:
            self.dismiss(None)

    async def _do(self, act: Callable[[dict[str, str]], Awaitable[Outcome]], values: dict[str, str]) -> None:
        self._say("Sending…", error=False)
        try:
            outcome = await act(values)
        finally:
            self._busy = False
        if outcome.ok:
            self.dismiss(values)
        else:
            self._say(outcome.said, error=True)

    def progress(self, sentence: str) -> None:
        """In the place of the preview: the title and what was typed stay."""
        self._say(sentence, error=False)

    def _say(self, sentence: str, *, error: bool) -> None:
        line = self.query_one("#preview", Static)
        line.set_class(error, "error")
        line.update(Content(sentence))

    def do_confirm(self) -> None:
        """The same, for when no line has the focus."""
        self.do_submit()

    @staticmethod
    def _typed(entry: Entry, values: dict[str, str]) -> bool:
        return not entry.choices and bool(values[entry.id])

    def _preview(self, *, final: bool) -> bool:
        line = self.query_one("#preview", Static)
        values = self.values()
        for entry in self._entries:
            if entry.shown is not None:
                there = entry.shown(values)
                self.query_one(f"#entry-{entry.id}").display = there
                self.query_one(f"#label-{entry.id}").display = there
        try:
            parts = self._check(values)
        except ValueError as error:
            untouched = not final and all(not self._typed(entry, values) for entry in self._entries)
            self._say("" if untouched else str(error), error=True)
            return False
        line.set_class(False, "error")
        line.update(assemble(parts))
        return True


class Reader(Dialog[None]):
    """Shows some lines to read; `esc`, `enter` and `q` close it."""

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
            yield Static(Content("\n").join([assemble(line) for line in self._lines]))

    def on_mount(self) -> None:
        """The keys scroll."""
        self.query_one("#text").focus()

    def do_submit(self) -> None:
        """Close."""
        self.dismiss(None)
