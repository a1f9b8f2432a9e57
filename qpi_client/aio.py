"""`AsyncQPIClient`: the client whose calls are awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from qpi_client import optional
from qpi_client import transport as wire
from qpi_client.binding import awaited, awaited_items
from qpi_client.calls import (
    auth,
    changes,
    drivers,
    jobs,
    notifications,
    qpu_service,
    qpus,
    server,
    submission,
    telemetry,
    time_requests,
    time_slots,
    tokens,
    users,
    waiting,
)
from qpi_client.core import Core
from qpi_client.errors import QPIError
from qpi_client.steps import (
    Alone,
    Call,
    Emit,
    OpenStream,
    Pause,
    ReadStream,
    Reply,
    Request,
    Step,
    T,
    TrustOnly,
)

if TYPE_CHECKING:
    from types import TracebackType


class _Run:
    """One call being carried out: its open stream, if it has one."""

    def __init__(self, client: AsyncQPIClient) -> None:
        self._client = client
        self._stream: httpx.Response | None = None
        self._pieces: AsyncIterator[bytes] | None = None

    async def do(self, step: Step) -> Any:
        """Carry out one step."""
        client = self._client
        if isinstance(step, Request):
            return await client._exchange(step)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Alone):
            async with client._alone:
                return await client._run(step.call)
        if isinstance(step, TrustOnly):
            await client._trust(step.pem)
            return None
        if isinstance(step, OpenStream):
            await self.close()
            self._stream = await client._open(step.request)
            self._pieces = self._stream.aiter_bytes()
            return wire.reply_from(self._stream, b"")
        if isinstance(step, ReadStream):
            pieces = self._pieces
            return b"" if pieces is None else await client._guarded(lambda: anext(pieces, b""))
        raise TypeError(f"A call that emits must be iterated: {step!r}")

    async def close(self) -> None:
        """End the open stream."""
        stream, self._stream, self._pieces = self._stream, None, None
        if stream is not None:
            with suppress(httpx.HTTPError, OSError):
                await stream.aclose()


class AsyncQPIClient(Core):
    """Everything a QPI server offers, in calls that are awaited.

    `base_url` is the server's address. With `api_token` every request carries it; `auth_with_password` signs in.
    Tasks of one event loop may share a client. Close it with `aclose`, or use it in an `async with` block. The other
    parameters are explained in `docs/how-to/use-the-client.md`.
    """

    _http: httpx.AsyncClient | None
    # Qiskit's interface waits for answers: it is given a blocking client.
    lists_resources = False
    # Asked before each request for an answer that is there already: `EarlySignIn.answer_for`.
    _answered: Callable[[Request], Awaitable[Reply | None]] | None = None

    def _prepare(self) -> None:
        self._alone = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    # Signing in.
    auth_with_password = awaited(auth.auth_with_password)
    refresh_session = awaited(auth.refresh_session)
    resume_session = awaited(auth.resume_session)
    sign_out = awaited(auth.sign_out)
    auth_methods = awaited(auth.auth_methods)
    # The server.
    health = awaited(server.health)
    server_version = awaited(server.server_version)
    generation = awaited(server.generation)
    root_certificate = awaited(server.root_certificate)
    server_started = awaited(server.server_started)
    server_settings = awaited(server.server_settings)
    get_collection = awaited(server.get_collection)
    set_indexes = awaited(server.set_indexes)
    # Jobs.
    submit_job = awaited(submission.submit_job)
    find_submission = awaited(submission.find_submission)
    get_job = awaited(jobs.get_job)
    list_jobs = awaited(jobs.list_jobs)
    iter_jobs = awaited_items(jobs.iter_jobs)
    count_jobs = awaited(jobs.count_jobs)
    cancel_job = awaited(jobs.cancel_job)
    wait_job = awaited(waiting.wait_job)
    # QPUs.
    list_qpus = awaited(qpus.list_qpus)
    list_all_qpus = awaited(qpus.list_all_qpus)
    get_qpu = awaited(qpus.get_qpu)
    create_qpu = awaited(qpus.create_qpu)
    connect_qpu = awaited(qpus.connect_qpu)
    toggle_qpu = awaited(qpus.toggle_qpu)
    rename_qpu = awaited(qpus.rename_qpu)
    set_qpu_status = awaited(qpus.set_qpu_status)
    update_qpu = awaited(qpus.update_qpu)
    stop_qpu = awaited(qpu_service.stop_qpu)
    start_qpu = awaited(qpu_service.start_qpu)
    delete_qpu = awaited(qpus.delete_qpu)
    # Drivers.
    list_drivers = awaited(drivers.list_drivers)
    create_driver = awaited(drivers.create_driver)
    toggle_driver = awaited(drivers.toggle_driver)
    update_driver = awaited(drivers.update_driver)
    delete_driver = awaited(drivers.delete_driver)
    # Users.
    list_users = awaited(users.list_users)
    iter_users = awaited_items(users.iter_users)
    get_user = awaited(users.get_user)
    create_user = awaited(users.create_user)
    allocate_qpu_time = awaited(users.allocate_qpu_time)
    add_qpu_time = awaited(users.add_qpu_time)
    take_qpu_time = awaited(users.take_qpu_time)
    # Time requests.
    list_time_requests = awaited(time_requests.list_time_requests)
    get_time_request = awaited(time_requests.get_time_request)
    create_time_request = awaited(time_requests.create_time_request)
    update_time_request = awaited(time_requests.update_time_request)
    withdraw_time_request = awaited(time_requests.withdraw_time_request)
    # Time slots.
    list_time_slots = awaited(time_slots.list_time_slots)
    create_time_slot = awaited(time_slots.create_time_slot)
    update_time_slot = awaited(time_slots.update_time_slot)
    delete_time_slot = awaited(time_slots.delete_time_slot)
    # Announcements.
    list_notifications = awaited(notifications.list_notifications)
    dismiss_notification = awaited(notifications.dismiss_notification)
    create_notification = awaited(notifications.create_notification)
    update_notification = awaited(notifications.update_notification)
    delete_notification = awaited(notifications.delete_notification)
    # API tokens.
    list_tokens = awaited(tokens.list_tokens)
    create_token = awaited(tokens.create_token)
    rename_token = awaited(tokens.rename_token)
    revoke_token = awaited(tokens.revoke_token)
    # Telemetry and change events.
    list_readings = awaited(telemetry.list_readings)
    list_events = list_readings
    events = awaited_items(changes.events)

    def get_backend(self, name: str = "qpi") -> optional.QPIBackend:
        """The QPU of this name or id as a Qiskit backend, with a blocking client of its own. Needs Qiskit."""
        return optional.QPIBackend(self._blocking_twin(), name)

    def job(self, job_id: str) -> optional.QPIJob:
        """A job as Qiskit knows jobs, with a blocking client of its own, without a backend. Needs Qiskit."""
        return optional.QPIJob(None, job_id, self._blocking_twin())

    def _blocking_twin(self) -> Any:
        """A blocking client with the same settings, signed in likewise: Qiskit's interface waits for its answers."""
        from qpi_client.client import QPIClient

        self._ensure_open()
        transport = self._transport if isinstance(self._transport, httpx.BaseTransport) else None
        twin = QPIClient(self.base_url, read_only=self.read_only, timeout=self._settings.timeouts, transport=transport)
        twin._settings = self._settings
        twin._pem = self._pem
        for name in ("api_token", "fingerprint", "session", "proven_at", "generation", "pinned"):
            setattr(twin._context, name, getattr(self._context, name))
        return twin

    async def aclose(self) -> None:
        """Let go of the connections and forget the session; whatever is asked afterwards raises `ClientClosed`."""
        http, self._http = self._http, None
        self._forget()
        # What belonged to a loop that has ended went with it.
        if http is not None and self._loop is asyncio.get_running_loop():
            await http.aclose()

    async def close(self) -> None:
        """The same as `aclose`."""
        await self.aclose()

    async def __aenter__(self) -> AsyncQPIClient:
        self._open_http()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # The driver.

    async def _run(self, call: Call[T]) -> T:
        """Carry out a call."""
        run = _Run(self)
        try:
            step = next(call)
            while True:
                try:
                    outcome = await run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            call.close()
            await run.close()

    async def _items(self, call: Call[list[T]]) -> AsyncGenerator[T, None]:
        """Carry out a call and give what it emits."""
        run = _Run(self)
        try:
            step = next(call)
            while True:
                if isinstance(step, Emit):
                    for item in step.items:
                        yield item
                    step = call.send(None)
                    continue
                try:
                    outcome = await run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration:
            return
        finally:
            call.close()
            await run.close()

    async def _exchange(self, request: Request) -> Reply:
        if self._answered is not None and (reply := await self._answered(request)) is not None:
            return reply
        if request.trust == "anyone":
            async with self._make(anyone=True) as http:
                return await self._through(http, request)
        return await self._through(self._open_http(), request)

    async def _through(self, http: httpx.AsyncClient, request: Request) -> Reply:
        began = time.monotonic()
        limit = self._limit(request.deadline, began)
        sent = wire.outgoing(self._settings, request, wire.Budget(self._settings.timeouts, limit))
        wire.told_request(self._settings, sent)
        response = await self._guarded(lambda: http.send(sent, stream=True, auth=None, follow_redirects=False))
        try:
            body = await self._guarded(lambda: self._whole(response, limit))
        finally:
            await response.aclose()
        wire.told_response(self._settings, response, began)
        return wire.reply_from(response, body)

    async def _whole(self, response: httpx.Response, limit: float) -> bytes:
        pieces = []
        async for piece in response.aiter_bytes():
            if time.monotonic() > limit:
                raise wire.overdue(str(response.url), self._settings.timeouts)
            pieces.append(piece)
        return b"".join(pieces)

    async def _open(self, request: Request) -> httpx.Response:
        budget = wire.StreamBudget(self._settings.timeouts, request.deadline)
        sent = wire.outgoing(self._settings, request, budget)
        http = self._open_http()
        wire.told_request(self._settings, sent)
        return await self._guarded(lambda: http.send(sent, stream=True, auth=None, follow_redirects=False))

    async def _guarded(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do something with httpx; its errors become ours, without what they hold."""
        found: QPIError
        try:
            return await do()
        except QPIError:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            found = self._translated(error)
        raise found

    def _open_http(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._http is None or self._loop is not loop:
            # Connections and locks belong to the loop in which they were made; another `asyncio.run` needs new ones.
            self._ensure_open()
            self._http, self._loop, self._alone = self._make(), loop, asyncio.Lock()
        return self._http

    def _make(self, *, anyone: bool = False) -> httpx.AsyncClient:
        given = self._transport
        if given is None:
            options = wire.client_options(self._settings, self._pem, httpx.AsyncHTTPTransport, anyone=anyone)
            return httpx.AsyncClient(**options)
        if not isinstance(given, httpx.AsyncBaseTransport):
            raise TypeError("The transport of an awaited client is an httpx.AsyncBaseTransport.")
        return httpx.AsyncClient(transport=given, trust_env=False)

    async def _trust(self, pem: str) -> None:
        self._pem = pem
        before, self._http = self._http, None
        if before is not None and self._transport is None:
            await before.aclose()
