"""Runs one command for as long as the process that started it lives, however it ends.

Started as a script (`python -I -S guard.py [--remove DIR] -- COMMAND…`) with a pipe as standard input: when the pipe
closes or the parent changes, the command is stopped and the folder removed. If the command ends by itself, the folder
stays, with the log in it; any input on the pipe keeps it too. If the guard itself is killed, the kernel kills the
command (Linux). It is a separate process because a death signal that is set from a thread fires when that thread ends.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess  # starting a program is what this is for
import sys

POLL = 0.5  # seconds between looks at the parent, for systems where the pipe may be held open by a fork
GRACE = 4.0  # seconds that a command has to end by itself

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies. Linux only; elsewhere the pipe does that."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(child: subprocess.Popen[bytes], gently: bool) -> None:
    """End the command, first by SIGTERM if `gently`."""
    if gently:
        child.terminate()
        try:
            child.wait(GRACE)
            return
        except subprocess.TimeoutExpired:
            pass
    child.kill()
    child.wait()


def main(arguments: list[str]) -> int:
    """Run the command until it ends or the parent does, and return its exit code."""
    remove = ""
    if arguments[0] == "--remove":
        remove = arguments[1]
        arguments = arguments[2:]
    command = arguments[1:]  # after "--"
    parent = os.getppid()
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)  # the end of the command, and signals to us, wake the wait below
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)  # noqa: S603  # no shell
    while child.poll() is None and not asked and os.getppid() == parent:
        ready, _, _ = select.select([0, woken], [], [], POLL)
        if woken in ready:
            os.read(woken, 64)
        if 0 in ready:
            if not os.read(0, 64):
                break
            remove = ""  # Any input: the folder is still needed.
    if child.poll() is None:
        stop(child, gently=not remove)
        if remove:
            shutil.rmtree(remove, ignore_errors=True)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
