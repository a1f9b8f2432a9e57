"""Every table of the console by name, with its typed row and its columns; and one of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from qpi_tui.domain.columns import Cell, Column
from qpi_tui.resources import announcements, audit_log, drivers, jobs, qpus, requests, slots, telemetry, tokens, users
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
from qpi_tui.rows.users import UserRow

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROWS: dict[str, type[Row]] = {
    "announcements": AnnouncementRow,
    "drivers": DriverRow,
    "jobs": JobRow,
    "journal": AuditRow,
    "own jobs": JobRow,
    "qpus": QPURow,
    "requests": RequestRow,
    "queue": RequestRow,
    "own requests": RequestRow,
    "slots": SlotRow,
    "telemetry": ChannelRow,
    "tokens": TokenRow,
    "users": UserRow,
}
ALL: dict[str, Sequence[Column]] = {
    "announcements": announcements.COLUMNS,
    "drivers": drivers.COLUMNS,
    "jobs": jobs.for_role(everyone=True),
    "journal": audit_log.COLUMNS,
    "own jobs": jobs.for_role(everyone=False),
    "qpus": qpus.COLUMNS,
    "requests": requests.for_role(admin=True, every=True),
    "queue": requests.for_role(admin=True, every=False),
    "own requests": requests.for_role(admin=False, every=False),
    "slots": slots.COLUMNS,
    "telemetry": telemetry.COLUMNS,
    "tokens": tokens.COLUMNS,
    "users": users.COLUMNS,
}


def cell(name: str, key: str, record: dict[str, Any] | Row) -> Cell:
    row = record if isinstance(record, Row) else decode(ROWS[name], record)
    found = next(column for column in ALL[name] if column.key == key).cell(row)
    return Cell(found) if isinstance(found, str) else found


def channels_of(records: list[dict[str, Any]]) -> list[ChannelRow]:
    return channels(decode_all(ReadingRow, records))
