"""A sandbox: starts PocketBase on a folder, waits until it answers, fills it, stops it."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from qpi_sandbox.binary import SandboxError, find_pocketbase
from qpi_sandbox.credentials import ADMIN, Credentials, Secrets, new_password
from qpi_sandbox.processes import Guarded
from qpi_sandbox.worker.settings import WorkerSettings

if TYPE_CHECKING:
    from qpi_sandbox.faults import Fault, Faults

HERE = Path(__file__).parent
LIVE_SHOT_TIME = 0.001  # seconds
READY_WITHIN = 30.0  # seconds; a busy machine may take a while over the first migrations
GENERATIONS = ("v0.1", "v0.0")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the environment is not for us


class Sandbox:
    """A whole orchestrator in one folder, as a context manager or by `start` and `stop`.

    Arguments:
        data: the folder to keep everything in; None: a temporary one, gone with the sandbox.
        port: the port to listen on; 0: any free one.
        seed: makes demo data, the same for the same number; None: empty but for the administrator.
        jobs, users: how many of them demo data hold.
        now: the moment that the demo data are told from; None: the start. Pictures and snapshots fix it.
        live: jobs and requests keep arriving while it runs.
        worker: whether jobs are run, drivers come online and cryostats report.
        generation: which orchestrator it answers as, "v0.1" or "v0.0".
        faults: what goes wrong on the way, see `qpi_sandbox.faults`; None: nothing stands in the way. Changed while it
            runs through the attribute of the same name.
        fault_seed: makes the faults' dice fall the same way again.
        job_timeout: seconds after which a running job goes back to pending.
        idle_threshold: seconds without a finished job after which a slot's holder no longer keeps others waiting.
        tick: seconds between two looks of the scheduler.
        shot_time: seconds that one shot takes at least, as hardware's repetition time does; a millisecond where it is
            live, so that jobs can be watched, else nothing.
        telemetry_interval: seconds between two readings of a cryostat.
        cryostat_speed: how much faster than the clock a cryostat cools down.
        admin_password, user_password: random where they are not given.
        listen: the address to listen on. Other than loopback needs both passwords, or the administrator's where there
            are no users.
    """

    def __init__(
        self,
        data: Path | str | None = None,
        port: int = 0,
        *,
        seed: int | None = None,
        jobs: int = 300,
        users: int = 40,
        now: datetime | None = None,
        live: bool = False,
        worker: bool = True,
        generation: str = "v0.1",
        faults: Sequence[Fault | str] | None = None,
        fault_seed: int = 0,
        job_timeout: float = 20.0,
        idle_threshold: float = 5.0,
        tick: float = 1.0,
        shot_time: float | None = None,
        telemetry_interval: float = 1.0,
        cryostat_speed: float = 1.0,
        admin_password: str | None = None,
        user_password: str | None = None,
        listen: str = "127.0.0.1",
    ) -> None:
        if generation not in GENERATIONS:
            raise SandboxError(f"There is no generation {generation}; it is v0.1 or v0.0.", usage=True)
        if not 0 <= port <= 65535:
            raise SandboxError(f"{port} is no port; it is a number from 0 (any free one) to 65535.", usage=True)
        if listen not in LOOPBACK and not admin_password:
            raise SandboxError(
                f"Listening on {listen} opens the sandbox to others: give it a password of your own first.", usage=True
            )
        self._data_given = Path(data) if data is not None else None
        self._port = port
        self._seed = seed
        self._counts = (jobs, users)
        self._now = now
        self._generation = generation
        self._listen = listen
        self._passwords = (admin_password, user_password)
        self._worker_wanted = worker
        self._settings = WorkerSettings(
            generation=generation,
            live=live,
            job_timeout=job_timeout,
            idle_threshold=idle_threshold,
            tick=tick,
            shot_time=shot_time if shot_time is not None else LIVE_SHOT_TIME * live,
            telemetry_interval=telemetry_interval,
            cryostat_speed=cryostat_speed,
            seed=seed or 0,
        )
        self.faults: Faults | None = None
        if faults is not None:
            from qpi_sandbox.faults import Faults

            self.faults = Faults(faults, seed=fault_seed)
        self._server: Guarded | None = None
        self._worker: Guarded | None = None
        self._url = ""
        self._direct_url = ""
        self._key = ""
        self._users: list[Credentials] = []
        self._data: Path | None = None
        self._secrets: Secrets | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is reached, `http://127.0.0.1:PORT`, through its faults if there are any."""
        return self._url

    @property
    def direct_url(self) -> str:
        """Where PocketBase itself is reached, past the faults."""
        return self._direct_url

    @property
    def data(self) -> Path:
        """The folder that holds everything."""
        if self._data is None:
            raise SandboxError("The sandbox has not been started.")
        return self._data

    @property
    def admin(self) -> Credentials:
        """The superuser's sign-in."""
        if self._secrets is None:
            raise SandboxError("The sandbox has not been started.")
        return Credentials(ADMIN, self._secrets.admin)

    @property
    def users(self) -> list[Credentials]:
        """The demo users' sign-ins, in a fixed order; empty without demo data."""
        return list(self._users)

    def start(self) -> Self:
        """Start everything and return when it answers; where that fails, nothing is left running."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        program = find_pocketbase()
        self._data = self._prepare_folder()
        self._secrets = self._prepare_secrets(self._data)
        self._key = secrets.token_hex(16)
        behind = 0 if self.faults is not None else self._port
        self._start_server(program, behind)
        self._fill()
        if self.faults is not None:
            self._url = self.faults.start(self._listen, self._port, self._direct_url)
        if self._worker_wanted:
            self.start_worker()

    def stop(self) -> None:
        """Stop everything; with a temporary folder, remove it. Stopping twice is fine."""
        self.stop_worker()
        if self.faults is not None:
            self.faults.stop()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def running(self) -> bool:
        """Whether the server still runs."""
        return self._server is not None and self._server.running()

    def start_worker(self) -> None:
        """Start the process that runs jobs; it takes up work a second or two later, when Qiskit is loaded."""
        from qpi_sandbox.worker.process import start_worker

        self.stop_worker()
        people = [user.identity for user in self._users[:12]]
        password = self._secrets.users if self._secrets else ""
        self._worker = start_worker(self._settings, self._direct_url, self._key, people, password, self.data)

    def stop_worker(self, *, kill: bool = False) -> None:
        """Stop the process that runs jobs, by SIGKILL if `kill`; what it was at goes back to pending in time."""
        if self._worker is not None:
            if kill:
                self._worker.kill()
            else:
                self._worker.stop()
            self._worker = None

    def kill(self) -> None:
        """Kill all processes with SIGKILL, as a power cut would; the data stay."""
        self.stop_worker(kill=True)
        if self._server is not None:
            self._server.kill()
            self._server = None
        if self.faults is not None:
            self.faults.stop()

    def _prepare_folder(self) -> Path:
        if self._data_given is None:
            return Path(tempfile.mkdtemp(prefix="qpi-sandbox-"))
        try:
            self._data_given.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SandboxError(f"The folder {self._data_given} cannot be used: {error.strerror}.") from error
        return self._data_given

    def _prepare_secrets(self, data: Path) -> Secrets:
        kept = Secrets.load(data)
        if kept is not None and kept.generation != self._generation:
            raise SandboxError(
                f"The folder {data} was made as generation {kept.generation}; "
                f"start it as that, or take another folder for {self._generation}.",
                usage=True,
            )
        admin, users = self._passwords
        result = kept or Secrets(new_password(), new_password(), self._generation)
        result.admin = admin or result.admin
        if result.seed is None:  # people who exist keep their password
            result.users = users or result.users
        result.save(data)
        return result

    def _start_server(self, program: Path, wanted: int) -> None:
        """Start PocketBase; another port is tried when a free one was taken meanwhile."""
        for attempt in range(5):
            port = wanted or free_port(self._listen)
            if wanted and not port_is_free(self._listen, wanted):
                raise SandboxError(
                    f"Port {wanted} is taken by another program; stop that, or choose another with --port.", usage=False
                )
            self._server = self._launch(program, port)
            if self._wait_until_ready(port):
                return
            self._server.stop()
            if wanted or attempt == 4:
                break
        raise SandboxError(f"PocketBase did not start: {self._last_words()}")

    def _launch(self, program: Path, port: int) -> Guarded:
        assert self._secrets is not None  # noqa: S101 (set by the only caller)
        assert self._data is not None  # noqa: S101 (set by the only caller)
        public = HERE / "pb_public"
        with (self._data / "pocketbase.log").open("wb") as log:
            return Guarded(
                [
                    str(program), "serve",
                    f"--http={self._listen}:{port}",
                    f"--dir={self._data / 'pb_data'}",
                    f"--hooksDir={HERE / 'pb_hooks'}",
                    f"--migrationsDir={HERE / 'pb_migrations'}",
                    f"--publicDir={public}",
                    "--hooksWatch=false",
                    "--automigrate=false",
                    "--hooksPool=6",
                ],
                {
                    "QPI_GENERATION": self._generation,
                    "QPI_SANDBOX_ADMIN": ADMIN,
                    "QPI_SANDBOX_ADMIN_PASSWORD": self._secrets.admin,
                    "QPI_SANDBOX_WORKER_KEY": self._key,
                },
                log,
                remove=None if self._data_given else self._data,
            )  # fmt: skip

    def _wait_until_ready(self, port: int) -> bool:
        """Wait until it is our own server that answers on `port`; False where it ended instead."""
        assert self._server is not None  # noqa: S101 (set by the only caller)
        self._direct_url = self._url = f"http://{reachable(self._listen)}:{port}"
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self._server.running():
            with contextlib.suppress(OSError, ValueError):
                self._private("hello", {})
                return True
            time.sleep(0.01)
        return False

    def _private(self, path: str, body: dict[str, str]) -> dict[str, str]:
        """Ask one of the routes that open with this start's key only."""
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self._direct_url}/api/sandbox/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Sandbox-Key": self._key},
        )
        with OPENER.open(request, timeout=10) as answer:
            result: dict[str, str] = json.load(answer)
            return result

    def _last_words(self) -> str:
        try:
            lines = (self.data / "pocketbase.log").read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return "it left no message."
        return next((line.strip() for line in reversed(lines) if line.strip()), "it left no message.")

    def _fill(self) -> None:
        assert self._secrets is not None  # noqa: S101 (set by the only caller)
        if self._seed is not None or self._secrets.seed is not None:
            from qpi_sandbox.seed import known_users, sow

            if self._secrets.seed is None and self._seed is not None:
                jobs, users = self._counts
                hashed = self._private("hash", {"password": self._secrets.users})["hash"]
                sow(self.data, self._secrets, seed=self._seed, jobs=jobs, users=users, hashed=hashed, now=self._now)
                self._secrets.seed = self._seed
                self._secrets.save(self.data)
            self._users = known_users(self.data, self._secrets.users)


def reachable(listen: str) -> str:
    """The host name to reach a server by that listens on `listen`."""
    if listen in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{listen}]" if ":" in listen else listen


def free_port(host: str) -> int:
    """Give a port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """Whether `port` can be listened on now; raises `SandboxError` where this user may not."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise SandboxError(f"Port {port} is reserved for the system; choose one above 1023.") from error
        except OSError:
            return False
    return True
