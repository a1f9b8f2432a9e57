"""A client for programs written for the older client, which was built on `requests`.

Import it with ``from qpi_client.compat import QPIClient`` in place of ``from qpi_client import QPIClient``. It
restores:

- the attribute ``api_token``,
- errors that ``except requests.RequestException`` and ``except OSError`` catch, with ``error.response`` as before,
- `QPIClient.get_job` and `QPIClient.list_jobs` with an API token alone, for programs that look at the status.

It does not restore behavior that was wrong or unsafe: ``_session``, use after ``close()``, tokens in pickles, empty
lists without a session, and values that the server accepts but cannot run. See
``docs/how-to/migrate-from-requests-client.md``.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Generator
from typing import Any, ParamSpec, TypeVar, cast

from qpi_client import client as plain
from qpi_client import optional
from qpi_client.context import checked_token
from qpi_client.errors import (
    APIError,
    ConnectFailed,
    ConnectionLost,
    ProxyFailed,
    QPIError,
    QPIWarning,
    ResultsUnavailable,
    TimedOut,
    TransportError,
)
from qpi_client.masking import hidden
from qpi_client.records import Job
from qpi_client.steps import Call

P = ParamSpec("P")
T = TypeVar("T")

# Maps our errors to those of `requests`; the first match counts.
_KINDS = (
    (APIError, "HTTPError"),
    (ProxyFailed, "ProxyError"),
    (ConnectFailed, "ConnectionError"),
    (ConnectionLost, "ConnectionError"),
    (TimedOut, "Timeout"),
    (TransportError, "RequestException"),
)


class QPIClient(plain.QPIClient):
    """`qpi_client.QPIClient` for programs written for the older client.

    The parameters are those of `qpi_client.QPIClient`.

    Examples:
        >>> import requests
        >>> from qpi_client.compat import QPIClient
        >>> client = QPIClient("https://lab.example.org", api_token=token)
        >>> try:
        ...     client.cancel_job(job_id)
        ... except requests.HTTPError as error:
        ...     print(error.response.status_code, error.response.json()["message"])
    """

    @property
    def api_token(self) -> str | None:
        """The API token of every request, or None. Assign another one to change later requests."""
        token = self._context.api_token
        return None if token is None else token.reveal()

    @api_token.setter
    def api_token(self, token: str | None) -> None:
        secret = None if token is None else hidden(token)
        del token
        self._ensure_open()
        self._context.use_token(checked_token(secret))

    def get_job(self, job_id: str, *, results: bool = True) -> Job:
        """Return one job with its results.

        An API token alone cannot read the results of a finished job. They are then None, with a `QPIWarning`, whereas
        `qpi_client.QPIClient.get_job` raises `ResultsUnavailable`. The older client returned the payload in their
        place.

        Args:
            job_id: Id of the job.
            results: Whether to read the results.

        Returns:
            The job.

        Raises:
            NotFound: No such job, or it is not yours.
            Unauthorized: No session and no API token, or the server rejects the credentials.
        """
        try:
            return super().get_job(job_id, results=results)
        except ResultsUnavailable as error:
            warnings.warn(str(error), QPIWarning, stacklevel=2)
            return cast("Job", error.record)

    def get_backend(self, name: str = "qpi") -> optional.QPIBackend:
        """Return a QPU as a Qiskit backend, as `qpi_client.QPIClient.get_backend` does.

        Args:
            name: Name or id of the QPU.

        Returns:
            The backend.

        Raises:
            MissingOptionalLibraryError: Qiskit is not installed.
            NotFound: No such QPU.
            RuntimeError: The server does not say how many qubits the QPU has.
        """
        client = self._for_qiskit()
        return optional.QPIBackend(client, name, provider=optional.QPIProvider(client))

    def job(self, job_id: str) -> optional.QPIJob:
        """Return a job as a Qiskit job, as `qpi_client.QPIClient.job` does.

        Args:
            job_id: Id of the job.

        Returns:
            The job.

        Raises:
            MissingOptionalLibraryError: Qiskit is not installed.
        """
        return optional.QPIJob(None, job_id, self._for_qiskit())

    def _for_qiskit(self) -> QPIClient:
        """Return the same client with a `get_job` that raises if results are missing: Qiskit's job reports why."""
        view = object.__new__(_Strict)
        view.__dict__ = self.__dict__
        # The connections hold only a weak reference to the client.
        view._kept = self
        return view

    def _run(self, call: Call[T], until: float | None = None) -> T:
        found: QPIError
        try:
            return super()._run(call, until)
        except QPIError as error:
            found = as_requests_error(error)
        raise found

    def _items(self, call: Call[list[T]]) -> Generator[T, None, None]:
        found: QPIError
        try:
            return (yield from super()._items(call))
        except QPIError as error:
            found = as_requests_error(error)
        raise found


class _Strict(QPIClient):
    """The client that Qiskit's backends and jobs use."""

    _kept: QPIClient

    get_job = plain.QPIClient.get_job


def as_requests_error(error: QPIError) -> QPIError:
    """Return an error that is also the error of `requests` that the older client raised.

    Args:
        error: An error of this package.

    Returns:
        An error of the same class and of `requests.HTTPError`, `ConnectionError`, `ProxyError`, `Timeout` or
        `RequestException`. The same error if it is not about communication with a server, or if `requests` is not
        installed.
    """
    kind = _both(type(error))  # type: ignore[arg-type]  # classes are hashable
    if kind is type(error):
        return error
    twin = kind.__new__(kind)
    twin.args = error.args
    twin.__dict__.update(error.__dict__)
    twin.__dict__.setdefault("response", None)
    return twin.with_traceback(None)


@functools.cache
def _both(kind: type[QPIError]) -> type[QPIError]:
    """Return a class that combines ours and that of `requests`; ours alone if there is no match."""
    name = next((theirs for ours, theirs in _KINDS if issubclass(kind, ours)), None)
    if name is None:
        return kind
    try:
        theirs = getattr(importlib.import_module("requests.exceptions"), name)
    except ImportError:
        return kind
    if issubclass(kind, theirs):
        return kind
    body: dict[str, Any] = {"__doc__": kind.__doc__, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    # As in `requests`, None instead of an error if the request is unknown.
    body["request"] = property(lambda self: self._request)
    # Pickles refer to the importable class.
    body["__reduce__"] = lambda self: kind.__reduce__(_plain(self, kind))
    return cast("type[QPIError]", type(kind.__name__, (kind, theirs), body))


def _plain(error: QPIError, kind: type[QPIError]) -> QPIError:
    twin = kind.__new__(kind)
    twin.args = error.args
    twin.__dict__.update(error.__dict__)
    return twin
