"""Submit a job: validate it, send it once, and search for it if the answer is lost."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from qpi_client.calls.job_queries import JOBS
from qpi_client.calls.qpus import rows, target
from qpi_client.checks import moment, one_of, quoted, stored_time, whole
from qpi_client.circuit_note import read_note
from qpi_client.context import Context
from qpi_client.errors import (
    NOWHERE,
    AmbiguousName,
    ConnectionLost,
    InvalidValue,
    MissingJobID,
    NotFound,
    ProtocolError,
    QPIError,
    ServerError,
    Sought,
    SubmitUncertain,
    TimedOut,
    UntargetedJobWarning,
    WideResultWarning,
)
from qpi_client.exchange import fetch, fetch_dict, get, records
from qpi_client.records import MeasLevel, MeasReturn, Record
from qpi_client.steps import Call, Request

LARGEST = 1024 * 1024
MOST_SHOTS = 100_000_000
WIDEST = 14
_GATEWAY = frozenset({502, 503, 504})
# The server's clock is known from its answers to the second.
_SKEW = timedelta(seconds=2)


def submit_job(
    ctx: Context,
    circuits: Sequence[Mapping[str, Any]],
    shots: int = 1024,
    meas_level: MeasLevel = 2,
    meas_return: MeasReturn = "single",
    qpu_target: str = "",
    *,
    besides: Sequence[str] = (),
) -> Call[str]:
    """Submit circuits as one job.

    A submission is sent only once. If its answer is lost, the client searches for the job among your newest jobs, so
    that a repeated call does not run it twice. Values that the server would accept but cannot run are rejected before
    anything is sent.

    Args:
        circuits: At least one mapping ``{"circuit": OpenQASM 2 or 3 text}``. A mapping may have its own ``"shots"``,
            and ``"parameter_values"``: a list of sets, each a list of numbers in the order of the text's inputs.
        shots: Number of shots of each circuit, from 1 to 10**8.
        meas_level: 2 for counts, 1 for IQ points, 0 for raw data (hardware only).
        meas_return: "single" for each shot, or "avg" for their average. Only used below level 2.
        qpu_target: Name or id of the QPU. Without it, the server accepts the job and never runs it.
        besides: Ids of existing jobs with the same content, which a search for a lost job ignores.

    Returns:
        The id of the job.

    Raises:
        InvalidValue: A value is out of range, the job exceeds 1 MiB, or the QPU does not exist or is disabled.
        AmbiguousName: Several QPUs have this name.
        Unauthorized: No session and no API token, or the server rejects the credentials.
        QuotaExceeded: Your balance of QPU time is insufficient.
        SubmitUncertain: The answer was lost, and a search could not tell whether the server has the job.
        MissingJobID: The server's answer contains no id.

    Warns:
        UntargetedJobWarning: ``qpu_target`` is not given.
        WideResultWarning: A circuit has more than 14 classical bits. Servers lose such results (measured on v0.1.2).

    Examples:
        >>> bell = '''OPENQASM 3.0;
        ... include "stdgates.inc";
        ... qubit[2] q;
        ... bit[2] c;
        ... h q[0];
        ... cx q[0], q[1];
        ... c = measure q;
        ... '''
        >>> job_id = client.submit_job([{"circuit": bell}], shots=1000, qpu_target="alice")
        >>> client.wait_job(job_id, timeout=60)["results"]["counts"]
        {'00': 507, '01': 0, '10': 0, '11': 493}
    """
    body: Record = {
        "circuits": checked_circuits(circuits),
        "shots": whole(shots, "shots", 1, MOST_SHOTS),
        "meas_level": one_of(meas_level, "meas_level", (0, 1, 2)),
        "meas_return": one_of(meas_return, "meas_return", ("single", "avg")),
    }
    size = len(json.dumps(body, allow_nan=False).encode())
    if size > LARGEST:
        raise InvalidValue(f"The job has {size:,} bytes; servers accept at most {LARGEST:,}. Submit fewer circuits.")
    if qpu_target:
        body["qpu_target"] = yield from _target(ctx, qpu_target)
    else:
        warnings.warn(
            "This job names no QPU. The server accepts it and never runs it. Give qpu_target.",
            UntargetedJobWarning,
            stacklevel=4,
        )
    if body["meas_level"] == 2:
        _warn_if_wide(body["circuits"])
    return (yield from _send(ctx, body, besides))


def _send(ctx: Context, body: Record, besides: Sequence[str]) -> Call[str]:
    """Send a job once, search for it if the answer is lost, and return its id."""
    began = time.monotonic()
    try:
        answer = yield from fetch(ctx, Request("POST", "/api/jobs", json=body, repeat=False))
    except (ConnectionLost, TimedOut, ProtocolError, ServerError) as error:
        if isinstance(error, ServerError) and error.status not in _GATEWAY:
            raise
        return (yield from _look(ctx, body, began, error, besides))
    job_id = (answer.get("id") or answer.get("job_id")) if isinstance(answer, dict) else None
    if not job_id:
        raise MissingJobID(
            "The server's answer did not contain a job ID. It is unknown whether the server has the job."
        )
    ctx.submitted.append(str(job_id))
    return str(job_id)


def checked_circuits(circuits: Any) -> list[Record]:
    """Validate circuits and return them as sent; `InvalidValue` for a string, an empty list or an empty circuit."""
    if isinstance(circuits, (str, bytes, Mapping)) or not isinstance(circuits, Sequence):
        raise InvalidValue('circuits must be a list of {"circuit": OpenQASM text}.')
    if not circuits:
        raise InvalidValue("No circuits given.")
    found = []
    for number, circuit in enumerate(circuits):
        source = circuit.get("circuit") if isinstance(circuit, Mapping) else None
        if not isinstance(source, str) or not source.strip():
            raise InvalidValue(f'Circuit {number} is empty. A circuit is {{"circuit": OpenQASM text}}.')
        one = dict(circuit)
        if one.get("shots") is not None:
            one["shots"] = whole(one["shots"], f"The shots of circuit {number}", 1, MOST_SHOTS)
        found.append(one)
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"The circuits cannot be sent as JSON: {error}.") from None
    return found


def _target(ctx: Context, name_or_id: str) -> Call[str]:
    """Return the id of the QPU; `InvalidValue` if it does not exist or is disabled."""
    try:
        qpu = yield from target(ctx, name_or_id)
        if qpu.get("enabled") is False:
            ctx.forget_qpus()
            qpu = yield from target(ctx, name_or_id)
    except AmbiguousName:
        raise
    except NotFound as error:
        if str(error.request.url) != NOWHERE:
            # If the server does not list its QPUs, it validates the target itself.
            return name_or_id
        raise InvalidValue(f"There is no QPU {name_or_id!r}, so the job was not sent.") from None
    except ProtocolError:
        return name_or_id
    if qpu.get("enabled") is False:
        name = qpu.get("name") or name_or_id
        raise InvalidValue(f"QPU {name} is disabled, so the job was not sent. Enable it, or choose another QPU.")
    return str(qpu["id"])


def _warn_if_wide(circuits: Sequence[Record]) -> None:
    for number, circuit in enumerate(circuits):
        bits = read_note(circuit["circuit"]).width or 0
        if bits > WIDEST:
            warnings.warn(
                f"Circuit {number} has {bits} classical bits. Servers lose results of more than {WIDEST}.",
                WideResultWarning,
                stacklevel=5,
            )


def find_submission(ctx: Context, uncertain: SubmitUncertain) -> Call[str | None]:
    """Search again for the job of a `SubmitUncertain`.

    Args:
        uncertain: The error from `submit_job`.

    Returns:
        The id of the job, or None if it is not among your 20 newest jobs. None does not prove that it will never
        arrive: a request can be delayed for a long time.

    Raises:
        SubmitUncertain: Several jobs match; ``candidates`` are their ids.
        InvalidValue: The error does not contain the submitted job.

    Examples:
        >>> try:
        ...     job_id = client.submit_job(circuits, qpu_target="alice")
        ... except SubmitUncertain as error:
        ...     job_id = client.find_submission(error)
    """
    sought = uncertain.sought
    if sought is None:
        raise InvalidValue("This SubmitUncertain does not say what was submitted, so there is nothing to search for.")
    alike = _alike(ctx, sought, (yield from _newest(ctx, sought.since)))
    if len(alike) > 1:
        raise SubmitUncertain(_sentence("", f"there are {len(alike)} jobs like it"), alike, sought)
    ctx.submitted.extend(alike)
    return alike[0] if alike else None


def _look(ctx: Context, body: Record, began: float, lost: QPIError, besides: Sequence[str] = ()) -> Call[str]:
    """Search your newest jobs for a job whose answer was lost."""
    gone = timedelta(seconds=time.monotonic() - began)
    sought = Sought(body, ctx.now() - gone - _SKEW, (*ctx.submitted, *besides))
    why = f" ({lost})"
    try:
        newest = yield from _newest(ctx, sought.since)
    except QPIError:
        raise SubmitUncertain(_sentence(why, "the search for it failed too"), sought=sought) from lost
    alike = _alike(ctx, sought, newest)
    if len(alike) != 1:
        found = f"there are {len(alike)} jobs like it" if alike else "it is not among your jobs yet"
        raise SubmitUncertain(_sentence(why, found), alike, sought) from lost
    ctx.submitted.append(alike[0])
    return alike[0]


def _alike(ctx: Context, sought: Sought, newest: Sequence[Record]) -> list[str]:
    return [
        str(job["id"])
        for job in newest
        if job.get("id") not in sought.besides
        and job.get("id") not in ctx.submitted
        and _same(job.get("payload"), sought.body)
        and _after(job, sought.since)
    ]


def _sentence(why: str, found: str) -> str:
    return f"It is unknown whether the server has the job: {found}.{why} Check your jobs before you submit again."


def _newest(ctx: Context, since: datetime) -> Call[list[Record]]:
    """Return your newest jobs with their payload; those from before `since` are irrelevant."""
    session = ctx.session
    if session is not None and session.is_superuser:
        # For an account with few jobs, the server would read the whole table: any older job ends the search.
        condition = f"user_id.email = {quoted(session.identity)} || created < {quoted(stored_time(since, 'since'))}"
        query: Record = {"perPage": 20, "sort": "-@rowid", "skipTotal": 1, "filter": condition}
        answer = yield from fetch_dict(ctx, get(records(JOBS), query=query, session="needed"))
    else:
        answer = yield from fetch(ctx, get("/api/jobs", query={"limit": 20, "sort": "-@rowid"}))
    return rows(answer, "jobs")


def _same(payload: Any, body: Mapping[str, Any]) -> bool:
    return isinstance(payload, dict) and all(
        payload.get(name) == value for name, value in json.loads(json.dumps(body)).items()
    )


def _after(job: Record, since: datetime) -> bool:
    try:
        return moment(job.get("created"), "created") >= since
    except InvalidValue:
        return False
