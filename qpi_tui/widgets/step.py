"""What a question about one thing or many is made of, for screens that have not asked yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.outcome import Outcome


@dataclass
class Step:
    """One change to one thing: who it concerns, what will be shown, and the call that makes it."""

    id: str
    who: str
    line: Sequence[Part]
    act: Callable[[], Awaitable[Outcome]]
    outcome: Outcome | None = field(default=None)


@dataclass
class Option:
    """Another way of doing the same: a button changes between the two, and the note says what the chosen one does.

    `labels` are the button's: what it offers while this is not chosen, and while it is.
    """

    labels: tuple[str, str]
    note: Sequence[Part]
    chosen: bool = False
