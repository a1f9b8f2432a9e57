"""Types of the records and answers that the client returns.

The client returns plain dicts, decoded from the server's JSON. These `TypedDict`s declare their keys for editors and
type checkers. Keys under `NotRequired` are present in some answers only. A list read with ``fields`` has those keys and
the id.

Their annotations are evaluated: as strings, which `TypedDict` compiles one by one, this module takes twice as long to
load, before a console's first rows.
"""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, get_args

from qpi_client.driver_kinds import DRIVER_KINDS as DRIVER_KINDS
from qpi_client.driver_kinds import MONITOR_KINDS as MONITOR_KINDS
from qpi_client.driver_kinds import DriverKind as DriverKind
from qpi_client.job_fields import FINAL_STATUSES as FINAL_STATUSES
from qpi_client.job_fields import JOB_STATUSES as JOB_STATUSES
from qpi_client.job_fields import JobStatus as JobStatus

Record: TypeAlias = dict[str, Any]

QPUStatus: TypeAlias = Literal["offline", "online", "maintenance"]
DriverStatus: TypeAlias = Literal["offline", "online"]
RequestStatus: TypeAlias = Literal["pending", "approved", "rejected"]
RequestDecision: TypeAlias = Literal["approved", "rejected"]
DriverLanguage: TypeAlias = Literal["python", "typescript", "go"]
DriverEvent: TypeAlias = Literal["JobDispatch", "JobResult", "CryostatReading"]
Generation: TypeAlias = Literal["v0.0", "v0.1"]
MeasLevel: TypeAlias = Literal[0, 1, 2]
MeasReturn: TypeAlias = Literal["single", "avg"]

QPU_STATUSES: tuple[QPUStatus, ...] = get_args(QPUStatus)
"""Every status of a QPU."""
REQUEST_STATUSES: tuple[RequestStatus, ...] = get_args(RequestStatus)
"""Every status of a time request."""


class JobRow(TypedDict):
    """A job in a list, without payload and results.

    Times are UTC, such as ``2026-11-23 05:20:14.198Z``. ``duration`` is the QPU time in seconds, 0 until the job has
    finished. ``finished_at`` is empty until then, and on cancelled jobs. ``expand`` contains the records of ``user_id``
    and ``qpu_target`` if requested.
    """

    id: str
    user_id: str
    qpu_target: str
    status: JobStatus
    created: str
    updated: str
    finished_at: NotRequired[str]
    duration: NotRequired[float]
    expand: NotRequired[dict[str, Any]]


class Job(JobRow):
    """A complete job.

    ``payload`` is the submitted body. ``results`` is the driver's answer; None before it arrives.
    """

    payload: dict[str, Any]
    results: Any


class Cancelled(TypedDict):
    """Answer to cancelling a job."""

    status: Literal["cancelled"]


class QPU(TypedDict):
    """A QPU.

    ``status`` follows the most recent connection or disconnection of a driver. Neither ``status`` nor ``enabled`` stops
    jobs: servers dispatch to every connected driver. See ``QPIClient.stop_qpu``.

    Keys of generation v0.0 only: ``executor_type``, ``device_config``, ``nng_command_port``, ``nng_result_port``.
    """

    id: str
    name: str
    status: QPUStatus
    enabled: bool
    num_qubits: int
    executor_type: NotRequired[str]
    device_config: NotRequired[dict[str, Any] | None]
    nng_command_port: NotRequired[int]
    nng_result_port: NotRequired[int]


class NewQPU(TypedDict):
    """Answer to creating a QPU.

    Generation v0.0 adds ``access_token``, shown only once, and connection data for its driver: ``qpi_addr``,
    ``ca_fingerprint``, ``driver_version``.
    """

    id: str
    name: str
    status: QPUStatus
    enabled: bool
    executor_type: NotRequired[str]
    access_token: NotRequired[str]
    qpi_addr: NotRequired[str]
    ca_fingerprint: NotRequired[str]
    driver_version: NotRequired[str]


class QPUSwitch(TypedDict):
    """Answer to enabling or disabling a QPU."""

    id: str
    name: str
    status: QPUStatus
    enabled: bool


class QPUConnection(TypedDict):
    """Answer to connecting a QPU's driver (generation v0.0)."""

    status: str
    nng_command_port: int
    nng_result_port: int
    nng_host: str
    tls_hash: str
    auth_token: str


class Driver(TypedDict):
    """A program that runs a QPU's jobs or reports its readings.

    ``qpu`` is the QPU's id; ``expand["qpu"]`` is its record if requested. ``last_seen`` is a UTC time, empty before the
    first connection. After a restart of the server, ``status`` is still online although the driver receives nothing.
    """

    id: str
    name: str
    qpu: str
    kind: DriverKind
    language: DriverLanguage
    events: list[DriverEvent] | None
    status: DriverStatus
    enabled: bool
    version: NotRequired[str]
    host: NotRequired[str]
    last_seen: NotRequired[str]
    expand: NotRequired[dict[str, Any]]


