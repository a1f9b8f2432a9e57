"""The notice line: sentences, outcomes of changes, and for a few seconds the undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.content import Content

from qpi_tui.domain.styled_text import Part
from qpi_tui.widgets.lines import assemble

if TYPE_CHECKING:
    from qpi_tui.actions import Keys
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.edits.undo import Undo


class Notices(App[Any]):
    """An app with a notice line and an undo. Mix it in before `App`."""

    keys: Keys

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice_line = Content("")
        # A notice that goes with the next key.
        self._passing = ""

    if TYPE_CHECKING:
        # Not a method here: it would hide the one of a later class.
        def repaint_frames(self) -> None:
            """Update the frame of the top screen."""

    def say(self, parts: Sequence[Part]) -> None:
        """Show a sentence on the notice line, until the next one."""
        self.notice_line = assemble(parts)
        self.repaint_frames()

    def say_outcome(self, who: str, outcome: Outcome, *, late: bool = False, again: Edit | None = None) -> None:
        """Show an outcome on the notice line, with its undo if there is one.

        A late outcome is not the last change: that one can still be undone. `again` is a failed undo: it is offered
        once more.
        """
        mark = ("✓ ", "$text-success") if outcome.ok else ("✗ ", "$text-error")
        parts = [mark, (f"{who}: ", "bold"), (outcome.said, "")]
        if late:
            self.say(parts)
        else:
            undo = again if again is not None and not outcome.ok else getattr(outcome, "undo", None)
            self.say_undo(parts, [undo] if undo is not None else [])

    def say_undo(self, parts: Sequence[Part], edits: Sequence[Edit]) -> None:
        """Show a sentence; for a few seconds, with the undo key's effect."""
        from qpi_tui.edits.undo import SECONDS, offered

        self.undo.offer(edits)
        if not edits:
            self.say(parts)
            return
        self.say([*parts, (f"   {self.keys.word('app.undo')} {offered(edits)} ({SECONDS:.0f} s)", "$text-muted")])
        shown = self.notice_line
        self.set_timer(SECONDS, lambda: self.say(parts) if self.notice_line is shown else None)

    def let_pass(self, parts: Sequence[Part]) -> None:
        """Remove this notice with the next key, once its change can no longer be undone."""
        self._passing = "".join(text for text, _ in parts)

    def key_pressed(self) -> None:
        """A key was pressed: remove the notice that goes with it."""
        if not self._passing or self.undo.open:
            return
        passing, self._passing = self._passing, ""
        if self.notice_line.plain == passing:
            self.say([])

    @cached_property
    def undo(self) -> Undo:
        """The edits that undo the last change; created on first use, not for the first frame."""
        from qpi_tui.edits.undo import Undo

        return Undo()
