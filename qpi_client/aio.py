"""`AsyncQPIClient`: the asynchronous client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from qpi_client import optional
from qpi_client.async_driver import AsyncDriver
from qpi_client.binding import awaited, awaited_items
from qpi_client.calls import (
    account,
    administration,
    any_request,
    auth,
    changes,
    drivers,
    factors,
    job_pages,
    job_removal,
    jobs,
    notifications,
    oauth2,
    qpu_service,
    qpus,
    server,
    submission,
    telemetry,
    themes,
    time_requests,
    time_slots,
    tokens,
    user_admin,
    users,
    waiting,
)
from qpi_client.checks import part
from qpi_client.collection import AsyncCollection
from qpi_client.records import Record

if TYPE_CHECKING:
    from types import TracebackType


R = TypeVar("R")


class AsyncQPIClient(AsyncDriver):
    """Asynchronous client of a QPI server.

    It supports asyncio only. Tasks and event loops may share a client; each event loop gets its own connections. Close
    the client, or use it in an `async with` block. Records are plain dicts whose keys are declared by the types in
    `qpi_client.records`. A pickled or copied client keeps the address and the settings, but not the session.

    See ``__init__`` for the parameters.

    Examples:
        >>> async with AsyncQPIClient("https://lab.example.org") as client:
        ...     await client.auth_with_password("alice@example.com", password)
        ...     job_id = await client.submit_job(circuits, shots=1000, qpu_target="alice")
        ...     counts = (await client.wait_job(job_id, timeout=60))["results"]["counts"]
    """

    # Qiskit's interface is synchronous, so it gets a blocking client.
    lists_resources = False

    # Sign-in.
    auth_with_password = awaited(auth.auth_with_password)
    refresh_session = awaited(auth.refresh_session)
    resume_session = awaited(auth.resume_session)
    sign_out = awaited(auth.sign_out)
    auth_methods = awaited(auth.auth_methods)
    auth_with_oauth2 = awaited(oauth2.auth_with_oauth2)
    request_otp = awaited(factors.request_otp)
    auth_with_otp = awaited(factors.auth_with_otp)
    # Your own account.
    create_account = awaited(account.create_account)
    can_sign_up = awaited(account.can_sign_up)
    update_me = awaited(account.update_me)
    change_password = awaited(account.change_password)
    confirm_password_reset = awaited(account.confirm_password_reset)
    request_verification = awaited(account.request_verification)
    confirm_verification = awaited(account.confirm_verification)
    # The server.
    health = awaited(server.health)
    server_version = awaited(server.server_version)
    generation = awaited(server.generation)
    root_certificate = awaited(server.root_certificate)
    server_started = awaited(server.server_started)
    server_settings = awaited(server.server_settings)
    get_collection = awaited(server.get_collection)
    set_indexes = awaited(server.set_indexes)
    measure_job_page = awaited(server.measure_job_page)
    request = awaited(any_request.request)
    list_collections = awaited(administration.list_collections)
    list_logs = awaited(administration.list_logs)
    list_backups = awaited(administration.list_backups)
    create_backup = awaited(administration.create_backup)
    download_backup = awaited_items(administration.download_backup)
    restore_backup = awaited(administration.restore_backup)
    delete_backup = awaited(administration.delete_backup)
    send_test_email = awaited(administration.send_test_email)
    # Themes of the dashboard.
    list_themes = awaited(themes.list_themes)
    get_active_theme = awaited(themes.get_active_theme)
    get_theme_file = awaited(themes.get_theme_file)
    save_theme = awaited(themes.save_theme)
    activate_theme = awaited(themes.activate_theme)
    delete_theme = awaited(themes.delete_theme)
    # Jobs.
    submit_job = awaited(submission.submit_job)
    find_submission = awaited(submission.find_submission)
    get_job = awaited(jobs.get_job)
    list_jobs = awaited(jobs.list_jobs)
    iter_jobs = awaited_items(jobs.iter_jobs)
    job_page = awaited(job_pages.job_page)
    count_jobs = awaited(jobs.count_jobs)
    cancel_job = awaited(jobs.cancel_job)
    delete_job = awaited(job_removal.delete_job)
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
    update_user = awaited(user_admin.update_user)
    delete_user = awaited(user_admin.delete_user)
    count_user_records = awaited(user_admin.count_user_records)
    impersonate_user = awaited(user_admin.impersonate_user)
    request_password_reset = awaited(user_admin.request_password_reset)
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
    set_token_expiry = awaited(tokens.set_token_expiry)
    revoke_token = awaited(tokens.revoke_token)
    # Telemetry and change events.
    list_readings = awaited(telemetry.list_readings)
    list_events = list_readings
    changes = awaited_items(changes.changes)
    events = changes

    @overload
    def collection(self, name: str) -> AsyncCollection[Record]: ...
    @overload
    def collection(self, name: str, record_type: type[R]) -> AsyncCollection[R]: ...
    def collection(self, name: str, record_type: type[Any] = dict) -> AsyncCollection[Any]:
        """Return typed access to the records of any collection, including those without methods of their own.

        Args:
            name: Name of the collection, such as "calibrations".
            record_type: Type of its records, such as your own `TypedDict` or one of `qpi_client.records`. Default:
                plain dicts. Only type checkers use it: answers are not validated against it.

        Returns:
            The collection, with ``list``, ``iterate``, ``page``, ``count``, ``get``, ``create``, ``update`` and
            ``delete``.

        Examples:
            >>> slots = client.collection("time_slots", TimeSlot)
        """
        return AsyncCollection(self, part(name, "collection"))

    def get_backend(self, name: str = "qpi") -> optional.QPIBackend:
        """Return a QPU as a Qiskit backend. Needs Qiskit.

        Qiskit's interface is synchronous: an asynchronous client gives the backend a blocking client with the same
        session.

        Args:
            name: Name or id of the QPU.

        Returns:
            The backend.

        Raises:
            MissingOptionalLibraryError: Qiskit is not installed.
            NotFound: No such QPU.
            AmbiguousName: Several QPUs have this name.
            RuntimeError: The server does not say how many qubits the QPU has.

        Examples:
            >>> backend = client.get_backend("alice")
            >>> backend.run(transpile(circuit, backend), shots=1000).result().get_counts()
        """
        client = self._blocking_twin()
        return optional.QPIBackend(client, name, provider=optional.QPIProvider(client))

    def job(self, job_id: str) -> optional.QPIJob:
        """Return a job as a Qiskit job, without a backend. Needs Qiskit.

        Sends no request. Qiskit's interface is synchronous: an asynchronous client gives the job a blocking client with
        the same session.

        Args:
            job_id: Id of the job. For a run that was split into several jobs, their ids separated by commas.

        Returns:
            The job.

        Raises:
            MissingOptionalLibraryError: Qiskit is not installed.
        """
        return optional.QPIJob(None, job_id, self._blocking_twin())

    def _blocking_twin(self) -> Any:
        """Return a blocking client with the same settings and session, for Qiskit's synchronous interface."""
        from qpi_client.client import QPIClient
        from qpi_client.http import httpx

        self._ensure_open()
        transport = self._transport if isinstance(self._transport, httpx.BaseTransport) else None
        twin = QPIClient(self.base_url, transport=transport)
        twin._settings = self._settings
        twin._pem = self._pem
        twin._context = self._context.copy()
        return twin

    async def aclose(self) -> None:
        """Close the connections and forget the session.

        Calls in progress and later calls raise `ClientClosed`.
        """
        self._forget()
        await self._shut()
        if self._transport is not None:
            await self._transport.aclose()

    async def close(self) -> None:
        """Close the connections and forget the session.

        Calls in progress and later calls raise `ClientClosed`.
        """
        await self.aclose()

    async def __aenter__(self) -> AsyncQPIClient:
        self._ensure_open()
        _ = self._channel
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
