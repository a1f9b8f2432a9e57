"""Detects a slow line from the environment; the rest is measured in use.

On a slow line, the console sends at most five frames a second with fewer colours, turns the mouse off, and reads less
often.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Mapping

# Terminals on serial lines.
_SERIAL = frozenset({"vt100", "vt102", "vt200", "vt220", "vt320", "vt420", "wyse50", "wyse60"})
# Baud rates at which a screen takes more than a second. Pseudo-terminals report 38,400, which means nothing.
_SLOW_SPEEDS = frozenset(
    getattr(termios, f"B{rate}") for rate in (50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200)
)
# Seconds between two frames.
FRAME_GAP = 0.2
# Factor for timers.
PATIENCE = 5
# A line is slow with fewer bytes per second than this, or that many seconds per frame.
LEAST_RATE = 16_000
MOST_DELAY = 0.7
FIRST_DELAY = 2.0


def line_is_slow(environment: Mapping[str, str] = os.environ, fd: int = 1) -> bool:
    """Whether terminal type or line speed indicate a slow line."""
    if environment.get("TERM", "").partition("-")[0] in _SERIAL:
        return True
    try:
        return termios.tcgetattr(fd)[5] in _SLOW_SPEEDS
    except (termios.error, OSError, ValueError):
        return False
