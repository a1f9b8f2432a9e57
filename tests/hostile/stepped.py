"""The console in a real terminal, driven at its own speed: the next key is sent when the previous one is done.

`SteppedTerminal` runs `python -m tests.hostile.stepped` instead of `python -m qpi_tui`: the same program, which reports
on a separate pipe when it has handled all keys and messages and has every response of its server. So no test waits for
a terminal to be quiet, and no key is pressed too early.
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

# The program's ends of the pipes: questions, answers.
PIPES = "QPI_TESTS_PROGRESS"
# Set by tests of keys that arrive too early.
GUARDED = "QPI_TESTS_GUARDED"
# The step of its first change at which the program kills itself. It does not wait for a request to arrive.
KILLED = "QPI_TESTS_KILLED"
DEADLINE = 90.0


class SteppedTerminal(Terminal):
    """A console in a pseudo-terminal. `step` presses keys one after another, each when the previous one is done."""

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
        """Press keys without waiting for their effects."""
        # Encoded as by terminals with the newer keyboard protocol; otherwise Esc is told from longer sequences by a
        # timeout.
        super().press(*("\x1b[27u" if key == "escape" else key for key in keys))
        self._pressed += sum(1 if key in KEYS else len(key) for key in keys)

    def type(self, text: str) -> None:
        """Type or paste a text without bracketed paste, in one write."""
        self.send(text)
        self._pressed += len(text)

    def step(self, *keys: str) -> None:
        """Press keys, each when everything that the previous one started is done."""
        for key in keys:
            self.press(key)
            self.follow()

    def follow(self) -> None:
        """Read until everything that the keys started is done, or the program has ended."""
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
                # End of file means the end of the program.
                os.read(self._told, 64)
                while self.pump(0):
                    pass
                return
        raise AssertionError(f"not done within {DEADLINE:g} s: {bytes(self.raw[-300:])!r}")

    def close(self) -> None:
        """Stop the program if it still runs."""
        super().close()
        for end in (self._ask, self._told):
            os.close(end)


# Coroutines of a dialog that is executing its action.
BUSY = {"Form._do", "Batch._run"}


class ProgressProbe:
    """Runs inside the program: counts keys and open requests, and reports when all is done."""

    def __init__(self) -> None:
        self._keys = self._asking = self._asked = 0
        self._driver: Any = None
        self._came = threading.Condition()

    def watch(self) -> None:
        """Count keys as they leave the terminal's thread, and requests until their response arrives."""
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
        """Answer each query, which is a number of keys, once these are handled; runs in its own thread."""
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

        from tests.tui.pilot_wait import wait_for_screen

        app = self._driver._app
        quiet = 0
        while quiet < 2 and app.is_running:
            before = self._asked
            await wait_for_screen(Pilot(app), 5.0)
            # A due timer, and the writer thread.
            await asyncio.sleep(0.002)
            works = {getattr(worker._work, "__qualname__", "") for worker in app.workers if worker.is_running}
            answered = before == self._asked and not self._asking
            still = answered and not works & BUSY and not app.key_queue.busy and _painted(app)
            quiet = quiet + 1 if still else 0


def _painted(app: Any) -> bool:
    """Whether an open dialog has been painted, before which no key confirms it."""
    guard = getattr(app.screen, "guard", None)
    return guard is None or not app.screen.guarded or guard.ready_at < float("inf")


def main() -> int:
    """Run the program and report its progress."""
    asked, telling = (int(end) for end in os.environ.pop(PIPES).split())
    from qpi_tui.__main__ import main as program

    if not os.environ.pop(GUARDED, ""):
        # Keys arrive as soon as the previous one is done, sooner than anybody types.
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
