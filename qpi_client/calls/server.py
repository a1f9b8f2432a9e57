"""The server itself: health, version, generation, certificate."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, cast

from qpi_client.calls.typed import fetch_as
from qpi_client.checks import either, one_of, part, text, whole
from qpi_client.context import Context
from qpi_client.errors import APIError, InvalidValue, NotFound, NotOnThisGeneration, ProtocolError
from qpi_client.exchange import fetch, fetch_dict, get, records, send
from qpi_client.pinning import ROOT_PATH, certificate_in
from qpi_client.records import Generation, Health, Record
from qpi_client.steps import Call, Request, T

OLD: Final = "v0.0"
NEW: Final = "v0.1"


def health(ctx: Context) -> Call[Health]:
    """Check that the server answers. Works without signing in.

    Returns:
        The server's answer, with ``code`` 200.

    Raises:
        ConnectFailed: The server cannot be reached.
        NotQPIServer: Something else answers at this address.
        TimedOut: The server does not answer in time.
    """
    return (yield from fetch_as(Health, ctx, get("/api/health", signed=False)))


def server_version(ctx: Context) -> Call[str]:
    """Return the server's version. Superusers only.

    Returns:
        The version, such as "v0.1.2".

    Raises:
        Unauthorized: Not signed in.
        Forbidden: The account is not a superuser.
    """
    answer = yield from fetch_dict(ctx, get("/api/op/version"))
    return str(answer.get("version", ""))


def generation(ctx: Context) -> Call[Generation]:
    """Return the server's generation. The result is cached.

    Returns:
        "v0.1" if drivers have records of their own; "v0.0" if QPUs connect by themselves and there is no telemetry.

    Raises:
        TransportError: The server cannot be reached, or its answer cannot be read.
    """
    if ctx.generation is None:
        try:
            yield from fetch(ctx, get(records("drivers"), query={"perPage": 1, "fields": "id"}))
        except NotFound:
            ctx.generation = OLD
        else:
            ctx.generation = NEW
    return cast("Generation", ctx.generation)


def root_certificate(ctx: Context) -> Call[str]:
    """Return the server's own root certificate, which is public.

    Before you trust it, compare its fingerprint with the one that the server's administrator gave you.

    Returns:
        The certificate as PEM text.

    Raises:
        NotQPIServer: The server publishes no certificate.
    """
    reply = yield from send(ctx, get(ROOT_PATH, signed=False))
    return certificate_in(reply.body)


def only_on(ctx: Context, wanted: Generation, what: str, call: Callable[[], Call[T]]) -> Call[T]:
    """Run a call that only one generation supports.

    The client determines the server's generation only if the call fails.

    Args:
        ctx: The client's context.
        wanted: The generation that supports it.
        what: Name of the feature, as the subject of a sentence.
        call: Creates the call.

    Returns:
        The call's result.

    Raises:
        NotOnThisGeneration: The server is of the other generation.
    """
    if ctx.generation in (None, wanted):
        try:
            return (yield from call())
        except (APIError, ProtocolError) as error:
            if isinstance(error, APIError) and error.status not in (404, 405):
                raise
            if (yield from generation(ctx)) == wanted:
                raise
    came = f"was added in generation {wanted}" if wanted == NEW else f"was removed in generation {wanted}"
    raise NotOnThisGeneration(f"{what} {came}; this server has generation {ctx.generation}.", ctx.generation or "")


# Every start of the server saves these collections, so the oldest `updated` is the time of the start.
_SAVED_AT_START = ("api_tokens", "notifications", "qpu_time_requests", "qpus", "time_slots", "users")


def server_started(ctx: Context) -> Call[datetime | None]:
    """Return when the server started. Superusers only.

    Drivers that connected before have lost their connection, although their status is still "online" (measured on
    v0.1.2).

    Returns:
        The time in UTC, or None if the server's collections do not show it.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Reading the server's collections")
    # Only these: the server takes five times as long for all collections.
    those = either("name", _SAVED_AT_START)
    query = {"fields": "name,updated", "filter": those, "perPage": 200, "skipTotal": 1}
    answer = yield from fetch_dict(ctx, get("/api/collections", query=query, session="needed"))
    items = answer.get("items")
    saved = [
        str(item.get("updated") or "")
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and item.get("name") in _SAVED_AT_START
    ]
    try:
        return datetime.fromisoformat(min(filter(None, saved))).astimezone(UTC)
    except ValueError:
        return None


def server_settings(ctx: Context) -> Call[Record]:
    """Return the server's settings, such as e-mail, backups and rate limits. Superusers only.

    Returns:
        The settings as PocketBase stores them.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Reading the server's settings")
    return (yield from fetch_dict(ctx, get("/api/settings", session="needed")))


def get_collection(ctx: Context, name: str) -> Call[Record]:
    """Return a collection's definition: fields, rules, indexes and sign-in methods. Superusers only.

    Args:
        name: Name or id, such as "quantum_jobs".

    Returns:
        The definition as PocketBase stores it.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such collection.
    """
    ctx.need_session("Reading a collection's definition")
    return (yield from fetch_dict(ctx, get(f"/api/collections/{part(name)}", session="needed")))


def set_indexes(ctx: Context, collection: str, indexes: Sequence[str]) -> Call[Record]:
    """Set the indexes of a collection, replacing the existing ones. Superusers only.

    Args:
        collection: Name or id, such as "quantum_jobs".
        indexes: All indexes, each as a CREATE INDEX statement.

    Returns:
        The updated definition of the collection.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: A statement is not valid.
        InvalidValue: ``indexes`` is not a list of strings; nothing was sent.

    Examples:
        >>> indexes = client.get_collection("quantum_jobs")["indexes"]
        >>> client.set_indexes("quantum_jobs", [*indexes, "CREATE INDEX jobs_created ON quantum_jobs (created)"])
    """
    ctx.need_session("Changing a collection's indexes")
    if isinstance(indexes, str):
        raise InvalidValue("indexes must be a list of statements.")
    body = {"indexes": [text(each, "An index") for each in indexes]}
    request = Request("PATCH", f"/api/collections/{part(collection)}", json=body, session="needed")
    return (yield from fetch_dict(ctx, request))


def measure_job_page(ctx: Context, order: Literal["created", "arrival"] = "arrival", limit: int = 200) -> Call[float]:
    """Measure how long the server takes to return the newest page of all jobs. Superusers only.

    Args:
        order: "created" sorts by date, which reads the whole table if there is no index. "arrival" follows the table's
            own order, which costs only the returned rows.
        limit: Page size, from 1 to 1,000.

    Returns:
        Time until the whole answer arrived, in seconds.

    Raises:
        SessionRequired: Not signed in.
        InvalidValue: ``order`` or ``limit`` is out of range; nothing was sent.
    """
    ctx.need_session("Measuring a page of jobs")
    sort = {"created": "-created", "arrival": "-@rowid"}[one_of(order, "order", ("created", "arrival"))]
    query = {"perPage": whole(limit, "limit", 1, 1000), "sort": sort, "skipTotal": 1, "fields": "id,status,created"}
    began = time.monotonic()
    yield from fetch_dict(ctx, get(records("quantum_jobs"), query=query, session="needed", measured=True))
    return time.monotonic() - began
