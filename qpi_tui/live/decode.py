"""Records whose fields are of the kinds that everything behind counts on, whatever a server sent.

Where the console reads, a reference or a name that is no text becomes one (`[1]` is shown as `[1]`, and refers to
nothing); what is told of a related record is left out where it is no record. Sound records pass as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from qpi_tui.domain.sanitize import clean

TEXTS = (
    "id", "status", "user", "user_id", "qpu", "qpu_target", "booked_by", "driver", "handled_by",
    "name", "email", "kind", "title", "ts", "type", "created", "updated", "finished_at", "start_time", "end_time",
)  # fmt: skip
# Whatever answers with records, as a list or as one.
_ANSWERS = (
    "list_time_requests", "list_all_qpus", "list_qpus", "list_drivers", "list_users", "list_jobs", "list_time_slots",
    "list_notifications", "list_tokens", "list_events", "list_readings", "get_user", "get_time_request", "get_job",
    "get_qpu", "create_qpu", "toggle_qpu", "rename_qpu", "set_qpu_status", "create_driver", "toggle_driver",
    "create_user", "allocate_qpu_time", "add_qpu_time", "take_qpu_time", "create_time_request", "update_time_request",
    "create_time_slot", "update_time_slot", "create_notification", "update_notification", "create_token",
    "rename_token",
)  # fmt: skip
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
def sound_client(awaited: bool = True) -> type[Any]:
    """The client, awaited or blocking, whose records are sound; httpx is loaded with it."""
    import qpi_client

    base: type[Any] = qpi_client.AsyncQPIClient if awaited else qpi_client.QPIClient

    def sounding(name: str) -> Any:
        call = getattr(base, name)

        @functools.wraps(call)
        async def later(self: Any, *args: Any, **options: Any) -> Any:
            return _answer(await call(self, *args, **options))

        @functools.wraps(call)
        def now(self: Any, *args: Any, **options: Any) -> Any:
            return _answer(call(self, *args, **options))

        return later if awaited else now

    return type("SoundClient", (base,), {name: sounding(name) for name in _ANSWERS})


def _answer(answer: Any) -> Any:
    return [sound(record) for record in answer] if isinstance(answer, list) else sound(answer)
