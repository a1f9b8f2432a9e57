"""Whether the line to the terminal is a slow one, as far as the environment tells; the rest is seen while it is used.

On a slow line the console sends at most five frames a second, fewer colours, asks for no mouse, and reads less often.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Mapping

# Terminals at the end of a serial line.
_SERIAL = frozenset({"vt100", "vt102", "vt200", "vt220", "vt320", "vt420", "wyse50", "wyse60"})
# Baud rates below which a screen takes more than a second. Pseudo-terminals say 38,400, which means nothing.
_SLOW_SPEEDS = frozenset(
    getattr(termios, f"B{rate}") for rate in (50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200)
)
# Seconds between two frames.
FRAME_GAP = 0.2
# Timers are so many times longer.
PATIENCE = 5
# A line that takes fewer bytes a second than this, or that many seconds for a frame, is slow.
LEAST_RATE = 16_000
MOST_DELAY = 0.7
FIRST_DELAY = 2.0


def line_is_slow(environment: Mapping[str, str] = os.environ, fd: int = 1) -> bool:
    """Whether terminal type or line speed say so."""
    if environment.get("TERM", "").partition("-")[0] in _SERIAL:
        return True
    try:
        return termios.tcgetattr(fd)[5] in _SLOW_SPEEDS
    except (termios.error, OSError, ValueError):
        return False
