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
    "lists.pages": "lists take page, perPage (30 by default, at most 1000), sort, filter, expand, fields and skipTotal",
    "lists.cut": "a list without perPage is cut at 30 and says so in totalItems only",
    "routes.bare-json": "custom routes answer bare JSON",
    "errors.shape": "errors are {status, message, data: {field: {code, message}}}",
    "dates.format": "dates have a space and are UTC; RFC 3339 is accepted",
    "stream.hello": "the first change event gives a clientId, to which topics and session are then sent",
    "stream.idle": "an idle stream is closed after five minutes",
    "paths.unknown": "GET of an unknown path answers 200 with HTML",
    # Permissions
    "session.superuser": "a superuser signs in at _superusers, for a day, and sees everything",
    "session.user": "a user signs in at users, for five days, and sees own jobs and requests and all slots",
    "session.token": "an API token opens custom routes; on collections it is nobody: 200 with an empty list, 404",
    "session.anonymous": "QPUs, drivers and telemetry are for everyone",
    "session.refresh": "auth-refresh gives a new session",
    "session.forged": "a forged session is 401 on custom routes, and nobody on collections: 200 with an empty list",
    # Jobs
    "jobs.statuses": "a job is pending, running, completed, failed or cancelled",
    "jobs.payload-as-results": "the custom routes put the payload into results, whatever the status",
    "jobs.real-results": "real results are in the record, which needs a session",
    "jobs.own": "/api/jobs lists the caller's own, with limit, skip and sort; a superuser sees all by the collection",
    "jobs.superuser": "a superuser's custom routes act as a users record with 999999999 seconds",
    "jobs.no-target": "a job without a target is accepted and never runs",
    "jobs.target": "a target is a QPU's id; a name answers 500",
    "jobs.unchecked": "empty circuits, negative shots, any level and return, a disabled target are accepted",
    "jobs.no-balance": "without a balance a submission is 403",
    "jobs.too-dear": "a job that costs more than what is left is not charged",
    "jobs.cancel": "own pending and running jobs can be cancelled, others are 404; a superuser PATCHes the status",
    "jobs.cancelled-completes": "a running job that is cancelled comes back completed, and is charged",
    "jobs.running": "running means dispatched, which takes about a second",
    "jobs.timeout": "a running job goes back to pending after the job timeout and is sent again; both results count",
    "jobs.failed": "a failed job has {error} as results",
    "jobs.dates": "a cancelled job has no finished_at; a duration is a float of seconds",
    "jobs.charge": "a finished job charges its duration, which counts from the record's last update",
    "jobs.no-index": "the collection of jobs has no index; @rowid is its own order; a superuser may add indexes",
    # Results
    "results.counts": "counts have binary keys, bit 0 rightmost, all states of up to 14 bits, zeros included",
    "results.wide": "results of more than 14 bits never arrive",
    "results.several": "several circuits or parameter sets have an entry each; the top repeats the first",
    "results.iq": "level 1 gives memory as [shot][qubit][I, Q], avg one shot; level 0 is hardware's only",
    "results.raw": "a circuit without measurement may complete with raw text and no shots",
    "results.hex": "older servers put hex_counts beside counts",
    "results.unsupported": "two registers fail on both simulators, a mid-circuit if fails on the plain one",
    "results.any": "results may be any JSON",
    # QPUs
    "qpus.fields": "status beside enabled; created and updated are empty; names are not unique",
    "qpus.list": "/api/qpus lists online ones; one is found by id, not by name",
    "qpus.disable": "disabling sets a QPU offline",
    "qpus.enable": "enabling leaves it offline in v0.1 and sets it online in v0.0; PATCH sets the status on both",
    "qpus.delete": "a QPU with a driver cannot be deleted",
    "qpus.older": "v0.0 shows the token's hash and the connection to everyone; drivers and events are 404",
    # Drivers and dispatching
    "drivers.kinds": "seven kinds, three languages; a custom one names its events",
    "drivers.create": "creating answers once with token, ca_fingerprint, qpi_addr and snippets; an unknown QPU is 500",
    "drivers.toggle": "disabling a driver ends dispatch at once and sets its QPU offline a moment later",
    "drivers.enable": "enabling a driver only allows it to connect; a disabled one is refused",
    "dispatch.order": "the slot holder's jobs first; everybody's once the holder is idle, first in, first out",
    "dispatch.blind": "neither status nor enabled of a QPU nor the kind of a driver stops a job",
    "dispatch.older": "on v0.0 neither the toggle route nor maintenance stops jobs",
    "dispatch.older-record": "on v0.0 setting enabled in a QPU's record ends its dispatcher, or starts it again",
    "dispatch.monitor": "a monitor gets jobs like any other driver, and loses them",
    "dispatch.monitor-only": "on a QPU with only a monitor a job is running and put back for ever",
    "dispatch.dead": "a dispatcher whose driver has died still takes jobs into its send queue",
    "dispatch.status": "a QPU's status follows the last driver that attached or detached",
    "dispatch.maintenance": "maintenance does not survive a driver's restart, nor jobs are kept by it",
    "dispatch.restart": "after a restart of the server drivers stay online in their records and get nothing",
    # Users and their records
    "users.seconds": "qpu_seconds is a total; a text is 0, a negative 400, fractions are kept; + and - change it",
    "users.self-credit": "a user may write its own balance",
    "users.delete": "a user with slots or tokens cannot be deleted; jobs, requests and announcements stay without it",
    "users.address": "a superuser changes a user's address, which ends the user's sessions",
    "users.impersonate": "a superuser gets a session of a user, which is renewed to itself",
    "requests.create": "a request needs the caller as user and status pending",
    "requests.order": "requests have no dates; @rowid is the order of arrival",
    "requests.approve": "approving credits once; again is 200; another change of a decided one, or of seconds, is 400",
    "requests.race": "two superusers who approve at the same moment may credit twice",
    "requests.handled-by": "handled_by is a bare id",
    "requests.withdraw": "a user deletes its own while it is pending",
    "slots.shape": "slots are for all QPUs; start before end, no overlap, back to back allowed",
    "slots.past": "users book no past and change nothing that has started; superusers do",
    "slots.others": "a superuser books for a user; a superuser is only told that an overlap failed",
    "slots.names": "other users' names do not expand for a user",
    "notices.see": "users see what is due and meant for them; superusers see all",
    "notices.dismiss": "an announcement holds one dismissal: a second one brings it back for the first user",
    "tokens.once": "a token is in the creating answer only",
    "tokens.bad-date": "an expiry that cannot be read is dropped: the token never expires",
    "tokens.expiry": "the end of a token can be changed; one that cannot be read means never",
    "telemetry.readings": "readings are {value, unit, status} by channel, at an RFC 3339 moment; null where it failed",
    "server.version": "the version is for superusers",
    # Other sign-in methods
    "auth.methods": "auth-methods says which ways there are",
    "auth.oauth2": "a provider's sign-in is finished over the event stream of whoever began it",
    "auth.otp": "a one-time password comes by mail; an unknown address is answered alike",
    "auth.mfa": "a second factor is asked for by 401 with an mfaId",
    "auth.mails": "password resets and verifications are asked for by mail",
    # Themes of the dashboard
    "themes.routes": "active, defaults, css and js are for everyone",
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
