"""Rules that turn reads and change events into notifications, each of them once. Pure.

`qpi-tui watch` and the console share them: both read the lists in `reads`, follow `collections`, and pass the data to
`read` and `changed`. Reported events are recorded in a `Memory`, which a file can keep across restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_client.job_fields import FINAL_STATUSES
from qpi_tui.domain.clock import parse_date, stored
from qpi_tui.domain.durations import duration
from qpi_tui.domain.notification_kinds import KINDS
from qpi_tui.domain.sanitize import clean
from qpi_tui.resources import registry, telemetry
from qpi_tui.rows.slot_booking import when
from qpi_tui.rows.telemetry import channels

if TYPE_CHECKING:
    from qpi_tui.rows.base import Row
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.requests import RequestRow
    from qpi_tui.rows.slots import SlotRow

SOON = timedelta(minutes=10)
"""How long before its start a slot is reported."""
# Jobs are read from this long before the last read, because clocks differ. After a longer gap, those submitted within
# the second.
OVERLAP, REACH = timedelta(seconds=30), timedelta(days=7)
# Reported jobs and slots are remembered this long after their end or start.
_REMEMBERED = timedelta(hours=1)
_LOOK_BACK = timedelta(minutes=15)
_MOST_READINGS = 500
_LONGEST = 300


class Notification(NamedTuple):
    """A notification.

    Attributes:
        kind: The name of its kind.
        text: A safe sentence on one line.
        record: The record as the server sent it; of a channel its displayed values.
        row: The same record, typed.
        key: The key in `Memory`.
        state: The state that it records for the key.
    """

    kind: str
    text: str
    record: Mapping[str, Any]
    row: Row
    key: str
    state: str

    def as_json(self, server: str) -> dict[str, object]:
        """Return the record for a program, with the event as `notification`."""
        kept = {key: value for key, value in self.record.items() if key not in ("payload", "results")}
        return {**kept, "notification": {"kind": self.kind, "text": self.text, "server": server}}


@dataclass
class Memory:
    """The sent notifications, and the last known states.

    Attributes:
        since: Until when jobs were read, in the server's time format; empty before the first read.
        states: What was reported or seen, by `kind/id`.
        kinds: The kinds that were read at least once. Records of a first read are not reported.
    """

    since: str = ""
    states: dict[str, str] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, found: object) -> Memory:
        """Return the memory stored in a file; an empty one if the file is not valid."""
        if not isinstance(found, Mapping):
            return cls()
        since, states, kinds = found.get("since"), found.get("states"), found.get("kinds")
        return cls(
            since if isinstance(since, str) and parse_date(since) else "",
            {str(key): str(value) for key, value in states.items()} if isinstance(states, Mapping) else {},
            [kind for kind in kinds if kind in KINDS] if isinstance(kinds, list) else [],
        )

    def as_json(self) -> dict[str, object]:
        """Return the data for a file."""
        return {"since": self.since, "states": self.states, "kinds": self.kinds}

    def note(self, told: Notification) -> None:
        """Record a notification as sent."""
        self.states[told.key] = told.state

    def drop_oldest(self) -> None:
        """Drop the older half of the states: jobs if there are any, because no other kind has as many."""
        jobs = [key for key in self.states if key.startswith("job/")] or list(self.states)
        for key in jobs[: (len(jobs) + 1) // 2]:
            del self.states[key]

    def forget(self, kind: str, keep: Callable[[str, str], bool]) -> None:
        """Drop the states of a kind for which `keep` is false."""
        gone = [key for key, value in self.states.items() if key.startswith(f"{kind}/") and not keep(key, value)]
        for key in gone:
            del self.states[key]


class Read(NamedTuple):
    """A list to read for a kind: the client's method and its arguments."""

    kind: str
    method: str
    arguments: Mapping[str, Any]


