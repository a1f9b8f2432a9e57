"""The server itself: is it there, which version, which generation, whose certificate."""

from __future__ import annotations

from collections.abc import Callable

from qpi_client.context import Context
from qpi_client.errors import APIError, NotFound, NotOnThisGeneration, ProtocolError
from qpi_client.exchange import fetch, fetch_dict, get, records, send
from qpi_client.pinning import ROOT_PATH, certificate_in
from qpi_client.records import Record
from qpi_client.steps import Call, T

OLD, NEW = "v0.0", "v0.1"


def health(ctx: Context) -> Call[Record]:
    """Ask whether the server is alive; needs nobody signed in. `NotQPIServer` if something else answers."""
    return (yield from fetch_dict(ctx, get("/api/health", signed=False)))


def server_version(ctx: Context) -> Call[str]:
    """The version of the server, such as "v0.1.2"; for superusers."""
    answer = yield from fetch_dict(ctx, get("/api/op/version"))
    return str(answer.get("version", ""))


def generation(ctx: Context) -> Call[str]:
    """The generation of the server, found out once.

    "v0.1": drivers are records of their own; "v0.0": QPUs connect by themselves.
    """
    if ctx.generation is None:
        try:
            yield from fetch(ctx, get(records("drivers"), query={"perPage": 1, "fields": "id"}))
        except NotFound:
            ctx.generation = OLD
        else:
            ctx.generation = NEW
    return ctx.generation


def root_certificate(ctx: Context) -> Call[str]:
    """The server's own root certificate, PEM, as anyone may fetch it. To trust it, compare its fingerprint first."""
    reply = yield from send(ctx, get(ROOT_PATH, signed=False))
    return certificate_in(reply.body)


def only_on(ctx: Context, wanted: str, what: str, call: Callable[[], Call[T]]) -> Call[T]:
    """Run a call that one generation has; on the other `NotOnThisGeneration`. Asked only when something fails."""
    if ctx.generation in (None, wanted):
        try:
            return (yield from call())
        except (APIError, ProtocolError) as error:
            if isinstance(error, APIError) and error.status not in (404, 405):
                raise
            if (yield from generation(ctx)) == wanted:
                raise
    came = f"came with generation {wanted}" if wanted == NEW else f"went with generation {wanted}"
    raise NotOnThisGeneration(f"{what} {came}; this server is of generation {ctx.generation}.", ctx.generation or "")
