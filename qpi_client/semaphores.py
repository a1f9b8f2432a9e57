"""Limit the concurrent exchanges of a blocking client, first come, first served."""

from __future__ import annotations

import threading
from collections import deque

from qpi_client.deadline import Deadline


class Gate:
    """Lets `size` threads pass at a time."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def enter(self, deadline: Deadline) -> bool:
        """Wait for a place. Return False if there is none before the deadline."""
        with self._guard:
            if self._free > 0:
                self._free -= 1
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            if turn.acquire(timeout=min(max(0.0, deadline.left()), threading.TIMEOUT_MAX)):
                return True
        except BaseException:
            if not self._given_up(turn):
                self.leave()
            raise
        return not self._given_up(turn)

    def _given_up(self, turn: threading.Lock) -> bool:
        """Stop waiting for a place; return whether it was not assigned yet."""
        with self._guard:
            try:
                self._waiting.remove(turn)
            except ValueError:
                return False
            return True

    def leave(self) -> None:
        """Pass the place to the thread that has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def open(self) -> None:
        """Let everybody pass from now on: the client is closed and reports it to each."""
        with self._guard:
            self._free = 1 << 60
            while self._waiting:
                self._waiting.popleft().release()