class NewDriver(TypedDict):
    """Answer to creating a driver.

    ``token`` and the setup ``snippets`` are shown only once.
    """

    id: str
    name: str
    qpu: str
    kind: DriverKind
    language: DriverLanguage
    events: list[DriverEvent] | None
    status: DriverStatus
    enabled: bool
    token: str
    qpi_addr: str
    ca_fingerprint: str
    driver_version: str
    snippets: dict[str, str]


class DriverSwitch(TypedDict):
    """Answer to enabling or disabling a driver."""

    id: str
    name: str
    status: DriverStatus
    enabled: bool


class User(TypedDict):
    """A user.

    ``qpu_seconds`` is the current balance in seconds. ``email`` is missing if you may not see it.
    """

    id: str
    name: str
    email: NotRequired[str]
    qpu_seconds: float
    created: str
    updated: str
    verified: NotRequired[bool]
    emailVisibility: NotRequired[bool]


class UserHoldings(TypedDict):
    """Number of a user's records of each kind. ``announcements`` counts those for this user only."""

    jobs: int
    pending_jobs: int
    time_slots: int
    time_requests: int
    tokens: int
    announcements: int


class LogEntry(TypedDict):
    """Entry of the server's log. ``level`` is -4 debug, 0 info, 4 warning, 8 error; ``created`` is UTC."""

    id: str
    created: str
    level: int
    message: str
    data: dict[str, Any]


class Backup(TypedDict):
    """A backup on the server. ``key`` is its name, ``size`` is in bytes, ``modified`` is UTC."""

    key: str
    size: int
    modified: str


class Theme(TypedDict):
    """A dashboard theme. ``logo`` and ``favicon`` are file names, empty if there is no file."""

    id: str
    name: str
    is_active: bool
    site_name: str
    tagline: str
    logo: str
    favicon: str
    tokens: dict[str, Any] | None
    custom_css: str
    custom_js: str
    updated: str


class TimeRequest(TypedDict):
    """A request for QPU time.

    ``seconds`` is the amount. ``user`` and ``handled_by`` are ids; ``handled_by`` is empty while the request is
    pending. The server stores no dates of requests.
    """

    id: str
    user: str
    seconds: float
    status: RequestStatus
    requested_reason: str
    rejection_reason: str
    handled_by: str
    expand: NotRequired[dict[str, Any]]


class TimeSlot(TypedDict):
    """A booking of the whole laboratory, from ``start_time`` to ``end_time`` in UTC.

    ``booked_by`` is a user's id.
    """

    id: str
    booked_by: str
    start_time: str
    end_time: str
    expand: NotRequired[dict[str, Any]]


class Notification(TypedDict):
    """An announcement.

    ``start_time`` and ``end_time`` are UTC times, empty if unlimited. ``target_users`` and ``dismissed_by`` are one
    user's id each, empty for everybody and nobody.
    """

    id: str
    title: str
    description: str
    start_time: str
    end_time: str
    target_users: str
    dismissed_by: str
    created: str
    updated: str
    expand: NotRequired[dict[str, Any]]


class Dismissal(TypedDict):
    """Answer to dismissing an announcement."""

    status: str


class Token(TypedDict):
    """An API token without its secret.

    ``expires_at`` is a UTC time, empty if the token never expires.
    """

    id: str
    name: str
    expires_at: str
    created: str


class NewToken(Token):
    """Answer to creating an API token. ``token``, the secret, is shown only once."""

    token: str


class Reading(TypedDict):
    """A reading or another event from a driver.

    For type ``CryostatReading``, ``payload["readings"]`` maps each channel to ``value`` (None if it failed), ``unit``
    and ``status``. ``ts`` is an RFC 3339 time; ``driver`` and ``qpu`` are ids.
    """

    id: str
    type: str
    ts: str
    qpu: str
    driver: str
    payload: dict[str, Any]
    source: NotRequired[str]
    created: NotRequired[str]
    expand: NotRequired[dict[str, Any]]


Event: TypeAlias = Reading
"""The older name of `Reading`."""


class SignIn(TypedDict):
    """Answer to a sign-in: the session's token and the account's record.

    ``meta`` is present after a sign-in with an identity provider: the provider's user data, such as ``isNew``, without
    the provider's own tokens.
    """

    token: str
    record: dict[str, Any]
    meta: NotRequired[dict[str, Any]]


class CodeSent(TypedDict):
    """Answer to requesting a one-time code."""

    otpId: str


class Health(TypedDict):
    """Answer to a health check."""

    code: int
    message: str
    data: dict[str, Any]


class AuthMethods(TypedDict):
    """Sign-in methods that the server offers.

    ``password``, ``oauth2``, ``otp`` and ``mfa`` each contain ``enabled`` and details.
    """

    password: dict[str, Any]
    oauth2: dict[str, Any]
    otp: NotRequired[dict[str, Any]]
    mfa: NotRequired[dict[str, Any]]


class AnyJobRow(TypedDict, total=False):
    """A job as the decoder of large lists reads it. Accepts any value: one invalid value must not hide a list."""

    id: Any
    user_id: Any
    qpu_target: Any
    status: Any
    created: Any
    updated: Any
    finished_at: Any
    duration: Any
    expand: Any


class AnyJobPage(TypedDict, total=False):
    """A page of jobs from their collection."""

    items: list[AnyJobRow]
    page: Any
    perPage: Any
    totalItems: Any
    totalPages: Any
