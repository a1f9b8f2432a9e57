"""Records of any collection, also of those that have no methods of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qpi_client.checks import every, part, quoted, whole
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch_dict, get, records, remove
from qpi_client.page_order import ARRIVAL
from qpi_client.paging import Pager
from qpi_client.records import Record
from qpi_client.steps import Call, Emit, Emitting, Request

# Collections whose records everybody may read.
_OPEN = frozenset({"qpus", "drivers", "events"})
Scalar = str | int | float | bool


def iterate_records(
    ctx: Context,
    collection: str,
    filter: str | None,
    where: Mapping[str, Scalar] | None,
    sort: str,
    fields: Sequence[str] | None,
    expand: Sequence[str],
    limit: int | None,
) -> Emitting[Record]:
    """Emit a collection's records page after page."""
    if sort.lstrip("-") in ("", "@rowid", "@random") and sort not in ARRIVAL:
        raise InvalidValue(f"{sort!r} is not an order: give a field, '-' and a field, '@rowid' or '-@rowid'.")
    name = part(collection, "collection")
    pager = Pager(
        name,
        by=sort,
        filter=every(f"({filter})" if filter else None, *(_equals(*each) for each in (where or {}).items())),
        fields=fields,
        expand=",".join(expand) or None,
        limit=None if limit is None else whole(limit, "limit", 0, 1_000_000_000),
    )
    empty = True
    while page := (yield from pager.next(ctx)):
        empty = False
        yield Emit(page)
    if empty and name not in _OPEN and limit != 0:
        # Nobody signed in gets an empty list from a collection that is closed to it.
        ctx.need_session(f"Knowing that {collection} is empty")
    return []


def list_records(
    ctx: Context,
    collection: str,
    filter: str | None,
    where: Mapping[str, Scalar] | None,
    sort: str,
    fields: Sequence[str] | None,
    expand: Sequence[str],
    limit: int | None,
) -> Call[list[Record]]:
    """Return a collection's records as one list."""
    found: list[Record] = []
    emitting = iterate_records(ctx, collection, filter, where, sort, fields, expand, limit)
    answer: Any = None
    try:
        while True:
            step = emitting.send(answer)
            if isinstance(step, Emit):
                found += step.items
                answer = None
            else:
                answer = yield step
    except StopIteration:
        return found
    finally:
        emitting.close()


def get_record(
    ctx: Context, collection: str, record_id: str, fields: Sequence[str] | None, expand: Sequence[str]
) -> Call[Record]:
    """Return one record."""
    query: Record = {}
    if fields is not None:
        query["fields"] = ",".join(dict.fromkeys(["id", *fields, *(["expand"] if expand else [])]))
    if expand:
        query["expand"] = ",".join(expand)
    path = records(part(collection, "collection"), record_id)
    return (yield from fetch_dict(ctx, get(path, query=query or None, session="needed")))


def create_record(ctx: Context, collection: str, values: Mapping[str, object]) -> Call[Record]:
    """Create a record."""
    path = records(part(collection, "collection"))
    request = Request("POST", path, json=dict(values), repeat=False, session="needed")
    return (yield from fetch_dict(ctx, request))


def update_record(ctx: Context, collection: str, record_id: str, values: Mapping[str, object]) -> Call[Record]:
    """Change a record."""
    if not values:
        raise InvalidValue("Nothing to change: give at least one field.")
    path = records(part(collection, "collection"), record_id)
    # A change such as "field+" is not the same when it is done twice.
    repeat = not any(name.endswith(("+", "-")) or name.startswith("+") for name in values)
    request = Request("PATCH", path, json=dict(values), repeat=repeat, session="needed")
    return (yield from fetch_dict(ctx, request))


def delete_record(ctx: Context, collection: str, record_id: str) -> Call[None]:
    """Delete a record."""
    yield from remove(ctx, part(collection, "collection"), record_id)


def _equals(field: str, value: Scalar) -> str:
    if not field.replace(".", "").replace("_", "").isalnum() or not field.isascii():
        raise InvalidValue(f"{field!r} is not the name of a field.")
    if isinstance(value, bool):
        return f"{field} = {'true' if value else 'false'}"
    return f"{field} = {quoted(value) if isinstance(value, str) else repr(value)}"
