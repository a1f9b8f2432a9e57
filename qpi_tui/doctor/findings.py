"""The findings of an examination: pure checks, each with severity, evidence and remedy, most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from qpi_client.job_fields import AMONG
from qpi_tui.doctor.examination import LONG_SESSION, READS, Examination
from qpi_tui.domain.clock import age, ago_words, local, parse_date
from qpi_tui.domain.durations import duration
from qpi_tui.domain.indexes import index_columns
from qpi_tui.domain.sanitize import clean
from qpi_tui.rows.base import Row
from qpi_tui.rows.decode import decode_all
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.qpu_service import QPUService, Severity, problems, services_of

# Seconds from which a page of 200 jobs is slow, and from which it is too slow.
SLOW, TOO_SLOW = 0.5, 2.0
SKEW = timedelta(seconds=2)
MOST_NAMED = 5

INDEXES = {
    "created": "CREATE INDEX `jobs_created` ON `quantum_jobs` (`created`)",
    "status, created": "CREATE INDEX `jobs_status_created` ON `quantum_jobs` (`status`, `created`)",
    "user_id, created": "CREATE INDEX `jobs_user_created` ON `quantum_jobs` (`user_id`, `created`)",
}
"""The indexes that lists of jobs need, by their columns."""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A safe repair for a superuser: `kind` is "indexes" or "driver", `target` its name."""

    kind: str
    question: str
    target: str
    driver: str = ""
    statements: tuple[str, ...] = ()


class Finding(Row, frozen=True, kw_only=True):
    """One finding, with its evidence and remedy."""

    severity: Severity = Severity.NOTE
    title: str = ""
    evidence: str = ""
    remedy: str = ""
    repair: Repair | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        found = {name: getattr(self, name) for name in ("id", "title", "evidence", "remedy")}
        return {**found, "severity": str(self.severity), "repair": self.repair.kind if self.repair else None}


def _finding(
    id: str, severity: Severity, title: str, evidence: str = "", remedy: str = "", repair: Repair | None = None
) -> Finding:
    return Finding(id=id, severity=severity, title=title, evidence=evidence, remedy=remedy, repair=repair)


def findings(exam: Examination) -> list[Finding]:
    """Return all findings, most urgent first."""
    found = [finding for check in CHECKS for finding in check(exam)]
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))


def services(exam: Examination) -> list[QPUService]:
    """Return the QPUs with their drivers and queues."""
    drivers = exam.answers.get("drivers")
    return services_of(
        exam.get("qpus", list, []),
        drivers if isinstance(drivers, list) else None,
        exam.get("queue", list, []),
        everyone=True,
        held=bool(exam.get("slots", list, [])),
        server_started=exam.get("started", datetime, None),
    )


def _server(exam: Examination) -> Iterable[Finding]:
    generation = clean(exam.get("generation", str, "?"))
    version = clean(exam.get("version", str, "")) or "not told"
    evidence = f"generation {generation}, version {version}"
    started = exam.get("started", datetime, None)
    if started is not None:
        evidence += f", started {local(started):%Y-%m-%d %H:%M} ({_ago(started)})"
    yield _finding("server", Severity.NOTE, f"QPI server {generation}", evidence)


def _failures(exam: Examination) -> Iterable[Finding]:
    for name, sentence in exam.failures.items():
        yield _finding(f"unread/{name}", Severity.WARNING, f"Not checked: {READS[name][0]}", sentence)


def _indexes(exam: Examination) -> Iterable[Finding]:
    collection = exam.get("jobs", Mapping, None)
    if collection is None or "by_created" not in {*exam.answers, *exam.failures}:
        # Without the measurement, nobody knows how urgent it is.
        return
    there = [_columns(statement) for statement in collection.get("indexes") or [] if isinstance(statement, str)]
    lacking = {columns: sql for columns, sql in INDEXES.items() if columns not in there}
    cost = _page_cost(exam)
    slow = exam.get("by_created", float, 0.0)
    if not lacking:
        severity = Severity.WARNING if slow >= TOO_SLOW else Severity.NOTE
        yield _finding("indexes", severity, "The jobs have their indexes", cost)
        return
    severity = Severity.SEVERE if slow >= TOO_SLOW else Severity.WARNING if slow >= SLOW else Severity.NOTE
    names = "; ".join(lacking)
    yield _finding(
        "indexes",
        severity,
        f"The jobs have no index on {names}",
        cost,
        "Add the indexes: doctor --fix. The server keeps them across restarts.",
        Repair(
            kind="indexes",
            question=f"Add {len(lacking)} index{'es' * (len(lacking) != 1)} to quantum_jobs?",
            target="quantum_jobs",
            statements=tuple(lacking.values()),
        ),
    )


