"""Slots as a calendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from qpi_tui.domain import clock
from qpi_tui.domain.sanitize import clean_joined


def week_ics(slots: Iterable[Mapping[str, Any]], *, stamp: datetime | None = None) -> str:
    """Return a calendar with one event per slot, as text with CRLF line ends.

    A slot has `id`, aware `start` and `end`, `own` and `who` (the holder's name). `stamp` is the creation time of the
    file.
    """
    made = _utc(stamp or clock.now())
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//qpi-tui//slots//EN", "CALSCALE:GREGORIAN"]
    for slot in slots:
        who = "you" if slot["own"] else str(slot["who"])
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_escaped(str(slot['id']))}@qpi-tui",
            f"DTSTAMP:{made}",
            f"DTSTART:{_utc(slot['start'])}",
            f"DTEND:{_utc(slot['end'])}",
            f"SUMMARY:{_escaped(f'QPU slot: {who}')}",
            f"TRANSP:{'OPAQUE' if slot['own'] else 'TRANSPARENT'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """Escape TEXT of RFC 5545, 3.3.11: backslash, semicolon, comma and line breaks; other controls are not allowed.

    Joiners stay: Persian names need them.
    """
    text = "\n".join(clean_joined(line.expandtabs(4), 20_000) for line in text.replace("\r\n", "\n").split("\n"))
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold lines at 75 octets, 3.1, without cutting a character."""
    out, room = [], 75
    for char in line:
        size = len(char.encode())
        if size > room:
            out.append("\r\n ")
            room = 74
        out.append(char)
        room -= size
    return "".join(out) + "\r\n"
