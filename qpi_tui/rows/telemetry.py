"""Readings of instruments as received, and the channels made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import ClassVar, Literal

import msgspec

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Number, Row
from qpi_tui.rows.drivers import QPURef

SILENT = timedelta(minutes=5)
"""A channel whose last reading is older than this is highlighted."""
_GOOD = {"", "SYNCHRONIZED", "OK", "NORMAL"}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One value; None if the instrument had none."""

    value: Number | None = None
    unit: str = ""
    status: str = ""


class ReadingRow(Row, frozen=True, kw_only=True):
    """One report of a driver: its readings by channel. `kind` is the event's type, such as `CryostatReading`."""

    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"driver": QPURef, "qpu": QPURef}

    kind: str = ""
    ts: str = ""
    driver: str = ""
    qpu: str = ""
    source: str = ""
    readings: dict[str, Reading] = msgspec.field(default_factory=dict)
    driver_record: QPURef | None = None
    qpu_record: QPURef | None = None

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Extract the readings from the payload; drop invalid ones."""
        payload = record.get("payload")
        readings = payload.get("readings") if isinstance(payload, Mapping) else None
        found = readings if isinstance(readings, Mapping) else {}
        sound = {key: value for key, value in found.items() if isinstance(value, Mapping)}
        return {**record, "kind": record.get("type"), "readings": sound}

    @property
    def driver_name(self) -> str:
        """The driver's name, id or source."""
        return (self.driver_record.name if self.driver_record is not None else "") or self.driver or self.source

    @property
    def qpu_name(self) -> str:
        """The QPU's name, or its id."""
        return (self.qpu_record.name if self.qpu_record is not None else "") or self.qpu


class ChannelRow(Row, frozen=True, kw_only=True):
    """One channel of an instrument: its last value, and all of them, oldest first, as pairs of a date and a number.

    `limit` is the limit that the last value exceeds, `trend` draws the values in a few characters.
    """

    channel: str = ""
    value: float | None = None
    unit: str = ""
    status: str = ""
    ts: str = ""
    driver: str = ""
    qpu: str = ""
    values: tuple[tuple[str, float], ...] = ()
    limit: str = ""
    trend: str = ""

    @property
    def state(self) -> Literal["silent", "bad", "good"]:
        """`silent` (no reading for five minutes), `bad` (no value, or the instrument says so) or `good`."""
        moment = parse_date(self.ts)
        if moment is None or now() - moment > SILENT:
            return "silent"
        good = self.value is not None and self.status.upper() in _GOOD
        return "good" if good and not self.limit else "bad"


def channels(readings: Iterable[ReadingRow]) -> list[ChannelRow]:
    """Convert reports, newest first, to one row per channel: its last value, and all, oldest first."""
    first: dict[str, tuple[ReadingRow, str, Reading]] = {}
    values: dict[str, list[tuple[str, float]]] = {}
    for report in readings:
        for name, reading in report.readings.items():
            id = f"{report.driver or report.source}/{name}"
            first.setdefault(id, (report, name, reading))
            if reading.value is not None:
                values.setdefault(id, []).append((report.ts, reading.value))
    rows = [
        ChannelRow(
            id=id,
            channel=name,
            value=reading.value,
            unit=reading.unit,
            status=reading.status,
            ts=report.ts,
            driver=report.driver_name,
            qpu=report.qpu_name,
            values=tuple(reversed(values.get(id, ()))),
        )
        for id, (report, name, reading) in first.items()
    ]
    return sorted(rows, key=lambda row: (row.qpu, row.driver, row.channel))
