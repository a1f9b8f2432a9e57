"""Decode and sanitize a server's records to typed rows, once, when they enter the console.

Reads and change events pass through here. An unreadable field gets its default, and the row names it in `unreadable`;
an invalid related record is dropped. No input raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

from qpi_tui.domain.sanitize import RECORD_LIMIT, clean, clean_record
from qpi_tui.rows.base import LOCAL, Row

R = TypeVar("R", bound=Row)
# Errors of msgspec for a value of another type or out of range.
_BAD = (msgspec.ValidationError, ValueError, OverflowError, RecursionError)

_NUMBERS = (int, float, bool)
# Related records and their rows, by the field and the record's id.
Shared = dict[tuple[str, str], tuple[Mapping[str, Any], Row]]


class _Shape(NamedTuple):
    """The parts of a record that a row uses: field names, and relations with their fields."""

    fields: tuple[str, ...]
    relations: tuple[tuple[str, str], ...]


@cache
def shape_of(row: type[Row]) -> _Shape:
    """Return the parts of a record that this kind of row uses."""
    related = {name: f"{name}_record" for name in row.RELATIONS}
    local = LOCAL | row.LOCAL | set(related.values())
    names = tuple(name for name in row.__struct_fields__ if name not in local)
    return _Shape(names, tuple(related.items()))


def _is_plain(value: object) -> bool:
    return type(value) is str and value.isascii() and value.isprintable() and len(value) <= RECORD_LIMIT


def decode(row: type[R], record: object, *, related: bool = True, shared: Shared | None = None) -> R:
    """Return the row of a record of any shape; `related`: with the records that it refers to.

    `shared` holds the related records of a list's earlier records, which may be the same.
    """
    if isinstance(record, row):
        return record
    if not isinstance(record, Mapping):
        return row(id="?", unreadable=("record",))
    record = row.prepare(record)
    values: dict[str, Any] = {}
    for name in shape_of(row).fields:
        value = record.get(name)
        if value is not None:
            # Most values are plain; a hundred thousand jobs have a million of them.
            values[name] = value if type(value) in _NUMBERS or _is_plain(value) else clean_record(value)
    if related:
        values |= decode_related(row, record, shared)
    try:
        return msgspec.convert(values, row, from_attributes=False)
    except _BAD:
        return _repaired(row, values)


def decode_related(row: type[Row], record: Mapping[str, Any], shared: Shared | None = None) -> Mapping[str, Row]:
    """Return the rows of the expanded related records, by the row's field."""
    expand = record.get("expand")
    shared = {} if shared is None else shared
    if not isinstance(expand, Mapping):
        return {}
    rows: dict[str, Row] = {}
    for name, field in shape_of(row).relations:
        found = expand.get(name)
        if not isinstance(found, Mapping):
            continue
        id = found.get("id")
        key = (field, id if isinstance(id, str) else "")
        same = shared.get(key)
        if same is None or not _equal(same[0], found):
            same = shared[key] = (found, decode(row.RELATIONS[name], found))
        rows[field] = same[1]
    return rows


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        return one == other
    except RecursionError:
        return False


def decode_all(row: type[R], records: Iterable[object]) -> list[R]:
    """Return the rows of a list of records, in order. A thousand jobs refer to a few users and QPUs."""
    shared: Shared = {}
    return [decode(row, record, shared=shared) for record in records]


def told(row: Row, record: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields and relations of a row that its record has: they may replace another row's."""
    given = row.prepare(record)
    shape = shape_of(type(row))
    found = {name: getattr(row, name) for name in shape.fields if given.get(name) is not None}
    related = {field: getattr(row, field) for _, field in shape.relations}
    return found | {field: value for field, value in related.items() if value is not None}


def lacks(row: type[R], record: Mapping[str, object], like: Row) -> bool:
    """Whether a record, such as an event's, lacks a field that the other row has."""
    default = _default(row)
    record = row.prepare(record)
    return any(name not in record and getattr(like, name) != getattr(default, name) for name in shape_of(row).fields)


@cache
def _default(row: type[Row]) -> Row:
    return row()


def _repaired(row: type[R], values: Mapping[str, Any]) -> R:
    """Return a row of the readable fields."""
    good, bad = _fields(row, values)
    return row(**good, unreadable=tuple(bad))


def _fields(struct: type[msgspec.Struct], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the readable or convertible fields, and the names of those of another type."""
    good, bad = {}, []
    for name, kind in _types(struct).items():
        if name not in values:
            continue
        try:
            good[name] = msgspec.convert(values[name], kind)
        except _BAD:
            bad.append(name)
            made = _salvaged(kind, values[name])
            if made is not _NOTHING:
                good[name] = made
    return good, bad


def _salvaged(kind: Any, value: Any) -> Any:
    """Convert a value of another type: other scalars become text, invalid items are dropped."""
    inner = get_args(kind)
    if kind is str or (get_origin(kind) in (Union, UnionType) and {str, NoneType} >= set(inner)):
        return clean(value)
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(made for item in value if (made := _item(inner[0], item)) is not _NOTHING)
    if get_origin(kind) is dict and isinstance(value, dict):
        return {key: made for key, item in value.items() if (made := _item(inner[1], item)) is not _NOTHING}
    return _NOTHING


def _item(kind: Any, value: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except _BAD:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
            return kind(**_fields(kind, value)[0])
        return _salvaged(kind, value)


_NOTHING: Any = object()


@cache
def _types(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(struct)}
