"""Forms with a preview of the change while the user types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click, Key
from textual.widgets import Input, Static

from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.suggestion import Suggestion
from qpi_tui.edits.outcome import Outcome, Unknown
from qpi_tui.terminal.textual_internals import get_time
from qpi_tui.widgets.choice import ROOM, Choice, Several
from qpi_tui.widgets.completions import Completions
from qpi_tui.widgets.dialogs import Dialog, clickable, clicked
from qpi_tui.widgets.form_entry import FIELDS, Field
from qpi_tui.widgets.form_entry import Entry as Entry
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton
from qpi_tui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from qpi_tui.ports import Notices


Offered = tuple[str, str]
"""A suggestion: what a key puts into the first line, and how it is shown."""


class Form(Dialog[dict[str, str]]):
    """Asks for lines of text; `check` returns the preview, or raises `ValueError` with a message.

    `act`, if given, makes the change while the form is open. Returns the values, or None. No mistake or rejection loses
    typed text: the message appears and the form stays open. A form that is closed without sending keeps its text as a
    draft, except secrets; `kept` names the draft. Note and preview scroll if they are too long.
    """

    guarded = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False, priority=True)]

    DEFAULT_CSS = """
    Form #note-box { max-height: 5; }
    Form #preview-box { max-height: 8; }
    Form.tight #preview-box { max-height: 4; }
    Form.tiny .label { margin-top: 0; }
    Form.tiny #preview-box { max-height: 2; }
    Form #remark { display: none; }
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
        offers: Callable[[dict[str, str]], Sequence[Offered]] | None = None,
        kept: str = "",
    ) -> None:
        super().__init__(title)
        self._kept = kept
        self._entries = list(entries)
        self._confirm = confirm
        self._check = check
        self._act = act
        self._busy = False
        self._sought: tuple[Hashable, dict[str, str]] | None = None
        self._over: dict[str, str] | None = None
        self._opened: dict[str, str] | None = None
        self._note = note
        self._suggestions: list[Offered] = [(text, text) for text in suggestions]
        # The suggestions for the current values, if they depend on them.
        self._offers = offers
        # The correction that the last error suggests.
        self._correction: Suggestion | None = None
        self._completions = Completions()

    def body(self) -> ComposeResult:
        """Compose the note, the entries, the preview."""
        if self._note:
            with VerticalScroll(classes="lines", id="note-box", can_focus=False):
                yield Static(assemble(self._note), id="note")
        left = self._drafts.get(self._kept, {})
        for entry in self._entries:
            words = [clickable(Content(word), f"{entry.id} {key}" if key else "") for word, key in entry.hints]
            hint = Content("").join(words)
            yield Static(Content(entry.label) + hint, classes="label", id=f"label-{entry.id}")
            yield replace(entry, value=left.get(entry.id, entry.value)).box()
        if self._suggestions or self._offers is not None:
            yield Static(self._offered(), classes="hint", id="suggestions")
        with VerticalScroll(classes="lines", id="preview-box", can_focus=False):
            yield Static("", classes="hint", id="preview")
        yield from self.remarks()

    def fit(self) -> None:
        """Leave out margins if there is little room: with five entries they push the buttons off a small terminal."""
        super().fit()
        self.set_class(len(self._entries) > 3 and self.app.size.height < 30, "tight")

    def remarks(self) -> ComposeResult:
        """Show the outcome of a paste."""
        yield Static("", classes="hint", id="remark")

    def _offered(self) -> Content:
        """Return the suggestions on one line, or on a line each if long; a key inserts the whole text."""
        words = self._words()
        if self._on_one_line(words):
            return Content("   ".join(words))
        return Content("\n".join(fit(word, ROOM).rstrip() for word in words))

    def _words(self) -> list[str]:
        return [f"F{number} {shown}" for number, (_, shown) in enumerate(self._suggestions, 2)]

    def _on_one_line(self, words: Sequence[str]) -> bool:
        return self._offers is None and sum(map(cells, words)) + 3 * len(words) <= ROOM

    def buttons(self) -> ComposeResult:
        """Compose the send and cancel buttons."""
        yield PushButton(self._confirm, "dialog.confirm", "enter")
        yield PushButton("Cancel", "dialog.cancel", "esc")

    def on_mount(self) -> None:
        """Focus the first entry."""
        self.set_focus(self._boxes()[0])
        self._preview(final=False)
        self._opened = self.values()

    def _boxes(self) -> list[Field]:
        """The widgets of the visible entries, in order."""
        boxes = [self.query_one(f"#entry-{entry.id}") for entry in self._entries]
        return [box for box in boxes if isinstance(box, FIELDS) and box.display]

    def values(self) -> dict[str, str]:
        """The current values."""
        found: dict[str, str] = {}
        for entry in self._entries:
            box = self.query_one(f"#entry-{entry.id}")
            found[entry.id] = box.value if isinstance(box, FIELDS) else ""
        return found

    def on_input_changed(self) -> None:
        """Update the preview."""
        self._preview(final=False)

    def action_complete(self) -> None:
        """Apply the suggested correction or complete the text; otherwise go to the next field."""
        box = self.focused
        if not isinstance(box, Input) or box.password or not self.is_mounted:
            self.app.action_focus_next()
            return
        wrong = self._correction
        if wrong is not None and wrong.wrong and wrong.wrong in box.value:
            text: str | None = box.value.replace(wrong.wrong, wrong.right, 1)
        else:
            entry = next((each for each in self._entries if f"entry-{each.id}" == box.id), None)
            text = self._completions.following(box.value, entry.complete) if entry is not None else None
        if text is None:
            self.app.action_focus_next()
            return
        box.value = text
        box.cursor_position = len(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field; on the last one it sends."""
        event.stop()
        self._after(event.input)

    def on_text_box_submitted(self, event: TextBox.Submitted) -> None:
        """Enter in a multi-line text does the same."""
        event.stop()
        self._after(event.box)

    def on_text_area_changed(self) -> None:
        """Update the preview."""
        self._preview(final=False)

    def on_choice_submitted(self, event: Choice.Submitted) -> None:
        """Enter on a choice does the same."""
        event.stop()
        if isinstance(event.choice, (Choice, Several)):
            self._after(event.choice)

    def _after(self, box: Field) -> None:
        """Go to the next text if it is empty, otherwise send; focus the button if choices were skipped."""
        boxes = self._boxes()
        following = boxes[boxes.index(box) + 1 :]
        complete = self._preview(final=False)
        # The user leaves an optional field empty on purpose.
        done = complete and not box.value
        if not done and following and isinstance(following[0], Input | TextBox) and not following[0].value:
            self.set_focus(following[0])
        elif complete and any(isinstance(each, Choice | Several) for each in following):
            # The choices were not visited: a second Enter sends.
            self.set_focus(self.query(PushButton).first())
        else:
            self.do_confirm()

    def do_edit(self) -> None:
        """Open the text in the user's editor."""
        from qpi_tui.terminal.editor import EditorError, edit_text

        box = self.focused
        if not isinstance(box, TextBox):
            return
        try:
            box.value = edit_text(self.app, box.value, box.suffix)
        except EditorError as error:
            self.remark(str(error))
        # After the editor, the user reads the form again.
        self.guard.rearm(get_time())

    def on_choice_changed(self) -> None:
        """Update the preview."""
        self._preview(final=False)

    def on_several_changed(self) -> None:
        """Update the preview."""
        self._preview(final=False)

    def remark(self, sentence: str) -> None:
        """Show a remark below the preview until the form is sent."""
        line = self.query_one("#remark", Static)
        line.update(assemble([("▲ ", "$text-warning"), (sentence, "")]))
        line.display = True

    def typed_over(self, key: Key) -> None:
        """Letters belong to the form: they select in a choice."""

    def on_key(self, event: object) -> None:
        """F2, F3 … insert a suggestion into the first line."""
        key = getattr(event, "key", "")
        if key[:1] == "f" and key[1:].isdigit():
            self._take_suggestion(int(key[1:]) - 2)

    def on_click(self, event: Click) -> None:
        """A suggestion was clicked, or a key behind the name of a field: it is for that field."""
        if id := clicked(event):
            entry, _, key = id.partition(" ")
            self.set_focus(self.query_one(f"#entry-{entry}"))
            self.call_later(self.run_action, key)
        if getattr(event.widget, "id", None) != "suggestions":
            return
        words = self._words()
        at = event.y
        if self._on_one_line(words):
            ends = [sum(map(cells, words[: n + 1])) + 3 * n for n in range(len(words))]
            at = next((n for n, end in enumerate(ends) if event.x < end), -1)
        self._take_suggestion(at)

    def _take_suggestion(self, at: int) -> None:
        """Insert a suggestion into the first line."""
        if not 0 <= at < len(self._suggestions):
            return
        box = self._boxes()[0]
        if isinstance(box, Input | TextBox):
            box.value = self._suggestions[at][0]
        if isinstance(box, Input):
            box.cursor_position = len(box.value)
            self.set_focus(box)

    def do_confirm(self) -> None:
        """Check, make the change, and close with the values."""
        over = self._over is not None and self._over == self.values()
        if self._busy or (not over and not self._preview(final=True)):
            return
        if self._act is None or over:
            self.dismiss(self.values())
        else:
            self._busy = True
            self.run_worker(self._do(self._act, self.values()), exit_on_error=False)

    def dismiss(self, result: dict[str, str] | None = None) -> AwaitComplete:
        """Close; a typed secret does not stay in its widget."""
        if result is not None:
            self._drafts.pop(self._kept, None)
        closing = super().dismiss(result)
        with self.prevent(Input.Changed):
            for box in self.query(Input):
                if box.password:
                    box.value = ""
        return closing

    def do_cancel(self) -> None:
        """Close, unless a request is in progress."""
        if self._busy:
            return
        if self.keep_draft():
            self.tell_kept()
        self.dismiss(None)

    def tell_kept(self) -> None:
        """Say that the draft is kept."""
        cast("Notices", self.app).say([("Not sent. Draft kept.", "")])

    @property
    def typed(self) -> bool:
        """Whether any value changed since the form opened."""
        return self._opened is not None and self.is_mounted and not self.closing and self.values() != self._opened

    def keep_draft(self) -> bool:
        """Keep the values as a draft, except secrets, for forms with a name."""
        if not self._kept or not self.is_mounted or self.closing:
            return False
        values = self.values()
        typed = {e.id: values[e.id] for e in self._entries if not e.secret and values[e.id] != e.value}
        self._drafts.pop(self._kept, None)
        if typed:
            self._drafts[self._kept] = typed
        return bool(typed)

    @property
    def _drafts(self) -> dict[str, dict[str, str]]:
        """The drafts by form; empty if the app keeps none."""
        drafts: dict[str, dict[str, str]] = getattr(self.app, "drafts", {})
        return drafts

    async def _do(self, act: Callable[[dict[str, str]], Awaitable[Outcome]], values: dict[str, str]) -> None:
        self._say("Sending…", error=False)
        self._sought = None
        try:
            outcome = await act(values)
        except BaseException:
            self._busy = False
            raise
        self._sought = (outcome.key, values) if isinstance(outcome, Unknown) else None
        if outcome.ok:
            # Still busy: an Enter typed ahead must not send twice.
            self.dismiss(values)
        else:
            self._busy = False
            self._say(outcome.said, error=True)

    def settled(self, key: Hashable, outcome: Outcome) -> None:
        """The change is settled: if it was made, nothing is left to send; otherwise it can be sent again."""
        if self._sought is None or self._sought[0] != key or self._busy:
            return
        values, self._sought = self._sought[1], None
        if outcome.ok and self.values() == values:
            self._over = values
            if self.is_active:
                self.dismiss(values)
        else:
            # What was typed since is another change.
            self._say(outcome.said, error=not outcome.ok)

    def progress(self, sentence: str) -> None:
        """Show the state in place of the preview: title and values stay visible."""
        self._say(sentence, error=False)

    def _say(self, sentence: str, *, error: bool) -> None:
        line = self.query_one("#preview", Static)
        line.set_class(error, "error")
        line.update(Content(sentence))

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
        if self._offers is not None and (offered := list(self._offers(values))) != self._suggestions:
            self._suggestions = offered
            self.query_one("#suggestions", Static).update(self._offered())
        for offered_line in self.query("#suggestions"):
            offered_line.display = bool(self._suggestions)
        self._correction = None
        try:
            parts = self._check(values)
        except ValueError as error:
            untouched = not final and all(not self._typed(entry, values) for entry in self._entries)
            self._correction = error if isinstance(error, Suggestion) else None
            takes = " (tab takes it)" if self._correction is not None else ""
            self._say("" if untouched else f"{error}{takes}", error=True)
            return False
        line.set_class(False, "error")
        line.update(assemble(parts))
        return True
