"""What came of a change."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from qpi_tui.edits.undo import Back


@dataclass(frozen=True)
class Outcome:
    """What came of one step: whether it was done, the sentence that says it, and the way back where there is one.

    `sought`: nobody knows yet; it is looked for under this key, and the dialog hears of it by `settled`.
    """

    ok: bool
    said: str
    back: Back | None = None
    sought: Hashable = None
