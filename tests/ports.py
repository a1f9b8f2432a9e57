"""Ports for tests that need to know one before something listens on it."""

from __future__ import annotations

import random
import socket

# Below what Linux and macOS choose from for programs that take any port, and for outgoing connections.
CHOICE = range(20_000, 32_000)


def port_to_keep() -> int:
    """Return a free port that no other program is given by chance before the test uses it."""
    while True:
        port = random.choice(CHOICE)  # noqa: S311 (not a secret)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
