"""A question about one thing or many: what will happen to whom, and then the outcome of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome, Unknown
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton


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

    DEFAULT_CSS = "Batch #note-box { max-height: 5; }"

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
        with VerticalScroll(classes="lines", can_focus=False):
            for index, step in enumerate(self._steps):
                yield Static(assemble([("  ", ""), *step.line]), id=f"step-{index}")
        if self._note:
            with VerticalScroll(classes="lines", id="note-box", can_focus=False):
                yield Static(assemble(self._note), classes="hint", id="note")

    def buttons(self) -> ComposeResult:
        """Yes and no."""
        yield PushButton(self._confirm or "OK", "dialog.confirm", "y")
        # Two buttons that say "cancel" would be a riddle.
        yield PushButton("No" if self._confirm.startswith("Cancel") else "Cancel", "dialog.cancel", "esc")

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

    def settled(self, key: Hashable, outcome: Outcome) -> None:
        """Say it in the step's line; what is done is not tried again."""
        for step in self._steps:
            if isinstance(step.outcome, Unknown) and step.outcome.key == key:
                step.outcome = outcome
                self._paint(step, outcome)
                if not self._working:
                    self._finish()

    def _start(self, steps: list[Step]) -> None:
        self._working = True
        self.query_one("#buttons").display = False
        self.run_worker(self._run(steps), exit_on_error=False)

    async def _run(self, steps: list[Step]) -> None:
        try:
            for number, step in enumerate(steps, 1):
                self.retitle(f"{self._doing} {number} of {len(steps)}…" if len(steps) > 1 else f"{self._doing}…")
                self._in_view(step)
                step.outcome = await step.act()
                self._paint(step, step.outcome)
        finally:
            self._working = False
        self._finish()

    def _in_view(self, step: Step) -> None:
        line = self.query_one(f"#step-{self._steps.index(step)}")
        self.query_one(".lines", VerticalScroll).scroll_to_widget(line, animate=False)

    def _paint(self, step: Step, outcome: Outcome) -> None:
        mark = ("✓ ", "$text-success") if outcome.ok else ("✗ ", "$text-error")
        line = self.query_one(f"#step-{self._steps.index(step)}", Static)
        line.update(assemble([mark, (f"{step.who}: ", "bold"), (outcome.said, "")]))

    def _finish(self) -> None:
        failed = sum(1 for step in self._steps if step.outcome is not None and not step.outcome.ok)
        if not failed and len(self._steps) == 1 and self.is_active:
            self.dismiss(self._steps)
            return
        if bad := next((step for step in self._steps if step.outcome is not None and not step.outcome.ok), None):
            # Below the others it would not be seen.
            self.call_after_refresh(self._in_view, bad)
        done = len(self._steps) - failed
        self.retitle(f"{done} done" + (f", {failed} failed" if failed else ""))
        buttons = self.query_one("#buttons")
        buttons.remove_children()
        buttons.mount(*([PushButton("Try the failed again", "dialog.retry", "r")] if failed else []))
        buttons.mount(PushButton("Close", "dialog.cancel", "esc"))
        buttons.display = True
