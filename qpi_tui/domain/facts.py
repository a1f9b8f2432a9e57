"""What records mean: pure readings of what the server sent, tolerant of anything missing or of another type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import age, now, parse_date
from qpi_tui.domain.durations import duration, short_duration
from qpi_tui.domain.sanitize import pad

if TYPE_CHECKING:
    from qpi_client.records import JobStatus
    from qpi_tui.domain.styled_text import Part

Record = Mapping[str, Any]

# A superuser's calls to the custom routes run as a hidden user record that holds this many seconds.
HIDDEN_BALANCE = 999_999_999
ACTIVE: tuple[JobStatus, ...] = ("pending", "running")


def number(value: object) -> float:
    """A number that can be reckoned with; anything else is 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    try:
        found = float(value)
    except OverflowError:  # an integer beyond every float
        return 0.0
    return found if math.isfinite(found) else 0.0


def seconds_of(request: Record) -> float:
    """The seconds that a request asks for."""
    return number(request.get("seconds"))


def expanded(record: Record, field: str) -> Record:
    """The record that a relation points to, where the server expanded it."""
    expand = record.get("expand")
    found = expand.get(field) if isinstance(expand, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def user_name(user: Record) -> str:
    """How people know a user: e-mail, else name, else id."""
    return str(user.get("email") or user.get("name") or user.get("id") or "?")


def who(record: Record, field: str = "user") -> str:
    """The person that a relation points to, by e-mail where it is known, else by id."""
    return user_name(expanded(record, field) or {"id": record.get(field)})


def balance_of(user: Record) -> float:
    """A user's QPU seconds."""
    return number(user.get("qpu_seconds"))


def requester_balance(request: Record) -> float | None:
    """The balance of who asks, where the server told it."""
    user = expanded(request, "user")
    return balance_of(user) if "qpu_seconds" in user else None


def hidden_user(user: Record) -> bool:
    """Whether it is the record that a superuser's own calls run as."""
    return balance_of(user) >= HIDDEN_BALANCE


def balance_change(before: float | None, seconds: float) -> str:
    """`1 h 12 → 1 h 42`."""
    if before is None:
        return "balance not known"
    return f"{short_duration(before)} → {short_duration(before + seconds)}"


def balances_before(requests: Sequence[Record]) -> list[float | None]:
    """For each request, the balance that it is added to: those of one user add up, in this order."""
    balances: dict[object, float | None] = {}
    found = []
    for request in requests:
        before = balances.get(request.get("user"), requester_balance(request))
        found.append(before)
        balances[request.get("user")] = None if before is None else before + seconds_of(request)
    return found


def approval_line(request: Record, width: int = 30, before: float | None = None) -> list[Part]:
    """Who, in so many columns or more, how much, and both balances, as a line of the dialog.

    `before` is the balance that requests above it leave, where these are of the same user.
    """
    seconds = seconds_of(request)
    before = requester_balance(request) if before is None else before
    return [
        (f"{pad(who(request), width)} ", "bold"),
        (f"{duration(seconds):>12}   ", ""),
        (balance_change(before, seconds), "$text-muted"),
    ]


def qpu_state(qpu: Record) -> str:
    """`online`, `maintenance`, `off` (not enabled), `offline` (enabled, but its driver is not there)."""
    status = str(qpu.get("status", ""))
    if status == "maintenance":
        return "maintenance"
    if not qpu.get("enabled"):
        return "off"
    return "online" if status == "online" else "offline"


def qpu_words(qpu: Record) -> str:
    """The state as a sentence's end: `online`, `enabled, but offline`, `disabled`…"""
    status, enabled = str(qpu.get("status", "?")), bool(qpu.get("enabled"))
    if status == "maintenance":
        return "in maintenance" if enabled else "in maintenance, disabled"
    if not enabled:
        return f"disabled ({status})" if status == "online" else "disabled"
    return "online" if status == "online" else "enabled, but offline"


def running_drivers(drivers: Iterable[Record]) -> list[Record]:
    """Those that run jobs: what reads a cryostat says nothing of its QPU."""
    return [driver for driver in drivers if driver.get("kind") != "bluefors_gen1"]


def why_offline(qpu: Record, drivers: Sequence[Record]) -> str:
    """Why an enabled QPU is not online, in words; nothing where there is nothing to explain."""
    if qpu_state(qpu) != "offline":
        return ""
    name = qpu.get("name")
    running = running_drivers(drivers)
    if not running:
        return f"{name} is enabled but offline: it has no driver."
    on = [driver for driver in running if driver.get("enabled", True)]
    if not on:
        return f"{name} is enabled but offline: its driver {running[0].get('name')} is off."
    latest = max(on, key=lambda driver: str(driver.get("last_seen") or ""))
    if latest.get("status") == "online":
        # Enabled again after it was off: the server waits for the driver to come back by itself.
        return f"{name} is enabled but offline: its driver {latest.get('name')} has not connected since it was enabled."
    seen = age(latest.get("last_seen"))
    said = f"was last seen {seen} ago" if seen else "has never connected"
    return f"{name} is enabled but offline: its driver {latest.get('name')} {said}."


def why_waits(qpu: Record, drivers: Sequence[Record]) -> str:
    """Why jobs do not leave the queue of a QPU, in words; nothing where they do."""
    state, name = qpu_state(qpu), qpu.get("name")
    if state == "maintenance":
        return f"{name} is in maintenance: jobs wait until that is over."
    if state == "off":
        return f"{name} is disabled: jobs wait until an operator enables it."
    why = why_offline(qpu, drivers)
    return f"{why} Jobs wait until it is back." if why else ""


def slot_holder(slots: Sequence[Record]) -> str:
    """Who holds the slot that runs now, or nothing."""
    moment = now()
    for slot in slots:
        start, end = parse_date(slot.get("start_time")), parse_date(slot.get("end_time"))
        if start is not None and end is not None and start <= moment < end:
            return who(slot, "booked_by")
    return ""


def coming_slots(slots: Sequence[Record]) -> list[tuple[datetime, datetime, Record]]:
    """The slots that run now or begin later, in order, each with when it begins and ends."""
    moment, found = now(), []
    for slot in slots:
        start, end = parse_date(slot.get("start_time")), parse_date(slot.get("end_time"))
        if start is not None and end is not None and end > moment:
            found.append((start, end, slot))
    return sorted(found, key=lambda each: each[0])
