"""A sandbox: data folder, server, demo data, proxy, and worker."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.credentials import ADMIN, Credentials, Secrets, new_password
from qpi_sandbox.pocketbase import PocketBase
from qpi_sandbox.worker.settings import WorkerSettings

if TYPE_CHECKING:
    from qpi_sandbox.faults import Fault, Faults
    from qpi_sandbox.processes import Guarded
    from qpi_sandbox.proxy import Proxy
    from qpi_sandbox.sign_in import SignInServers

GENERATIONS = ("v0.1", "v0.0")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LIVE_SHOT_TIME = 0.001  # seconds
INDEXED_WITHIN = 600.0  # seconds, for ten million jobs
LIVE_DRIVER_RESTART = 15.0  # seconds
LIVE_PEOPLE = 12  # Number of demo users who submit jobs.


class Sandbox:
    """A complete QPI server in one folder. Use it as a context manager, or call `start` and `stop`.

    Arguments:
        data: the folder to keep everything in; None: a temporary one, gone with the sandbox.
        port: the port to listen on; 0: any free one.
        seed: makes demo data, the same for the same number; None: empty but for the administrator.
        jobs, users: how many of them demo data hold.
        indexes: whether `quantum_jobs` has the indexes that its lists have use for; the real server has none.
        now: the moment that the demo data end at; None: the start. Pictures and snapshots fix it.
        live: jobs and requests keep arriving while it runs.
        worker: whether jobs are run, drivers come online and cryostats report.
        generation: which orchestrator it answers as, "v0.1" or "v0.0".
        faults: what goes wrong on the way, see `qpi_sandbox.faults`; None: no proxy is in between. Changed while it
            runs through the attribute of the same name.
        fault_seed: repeats the random numbers of the faults.
        job_timeout: seconds after which a running job goes back to pending.
        idle_threshold: seconds without a finished job after which a slot's holder no longer keeps others waiting.
        tick: seconds between two looks of the dispatchers.
        sso: whether users can sign in with an identity provider, which runs beside the sandbox.
        mail: whether the sandbox sends mail, which it keeps in the folder `mail`: one-time passwords, password resets,
            verifications, and second factors for users with "+2fa@" in their address.
        driver_restart: seconds after which a driver process that the worker plays is started again when it has ended or
            was cut off; None: not by itself, as on the real server, but after 15 s where it is `live`, in place of the
            person who would restart it.
        reconnect: whether the drivers that the worker plays connect again when an existing folder is started; False
            leaves them as a restart of the real server does: "online" in their records, and nothing is dispatched.
        shot_time: seconds that one shot takes at least, as hardware's repetition time does; a millisecond where it is
            live, so that jobs can be watched, else nothing.
        telemetry_interval: seconds between two readings of a cryostat.
        cryostat_speed: how much faster than the clock a cryostat cools down.
        admin_password, user_password: random where they are not given.
        listen: the address to listen on. Other than loopback needs both passwords, or the administrator's where there
            are no users.
    """

    # What runs, once it is started.
    _sign_in: SignInServers | None = None
    _proxy: Proxy | None = None
    _server: PocketBase | None = None
    _worker: Guarded | None = None
    _url = ""
    _data: Path | None = None
    _secrets: Secrets | None = None
    _lock: IO[bytes] | None = None

    def __init__(
        self,
        data: Path | str | None = None,
        port: int = 0,
        *,
        seed: int | None = None,
        jobs: int = 300,
        users: int = 40,
        indexes: bool = False,
        now: datetime | None = None,
        live: bool = False,
        worker: bool = True,
        generation: str = "v0.1",
        faults: Sequence[Fault | str] | None = None,
        fault_seed: int = 0,
        job_timeout: float = 20.0,
        idle_threshold: float = 5.0,
        tick: float = 1.0,
        sso: bool = False,
        mail: bool = False,
        driver_restart: float | None = None,
        reconnect: bool = True,
        shot_time: float | None = None,
        telemetry_interval: float = 1.0,
        cryostat_speed: float = 1.0,
        admin_password: str | None = None,
        user_password: str | None = None,
        listen: str = "127.0.0.1",
    ) -> None:
        _check(generation, port, {"jobs": jobs, "users": users}, (admin_password, user_password), listen)
        self._data_given = Path(data) if data is not None else None
        self._port = port
        self._seed = seed
        self._counts = (jobs, users)
        self._now = now
        self._indexes = indexes
        self._generation = generation
        self._listen = listen
        self._passwords = (admin_password, user_password)
        self._worker_wanted = worker
        self._reconnect = reconnect
        self._settings = WorkerSettings(
            generation=generation,
            live=live,
            job_timeout=job_timeout,
            idle_threshold=idle_threshold,
            tick=tick,
            driver_restart=driver_restart if driver_restart is not None else (LIVE_DRIVER_RESTART if live else None),
            shot_time=shot_time if shot_time is not None else LIVE_SHOT_TIME * live,
            telemetry_interval=telemetry_interval,
            cryostat_speed=cryostat_speed,
            seed=seed or 0,
        )
        self.faults: Faults | None = None
        if faults is not None:
            from qpi_sandbox.faults import Faults

            self.faults = Faults(faults, seed=fault_seed)
        self._ways = (sso, mail)
        self._users: list[Credentials] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL of the sandbox, `http://127.0.0.1:PORT`, in front of its faults."""
        return self._url

    @property
    def direct_url(self) -> str:
        """The URL of PocketBase itself, behind the faults."""
        return self._running_server().url

    @property
    def data(self) -> Path:
        """The folder that holds everything."""
        if self._data is None:
            raise SandboxError("The sandbox is not running. Start it first.")
        return self._data

    @property
    def admin(self) -> Credentials:
        """The credentials of the superuser."""
        if self._secrets is None:
            raise SandboxError("The sandbox is not running. Start it first.")
        return Credentials(ADMIN, self._secrets.admin)

    @property
    def users(self) -> list[Credentials]:
        """The credentials of the demo users, in a fixed order. Empty without demo data."""
        return list(self._users)

    def start(self) -> Self:
        """Start everything, and return when the server answers. If that fails, nothing is left running."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        self._data = self._prepare_folder()
        self._secrets = self._prepare_secrets(self._data)
        self._server = PocketBase(
            self._data,
            temporary=self._data_given is None,
            generation=self._generation,
            admin_password=self._secrets.admin,
            listen=self._listen,
        )
        self._server.start(self._port if self.faults is None else 0)
        self._fill(self._data, self._secrets, self._server)
        self._start_sign_in(self._data, self._server)
        if self._indexes:
            self._server.ask("indexes", {}, timeout=INDEXED_WITHIN)
        if self._reconnect:
            self._server.ask("reconnect", {})
        self._url = self._server.url
        if self.faults is not None:
            from qpi_sandbox.proxy import Proxy  # asyncio is loaded only where something is to go wrong

            self._proxy = Proxy(self.faults, self._listen, self._port, self._server.url)
            self._url = self._proxy.start()
        if self._worker_wanted:
            self.start_worker()

    def stop(self) -> None:
        """Stop everything, and remove a temporary folder. You may call this twice."""
        self.stop_worker()
        self._stop_proxy()
        self._stop_sign_in()
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._data_given is None and self._data is not None:
            shutil.rmtree(self._data, ignore_errors=True)
        self._unlock()

    def running(self) -> bool:
        """Return whether the server still runs."""
        return self._server is not None and self._server.running()

    def restart_server(self, *, kill: bool = False) -> None:
        """Stop the server, by SIGKILL if `kill`, and start it again on its port, like an update.

        The drivers' processes continue and do not notice: their records still say "online", and nothing is dispatched
        until each of them is restarted.
        """
        server = self._running_server()
        server.restart(kill=kill)

    def start_worker(self) -> None:
        """Start the worker. The first job waits a second or two more, until Qiskit is loaded."""
        from qpi_sandbox.worker.process import start_worker

        self.stop_worker()
        server = self._running_server()
        people = [user.identity for user in self._users[:LIVE_PEOPLE]]
        password = self._secrets.users if self._secrets else ""
        self._worker = start_worker(self._settings, server.url, server.key, people, password, self.data)

    def stop_worker(self, *, kill: bool = False) -> None:
        """Stop the worker, by SIGKILL if `kill`. Its running jobs go back to pending after the job timeout."""
        if self._worker is not None:
            if kill:
                self._worker.kill()
            else:
                self._worker.stop()
            self._worker = None

    def kill(self) -> None:
        """Kill all processes with SIGKILL, as a power cut would. A given folder stays."""
        self.stop_worker(kill=True)
        if self._server is not None:
            self._server.kill()
            self._server = None
        self._stop_proxy()
        self._stop_sign_in()
        self._unlock()

    @property
    def sign_in(self) -> SignInServers:
        """The identity provider and the mail server, if they were asked for."""
        if self._sign_in is None:
            raise SandboxError("The sandbox has no other sign-in methods. Start it with sso or mail.")
        return self._sign_in

    def beside(self) -> dict[str, str]:
        """Return where the identity provider is, and the folder of the mail, if they were asked for."""
        ways, (sso, mail) = self._sign_in, self._ways
        if ways is None:
            return {}
        found = {"provider": ways.provider_url} if sso else {}
        return {**found, "mail": str(self.data / "mail")} if mail else found

    def _start_sign_in(self, data: Path, server: PocketBase) -> None:
        sso, mail = self._ways
        if sso or mail:
            from qpi_sandbox.sign_in import SignInServers

            self._sign_in = SignInServers()
            if sso:
                self._sign_in.start_provider([(each.identity, each.identity) for each in self._users[:LIVE_PEOPLE]])
            if mail:
                self._sign_in.start_mail(data / "mail")
        elif self._data_given is None:
            return  # a new folder has none
        ways = self._sign_in
        port = str(ways.mail_port) if ways is not None and ways.mail_port else ""
        server.ask("sign-in", {"provider": ways.provider_url if ways is not None else "", "mail_port": port})

    def _stop_sign_in(self) -> None:
        if self._sign_in is not None:
            self._sign_in.stop()
            self._sign_in = None

    def _stop_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.stop()
            self._proxy = None

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _running_server(self) -> PocketBase:
        if self._server is None:
            raise SandboxError("The sandbox is not running. Start it first.")
        return self._server

    def _prepare_folder(self) -> Path:
        if self._data_given is None:
            return Path(tempfile.mkdtemp(prefix="qpi-sandbox-"))
        try:
            self._data_given.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SandboxError(f"Cannot use the folder {self._data_given}: {error.strerror}.") from error
        self._lock = lock(self._data_given)
        return self._data_given

    def _prepare_secrets(self, data: Path) -> Secrets:
        kept = Secrets.load(data)
        if kept is not None and kept.generation != self._generation:
            raise SandboxError(
                f"The folder {data} contains a sandbox of generation {kept.generation}. "
                f"Start it with that generation, or use another folder for {self._generation}.",
                usage=True,
            )
        result = kept or Secrets(new_password(), new_password(), self._generation)
        result.admin = self._passwords[0] or result.admin
        result.save(data)
        return result

    def _fill(self, data: Path, kept: Secrets, server: PocketBase) -> None:
        from qpi_sandbox.seed.fill import fill, known_users
        from qpi_sandbox.seed.seed_jobs import BULK

        people = known_users(data, kept.users)
        if people is None and self._seed is not None:
            jobs, users = self._counts
            kept.users = self._passwords[1] or kept.users  # people who exist keep theirs
            kept.save(data)
            hashed = server.ask("hash", {"password": kept.users})["hash"]
            with server.paused() if jobs > BULK else nullcontext():
                fill(data, kept, seed=self._seed, jobs=jobs, users=users, hashed=hashed, run=server.run, now=self._now)
            people = known_users(data, kept.users)
        self._users = people or []


def lock(folder: Path) -> IO[bytes]:
    """Lock a folder for this process, until the returned file is closed or the process ends."""
    file = (folder / "lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise SandboxError(
            f"The folder {folder} is in use by another sandbox. Stop it, or use another folder."
        ) from error
    return file


def _check(
    generation: str, port: int, counts: Mapping[str, int], passwords: tuple[str | None, str | None], listen: str
) -> None:
    """Refuse what cannot be served, with a `SandboxError` that says what may be; the first password is the admin's."""
    if generation not in GENERATIONS:
        raise SandboxError(f"Unknown generation: {generation}. Use v0.1 or v0.0.", usage=True)
    if not 0 <= port <= 65535:
        raise SandboxError(f"Invalid port: {port}. Use a number from 0 (any free port) to 65535.", usage=True)
    for what, count in counts.items():
        if count < 0:
            raise SandboxError(f"Invalid number of {what}: {count}. Use 0 or more.", usage=True)
    for password in passwords:
        if password is not None and not 8 <= len(password.encode()) <= 71:
            raise SandboxError("Invalid password. Use 8 to 71 bytes.", usage=True)
    if listen not in LOOPBACK and not passwords[0]:
        raise SandboxError(
            f"Listening on {listen} opens the sandbox to others. Set the administrator's password in "
            "QPI_SANDBOX_ADMIN_PASSWORD first.",
            usage=True,
        )
