"""The HTTP library: httpx, or httpx2 if the environment variable `QPI_HTTP` names it.

No other module imports either of them, so that the same code supports both and the suite runs with each. `httpcore` is
only needed for connections and is imported on first use.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

LIBRARY = os.environ.get("QPI_HTTP") or "httpx"

if TYPE_CHECKING:
    import httpcore
    import httpx
elif LIBRARY in ("httpx", "httpx2"):
    httpx = importlib.import_module(LIBRARY)
else:
    raise ImportError(f"QPI_HTTP is {LIBRARY!r}; it must be httpx or httpx2.")

__all__ = ["LIBRARY", "httpcore", "httpx"]


def __getattr__(name: str) -> Any:
    if name == "httpcore":
        found = importlib.import_module(LIBRARY.replace("httpx", "httpcore"))
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
