"""Keeps a key that was meant for something else from confirming: what was typed ahead, held down, or pasted."""

from __future__ import annotations

from textual.events import Event, Key

from qpi_tui.terminal.bursts import in_burst

# Seconds that a dialog has been on the terminal before a key confirms it: less than it takes to read it.
SETTLED = 0.4
# Seconds without another try after one that came too early: a key that is held down repeats faster.
AGAIN = 0.25


class Guard:
    """Tells of one dialog whether a key that confirms it counts."""

    def __init__(self) -> None:
        self._from = float("inf")

    @property
    def ready_at(self) -> float:
        """The time, by the clock of events, from which a key counts; infinite until the dialog was painted."""
        return self._from

    def painted(self, now: float) -> None:
        """The dialog is on the terminal; only the first time counts."""
        if self._from == float("inf"):
            self._from = now + SETTLED

    def rearm(self, now: float) -> None:
        """The dialog says something else from now on, or somebody types over it."""
        self._from = max(self._from, now + SETTLED)

    def allows(self, event: Event) -> bool:
        """Whether a key or a click confirms; one that comes too early puts the next one off."""
        if isinstance(event, Key) and in_burst(event):
            return False
        if event.time >= self._from:
            return True
        self._from = max(self._from, event.time + AGAIN)
        return False