class NotificationRules:
    """Decides which notifications to send.

    Args:
        kinds: The kinds to report.
        memory: The earlier notifications.
        me: The id of the user; empty for an administrator, who gets everybody's.
        admin: Whether it is an administrator.
        limits: The limits of telemetry channels.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        memory: Memory,
        *,
        me: str = "",
        admin: bool = False,
        limits: telemetry.Limits | None = None,
    ) -> None:
        self.kinds = tuple(kinds)
        self.memory = memory
        self._me = me
        self._admin = admin
        self._limits = limits or {}
        self._slots: dict[str, tuple[Mapping[str, Any], SlotRow]] = {}

    @property
    def collections(self) -> tuple[str, ...]:
        """The collections to subscribe to for these kinds."""
        return tuple(registry()[KINDS[kind].resource].collection for kind in self.kinds)

    @property
    def topics(self) -> list[str]:
        """Return the same as topics to subscribe to."""
        return [registry()[KINDS[kind].resource].topic for kind in self.kinds]

    def reads(self, moment: datetime) -> list[Read]:
        """The lists to read at the start, and after each gap in the events."""
        since = parse_date(self.memory.since) or moment
        arguments: Mapping[str, Mapping[str, Any]] = {
            "job": {"changed_since": since - OVERLAP, "since": since - REACH, "everyone": self._admin},
            "request": {"status": "pending"},
            "qpu": {},
            "channel": {"since": moment - _LOOK_BACK, "limit": _MOST_READINGS},
            "slot": {"start": moment},
        }
        methods = {
            "job": "list_jobs",
            "request": "list_time_requests",
            "qpu": "list_all_qpus",
            "channel": "list_readings",
            "slot": "list_time_slots",
        }
        return [Read(kind, methods[kind], arguments[kind]) for kind in self.kinds]

    def read(self, kind: str, records: Sequence[Mapping[str, Any]]) -> list[Notification]:
        """Return the notifications for a list that was read."""
        if kind == "slot":
            self._slots = {}
        elif kind in ("request", "qpu"):
            there = {f"{kind}/{record.get('id')}" for record in records}
            self.memory.forget(kind, lambda key, _: key in there)
        if kind == "channel":
            found = self._channels(records)
        else:
            found = [each for record in records if (each := self._one(kind, record)) is not None]
        if kind in self.memory.kinds:
            return found
        self.memory.kinds.append(kind)
        for each in found:
            self.memory.note(each)
        return []

    def told(self, moment: datetime) -> None:
        """Everything read at this time is reported: the next read continues from there."""
        self.memory.since = stored(moment)
        for kind in ("job", "slot"):
            self.memory.forget(kind, lambda _, at: (parse_date(at) or moment) >= moment - _REMEMBERED - OVERLAP)

    def changed(self, collection: str, action: str, record: Mapping[str, Any]) -> list[Notification]:
        """Return the notifications for a change event."""
        kind = next((kind for kind in self.kinds if registry()[KINDS[kind].resource].collection == collection), "")
        if not kind or not isinstance(record.get("id"), str):
            return []
        if action == "delete":
            self._slots.pop(record["id"], None)
            self.memory.forget(kind, lambda key, _: key != f"{kind}/{record['id']}")
            return []
        if kind == "channel":
            return self._channels([record])
        found = self._one(kind, record)
        return [found] if found is not None else []

    def due(self, moment: datetime) -> list[Notification]:
        """Return the slots that start soon and were not notified."""
        found = []
        for record, slot in self._slots.values():
            start, end, key = slot.start, slot.end, f"slot/{slot.id}/{slot.start_time}"
            if start is None or end is None or not start - SOON <= moment < start or key in self.memory.states:
                continue
            whose = f"{slot.who}'s slot" if self._admin and slot.who else "A slot" if self._admin else "Your slot"
            minutes = max(round((start - moment).total_seconds() / 60), 1)
            said = f"{whose} begins in {minutes} min: {when(start, end)}."
            found.append(Notification("slot", clean(said, _LONGEST), record, slot, key, stored(start)))
        return found

    def until_due(self, moment: datetime) -> float | None:
        """Return the seconds until the next slot is due; None without one."""
        waits = [
            (slot.start - SOON - moment).total_seconds()
            for _, slot in self._slots.values()
            if slot.start is not None and slot.start > moment
            and f"slot/{slot.id}/{slot.start_time}" not in self.memory.states
        ]  # fmt: skip
        return max(min(waits), 0.0) if waits else None

    # -- the kinds ---------------------------------------------------------------------------------------------------

    def _one(self, kind: str, record: Mapping[str, Any]) -> Notification | None:
        row = registry()[KINDS[kind].resource].decode(record)
        found: tuple[str, str, str] | None = getattr(self, f"_{kind}")(record, row)
        if found is None:
            return None
        key, state, said = found
        return Notification(kind, clean(said, _LONGEST), record, row, key, state)

    def _mine(self, user: str) -> bool:
        return self._admin or not user or not self._me or user == self._me

    def _job(self, record: Mapping[str, Any], job: JobRow) -> tuple[str, str, str] | None:
        key = f"job/{job.id}/{job.status}"
        if job.status not in FINAL_STATUSES or not self._mine(job.user_id) or key in self.memory.states:
            return None
        ended = parse_date(job.finished_at) or parse_date(job.updated)
        since = parse_date(self.memory.since)
        if since is not None and ended is not None and ended < since - OVERLAP:
            # It ended before, and was only written again.
            return None
        said = f"Job {job.id}{f' on {job.qpu_name}' if job.qpu_name else ''} {job.status}"
        if self._admin and job.user_id:
            said = f"{said}, {job.who}"
        if job.status == "completed" and job.duration:
            said = f"{said} in {job.duration:.3g} s"
        if job.status == "failed" and job.error:
            said = f"{said}: {job.error}"
        return key, stored(ended) if ended is not None else "", f"{said}."

    def _request(self, record: Mapping[str, Any], request: RequestRow) -> tuple[str, str, str] | None:
        key = f"request/{request.id}"
        if not request.pending:
            self.memory.states.pop(key, None)
            return None
        if key in self.memory.states:
            return None
        why = f": {request.requested_reason}" if request.requested_reason else ""
        return key, "pending", f"{request.who or 'Somebody'} asks for {duration(request.seconds)}{why}"

    def _qpu(self, record: Mapping[str, Any], qpu: Any) -> tuple[str, str, str] | None:
        key, before = f"qpu/{qpu.id}", self.memory.states.get(f"qpu/{qpu.id}")
        if qpu.state == "offline" and before == "online":
            return key, "offline", f"QPU {qpu.label} went offline."
        self.memory.states[key] = qpu.state
        return None

    def _slot(self, record: Mapping[str, Any], slot: SlotRow) -> None:
        """Skip slots that are not due."""
        self._slots.pop(slot.id, None)
        if (slot.booked_by and slot.booked_by == self._me) or self._admin:
            self._slots[slot.id] = (record, slot)

    def _channels(self, records: Sequence[Mapping[str, Any]]) -> list[Notification]:
        from msgspec.structs import replace

        found = []
        for channel in channels(registry()["telemetry"].decode_all(records)):
            limit = telemetry.beyond(channel, self._limits)
            key, side = f"channel/{channel.id}", limit.partition(" ")[0]
            if not side or self.memory.states.get(key) == side:
                self.memory.states[key] = side
                continue
            value = f"{telemetry.amount(channel.value)} {channel.unit}".strip()
            said = f"{channel.driver} {channel.channel} is at {value}, {limit}."
            row = replace(channel, limit=limit)
            told = ("id", "driver", "qpu", "channel", "value", "unit", "status", "ts", "limit")
            record = {name: getattr(row, name) for name in told}
            found.append(Notification("channel", clean(said, _LONGEST), record, row, key, side))
        return found
