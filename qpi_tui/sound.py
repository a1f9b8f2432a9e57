"""Records whose fields are of the kinds that everything behind counts on, whatever a server sent.

Where the console reads, a reference or a name that is no text becomes one (`[1]` is shown as `[1]`, and refers to
nothing); what is told of a related record is left out where it is no record. Sound records pass as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qpi_tui.text import clean

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient

TEXTS = (
    "id", "status", "user", "user_id", "qpu", "qpu_target", "booked_by", "driver", "handled_by",
    "name", "email", "kind", "title", "ts", "type", "created", "updated", "finished_at", "start_time", "end_time",
)  # fmt: skip
_LISTS = (
    "list_time_requests", "list_all_qpus", "list_qpus", "list_drivers", "list_users", "list_jobs", "list_time_slots",
    "list_notifications", "list_tokens", "list_events",
)  # fmt: skip
_RECORDS = ("get_user", "get_time_request", "get_job", "get_qpu")
_TEXT = (str, type(None))


def sound(record: Any) -> Any:
    """The record with texts where texts are due; itself where all is well."""
    if not isinstance(record, dict):
        return record
    wrong = [field for field in TEXTS if not isinstance(record.get(field), _TEXT)]
    expand = record.get("expand")
    if wrong or not (expand is None or isinstance(expand, dict)) or "_" in record:
        record = {**record, **{field: clean(record[field]) for field in wrong}}
        # What the console itself adds to a record stands there.
        record.pop("_", None)
        if not isinstance(expand, Mapping):
            record.pop("expand", None)
    if expand and isinstance(expand, dict):
        inner = {name: sound(one) for name, one in expand.items() if isinstance(one, dict)}
        if len(inner) < len(expand) or any(inner[name] is not expand[name] for name in inner):
            record = {**record, "expand": inner}
    return record


@functools.cache
def sound_client() -> type[AsyncQPIClient]:
    """The awaited client whose records are sound; httpx is loaded with it."""
    from qpi_client import AsyncQPIClient

    def of_list(name: str) -> Any:
        read = getattr(AsyncQPIClient, name)

        @functools.wraps(read)
        async def method(self: AsyncQPIClient, *args: Any, **options: Any) -> Any:
            return [sound(record) for record in await read(self, *args, **options)]

        return method

    def of_one(name: str) -> Any:
        read = getattr(AsyncQPIClient, name)

        @functools.wraps(read)
        async def method(self: AsyncQPIClient, *args: Any, **options: Any) -> Any:
            return sound(await read(self, *args, **options))

        return method

    methods = {name: of_list(name) for name in _LISTS} | {name: of_one(name) for name in _RECORDS}
    return type("SoundClient", (AsyncQPIClient,), methods)
