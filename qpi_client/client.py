"""`QPIClient`: the blocking client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from qpi_client import optional
from qpi_client.binding import blocking, blocking_items
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
from qpi_client.collection import Collection
from qpi_client.driver import Driver
from qpi_client.errors import ClientClosed
from qpi_client.records import Record

if TYPE_CHECKING:
    from types import TracebackType


R = TypeVar("R")


class QPIClient(Driver):
    """Blocking client of a QPI server.

    Threads may share a client. Close the client, or use it in a `with` block. Records are plain dicts whose keys are
    declared by the types in `qpi_client.records`. A pickled or copied client keeps the address and the settings, but
    not the session.

    See ``__init__`` for the parameters.

    Examples:
        >>> with QPIClient("https://lab.example.org") as client:
        ...     client.auth_with_password("alice@example.com", password)
        ...     job_id = client.submit_job(circuits, shots=1000, qpu_target="alice")
        ...     counts = client.wait_job(job_id, timeout=60)["results"]["counts"]
    """

    # Marks this client as a full client for the provider, which otherwise uses four methods only.
    lists_resources = True

    # Sign-in.
    auth_with_password = blocking(auth.auth_with_password)
    refresh_session = blocking(auth.refresh_session)
    resume_session = blocking(auth.resume_session)
    sign_out = blocking(auth.sign_out)
    auth_methods = blocking(auth.auth_methods)
    auth_with_oauth2 = blocking(oauth2.auth_with_oauth2)
    request_otp = blocking(factors.request_otp)
    auth_with_otp = blocking(factors.auth_with_otp)
    # Your own account.
    create_account = blocking(account.create_account)
    can_sign_up = blocking(account.can_sign_up)
    update_me = blocking(account.update_me)
    change_password = blocking(account.change_password)
    confirm_password_reset = blocking(account.confirm_password_reset)
    request_verification = blocking(account.request_verification)
    confirm_verification = blocking(account.confirm_verification)
    # The server.
    health = blocking(server.health)
    server_version = blocking(server.server_version)
    generation = blocking(server.generation)
    root_certificate = blocking(server.root_certificate)
    server_started = blocking(server.server_started)
    server_settings = blocking(server.server_settings)
    get_collection = blocking(server.get_collection)
    set_indexes = blocking(server.set_indexes)
    measure_job_page = blocking(server.measure_job_page)
    request = blocking(any_request.request)
    list_collections = blocking(administration.list_collections)
    list_logs = blocking(administration.list_logs)
    list_backups = blocking(administration.list_backups)
    create_backup = blocking(administration.create_backup)
    download_backup = blocking_items(administration.download_backup)
    restore_backup = blocking(administration.restore_backup)
    delete_backup = blocking(administration.delete_backup)
    send_test_email = blocking(administration.send_test_email)
    # Themes of the dashboard.
    list_themes = blocking(themes.list_themes)
    get_active_theme = blocking(themes.get_active_theme)
    get_theme_file = blocking(themes.get_theme_file)
    save_theme = blocking(themes.save_theme)
    activate_theme = blocking(themes.activate_theme)
    delete_theme = blocking(themes.delete_theme)
    # Jobs.
    submit_job = blocking(submission.submit_job)
    find_submission = blocking(submission.find_submission)
    get_job = blocking(jobs.get_job)
    list_jobs = blocking(jobs.list_jobs)
    iter_jobs = blocking_items(jobs.iter_jobs)
    job_page = blocking(job_pages.job_page)
    count_jobs = blocking(jobs.count_jobs)
    cancel_job = blocking(jobs.cancel_job)
    delete_job = blocking(job_removal.delete_job)
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
    update_user = blocking(user_admin.update_user)
    delete_user = blocking(user_admin.delete_user)
    count_user_records = blocking(user_admin.count_user_records)
    impersonate_user = blocking(user_admin.impersonate_user)
    request_password_reset = blocking(user_admin.request_password_reset)
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
    set_token_expiry = blocking(tokens.set_token_expiry)
    revoke_token = blocking(tokens.revoke_token)
    # Telemetry and change events.
    list_readings = blocking(telemetry.list_readings)
    list_events = list_readings
    changes = blocking_items(changes.changes)
    events = changes

    @overload
    def collection(self, name: str) -> Collection[Record]: ...
    @overload
    def collection(self, name: str, record_type: type[R]) -> Collection[R]: ...
    def collection(self, name: str, record_type: type[Any] = dict) -> Collection[Any]:
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
        return Collection(self, part(name, "collection"))

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
        return optional.QPIBackend(self, name, provider=optional.QPIProvider(self))

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
        return optional.QPIJob(None, job_id, self)

    def close(self) -> None:
        """Close the connections and forget the session.

        Calls in progress and later calls raise `ClientClosed`.
        """
        self._forget()
        self._channel.close(ClientClosed("This client was closed while it was waiting for an answer."))
        if self._transport is not None:
            self._transport.close()

    def __enter__(self) -> QPIClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
