"""The sandbox's PocketBase process."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import secrets
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from qpi_sandbox.binary import SandboxError, find_pocketbase
from qpi_sandbox.credentials import ADMIN
from qpi_sandbox.processes import Guarded

HERE = Path(__file__).parent
READY_WITHIN = 30.0  # seconds; a busy machine may take a while over the first migrations
ATTEMPTS = 5  # a free port may be taken by another program before the server has it
PORT_COMES_BACK = 10.0  # seconds to wait for the port of a server that is started again
TAKEN = "address already in use"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # A proxy in the environment is not for loopback.


class PocketBase:
    """PocketBase with the sandbox's migrations and hooks, on the folder `data`.

    With `temporary` the folder goes when the process does. `key` opens the routes that are the sandbox's own. `run`
    tells one run of the process from another: connections of drivers belong to one.
    """

    def __init__(self, data: Path, *, temporary: bool, generation: str, admin_password: str, listen: str) -> None:
        self._program = find_pocketbase()
        self._data = data
        self._temporary = temporary
        self._listen = listen
        self.key = secrets.token_hex(16)
        self.run = ""
        self._environment = {
            "QPI_GENERATION": generation,
            "QPI_SANDBOX_ADMIN": ADMIN,
            "QPI_SANDBOX_ADMIN_PASSWORD": admin_password,
            "QPI_SANDBOX_WORKER_KEY": self.key,
        }
        self._process: Guarded | None = None
        self.url = ""

    def start(self, port: int) -> None:
        """Start on `port` (0: any free one) and return when it answers; raises `SandboxError` with its last line."""
        self.run = self._environment["QPI_SANDBOX_RUN"] = self.run or secrets.token_hex(4)
        if port and not port_is_free(self._listen, port):
            raise SandboxError(f"Port {port} is taken by another program. Stop it, or choose another port.")
        for _ in range(1 if port else ATTEMPTS):
            chosen = port or free_port(self._listen)
            self._process = self._launch(chosen)
            self.url = f"http://{reachable(self._listen)}:{chosen}"
            if self._answers():
                return
            self._process.stop()
            if TAKEN not in self._last_line():
                break
        raise SandboxError(f"PocketBase did not start: {self._last_line()}")

    def running(self) -> bool:
        """Return whether the process still runs."""
        return self._process is not None and self._process.running()

    def stop(self) -> None:
        """End the process, by SIGTERM first if its folder stays."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def ask(self, path: str, body: dict[str, str], *, timeout: float = 10) -> dict[str, str]:
        """Call one of the routes that only the key of this sandbox opens."""
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self.url}/api/sandbox/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Sandbox-Key": self.key},
        )
        with OPENER.open(request, timeout=timeout) as answer:
            result: dict[str, str] = json.load(answer)
            return result

    def restart(self, *, kill: bool = False) -> None:
        """End the process and start it again on the same port, as another run."""
        with self.paused(kill=kill):
            self.run = ""

    @contextmanager
    def paused(self, *, kill: bool = False) -> Iterator[None]:
        """End the process, by SIGKILL if `kill`, and start it again on the same port afterwards, as the same run."""
        port = int(self.url.rpartition(":")[2])
        if kill:
            self.kill()
        elif self._process is not None:
            self._process.stop(keep=True)
            self._process = None
        yield
        # Another program's connection may have taken the port meanwhile, and usually leaves it soon.
        until = time.monotonic() + PORT_COMES_BACK
        while not port_is_free(self._listen, port) and time.monotonic() < until:
            time.sleep(0.05)
        self.start(port)

    def _launch(self, port: int) -> Guarded:
        host = f"[{self._listen}]" if ":" in self._listen else self._listen
        command = [
            str(self._program),
            "serve",
            f"--http={host}:{port}",
            f"--dir={self._data / 'pb_data'}",
            f"--hooksDir={HERE / 'pb_hooks'}",
            f"--migrationsDir={HERE / 'pb_migrations'}",
            f"--publicDir={HERE / 'pb_public'}",
            "--hooksWatch=false",
            "--automigrate=false",
            "--hooksPool=6",  # The default of 15 takes longer to start than a sandbox needs.
        ]
        with (self._data / "pocketbase.log").open("wb") as log:
            return Guarded(command, self._environment, log, remove=self._data if self._temporary else None)

    def _answers(self) -> bool:
        """Wait until this server answers. Return False if it ended instead."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self.running():
            # Another program may have taken the port first, and answer in its own language.
            with contextlib.suppress(OSError, ValueError, HTTPException):
                if self.ask("hello", {}).get("run") == self.run:
                    return True
            time.sleep(0.01)
        return False

    def _last_line(self) -> str:
        try:
            lines = (self._data / "pocketbase.log").read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it logged nothing.")


def reachable(listen: str) -> str:
    """Return the host part of the URL of a server that listens on `listen`."""
    with contextlib.suppress(ValueError):  # a name is reached by itself
        if ipaddress.ip_address(listen).is_unspecified:
            return "127.0.0.1"
    return f"[{listen}]" if ":" in listen else listen


def free_port(host: str) -> int:
    """Return a free port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            raise SandboxError(
                f"This machine has no address {host}. Use 127.0.0.1 or one of its own addresses.", usage=True
            ) from error
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """Return whether `port` is free. Raises `SandboxError` if this user must not listen on it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise SandboxError(f"Port {port} is reserved for the system. Choose one above 1023.") from error
        except OSError:
            return False
    return True