def _columns(statement: str) -> str:
    """Return the columns of a CREATE INDEX statement, as in `INDEXES`."""
    return ", ".join(index_columns(statement))


def _page_cost(exam: Examination) -> str:
    parts = []
    count = exam.get("count", int, None)
    if count is not None:
        parts.append(f"{count:,} jobs")
    for name, words in (("by_created", "by date"), ("by_arrival", "by arrival")):
        seconds = exam.get(name, float, None)
        if seconds is not None:
            parts.append(f"the newest 200 {words} take {seconds:.2f} s")
    return ", ".join(parts)


def _qpus(exam: Examination) -> Iterable[Finding]:
    for service in services(exam):
        for problem in problems(service):
            drivers = [driver for driver in service.drivers or () if driver.id in problem.drivers]
            repair = None
            if problem.kind == "silent" and drivers:
                first = drivers[0]
                name = clean(first.label)
                repair = Repair(kind="driver", question=f"Disable the driver {name}?", target=name, driver=first.id)
            evidence = _evidence(service)
            identity = f"{problem.kind}/{service.qpu.id}"
            yield _finding(identity, problem.severity, clean(problem.text, 400), evidence, problem.remedy, repair)


def _evidence(service: QPUService) -> str:
    state = f"enabled {'yes' if service.qpu.enabled else 'no'}, status {clean(service.qpu.status) or '?'}"
    told = [
        f"{clean(driver.label)} ({driver.kind or '?'}) {clean(driver.status) or '?'}"
        + ("" if driver.enabled else ", disabled")
        + (f", last seen {clean(driver.last_seen)}" if driver.last_seen else "")
        for driver in service.drivers or ()
    ]
    queue = f"{service.running} running, {service.queued} queued"
    return "; ".join([state, queue, *told])


def _lost_jobs(exam: Examination) -> Iterable[Finding]:
    known = {str(qpu.get("id")) for qpu in exam.get("qpus", list, []) if isinstance(qpu, Mapping)}
    if "qpus" not in exam.answers:
        return
    waiting = [job for job in decode_all(JobRow, exam.get("queue", list, [])) if job.status == "pending"]
    # The whole history is not read for these.
    among = f" (among the newest {AMONG:,} jobs)" if exam.get("count", int, 0) > AMONG else ""
    lost = [job for job in waiting if job.qpu_target not in known]
    if lost:
        none = sum(not job.qpu_target for job in lost)
        what = f"{none:,} without a target, {len(lost) - none:,} with one that is not registered"
        yield _finding(
            "lost_jobs",
            Severity.WARNING,
            f"{len(lost):,} pending job{'s' * (len(lost) != 1)} will never run",
            f"{what}: {_named(lost)}{among}",
            "Cancel them, and submit them with a target.",
        )
    again = [job for job in waiting if _sent_before(job)]
    if again:
        yield _finding(
            "sent_again",
            Severity.WARNING,
            f"{len(again):,} pending job{'s were' if len(again) != 1 else ' was'} dispatched before",
            f"queued again after they ran longer than the job timeout: {_named(again)}{among}",
            "Look for a driver that loses jobs (a monitor, a dead driver), or raise the server's job timeout.",
        )


def _sent_before(job: JobRow) -> bool:
    """Whether a queued job was requeued: nothing else changes it."""
    created, updated = parse_date(job.created), parse_date(job.updated)
    return created is not None and updated is not None and updated - created > timedelta(seconds=1)


def _named(jobs: list[JobRow]) -> str:
    shown = ", ".join(clean(job.id) for job in jobs[:MOST_NAMED])
    more = len(jobs) - MOST_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _credit(exam: Examination) -> Iterable[Finding]:
    users = exam.get("users", Mapping, None)
    if users is None:
        return
    update, create = users.get("updateRule"), users.get("createRule")
    guard = "@request.body.qpu_seconds:isset = false"
    if isinstance(update, str) and "qpu_seconds" not in update:
        yield _finding(
            "self_credit",
            Severity.SEVERE,
            "Users can credit themselves",
            f'update rule of users: "{clean(update, 200)}"; it does not protect qpu_seconds',
            f'Set the rule to "{f"{clean(update, 200)} && " if update else ""}{guard}" in the server\'s dashboard.',
        )
    if isinstance(create, str) and "qpu_seconds" not in create:
        yield _finding(
            "open_accounts",
            Severity.SEVERE,
            "Anybody can create an account with QPU time" if not create else "Users can be created with QPU time",
            f'create rule of users: "{clean(create, 200)}"' + ("; empty means everyone" if not create else ""),
            "Restrict it to superusers (no rule), or require " + f'"{guard}".',
        )


