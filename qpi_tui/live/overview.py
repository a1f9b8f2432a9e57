"""What needs attention now, from the data: pure, one line each, most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.announcements import banner
from qpi_tui.domain.clock import age, ago_words, local, now, parse_date
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import clean
from qpi_tui.resources import telemetry
from qpi_tui.rows.overview import NeedRow
from qpi_tui.rows.qpu_service import QPUService, Severity, problems, services_of, why_offline
from qpi_tui.rows.slot_holders import clock_words, now_and_next
from qpi_tui.rows.slots import SlotRow, coming_slots, running_slot_holder
from qpi_tui.rows.telemetry import ChannelRow, ReadingRow, channels

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.rows.requests import RequestRow

LAST_HOUR = timedelta(hours=1)


class Lab(msgspec.Struct, frozen=True):
    """The data: all lists of rows; empty if a role may not see them or a server has none."""

    admin: bool = False
    requests: Sequence[RequestRow] = ()
    qpus: Sequence[QPURow] = ()
    drivers: Sequence[DriverRow] = ()
    active: Sequence[JobRow] = ()
    recent: Sequence[JobRow] = ()
    slots: Sequence[SlotRow] = ()
    notices: Sequence[AnnouncementRow] = ()
    readings: Sequence[ReadingRow] = ()
    limits: Mapping[str, Mapping[str, float]] = {}
    me: str = ""
    # v0.0: QPUs are their own drivers.
    older: bool = False
    server_started: datetime | None = None
    # The waiting time of the first pending request, in words, if known.
    oldest: str = ""
    # Whether older jobs than those read may be pending or running.
    more_active: bool = False
    # The time back to which recent jobs are known; None: as far as they matter.
    recent_since: datetime | None = None
    # Whether slots could be read.
    slots_known: bool = False
    # Up to when it is known which jobs ended that were submitted before the recent ones.
    recent_told: datetime | None = None


def _need(id: str, mark: str, text: str, place: str, record: str = "", words: str = "") -> NeedRow:
    return NeedRow(id=id, mark=mark, text=text, place=place, record=record, words=words)


def needs(lab: Lab) -> list[NeedRow]:
    """Return every line, the most urgent first; a single line says so when nothing needs attention."""
    found = [
        *_requests(lab), *_qpus(lab), *_failing(lab), *_drivers(lab), *_telemetry(lab),
        *_notices(lab), *_slots(lab), *_queue(lab),
    ]  # fmt: skip
    urgent = [need for need in found if need.urgent]
    rest = [need for need in found if not need.urgent]
    if urgent:
        return urgent + rest
    on = sum(qpu.state == "online" for qpu in lab.qpus)
    waits = sum(job.status == "pending" for job in lab.active)
    least = "≥" if lab.more_active else ""
    queue = f"{least}{waits} wait" if waits else "no recent job waits" if least else "nothing waits"
    quiet = f"Nothing needs attention: {on} QPU{'' if on == 1 else 's'} on, {queue}."
    return [_need("quiet", "✓", quiet, "qpus"), *rest]


def _requests(lab: Lab) -> list[NeedRow]:
    pending = [request for request in lab.requests if request.status == "pending"]
    if not pending:
        return []
    asked = duration(sum(request.seconds for request in pending))
    count = len(pending)
    if not lab.admin:
        whose = "request of yours is pending" if count == 1 else "requests of yours are pending"
        return [_need("requests", "…", f"{count} {whose} for an administrator, {asked} in all", "requests")]
    wait = "request for time is pending" if count == 1 else "requests for time are pending"
    # Unknown to a console that has just started.
    known = lab.oldest not in ("", "now")
    oldest = f", the oldest {lab.oldest.replace('≥', 'at least')}" if known else ""
    said = f"{count} {wait}{oldest}, {asked} asked"
    return [_need("requests", "▲", said, "requests", pending[0].id)]


def services(lab: Lab) -> list[QPUService]:
    """Return the QPUs with their drivers and jobs."""
    return services_of(
        lab.qpus,
        None if lab.older else lab.drivers,
        lab.active,
        everyone=lab.admin,
        held=bool(running_slot_holder(lab.slots)),
        server_started=lab.server_started,
    )


def _qpus(lab: Lab) -> list[NeedRow]:
    """Return the problems of a QPU and its drivers; for administrators with remedies."""
    found = []
    for service in services(lab):
        urgent = [each for each in problems(service) if each.severity is not Severity.NOTE] if lab.admin else []
        found += [_qpu(service, "▲", problem.sentence, problem.kind) for problem in urgent[1:]]
        found += [_qpu(service, "▲", problem.sentence) for problem in urgent[:1]]
        if not urgent:
            found += _unavailable(service)
    return found


def _unavailable(service: QPUService) -> list[NeedRow]:
    """Return why a QPU runs no jobs, if nothing is wrong with it."""
    count = service.queued
    behind = f" {count:,} job{'' if count == 1 else 's'} queued." if count else ""
    if why := why_offline(service):
        return [_qpu(service, "▲", why + behind)]
    if service.qpu.state == "maintenance":
        return [_qpu(service, "◐", f"{service.name} is in maintenance.{behind}")]
    if service.qpu.state == "off" and count:
        return [_qpu(service, "▲", f"{service.name} is disabled.{behind}")]
    return []


def _qpu(service: QPUService, mark: str, text: str, kind: str = "") -> NeedRow:
    """Return a line of a QPU. `kind` distinguishes several lines."""
    return _need(f"qpu/{service.qpu.id}{f'/{kind}' if kind else ''}", mark, text, "qpus", service.qpu.id)


def _failing(lab: Lab) -> list[NeedRow]:
    """Jobs that failed within the last hour, by QPU."""
    names = {qpu.id: qpu.name for qpu in lab.qpus}
    since = now() - LAST_HOUR
    # A job without a date is new.
    over = [
        job
        for job in lab.recent
        if job.status in CHARGED_STATUSES
        and ((ended := parse_date(job.finished_at) or job.created_at) is None or ended >= since)
    ]
    total = Counter(job.qpu_target for job in over)
    failed = Counter(job.qpu_target for job in over if job.status == "failed")
    found = []
    for qpu, count in failed.most_common():
        name = names.get(qpu, qpu or "no QPU")
        said = f"{count} of {total[qpu]} jobs on {name} failed in the last hour"
        texts = Counter(text for job in over if job.qpu_target == qpu and (text := job.error))
        if texts:
            said += f" ({clean(texts.most_common(1)[0][0], 120)})"
        found.append(_need(f"failed/{qpu}", "✗", said, "jobs", words=f"failed {name}"))
    return found


def _drivers(lab: Lab) -> list[NeedRow]:
    """Return drivers that are enabled and silent, except those that already explain an offline QPU."""
    told = {qpu.id for qpu in lab.qpus if qpu.state != "online"}
    found = []
    for driver in lab.drivers:
        state = driver.state
        if state == "offline" or (state == "new" and driver.monitor):
            if driver.qpu in told and not driver.monitor:
                continue
            seen = age(driver.last_seen)
            said = f"was last seen {ago_words(seen)}" if seen else "has never connected"
            found.append(_need(f"driver/{driver.id}", "▲", f"driver {driver.name} {said}", "drivers", driver.id))
    return found


def _telemetry(lab: Lab) -> list[NeedRow]:
    """Return channels that are bad, one line each; silent ones one line per cryostat, with one reason."""
    found = []
    silent: dict[str, list[ChannelRow]] = {}
    for channel in channels(lab.readings):
        limit = telemetry.beyond(channel, lab.limits)
        state = replace(channel, limit=limit).state
        if state == "good":
            continue
        if state == "silent":
            silent.setdefault(channel.driver, []).append(channel)
            continue
        value = f"{telemetry.amount(channel.value)} {channel.unit}".strip()
        said = f"is at {value}, {limit}" if limit else f"says {channel.status or 'nothing'}"
        text = f"{channel.driver} {channel.channel} {said}"
        found.append(_need(f"channel/{channel.id}", "✗", text, "telemetry", channel.id))
    for driver, quiet in silent.items():
        last = max(quiet, key=lambda channel: channel.ts)
        since = age(last.ts)
        said = (
            f"{driver} {last.channel} has been silent for {since}"
            if len(quiet) == 1
            else f"{driver}: {len(quiet)} channels are silent, the last for {since}"
        )
        found.append(_need(f"silent/{driver}", "▲", said, "telemetry", last.id))
    return found


def _notices(lab: Lab) -> list[NeedRow]:
    found = []
    for notice in lab.notices:
        state = notice.state
        words = "".join(text for text, _ in banner(notice.title, notice.description, notice.end)[1:])
        if state == "shown":
            found.append(_need(f"notice/{notice.id}", "◆", words, "announcements", notice.id))
        elif state == "later" and (begin := notice.start) is not None:
            said = f"from {local(begin):%a %H:%M}: {words}"
            found.append(_need(f"notice/{notice.id}", "○", said, "announcements", notice.id))
    return found


def _slots(lab: Lab) -> list[NeedRow]:
    """Return whose slot is current, and what comes next."""
    coming = coming_slots(lab.slots)
    if not coming:
        return []
    holder, following = now_and_next(lab.slots, lab.me)
    id = coming[0][2].id
    if not holder:
        return [_need("slots", "○", f"no slot runs now; next: {following}", "slots", id)]
    return [_need("slots", "●", f"slot now: {holder} until {clock_words(coming[0][1])}, then {following}", "slots", id)]


def _queue(lab: Lab) -> list[NeedRow]:
    runs = sum(job.status == "running" for job in lab.active)
    waits = [job for job in lab.active if job.status == "pending"]
    if not runs and not waits:
        return []
    least = "≥" if lab.more_active else ""
    said = f"{least}{runs} running, {least}{len(waits)} waiting"
    oldest = "" if lab.more_active else min((job.created for job in waits), default="")
    if waited := age(oldest):
        said += f", the oldest {waited}" if waited != "now" else ""
    return [_need("queue", "●", said, "jobs")]
