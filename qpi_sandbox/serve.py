"""The command `qpi-tui sandbox`: serve a sandbox until interrupted."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.server import Sandbox

ADMIN_VARIABLE = "QPI_SANDBOX_ADMIN_PASSWORD"
USER_VARIABLE = "QPI_SANDBOX_USER_PASSWORD"
SHOWN_USERS = 3


def serve(
    *,
    port: int = 0,
    data: Path | str | None = None,
    as_json: bool = False,
    seed: int | None = 1,
    seed_jobs: int = 300,
    seed_users: int = 40,
    live: bool = True,
    generation: str = "v0.1",
    indexes: bool = False,
    sso: bool = False,
    mail: bool = False,
    job_timeout: float = 20.0,
    driver_restart: float | None = None,
    reconnect: bool = True,
    faults: Sequence[str] = (),
    fault_seed: int = 0,
    listen: str = "127.0.0.1",
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Serve a sandbox until SIGINT or SIGTERM. Return the exit code: 0, 1 (it cannot start) or 2 (wrong usage).

    `seed` None leaves it empty but for the administrator. With `as_json`, exactly one line goes to `out`, when it is
    ready: `{"url", "admin": {"identity", "password"}, "users": [{"identity", "password", "id"}, …]}`; without, the
    address and the sign-ins in words. Passwords come from the environment (`QPI_SANDBOX_ADMIN_PASSWORD`,
    `QPI_SANDBOX_USER_PASSWORD`) or are random. What went wrong is one sentence on `err`.
    """
    out, err = out or sys.stdout, err or sys.stderr
    with Interruption() as interruption:
        try:
            sandbox = Sandbox(
                data,
                port,
                seed=seed,
                jobs=seed_jobs,
                users=seed_users,
                live=live and seed is not None,
                generation=generation,
                indexes=indexes,
                sso=sso,
                mail=mail,
                job_timeout=job_timeout,
                driver_restart=driver_restart,
                reconnect=reconnect,
                faults=list(faults) or None,
                fault_seed=fault_seed,
                admin_password=os.environ.get(ADMIN_VARIABLE) or None,
                user_password=os.environ.get(USER_VARIABLE) or None,
                listen=listen or "127.0.0.1",
            )
            with sandbox:
                interruption.starting = False
                print(ready_line(sandbox) if as_json else ready_text(sandbox), file=out, flush=True)
                while not interruption.wait(0.5):
                    if not sandbox.running():
                        raise SandboxError("The server has ended. Start the sandbox again.")
        except KeyboardInterrupt:
            pass
        except SandboxError as error:
            print(error, file=err)
            return 2 if error.usage else 1
    return 0


class Interruption:
    """SIGINT and SIGTERM while a sandbox is served: waited for, and raised while it is `starting`."""

    def __init__(self) -> None:
        self.starting = True
        self._came = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        self._before = {number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self, seconds: float) -> bool:
        """Return whether a signal came within this time."""
        return self._came.wait(seconds)

    def _interrupt(self, *_: object) -> None:
        self._came.set()
        if self.starting:  # a large laboratory takes its time; what was begun is cleaned up on the way out
            raise KeyboardInterrupt


def ready_line(sandbox: Sandbox) -> str:
    """Return the URL and all credentials as one line of JSON."""
    admin = {"identity": sandbox.admin.identity, "password": sandbox.admin.password}
    return json.dumps({"url": sandbox.url, "admin": admin, "users": [user.as_dict() for user in sandbox.users]})


def ready_text(sandbox: Sandbox) -> str:
    """Return the URL and the first credentials as text."""
    people = [("administrator", sandbox.admin)] + [("user", user) for user in sandbox.users[:SHOWN_USERS]]
    width = max(len(who.identity) for _, who in people)
    lines = [f"Sandbox at {sandbox.url}", ""]
    lines += [f"  {role:<14} {who.identity:<{width}}  {who.password}" for role, who in people]
    if len(sandbox.users) > SHOWN_USERS:
        lines.append(f"  … and {len(sandbox.users) - SHOWN_USERS} more users with the same password")
    lines += [f"  {what:<14} {where}" for what, where in sandbox.beside().items()]
    return "\n".join([*lines, "", "Press Ctrl+C to stop it."])
