"""The steps of a confirmation, for screens that have not opened one yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.outcome import Outcome


@dataclass(eq=False, repr=False)
class Step:
    """One change of one target: its name, its lines, and the call that makes it."""

    id: str
    who: str
    line: Sequence[Part]
    act: Callable[[], Awaitable[Outcome]]
    outcome: Outcome | None = field(default=None)


@dataclass(eq=False, repr=False)
class Option:
    """An option of a confirmation: a button toggles it, and the note describes the chosen variant.

    `labels` are the button's: while it is off, and while it is on.
    """

    labels: tuple[str, str]
    note: Sequence[Part]
    chosen: bool = False
