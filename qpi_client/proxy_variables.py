"""Whether there is any proxy, found without the library that reads their settings."""

from __future__ import annotations

import os
import sys


def may_be_proxied() -> bool:
    """Whether the environment, or the system's settings, name a proxy for some address."""
    if sys.platform in ("darwin", "win32"):
        # On these systems a proxy may be configured outside the environment.
        from urllib.request import getproxies

        return bool(getproxies())
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())
