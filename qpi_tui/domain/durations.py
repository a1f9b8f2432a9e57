"""Format QPU time (`1 h 40 min`) and parse it (`+2h`, `-30m`, `=3600`, `90`, `1:30:00`)."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

MOST = 1e9  # Seconds; about thirty years.
EXAMPLES = "2h, 30m, 1h30m, 90 (seconds) or 1:30:00"
_PIECE = r"(\d+(?:\.\d+)?)\s*(h|hours?|hrs?|m|min|mins|minutes?|s|sec|secs|seconds?|d|days?)?(?![a-z])"
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


class Amount(NamedTuple):
    """A change of a balance: `add` or `take` these seconds, or `set` it to them."""

    op: Literal["add", "take", "set"]
    seconds: float


def duration(seconds: float) -> str:
    """Format seconds in the two largest units: `27 h`, `1 h 40 min`, `1 min 30 s`, `12 s`, `0.32 s`, `0`."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.2g} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    if hours >= 100:
        return f"{round(whole / 3600):,} h"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    return f"{rest} s" if rest else "0"


def short_duration(seconds: float) -> str:
    """Format them for a narrow column: `1 h 40`."""
    said = duration(seconds)
    return said.removesuffix(" min") if " h " in said else said


def parse_amount(text: str) -> Amount:
    """Parse an amount; a plain number adds seconds. Raises `ValueError` with a message."""
    typed = text.strip()
    ops: dict[str, Literal["add", "take", "set"]] = {"+": "add", "-": "take", "−": "take", "=": "set"}
    op = ops.get(typed[:1], "add")
    body = typed[1:].strip() if typed[:1] in ops else typed
    seconds = _seconds(body)
    if seconds is None:
        raise ValueError(f"{typed[:40]!r} is not an amount of time. Type for example {EXAMPLES}; - takes, = sets.")
    if seconds > MOST:
        raise ValueError("The limit is 1,000,000,000 seconds (about 32 years).")
    if seconds == 0 and op != "set":
        raise ValueError("That changes nothing. `=0` sets the balance to 0.")
    return Amount(op, seconds)


def _seconds(body: str) -> float | None:
    clock = re.fullmatch(r"(\d{1,6}):([0-5]?\d)(?::([0-5]?\d))?", body)
    if clock:
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return hours * 3600.0 + minutes * 60.0 + rest
    # A comma is allowed between thousands only: 1,5 could be one and a half or fifteen.
    if re.fullmatch(r"(\d+|\d{1,3}([,_ ]\d{3})+)(\.\d+)?", body):
        return float(re.sub("[,_ ]", "", body))
    position, total = 0, 0.0
    while position < len(body):
        # Compiled with the first typed amount, and cached by `re`.
        piece = re.compile(_PIECE, re.IGNORECASE).match(body, position)
        if piece is None or not piece[2]:
            return None
        total += float(piece[1]) * _UNITS[piece[2][0].lower()]
        position = piece.end()
        while position < len(body) and body[position] == " ":
            position += 1
    return total if body else None
