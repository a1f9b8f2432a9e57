"""Limit the concurrent exchanges of an awaited client, first come, first served."""

from __future__ import annotations

import asyncio
import math
from collections import deque

from qpi_client.deadline import Deadline


class AsyncGate:
    """Lets `size` tasks of one event loop pass at a time."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, deadline: Deadline) -> bool:
        """Wait for a place. Return False if there is none before the deadline."""
        if self._free > 0:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            left = deadline.left()
            async with asyncio.timeout(None if left == math.inf else max(0.0, left)):
                await turn
        except TimeoutError:
            return turn.done() and not turn.cancelled()
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise
        finally:
            turn.cancel()
        return True

    def leave(self) -> None:
        """Pass the place to the task that has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def open(self) -> None:
        """Let everybody pass from now on: the client is closed and reports it to each."""
        self._free = 1 << 60
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
