"""Change events into what was read before: records by id, where an event says enough. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qpi_tui.live.event_stream import collection_of

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

Record = dict[str, Any]


def merge_records(
    records: Sequence[Record],
    events: Sequence[ChangeEvent],
    collection: str,
    *,
    expanded: Mapping[str, str] | None = None,
    append: bool = False,
) -> list[Record] | None:
    """A list of a collection's records after these events; None where it has to be read again.

    `expanded` maps the relations that the list came with (by field) to their collections: events of those change the
    expanded record. `append`: the list is in order of arrival, so a new record is its last.
    """
    merged = {record["id"]: record for record in records}
    for event in events:
        found, given = collection_of(event), event.record
        id = given.get("id")
        if not isinstance(id, str):
            return None
        if found == collection:
            if event.action == "delete":
                merged.pop(id, None)
                continue
            old = merged.get(id)
            if old is None and not (append and event.action == "create"):
                return None
            whole = _whole(given, old, merged.values(), expanded or {})
            if whole is None:
                return None
            merged[id] = whole
        elif event.action == "update":
            for field in (name for name, of in (expanded or {}).items() if of == found):
                _expand_anew(merged, field, given)
        else:
            return None
    return list(merged.values())


def _whole(
    given: Mapping[str, Any], old: Mapping[str, Any] | None, others: Any, expanded: Mapping[str, str]
) -> Record | None:
    """A record as a read would have brought it; None where the event says less than a read."""
    like = old if old is not None else next(iter(others), None)
    record = dict(given)
    if like is None or not set(like) - {"expand"} <= set(record):
        return None
    if "expand" in like and "expand" not in record:
        if old is None or any(record.get(field) != old.get(field) for field in expanded):
            return None
        record["expand"] = old["expand"]
    return {key: record[key] for key in record if key in like}


def _expand_anew(merged: dict[str, Record], field: str, given: Mapping[str, Any]) -> None:
    for id, record in merged.items():
        expand = record.get("expand") or {}
        known = expand.get(field)
        if record.get(field) == given["id"] and isinstance(known, Mapping):
            anew = {key: given.get(key, value) for key, value in known.items()}
            merged[id] = {**record, "expand": {**expand, field: anew}}
