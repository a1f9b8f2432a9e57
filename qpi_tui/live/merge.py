"""Merge change events into data: by record id, if the event is complete. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from qpi_tui.live.event_stream import collection_of

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.base import Row

R = TypeVar("R", bound="Row")


def merge_rows(
    rows: Sequence[R],
    events: Sequence[ChangeEvent],
    row: type[R],
    collection: str,
    *,
    related: Mapping[str, str] | None = None,
    append: bool = False,
) -> list[R] | None:
    """A list of a collection's rows after these events; None where it has to be read again.

    Args:
        rows: What was read.
        events: Changes, in their order.
        row: The kind of row.
        collection: The collection that the rows are of.
        related: The collections that the rows' relations refer to, by field. Events of those change the related row.
        append: The list is in order of arrival, so a new record is its last.

    Returns:
        The list as a read would bring it, or None where an event says less than a read.
    """
    from qpi_tui.rows.decode import decode

    merged = {each.id: each for each in rows}
    for event in events:
        found, given = collection_of(event), event.record
        id = given.get("id") if isinstance(given, Mapping) else None
        if not isinstance(id, str):
            return None
        if found == collection and event.action == "delete":
            merged.pop(id, None)
        elif found == collection:
            old = merged.get(id)
            if old is None and not (append and event.action == "create"):
                return None
            whole = _completed(decode(row, given), given, old or next(iter(merged.values()), None), known=old)
            if whole is None:
                return None
            merged[id] = whole
        elif event.action == "update":
            for field in (name for name, of in (related or {}).items() if of == found):
                _with_related(merged, field, given)
        else:
            return None
    return list(merged.values())


def _completed(new: R, given: Mapping[str, Any], like: R | None, *, known: R | None) -> R | None:
    """Return the row of an event, completed from the old row; None if the event has less than a read."""
    from msgspec.structs import replace

    from qpi_tui.rows.decode import lacks, shape_of

    if like is None or lacks(type(new), given, like):
        return None
    expand = given.get("expand")
    told = expand if isinstance(expand, Mapping) else {}
    missing = {}
    for name, field in shape_of(type(new)).relations:
        if name in told or getattr(like, field) is None:
            continue
        if known is None or getattr(known, name) != getattr(new, name):
            return None
        missing[field] = getattr(known, field)
    local = {name: getattr(known, name) for name in new.LOCAL} if known is not None else {}
    return replace(new, **missing, **local) if missing or local else new


def _with_related(merged: dict[str, R], field: str, given: Mapping[str, Any]) -> None:
    """Update the rows that refer to a changed related record."""
    from msgspec.structs import replace

    from qpi_tui.rows.decode import decode, shape_of

    for id, row in merged.items():
        known = getattr(row, f"{field}_record")
        if getattr(row, field) == given["id"] and known is not None:
            kind = row.RELATIONS[field]
            told = {name for name in shape_of(kind).fields if name in given}
            new = decode(kind, given)
            anew = replace(known, **{name: getattr(new, name) for name in told})
            merged[id] = replace(row, **{f"{field}_record": anew})
