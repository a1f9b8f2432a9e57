"""Records of every shape: each screen shows what it can, and never loses the valid record among them."""

from __future__ import annotations

import json
import os
import random
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.worker import WorkerState

from qpi_client.results import parse_results
from qpi_sandbox import Credentials
from qpi_tui.cli.job_results import as_dict, csv_rows
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import Role
from qpi_tui.resources import (
    announcements,
    audit_log,
    drivers,
    jobs,
    qpus,
    registry,
    requests,
    slots,
    telemetry,
    tokens,
    usage,
    users,
)
from qpi_tui.rows.announcements import AnnouncementRow
from qpi_tui.rows.audit_log import AuditRow
from qpi_tui.rows.base import Row
from qpi_tui.rows.decode import decode, decode_all
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.qpus import QPURow
from qpi_tui.rows.requests import RequestRow
from qpi_tui.rows.slots import SlotRow
from qpi_tui.rows.telemetry import ChannelRow, ReadingRow, channels
from qpi_tui.rows.tokens import TokenRow
from qpi_tui.rows.usage_totals import UsageRow
from qpi_tui.rows.users import UserRow
from tests.hostile.corpus import CORPUS
from tests.hostile.server import Hostile, records_with, serve_hostile
from tests.tui.helpers import Person, at_console

FULL = os.environ.get("QPI_HOSTILE") == "full"
EXAMPLES, VISITS = (40, 40) if FULL else (3, 1)
ME = Credentials("me@test.example", "a-password-1234", "me0000000000000")
# The second request is pending.
SOUND = records_with(["sound", "sound"], id_prefix="snd")

for _reading in SOUND["events"]:
    # Older ones than fifteen minutes are not shown.
    _reading["ts"] = _reading["created"] = datetime.now(UTC).isoformat()

DATES = [
    "", "2026-11-23 05:20:14.198Z", "2026-11-23T05:20:14+02:00", "0000-00-00 00:00:00Z", "9999-12-31 23:59:59.999Z",
    "0001-01-01 00:00:00Z", "tomorrow", "2026-13-45", "1763875214", "2026-11-23", "2026-11-23 25:61:61Z",
]  # fmt: skip
NUMBERS = [
    0, -1, 1, 2**63, -(2**70), 10**400, 1e308, -0.0, float("nan"), float("inf"), float("-inf"), 1e-320, 1.5, 10**9,
]  # fmt: skip
STATUS = [
    "pending",
    "running",
    "completed",
    "failed",
    "cancelled",
    "online",
    "offline",
    "approved",
    "queued",
    "PENDING",
]
WORDS = [text[:2000] for text in CORPUS.values()]
PLAIN: list[list[Any]] = [[None, True, False, [], {}], NUMBERS, DATES, STATUS, WORDS]
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), *(st.sampled_from(each) for each in PLAIN[1:]))
VALUE = st.one_of(LEAF, st.lists(LEAF, max_size=3), st.dictionaries(st.sampled_from(WORDS), LEAF, max_size=3))
KEYS = st.sampled_from(
    ["counts", "hex_counts", "memory", "raw", "circuit_results", "error", "shots", "header", "success", "message",
     "circuits", "circuit", "meas_level", "meas_return", "creg_sizes", "memory_slots", "0x1", "01", "parameter_values"]
)  # fmt: skip
FIELDS = sorted({field for items in SOUND.values() for record in items for field in record} | {"_", "collectionId"})


