"""How one list of records differs from a previous one, so that derived data can be reused. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, count, islice
from operator import is_not
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qpi_tui.domain.columns import HasId

# Larger changes are not tracked record by record.
_FEW = 2_000


class Change(NamedTuple):
    """How a list grew: new records before and after, and which old ones changed (new indices)."""

    before: int
    known: int
    others: list[int]

    def new(self, length: int) -> tuple[int, ...]:
        """Return the indices of new records in a list of this length."""
        return (*range(self.before), *range(self.before + self.known, length))


def difference(old: Sequence[HasId], new: Sequence[HasId]) -> Change | None:
    """Return how `new` grew from `old` at its ends with the same order; None if it did not, or changed too much."""
    grown = len(new) - len(old)
    if not old or not 0 <= grown <= _FEW:
        return None
    before = 0 if new[0].id == old[0].id else grown
    others = list(compress(count(), map(is_not, old, islice(new, before, None))))
    if len(others) > _FEW or any(old[at].id != new[at + before].id for at in others):
        return None
    return Change(before, len(old), [at + before for at in others])
