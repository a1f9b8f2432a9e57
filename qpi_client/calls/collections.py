"""Records of any collection, including those without methods of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qpi_client.checks import every, most_of, part, quoted, whole
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, ProtocolError
from qpi_client.exchange import fetch, fetch_dict, get, prove_session, records, remove
from qpi_client.page_order import ARRIVAL, PAGE, items_of
from qpi_client.paging import Pager
from qpi_client.records import Record
from qpi_client.steps import Call, Emit, Emitting, Request

# Collections with public records.
_OPEN = frozenset({"qpus", "drivers", "events"})
_FARTHEST = 1_000_000_000
Scalar = str | int | float | bool

# Fields that a driver's result or a job's charge changes too. Sent again later, an old value would replace that.
_CHANGED_BY_SERVER: Mapping[str, frozenset[str]] = {
    "quantum_jobs": frozenset({"status"}),
    "users": frozenset({"qpu_seconds"}),
}


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
    """Emit a collection's records page by page."""
    if sort.lstrip("-") in ("", "@rowid", "@random") and sort not in ARRIVAL:
        raise InvalidValue(f"{sort!r} is not an order: give a field, '-' and a field, '@rowid' or '-@rowid'.")
    name = part(collection, "collection")
    pager = Pager(
        name,
        by=sort,
        filter=every(f"({filter})" if filter else None, *(_equals(*each) for each in (where or {}).items())),
        fields=fields,
        expand=",".join(expand) or None,
        limit=most_of(limit),
    )
    empty = True
    while page := (yield from pager.next(ctx)):
        empty = False
        yield Emit(page)
    if empty and limit != 0:
        yield from _prove_empty(ctx, collection, surprising=False)
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


def page_of_records(
    ctx: Context,
    collection: str,
    offset: int,
    limit: int,
    oldest_first: bool,
    filter: str | None,
    fields: Sequence[str] | None,
    expand: Sequence[str],
) -> Call[list[Record]]:
    """Return one page of a collection's records in the order of their arrival."""
    size, skipped = whole(limit, "limit", 1, PAGE), whole(offset, "offset", 0, _FARTHEST)
    if skipped % size:
        raise InvalidValue(f"offset must be a multiple of limit, not {skipped} of {size}.")
    query: Record = {
        "perPage": size, "page": skipped // size + 1, "skipTotal": 1, "sort": ARRIVAL[0 if oldest_first else 1],
    }  # fmt: skip
    if filter:
        query["filter"] = filter
    if expand:
        query["expand"] = ",".join(expand)
    if fields is not None:
        query["fields"] = ",".join(dict.fromkeys(["id", *fields]))
    path = records(part(collection, "collection"))
    items = items_of((yield from fetch(ctx, get(path, query=query, session="needed"))), path)
    surprising = not skipped and ctx.unexpectedly_empty(f"{path} {filter}", not items)
    if not items:
        yield from _prove_empty(ctx, collection, surprising)
    return items


def _prove_empty(ctx: Context, collection: str, surprising: bool) -> Call[None]:
    """Check that nothing was hidden: an anonymous client gets an empty list from a collection that it may not read."""
    if collection not in _OPEN:
        ctx.need_session(f"Knowing that {collection} is empty")
        yield from prove_session(ctx, surprising)


def count_records(ctx: Context, collection: str, filter: str | None) -> Call[int]:
    """Return how many records a collection has that match a filter."""
    # In the table's own order, the one returned record costs nothing.
    query: Record = {"page": 1, "perPage": 1, "fields": "id", "sort": ARRIVAL[0]}
    if filter:
        query["filter"] = filter
    path = records(part(collection, "collection"))
    total = (yield from fetch_dict(ctx, get(path, query=query, session="needed"))).get("totalItems")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise ProtocolError(f"The server does not say how many records of {collection} there are.")
    surprising = ctx.unexpectedly_empty(f"{path} {filter}", not total)
    if not total:
        yield from _prove_empty(ctx, collection, surprising)
    return total


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
    request = Request("PATCH", path, json=dict(values), repeat=may_repeat(collection, values), session="needed")
    return (yield from fetch_dict(ctx, request))


def may_repeat(collection: str, values: Mapping[str, object]) -> bool:
    """Return whether a change may be sent again after its answer was lost.

    A change such as "field+" counts twice. The server credits twice if it handles two approvals at the same moment.
    """
    if any(name.endswith(("+", "-")) or name.startswith("+") for name in values):
        return False
    if collection == "qpu_time_requests":
        return values.get("status") != "approved"
    return not values.keys() & _CHANGED_BY_SERVER.get(collection, frozenset())


def delete_record(ctx: Context, collection: str, record_id: str) -> Call[None]:
    """Delete a record."""
    yield from remove(ctx, part(collection, "collection"), record_id)


def _equals(field: str, value: Scalar) -> str:
    if not field.replace(".", "").replace("_", "").isalnum() or not field.isascii():
        raise InvalidValue(f"{field!r} is not the name of a field.")
    if isinstance(value, bool):
        return f"{field} = {'true' if value else 'false'}"
    return f"{field} = {quoted(value) if isinstance(value, str) else repr(value)}"
