"""The first jobs by an indexed column, sorted by the server. Without an index it would sort the whole table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qpi_client.job_fields import JOB_STATUSES
from qpi_tui.domain.indexes import index_columns

if TYPE_CHECKING:
    from qpi_tui.live.job_reader import JobReader

# The columns of the table that are fields of the collection. Its ids always have an index.
_FIELDS = {"id": "id", "took": "duration", "status": "status"}
MOST = 1_000


async def read_first(reader: JobReader, column: str, ranks: Mapping[str, int], *, reverse: bool) -> bool:
    """Read the first jobs by a column; return whether the server can sort by it.

    Args:
        reader: Reads everybody's jobs, as a superuser.
        column: The key of the table's column.
        ranks: The rank of each status in the table's order.
        reverse: Whether the last ones come first.
    """
    field = _FIELDS.get(column, "")
    if not field or not reader.everyone:
        return False
    found = await _index(reader, field)
    if not found:
        return False
    if field != "status":
        await reader.read_sorted([f"-{each}" if reverse else each for each in found])
        return True
    # The table's order of statuses is not alphabetical.
    left = MOST
    for status in sorted(JOB_STATUSES, key=lambda each: ranks.get(each, 9), reverse=reverse):
        left -= await reader.read_sorted([f"-{each}" for each in found], status=status, most=left)
        if left <= 0:
            break
    return True


async def _index(reader: JobReader, field: str) -> Sequence[str]:
    """Return the columns of the shortest index that starts with a field; none without such an index."""
    if field == "id":
        return ("id",)
    fitting = [columns for columns in map(index_columns, await reader.indexes()) if columns[:1] == (field,)]
    return min(fitting, key=len, default=())
