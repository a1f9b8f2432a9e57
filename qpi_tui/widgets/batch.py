"""A confirmation for one or many changes: the plan of each, then its outcome."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome, Unknown
from qpi_tui.terminal.textual_internals import get_time
from qpi_tui.widgets.dialogs import Asking
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton
from qpi_tui.widgets.step import Option as Option
from qpi_tui.widgets.step import Step as Step


class Batch(Asking[list[Step]]):
    """Asks once, makes each change in turn, and shows each outcome in place; failed ones can be retried.

    Returns the steps with their outcomes, or None if nothing was done. Several steps are confirmed with care.
    """

    DEFAULT_CSS = """
    Batch #note-box { max-height: 5; }
    Batch.tiny #note-box { max-height: 2; }
    """

    def __init__(
        self,
        title: str,
        steps: Sequence[Step],
        *,
        confirm: str,
        doing: str,
        note: Sequence[Part] = (),
        careful: bool = False,
        option: Option | None = None,
    ) -> None:
        super().__init__(title, confirm=confirm, careful=careful or len(steps) > 1)
        self._option = option
        self._steps = list(steps)
        self._doing = doing
        self._note = note
        self._working = False
        self._asked = False

    def body(self) -> ComposeResult:
        """Compose a line for each step, and a note below."""
        with VerticalScroll(classes="lines", can_focus=False):
            for index, step in enumerate(self._steps):
                yield Static(assemble([("  ", ""), *step.line]), id=f"step-{index}")
        if self._note:
            with VerticalScroll(classes="lines", id="note-box", can_focus=False):
                yield Static(assemble(self._note), classes="hint", id="note")

    def buttons(self) -> ComposeResult:
        """Compose the buttons: confirm, the option if there is one, cancel."""
        confirm, cancel = super().buttons()
        yield confirm
        if self._option is not None:
            yield PushButton(self._option.labels[0], "dialog.option", "t", id="option")
        yield cancel

    def do_option(self) -> None:
        """Toggle the option. The user must read its effect before confirming."""
        option = self._option
        if option is None or self._asked:
            return
        option.chosen = not option.chosen
        self.query_one("#note", Static).update(assemble(option.note if option.chosen else self._note))
        self.query_one("#option", PushButton).relabel(option.labels[option.chosen])
        self.guard.rearm(get_time())
        super().focus_button()

    def focus_button(self) -> None:
        """The button that confirms, and afterwards closes."""
        if self._asked and not self._working:
            self.set_focus(self.query(".close").last())
        elif not self._asked:
            super().focus_button()

    def do_confirm(self) -> None:
        """Run the steps, once."""
        if not self._asked:
            self._asked = True
            self._start([step for step in self._steps if step.outcome is None])

    def do_retry(self) -> None:
        """Retry the failed steps by the key of the button."""
        for button in self.query(".retry"):
            self.set_focus(button)

    def do_again(self) -> None:
        """Retry the failed steps."""
        if self._asked and not self._working:
            failed = [step for step in self._steps if step.outcome is not None and not step.outcome.ok]
            if failed:
                self._start(failed)

    def do_cancel(self) -> None:
        """Close; running steps continue."""
        if not self._working:
            self.dismiss(self._steps if self._asked else None)

    def settled(self, key: Hashable, outcome: Outcome) -> None:
        """Show progress in the step's line; finished steps are not retried."""
        for step in self._steps:
            if isinstance(step.outcome, Unknown) and step.outcome.key == key:
                step.outcome = outcome
                self._paint(step, outcome)
                if not self._working:
                    self._finish()

    def _start(self, steps: list[Step]) -> None:
        self._working = True
        self.set_focus(None)
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
            # It would not be visible below the others.
            self.call_after_refresh(self._in_view, bad)
        done = len(self._steps) - failed
        self.retitle(f"{done} done" + (f", {failed} failed" if failed else ""))
        buttons = self.query_one("#buttons")
        buttons.remove_children()
        if failed:
            buttons.mount(PushButton("Retry the failed", "dialog.again", "r enter", classes="retry"))
        close = PushButton("Close", "dialog.cancel", "esc", classes="close")
        buttons.mount(close)
        buttons.display = True
        # A second Enter was not meant for this.
        self.guard.rearm(get_time())
        self.set_focus(close)
