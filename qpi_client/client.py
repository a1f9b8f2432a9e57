"""`QPIClient`: the blocking client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from qpi_client import optional
from qpi_client import transport as wire
from qpi_client.binding import blocking, blocking_items
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

    def __init__(self, client: QPIClient) -> None:
        self._client = client
        self._stream: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def do(self, step: Step) -> Any:
        """Carry out one step."""
        client = self._client
        if isinstance(step, Request):
            return client._exchange(step)
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        if isinstance(step, Alone):
            with client._alone:
                return client._run(step.call)
        if isinstance(step, TrustOnly):
            client._trust(step.pem)
            return None
        if isinstance(step, OpenStream):
            self.close()
            self._stream = client._open(step.request)
            self._pieces = self._stream.iter_bytes()
            return wire.reply_from(self._stream, b"")
        if isinstance(step, ReadStream):
            return client._guarded(lambda: next(self._pieces, b""))
        raise TypeError(f"A call that emits must be iterated: {step!r}")

    def close(self) -> None:
        """End the open stream."""
        stream, self._stream, self._pieces = self._stream, None, iter(())
        if stream is not None:
            with suppress(httpx.HTTPError, OSError):
                stream.close()


class QPIClient(Core):
    """Everything a QPI server offers, in calls that wait for their answer.

    `base_url` is the server's address. With `api_token` every request carries it; `auth_with_password` signs in.
    Threads may share a client. Close it, or use it in a `with` block. The other
    parameters are explained in `docs/how-to/use-the-client.md`.
    """

    _http: httpx.Client | None
    # Tells the provider that there is more than its four methods.
    lists_resources = True

    def _prepare(self) -> None:
        self._alone = threading.RLock()

    # Signing in.
    auth_with_password = blocking(auth.auth_with_password)
    refresh_session = blocking(auth.refresh_session)
    resume_session = blocking(auth.resume_session)
    sign_out = blocking(auth.sign_out)
    auth_methods = blocking(auth.auth_methods)
    # The server.
    health = blocking(server.health)
    server_version = blocking(server.server_version)
    generation = blocking(server.generation)
    root_certificate = blocking(server.root_certificate)
    server_started = blocking(server.server_started)
    server_settings = blocking(server.server_settings)
    get_collection = blocking(server.get_collection)
    set_indexes = blocking(server.set_indexes)
    # Jobs.
    submit_job = blocking(submission.submit_job)
    find_submission = blocking(submission.find_submission)
    get_job = blocking(jobs.get_job)
    list_jobs = blocking(jobs.list_jobs)
    iter_jobs = blocking_items(jobs.iter_jobs)
    count_jobs = blocking(jobs.count_jobs)
    cancel_job = blocking(jobs.cancel_job)
    wait_job = blocking(waiting.wait_job)
    # QPUs.
    list_qpus = blocking(qpus.list_qpus)
    list_all_qpus = blocking(qpus.list_all_qpus)
    get_qpu = blocking(qpus.get_qpu)
    create_qpu = blocking(qpus.create_qpu)
    connect_qpu = blocking(qpus.connect_qpu)
    toggle_qpu = blocking(qpus.toggle_qpu)
    rename_qpu = blocking(qpus.rename_qpu)
    set_qpu_status = blocking(qpus.set_qpu_status)
    update_qpu = blocking(qpus.update_qpu)
    stop_qpu = blocking(qpu_service.stop_qpu)
    start_qpu = blocking(qpu_service.start_qpu)
    delete_qpu = blocking(qpus.delete_qpu)
    # Drivers.
    list_drivers = blocking(drivers.list_drivers)
    create_driver = blocking(drivers.create_driver)
    toggle_driver = blocking(drivers.toggle_driver)
    update_driver = blocking(drivers.update_driver)
    delete_driver = blocking(drivers.delete_driver)
    # Users.
    list_users = blocking(users.list_users)
    iter_users = blocking_items(users.iter_users)
    get_user = blocking(users.get_user)
    create_user = blocking(users.create_user)
    allocate_qpu_time = blocking(users.allocate_qpu_time)
    add_qpu_time = blocking(users.add_qpu_time)
    take_qpu_time = blocking(users.take_qpu_time)
    # Time requests.
    list_time_requests = blocking(time_requests.list_time_requests)
    get_time_request = blocking(time_requests.get_time_request)
    create_time_request = blocking(time_requests.create_time_request)
    update_time_request = blocking(time_requests.update_time_request)
    withdraw_time_request = blocking(time_requests.withdraw_time_request)
    # Time slots.
    list_time_slots = blocking(time_slots.list_time_slots)
    create_time_slot = blocking(time_slots.create_time_slot)
    update_time_slot = blocking(time_slots.update_time_slot)
    delete_time_slot = blocking(time_slots.delete_time_slot)
    # Announcements.
    list_notifications = blocking(notifications.list_notifications)
    dismiss_notification = blocking(notifications.dismiss_notification)
    create_notification = blocking(notifications.create_notification)
    update_notification = blocking(notifications.update_notification)
    delete_notification = blocking(notifications.delete_notification)
    # API tokens.
    list_tokens = blocking(tokens.list_tokens)
    create_token = blocking(tokens.create_token)
    rename_token = blocking(tokens.rename_token)
    revoke_token = blocking(tokens.revoke_token)
    # Telemetry and change events.
    list_readings = blocking(telemetry.list_readings)
    list_events = list_readings
    events = blocking_items(changes.events)

    def get_backend(self, name: str = "qpi") -> optional.QPIBackend:
        """The QPU of this name or id as a Qiskit backend. Needs Qiskit."""
        return optional.QPIBackend(self, name)

    def job(self, job_id: str) -> optional.QPIJob:
        """A job as Qiskit knows jobs, without a backend. Needs Qiskit."""
        return optional.QPIJob(None, job_id, self)

    def close(self) -> None:
        """Let go of the connections and forget the session; whatever is asked afterwards raises `ClientClosed`."""
        http, self._http = self._http, None
        self._forget()
        if http is not None:
            http.close()

    def __enter__(self) -> QPIClient:
        self._open_http()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The driver.

    def _run(self, call: Call[T]) -> T:
        """Carry out a call."""
        run = _Run(self)
        try:
            step = next(call)
            while True:
                try:
                    outcome = run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            call.close()
            run.close()

    def _items(self, call: Call[list[T]]) -> Generator[T, None, None]:
        """Carry out a call and give what it emits."""
        run = _Run(self)
        try:
            step = next(call)
            while True:
                if isinstance(step, Emit):
                    yield from step.items
                    step = call.send(None)
                    continue
                try:
                    outcome = run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration:
            return
        finally:
            call.close()
            run.close()

    def _exchange(self, request: Request) -> Reply:
        if request.trust == "anyone":
            with self._make(anyone=True) as http:
                return self._through(http, request)
        return self._through(self._open_http(), request)

    def _through(self, http: httpx.Client, request: Request) -> Reply:
        began = time.monotonic()
        limit = self._limit(request.deadline, began)
        sent = wire.outgoing(self._settings, request, wire.Budget(self._settings.timeouts, limit))
        wire.told_request(self._settings, sent)
        response = self._guarded(lambda: http.send(sent, stream=True, auth=None, follow_redirects=False))
        try:
            body = self._guarded(lambda: self._whole(response, limit))
        finally:
            response.close()
        wire.told_response(self._settings, response, began)
        return wire.reply_from(response, body)

    def _whole(self, response: httpx.Response, limit: float) -> bytes:
        pieces = []
        for piece in response.iter_bytes():
            if time.monotonic() > limit:
                raise wire.overdue(str(response.url), self._settings.timeouts)
            pieces.append(piece)
        return b"".join(pieces)

    def _open(self, request: Request) -> httpx.Response:
        budget = wire.StreamBudget(self._settings.timeouts, request.deadline)
        sent = wire.outgoing(self._settings, request, budget)
        http = self._open_http()
        wire.told_request(self._settings, sent)
        return self._guarded(lambda: http.send(sent, stream=True, auth=None, follow_redirects=False))

    def _guarded(self, do: Callable[[], T]) -> T:
        """Do something with httpx; its errors become ours, without what they hold."""
        found: QPIError
        try:
            return do()
        except QPIError:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            found = self._translated(error)
        raise found

    def _open_http(self) -> httpx.Client:
        http = self._http
        if http is None:
            with self._guard:
                self._ensure_open()
                http = self._http = self._http or self._make()
        return http

    def _make(self, *, anyone: bool = False) -> httpx.Client:
        given = self._transport
        if given is None:
            return httpx.Client(**wire.client_options(self._settings, self._pem, httpx.HTTPTransport, anyone=anyone))
        if not isinstance(given, httpx.BaseTransport):
            raise TypeError("The transport of a blocking client is an httpx.BaseTransport.")
        return httpx.Client(transport=given, trust_env=False)

    def _trust(self, pem: str) -> None:
        with self._guard:
            self._pem = pem
            before, self._http = self._http, None
        if before is not None and self._transport is None:
            before.close()
