"""The content of the first two lines: server, freshness, account, and tabs. Pure."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from qpi_tui.actions import Keys
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.feed import Health
from qpi_tui.live.header_counts import HeaderCounts
from qpi_tui.resources import registry
from qpi_tui.session.connection import Connection, session_over, unencrypted
from qpi_tui.widgets.lines import Tab

if TYPE_CHECKING:
    from qpi_tui.live.servers import LiveSession

Parts = tuple[Part, ...]
# Clocks that differ by this many seconds are reported: users would misread times.
CLOCKS_DIFFER = timedelta(minutes=1)


def tabs(role: Role, keys: Keys, badges: HeaderCounts, generation: str = "") -> list[Tab]:
    """Return the tabs of a role on a server of this generation, with their counts."""
    counts = {"requests": badges.pending} if role is Role.ADMIN else {}
    return [
        Tab(id, keys.word(f"go.{id}"), place.title_for(role), place.short_title_for(role), counts.get(id, 0))
        for id, place in registry().items()
        if place.tab and place.visible(role) and place.exists_on(generation)
    ]


def where(name: str, url: str, colour: str) -> Parts:
    """Return the profile's name or the address, in the profile's colour."""
    shown = name or url.split("://", 1)[-1]
    return ((f" {shown} ", f"bold reverse {colour}"),) if colour else ((shown, "bold"),)


def all_servers(servers: Sequence[LiveSession], signed_in: Collection[int]) -> Parts:
    """Return every server's name in its colour; without colour if not signed in."""
    parts: list[Part] = []
    for at, each in enumerate(servers):
        here = at in signed_in
        parts += [
            (
                f" {each.name} " if here else f"○ {each.name}",
                f"bold reverse {each.settings.colour}" if here else "$text-muted",
            ),
            (" ", ""),
        ]
    return tuple(parts)


def warning(url: str, behind: timedelta, *, slow: bool = False) -> Parts:
    """Return the warnings in the middle, which is never cut; `behind`: how far this machine's clock is behind."""
    parts: list[Part] = [("▲ NOT ENCRYPTED  ", "bold $text-error")] if unencrypted(url) else []
    if abs(behind) >= CLOCKS_DIFFER:
        word = "slow" if behind > timedelta(0) else "fast"
        parts.append((f"▲ clock {duration(round(abs(behind).total_seconds() / 60) * 60)} {word}  ", "$text-warning"))
    if slow:
        parts.append(("slow line  ", "$text-muted"))
    return tuple(parts)


def not_signed_in(*, signing_in: bool) -> Parts:
    """Return the state before sign-in or after sign-out."""
    return (("… signing in" if signing_in else "○ signed out", "$text-muted"),)


def with_outage(health: Health, since: float | None, error: Exception | None) -> Health:
    """Return a screen's health combined with the server's: an outage may be older than this screen."""
    if since is None:
        return health
    if health.mood != "offline":
        return Health("offline", health.read_at, since, None, error)
    began = since if health.failing_since is None else min(since, health.failing_since)
    return health._replace(failing_since=began)


def freshness(health: Health, *, every: float | None) -> Parts:
    """Return how old the data may be; `every` is the timer in seconds, None while change events flow."""
    if health.mood == "offline" and health.failing_since is not None:
        now = time.monotonic()
        gone = max(now - health.failing_since, 0)
        again = "" if health.next_try is None else f", next try in {max(health.next_try - now, 0):.0f} s"
        if health.error is not None and session_over(health.error):
            return (("▲ session expired: sign in again", "bold $text-error"),)
        return ((f"▲ offline {duration(max(int(gone), 1))}{again}", "bold $text-error"),)
    if health.mood == "waiting":
        return (("… reading", "$text-muted"),)
    if every is None:
        return (("● live", "$text-success"),)
    return ((f"◐ polling {every:g} s", "$text-success"),)


def who(connection: Connection | None, badges: HeaderCounts, *, read_only: bool, room: int) -> Parts:
    """Return the account, read-only mode, and a user's balance, in seconds too if `room` suffices."""
    parts: list[Part] = [(" READ-ONLY ", "bold reverse $warning"), (" ", "")] if read_only else []
    if connection is not None and connection.behind is not None:
        parts += [(" AS ", "bold reverse $error"), (" ", "")]
    if connection is not None:
        parts.append((connection.identity, ""))
        if connection.role is Role.ADMIN:
            parts.append(("  admin", "bold"))
        if badges.balance is not None:
            words, seconds = f"  {duration(badges.balance)}", f" ({badges.balance:,.0f} s)"
            fits = sum(len(text) for text, _ in parts) + len(words) + len(seconds) <= room
            parts.append((f"{words}{seconds if fits else ''}", "bold $text-accent"))
    return tuple(parts)