def _sessions(exam: Examination) -> Iterable[Finding]:
    for name, who in (("users", "users"), ("superusers", "administrators")):
        collection = exam.get(name, Mapping, {})
        token = collection.get("authToken")
        seconds = token.get("duration") if isinstance(token, Mapping) else None
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
            continue
        long = seconds > LONG_SESSION.total_seconds()
        yield _finding(
            f"sessions/{name}",
            Severity.WARNING if long else Severity.NOTE,
            f"Sessions of {who} last {duration(float(seconds))}",
            "",
            "Shorten it in the collection's token options." if long else "",
        )


def _clock(exam: Examination) -> Iterable[Finding]:
    offset = exam.clock_offset
    off = abs(offset) > SKEW
    seconds = offset.total_seconds()
    said = f"The server's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    yield _finding(
        "clock",
        Severity.WARNING if off else Severity.NOTE,
        said if off else "The clocks agree",
        f"difference {seconds:+.1f} s",
        "Synchronize both machines (NTP): slots and job timeouts follow the server's clock." if off else "",
    )


def _tls(exam: Examination) -> Iterable[Finding]:
    parts = urlsplit(exam.url)
    if parts.scheme == "https":
        yield _finding("tls", Severity.NOTE, "The connection is encrypted", exam.url)
    elif parts.hostname in {"localhost", "::1"} or (parts.hostname or "").startswith("127."):
        yield _finding("tls", Severity.NOTE, "The connection stays on this machine", exam.url)
    else:
        yield _finding(
            "tls",
            Severity.SEVERE,
            "The connection is not encrypted",
            f"{clean(exam.url, 200)}: others on the network can read passwords, sessions and results",
            "Serve it over HTTPS and use that address.",
        )


def _mail(exam: Examination) -> Iterable[Finding]:
    settings = exam.get("settings", Mapping, None)
    if settings is None:
        return
    smtp = settings.get("smtp")
    on = isinstance(smtp, Mapping) and smtp.get("enabled") is True
    methods = exam.get("methods", Mapping, {})
    needs = [word for key, word in (("otp", "one-time codes"), ("mfa", "second factors")) if _on(methods.get(key))]
    if on:
        yield _finding("mail", Severity.NOTE, "Mail is enabled")
    else:
        yield _finding(
            "mail",
            Severity.SEVERE if needs else Severity.NOTE,
            "Mail is disabled" + (f", but {' and '.join(needs)} need it" if needs else ""),
            "no SMTP server configured: codes and password resets may not arrive",
            "Set an SMTP server in the server's settings.",
        )
    limits = settings.get("rateLimits")
    if isinstance(limits, Mapping) and limits.get("enabled") is False:
        yield _finding(
            "rate_limits",
            Severity.WARNING,
            "Password attempts are not limited",
            "rate limits are off",
            "Turn on the rate limits in the server's settings.",
        )
    backups = settings.get("backups")
    if isinstance(backups, Mapping) and not backups.get("cron"):
        yield _finding("backups", Severity.WARNING, "No backups are scheduled", "", "Schedule them in the settings.")


def _methods(exam: Examination) -> Iterable[Finding]:
    methods = exam.get("methods", Mapping, None)
    if methods is None:
        return
    on = [word for key, word in _METHODS if _on(methods.get(key))]
    oauth2 = methods.get("oauth2")
    providers = oauth2.get("providers") if isinstance(oauth2, Mapping) else None
    names = [
        clean(provider.get("displayName") or provider.get("name") or "?")
        for provider in (providers if isinstance(providers, list) else [])
        if isinstance(provider, Mapping)
    ]
    if names:
        on.append(f"single sign-on ({', '.join(names)})")
    severity = Severity.NOTE if on else Severity.SEVERE
    yield _finding("methods", severity, f"Users sign in with {', '.join(on)}" if on else "No sign-in method is enabled")


_METHODS = (("password", "a password"), ("otp", "a one-time code"), ("mfa", "a second factor"))


def _on(method: object) -> bool:
    return isinstance(method, Mapping) and method.get("enabled") is True


def _ago(when: datetime) -> str:
    return ago_words(age(when.isoformat()))


CHECKS: tuple[Callable[[Examination], Iterable[Finding]], ...] = (
    _qpus, _lost_jobs, _indexes, _credit, _tls, _mail, _clock, _sessions, _methods, _server, _failures,
)  # fmt: skip
