"""The console at a real terminal, at the pace of the program: the next key comes when the last one's work is done.

`SteppedTerminal` runs `python -m tests.hostile.stepped` in place of `python -m qpi_tui`: the same program, which says
beside the terminal, on a pipe of its own, when it has taken all keys, worked off its messages and got every answer of
its server.
So nobody waits for a terminal to be quiet for a while, and nothing is pressed before its time.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from tests.cli import killed
from tests.tui.terminal.harness import KEYS, Terminal

# The two ends of the pipes that are the program's: questions, answers.
PIPES = "QPI_TESTS_PROGRESS"
# Set where keys that come too soon are what a test is about.
GUARDED = "QPI_TESTS_GUARDED"
# Names a step of its first change at which the program kills itself; it does not leave a request time to arrive.
KILLED = "QPI_TESTS_KILLED"
DEADLINE = 90.0


class SteppedTerminal(Terminal):
    """A console in a pseudo-terminal; `step` presses keys one after the other, each when the last one is done."""

    def __init__(self, words: list[str], *, env: Mapping[str, str], **more: Any) -> None:
        asked, self._ask = os.pipe()
        self._told, telling = os.pipe()
        self._pressed = 0
        env = {**env, PIPES: f"{asked} {telling}"}
        super().__init__(
            [sys.executable, "-m", "tests.hostile.stepped", *words], env=env, pass_fds=(asked, telling), **more
        )
        os.close(asked)
        os.close(telling)

    def press(self, *keys: str) -> None:
        """Press keys without waiting for what comes of them."""
        # As terminals with the newer protocol of keys send it: alone it is told from longer keys by the time after it.
        super().press(*("\x1b[27u" if key == "escape" else key for key in keys))
        self._pressed += sum(1 if key in KEYS else len(key) for key in keys)

    def type(self, text: str) -> None:
        """Type or paste a text without a terminal's brackets, in one write."""
        self.send(text)
        self._pressed += len(text)

    def step(self, *keys: str) -> None:
        """Press keys, each when all is done that the one before it began."""
        for key in keys:
            self.press(key)
            self.follow()

    def follow(self) -> None:
        """Read until everything is done that the keys have begun, or the program has ended."""
        if self.process.poll() is not None:
            return
        try:
            os.write(self._ask, f"{self._pressed}\n".encode())
        except BrokenPipeError:
            return
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.master, self._told], [], [], 1.0)
            if self.master in ready and not self.pump(0) and self.process.poll() is not None:
                return
            if self._told in ready:
                # Nothing more to read there is the end of the program.
                os.read(self._told, 64)
                while self.pump(0):
                    pass
                return
        raise AssertionError(f"not done within {DEADLINE:g} s: {bytes(self.raw[-300:])!r}")

    def close(self) -> None:
        """End the program, if it still runs."""
        super().close()
        for end in (self._ask, self._told):
            os.close(end)


# Coroutines of a dialog that is doing what it was told to.
BUSY = {"Form._do", "Batch._run"}


class ProgressProbe:
    """Inside the program: how many keys came, what is being asked of the server; and tells when all is done."""

    def __init__(self) -> None:
        self._keys = self._asking = self._asked = 0
        self._driver: Any = None
        self._came = threading.Condition()

    def watch(self) -> None:
        """Count keys as they leave the terminal's thread, and requests until their answer is there."""
        from textual import events
        from textual.driver import Driver

        from qpi_client.async_driver import AsyncDriver

        begin, send, through = Driver.__init__, Driver.send_message, AsyncDriver._exchange

        def begun(driver: Any, *args: Any, **more: Any) -> None:
            begin(driver, *args, **more)
            with self._came:
                self._driver = driver
                self._came.notify_all()

        def sent(driver: Any, message: Any) -> None:
            send(driver, message)
            with self._came:
                self._keys += isinstance(message, events.Key)
                self._came.notify_all()

        async def asked(client: Any, *request: Any) -> Any:
            self._asked += 1
            self._asking += 1
            try:
                return await through(client, *request)
            finally:
                self._asking -= 1

        Driver.__init__ = begun  # type: ignore[method-assign]
        Driver.send_message = sent  # type: ignore[method-assign]
        AsyncDriver._exchange = asked  # type: ignore[method-assign]

    def answer(self, asked: int, telling: int) -> None:
        """Answer each question, which is a number of keys, once they are done with; in a thread of its own."""
        with os.fdopen(asked) as questions:
            for line in questions:
                with self._came:
                    self._came.wait_for(lambda wanted=int(line): self._driver is not None and self._keys >= wanted)
                try:
                    asyncio.run_coroutine_threadsafe(self._done(), self._driver._loop).result()
                except RuntimeError:  # the loop is closed: the program is ending
                    return
                os.write(telling, b".")

    async def _done(self) -> None:
        from textual.pilot import Pilot

        app = self._driver._app
        quiet = 0
        while quiet < 2 and app.is_running:
            before = self._asked
            await Pilot(app)._wait_for_screen(5.0)
            # A timer that is due, and the thread that writes.
            await asyncio.sleep(0.002)
            works = {getattr(worker._work, "__qualname__", "") for worker in app.workers if worker.is_running}
            answered = before == self._asked and not self._asking
            still = answered and not works & BUSY and not app.key_queue.busy and _painted(app)
            quiet = quiet + 1 if still else 0


def _painted(app: Any) -> bool:
    """Whether a dialog that is open is on the terminal: before that no key confirms it."""
    guard = getattr(app.screen, "guard", None)
    return guard is None or not app.screen.guarded or guard.ready_at < float("inf")


def main() -> int:
    """Run the program, and tell of it."""
    asked, telling = (int(end) for end in os.environ.pop(PIPES).split())
    from qpi_tui.__main__ import main as program

    if not os.environ.pop(GUARDED, ""):
        # Keys come as soon as the last one's work is done: sooner than hands press them.
        from qpi_tui.terminal import bursts
        from qpi_tui.widgets import guard

        bursts.GAP = guard.SETTLED = guard.AGAIN = 0.0
        bursts.AHEAD = sys.maxsize
    if step := os.environ.pop(KILLED, ""):
        from qpi_tui.edits import recovery

        recovery.GRACE = 0.2
        killed.arm(step)
    probe = ProgressProbe()
    probe.watch()
    threading.Thread(target=probe.answer, args=(asked, telling), daemon=True).start()
    return program()


if __name__ == "__main__":
    sys.exit(main())
