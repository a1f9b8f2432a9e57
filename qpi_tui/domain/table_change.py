"""How one list of records differs from a previous one, so that derived data can be reused. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, count, islice
from operator import is_not
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qpi_tui.domain.columns import HasId

# More records than these are not followed one by one.
_FEW = 2_000


class Change(NamedTuple):
    """How a list grew out of another: records before it, those it had, and which of these are others (new indices)."""

    before: int
    known: int
    others: list[int]

    def new(self, length: int) -> tuple[int, ...]:
        """The indices of what the old list had not, in a new one of this length."""
        return (*range(self.before), *range(self.before + self.known, length))


def difference(old: Sequence[HasId], new: Sequence[HasId]) -> Change | None:
    """How `new` grew out of `old` at its ends, its order kept; None where it did not, or where too much is new."""
    grown = len(new) - len(old)
    if not old or not 0 <= grown <= _FEW:
        return None
    before = 0 if new[0].id == old[0].id else grown
    others = list(compress(count(), map(is_not, old, islice(new, before, None))))
    if len(others) > _FEW or any(old[at].id != new[at + before].id for at in others):
        return None
    return Change(before, len(old), [at + before for at in others])
