"""How the real server behaves, fact by fact.

Each fact has tests that name it: `@fact("jobs.no-target")` over plain HTTP, `@by_command` through the commands,
`@by_console` at the console. `fact_coverage.py` lists what covers each fact.

Where the sandbox differs on purpose (`qpi_sandbox.differences`), the test accepts both behaviours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

FACTS: dict[str, str] = {
    # The interface in general
    "lists.pages": "lists accept page, perPage (30 by default, at most 1000), sort, filter, expand, fields, skipTotal",
    "lists.cut": "a list without perPage is cut at 30, which only totalItems shows",
    "routes.bare-json": "custom routes return bare JSON",
    "errors.shape": "errors are {status, message, data: {field: {code, message}}}",
    "dates.format": "dates have a space and are UTC; RFC 3339 is accepted",
    "stream.hello": "the first change event gives a clientId, to which topics and session are then sent",
    "stream.idle": "an idle stream is closed after five minutes",
    "paths.unknown": "GET of an unknown path returns 200 with HTML",
    # Permissions
    "session.superuser": "a superuser signs in at _superusers; its session lasts a day and sees everything",
    "session.user": "a user signs in at users for five days and sees own jobs, own requests and all slots",
    "session.token": "an API token works on custom routes and is anonymous on collections: 200 with an empty list, 404",
    "session.anonymous": "QPUs, drivers and telemetry are public",
    "session.refresh": "auth-refresh returns a new session",
    "session.forged": "a forged session is 401 on custom routes, and anonymous on collections: 200 with an empty list",
    # Jobs
    "jobs.statuses": "a job is pending, running, completed, failed or cancelled",
    "jobs.payload-as-results": "the custom routes put the payload into results, whatever the status",
    "jobs.real-results": "real results are in the record, which needs a session",
    "jobs.own": "/api/jobs lists the caller's own, with limit, skip and sort; a superuser sees all by the collection",
    "jobs.superuser": "a superuser's custom routes act as a users record with 999999999 seconds",
    "jobs.no-target": "a job without a target is accepted and never runs",
    "jobs.target": "a target is a QPU's id; a name returns 500",
    "jobs.unchecked": "empty circuits, negative shots, any level and return, a disabled target are accepted",
    "jobs.no-balance": "without a balance a submission is 403",
    "jobs.too-dear": "a job that costs more than the balance is not charged",
    "jobs.cancel": "own pending and running jobs can be cancelled, others are 404; a superuser PATCHes the status",
    "jobs.cancelled-completes": "a cancelled running job still completes, and is charged",
    "jobs.running": "running means dispatched, which takes about a second",
    "jobs.timeout": "after the job timeout a running job is pending again and dispatched again; both results count",
    "jobs.failed": "a failed job has {error} as results",
    "jobs.dates": "a cancelled job has no finished_at; a duration is a float of seconds",
    "jobs.charge": "a finished job charges its duration, which counts from the record's last update",
    "jobs.no-index": "the collection of jobs has no index; @rowid is its own order; a superuser may add indexes",
    # Results
    "results.counts": "counts have binary keys, bit 0 rightmost, all states of up to 14 bits, zeros included",
    "results.wide": "results of more than 14 bits are lost",
    "results.several": "several circuits or parameter sets have an entry each; the top repeats the first",
    "results.iq": "level 1 gives memory as [shot][qubit][I, Q], avg one shot; level 0 needs hardware",
    "results.raw": "a circuit without measurement may complete with raw text and no shots",
    "results.hex": "older servers return hex_counts in addition to counts",
    "results.unsupported": "two registers fail on both simulators, a mid-circuit if fails on the plain one",
    "results.any": "results may be any JSON",
    # QPUs
    "qpus.fields": "status and enabled are separate; created and updated are empty; names are not unique",
    "qpus.list": "/api/qpus lists online QPUs; a QPU is found by id, not by name",
    "qpus.disable": "disabling sets a QPU offline",
    "qpus.enable": "enabling leaves it offline in v0.1 and sets it online in v0.0; PATCH sets the status on both",
    "qpus.delete": "a QPU with a driver cannot be deleted",
    "qpus.older": "v0.0 shows the token's hash and the connection to everyone; drivers and events are 404",
    # Drivers and dispatching
    "drivers.kinds": "there are seven kinds and three languages; a custom driver names its events",
    "drivers.create": "creation returns token, ca_fingerprint, qpi_addr and snippets once; an unknown QPU is 500",
    "drivers.toggle": "disabling a driver ends dispatch at once and sets its QPU offline a moment later",
    "drivers.enable": "enabling a driver only allows it to connect; a disabled one is rejected",
    "dispatch.order": "the slot holder's jobs first; everybody's once the holder is idle, first in, first out",
    "dispatch.blind": "neither status nor enabled of a QPU nor the kind of a driver stops a job",
    "dispatch.older": "on v0.0 neither the toggle route nor maintenance stops jobs",
    "dispatch.older-record": "on v0.0 setting enabled in a QPU's record ends its dispatcher, or starts it again",
    "dispatch.monitor": "a monitor gets jobs like any other driver, and loses them",
    "dispatch.monitor-only": "on a QPU with only a monitor a job is dispatched and put back forever",
    "dispatch.dead": "a dispatcher whose driver has died still takes jobs into its send queue",
    "dispatch.status": "a QPU's status follows the last driver that attached or detached",
    "dispatch.maintenance": "maintenance ends when a driver restarts, and does not hold jobs back",
    "dispatch.restart": "after a server restart drivers are recorded as online but get no jobs",
    # Users and their records
    "users.seconds": "qpu_seconds is a total; a text is 0, a negative 400, fractions are kept; + and - change it",
    "users.self-credit": "users can write their own balance",
    "users.delete": "a user with slots or tokens cannot be deleted; jobs, requests and announcements remain",
    "users.address": "a superuser changes a user's address, which ends the user's sessions",
    "users.impersonate": "a superuser gets a session of a user, which refreshes to itself",
    "requests.create": "a request needs the caller as user and status pending",
    "requests.order": "requests have no dates; @rowid is the order of arrival",
    "requests.approve": "approving credits once; again is 200; changing a decided request, or seconds, is 400",
    "requests.race": "two superusers who approve at the same moment may credit twice",
    "requests.handled-by": "handled_by is a bare id",
    "requests.withdraw": "a user deletes an own pending request",
    "slots.shape": "slots are for all QPUs; start before end, no overlap, back to back allowed",
    "slots.past": "only superusers book in the past and change a slot that has started",
    "slots.others": "a superuser books for a user; a superuser is only told that an overlap failed",
    "slots.names": "other users' names do not expand for a user",
    "notices.see": "users see current announcements for them; superusers see all",
    "notices.dismiss": "an announcement stores one dismissal: a second one undoes the first",
    "tokens.once": "a token is only in the response to its creation",
    "tokens.bad-date": "an unparsable expiry is dropped: the token never expires",
    "tokens.expiry": "the expiry of a token can be changed; an unparsable one means never",
    "telemetry.readings": "readings are {value, unit, status} by channel, at an RFC 3339 time; a failed one is null",
    "server.version": "the version is visible to superusers",
    # Other sign-in methods
    "auth.methods": "auth-methods lists the sign-in methods",
    "auth.oauth2": "single sign-on completes over the event stream of the client that started it",
    "auth.otp": "a one-time password is sent by mail; an unknown address gets the same answer",
    "auth.mfa": "a second factor is requested by 401 with an mfaId",
    "auth.mails": "password resets and verifications are sent by mail",
    # Themes of the dashboard
    "themes.routes": "active, defaults, css and js are public",
    "themes.collection": "superusers write themes; at most one is active",
}

Test = TypeVar("Test", bound=Callable[..., object])


def _marks(names: tuple[str, ...]) -> Callable[[Test], Test]:
    unknown = [name for name in names if name not in FACTS]
    assert not unknown, f"no such facts: {unknown}"
    mark: Callable[[Test], Test] = pytest.mark.fact(*names)
    return mark


def fact(*names: str) -> Callable[[Test], Test]:
    """Mark a test that checks these facts over plain HTTP."""
    return _marks(names)


def by_command(*names: str) -> Callable[[Test], Test]:
    """Mark a test that covers these facts through the commands."""
    return _marks(names)


def by_console(*names: str) -> Callable[[Test], Test]:
    """Mark a test that covers these facts at the console."""
    return _marks(names)
