"""Protects a dialog from keys that were meant for something else: typed ahead, held down, or pasted."""

from __future__ import annotations

from textual.events import Event, Key

from qpi_tui.terminal.bursts import in_burst

# Seconds that a dialog must be on the terminal before a key confirms it; reading it takes longer.
SETTLED = 0.4
# Seconds without another attempt after an early one: a held key repeats faster.
AGAIN = 0.25


class Guard:
    """Decides for one dialog whether a confirming key counts."""

    def __init__(self) -> None:
        self._from = float("inf")

    @property
    def ready_at(self) -> float:
        """The time, on the clock of events, from which a key counts; infinite until the dialog is painted."""
        return self._from

    def painted(self, now: float) -> None:
        """The dialog is on the terminal; only the first time counts."""
        if self._from == float("inf"):
            self._from = now + SETTLED

    def rearm(self, now: float) -> None:
        """The dialog's content changed, or the user types over it."""
        self._from = max(self._from, now + SETTLED)

    def allows(self, event: Event) -> bool:
        """Whether a key or click confirms; an early one delays the next."""
        if isinstance(event, Key) and in_burst(event):
            return False
        if event.time >= self._from:
            return True
        self._from = max(self._from, event.time + AGAIN)
        return False