@st.composite
def records(draw: st.DrawFn) -> Any:
    """Return a record in which any field may be missing, null, of another type, or absurd."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUE)
    made = draw(st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=len(FIELDS)))
    if draw(st.booleans()):
        made["id"] = draw(st.sampled_from(["rec0000000000001", "rec0000000000002", "x\x1b[2J"]))
    return made


def deep(levels: int) -> Any:
    value: Any = "end"
    for _ in range(levels):
        value = {"expand": [value]}
    return value


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        server.records = SOUND
        yield server


def failures(person: Person) -> list[str]:
    """Collect internal errors that nobody saw."""
    app = person.app
    found = [repr(app._exception)] if app._exception is not None else []
    found += [repr(worker.error) for worker in app.workers if worker.state is WorkerState.ERROR]
    for screen in app.console_screens():
        error = screen.feed.health.error
        if error is not None and not type(error).__module__.startswith("qpi_client"):
            found.append(f"{type(screen).__name__}: {error!r} {traceback.format_tb(error.__traceback__)[-2:]}")
    return found


async def visit(person: Person, role: Role, seed: int = 0) -> list[str]:
    """Open every screen of the role and the detail of its first lines; return what was shown."""
    seen = []
    for place in registry().values():
        if not place.visible(role):
            continue
        person.app.go(place.id)
        await person.pilot.pause()
        feed = person.app.screen.feed
        before = feed.reads
        feed.forget()
        feed.poke()
        await person.until(lambda feed=feed, before=before: feed.reads > before and feed.health.mood != "waiting")
        await person.pilot.pause()
        seen.append(f"== {place.id}\n{person.screen}")
        if place.id == "slots":
            assert SOUND["time_slots"][0]["id"] in {slot["id"] for slot in person.app.screen.slots()}, f"seed {seed}"
        elif place.id not in {"overview", "journal", "doctor", "server", "usage"}:
            # Unparsable records hide no others.
            shown = [str(record) for record in person.app.screen.table.visible_records]
            assert [each for each in shown if "sound" in each or "snd00" in each], f"seed {seed}: {seen[-1]}"
        for key in ("enter", "escape", "end", "enter", "escape", "home"):
            await person.press(key)
        await person.pilot.pause()
        assert not failures(person), f"seed {seed}, {place.id}: {failures(person)}"
    return seen


def strange(chance: random.Random, depth: int = 0) -> Any:
    """Return a value of any kind, absurd more often than not."""
    if depth < 3 and chance.random() < 0.25:
        inner = [strange(chance, depth + 1) for _ in range(chance.randrange(4))]
        return inner if chance.random() < 0.5 else {chance.choice(WORDS): value for value in inner}
    return chance.choice(chance.choice(PLAIN))


def strange_record(chance: random.Random, like: Any) -> Any:
    """Return a record with fields that are missing, null, of another type or absurd, or no record at all."""
    if chance.random() < 0.08:
        return strange(chance)
    made = {field: value for field, value in like.items() if chance.random() < 0.8}
    for field in chance.sample(FIELDS, chance.randrange(1, len(FIELDS))):
        made[field] = strange(chance)
    if chance.random() < 0.8:
        made["id"] = chance.choice(["rec0000000000001", "rec0000000000002", "x\x1b[2J", "y" * 300])
    return made


@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
async def test_records_of_any_shape_crash_nothing_and_hide_no_other_record(
    hostile: Hostile, role: Role, record_property: Callable[[str, object], None]
) -> None:
    async with at_console(hostile.url, role.value, ME, screen="journal", frames=True) as person:
        for seed in range(VISITS):
            chance = random.Random(f"{role} {seed}")  # noqa: S311 - a story to replay, no secret
            hostile.records = {
                collection: [*(strange_record(chance, sound[0]) for _ in range(12)), *sound]
                for collection, sound in SOUND.items()
            }
            assert await visit(person, role, seed)
    record_property("records of any shape, on every screen", VISITS * 12 * len(SOUND))


async def test_ten_thousand_levels_and_ten_megabytes_are_handled(hostile: Hostile) -> None:
    hostile.records = {collection: [*sound] for collection, sound in SOUND.items()}
    hostile.records["users"] = [
        {"id": "deep00000000000", "name": deep(400)},
        {"id": "long00000000000", "name": "x" * 10_000_000},
        *SOUND["users"],
    ]
    hostile.raw["/api/collections/drivers/records"] = b'{"items":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}"
    try:
        async with at_console(hostile.url, "admin", ME, screen="users", frames=True) as person:
            await person.sees("N000 sound")
            person.app.go("drivers")
            await person.sees("offline")
            assert not failures(person)
    finally:
        hostile.raw.clear()


COLUMNS: dict[str, list[Column]] = {
    "users": list(users.COLUMNS),
    "drivers": list(drivers.COLUMNS),
    "tokens": list(tokens.COLUMNS),
    "announcements": list(announcements.COLUMNS),
    "requests": list(requests.for_role(admin=True, every=True)),
    "jobs": list(jobs.for_role(everyone=True)),
    "my requests": list(requests.for_role(admin=False, every=True)),
    "my jobs": list(jobs.for_role(everyone=False)),
    "qpus": list(qpus.COLUMNS),
    "slots": list(slots.COLUMNS),
    "telemetry": list(telemetry.COLUMNS),
    "journal": list(audit_log.COLUMNS),
    "usage": list(usage.COLUMNS),
}


ROWS: dict[str, type[Row]] = {
    "users": UserRow,
    "drivers": DriverRow,
    "tokens": TokenRow,
    "announcements": AnnouncementRow,
    "requests": RequestRow,
    "jobs": JobRow,
    "my requests": RequestRow,
    "my jobs": JobRow,
    "qpus": QPURow,
    "slots": SlotRow,
    "telemetry": ChannelRow,
    "journal": AuditRow,
    "usage": UsageRow,
}


@pytest.mark.parametrize("name", list(ROWS))
@settings(max_examples=60 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=records())
def test_every_cell_is_a_single_safe_text(name: str, record: Any) -> None:
    shown = decode(ROWS[name], record)
    for column in COLUMNS[name]:
        cell = column.cell(shown)
        text = cell.text if isinstance(cell, Cell) else cell
        assert isinstance(text, str)
        assert "\x1b" not in text
        if column.sort is not None:
            hash(column.sort(shown))


ANSWER = st.recursive(VALUE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6))


@settings(max_examples=100 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(results=ANSWER, payload=ANSWER)
def test_any_result_of_a_driver_is_handled(results: Any, payload: Any) -> None:
    job = {"id": "x", "status": "completed", "results": results, "payload": payload}
    for entry in parse_results(job):
        assert entry.counts is not None or entry.memory is not None or entry.error or entry.outcomes is not None
    shown = as_dict(job)
    assert shown["id"] == "x"
    json.dumps(shown)
    for row in csv_rows(job):
        assert len(row) == 7


@settings(max_examples=60 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(records(), max_size=6))
def test_readings_of_any_shape_are_channels_or_nothing(events: list[Any]) -> None:
    kept = channels(decode_all(ReadingRow, [*events, *SOUND["events"]]))
    assert any("sound" in channel.channel for channel in kept)
    for channel in kept:
        assert channel.state in {"silent", "bad", "good"}
        telemetry.beyond(channel, {"*": {"min": 0, "max": 1}})
