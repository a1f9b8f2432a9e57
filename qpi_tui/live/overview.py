"""What needs a hand now, from what was read: pure, a line each, the most urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.announcements import banner
from qpi_tui.domain.clock import age, local, parse_date
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.slot_holders import clock_words, now_and_next
from qpi_tui.resources import announcements, drivers, telemetry
from qpi_tui.rows.qpu_service import QPUService, Severity, problems, services_of, why_offline

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """A line: its mark, what is so, and where it leads (a screen, one of its records, words for its filter)."""

    id: str
    mark: str
    text: str
    place: str
    record: str = ""
    words: str = ""

    @property
    def urgent(self) -> bool:
        """Whether somebody should do something."""
        return self.mark in {"▲", "✗"}


@dataclass(frozen=True)
class Lab:
    """What was read: all lists of records; empty where a role may not see them or a server has none."""

    admin: bool = False
    requests: Sequence[Record] = ()
    qpus: Sequence[Record] = ()
    drivers: Sequence[Record] = ()
    active: Sequence[Record] = ()
    recent: Sequence[Record] = ()
    slots: Sequence[Record] = ()
    notices: Sequence[Record] = ()
    readings: Sequence[Record] = ()
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    me: str = ""
    # v0.0: QPUs are their own drivers.
    older: bool = False
    server_started: datetime | None = None
    # For how long the first of the pending requests waits, in words, where that is known.
    oldest: str = ""


def needs(lab: Lab) -> list[Need]:
    """Every line, the urgent ones first; "all quiet" where there is none of them."""
    found = [
        *_requests(lab), *_qpus(lab), *_failing(lab), *_drivers(lab), *_telemetry(lab),
        *_notices(lab), *_slots(lab), *_queue(lab),
    ]  # fmt: skip
    urgent = [need for need in found if need.urgent]
    rest = [need for need in found if not need.urgent]
    if urgent:
        return urgent + rest
    on = sum(facts.qpu_state(qpu) == "online" for qpu in lab.qpus)
    waits = sum(job.get("status") == "pending" for job in lab.active)
    queue = f"{waits} wait" if waits else "nothing waits"
    quiet = f"All quiet: {on} QPU{'' if on == 1 else 's'} on, {queue}."
    return [Need("quiet", "✓", quiet, "qpus"), *rest]


def _requests(lab: Lab) -> list[Need]:
    pending = [request for request in lab.requests if request.get("status") == "pending"]
    if not pending:
        return []
    asked = duration(sum(map(facts.seconds_of, pending)))
    count = len(pending)
    if not lab.admin:
        whose = "request of yours waits" if count == 1 else "requests of yours wait"
        return [Need("requests", "…", f"{count} {whose} for an administrator, {asked} in all", "requests")]
    wait = "request for time waits" if count == 1 else "requests for time wait"
    # A console that has just begun does not know.
    known = lab.oldest not in ("", "now", ">1 min")
    oldest = f", the oldest {lab.oldest.replace('>', 'more than ')}" if known else ""
    said = f"{count} {wait}{oldest}, {asked} asked"
    return [Need("requests", "▲", said, "requests", str(pending[0]["id"]))]


def _qpus(lab: Lab) -> list[Need]:
    """What is wrong with a QPU and its drivers; administrators are told what to do."""
    found = []
    services = services_of(
        lab.qpus,
        None if lab.older else lab.drivers,
        lab.active,
        everyone=lab.admin,
        held=bool(facts.slot_holder(lab.slots)),
        server_started=lab.server_started,
    )
    for service in services:
        urgent = [each for each in problems(service) if each.severity is not Severity.NOTE] if lab.admin else []
        found += [_qpu(service, "▲", problem.sentence, problem.kind) for problem in urgent[1:]]
        found += [_qpu(service, "▲", problem.sentence) for problem in urgent[:1]]
        if not urgent:
            found += _unavailable(service)
    return found


def _unavailable(service: QPUService) -> list[Need]:
    """Why a QPU takes no jobs, where nothing is wrong with it."""
    count = service.queued
    behind = f" {count:,} job{'' if count == 1 else 's'} queued." if count else ""
    if why := why_offline(service):
        return [_qpu(service, "▲", why + behind)]
    if service.qpu.state == "maintenance":
        return [_qpu(service, "◐", f"{service.name} is in maintenance.{behind}")]
    if service.qpu.state == "off" and count:
        return [_qpu(service, "▲", f"{service.name} is disabled.{behind}")]
    return []


def _qpu(service: QPUService, mark: str, text: str, kind: str = "") -> Need:
    """A line of a QPU. `kind` tells a second one from the first."""
    return Need(f"qpu/{service.qpu.id}{f'/{kind}' if kind else ''}", mark, text, "qpus", service.qpu.id)


def _failing(lab: Lab) -> list[Need]:
    """Jobs that failed in the last hour, by QPU."""
    names = {qpu["id"]: str(qpu.get("name")) for qpu in lab.qpus}
    over = [job for job in lab.recent if job.get("status") in {"completed", "failed"}]
    total = Counter(str(job.get("qpu_target")) for job in over)
    failed = Counter(str(job.get("qpu_target")) for job in over if job.get("status") == "failed")
    found = []
    for qpu, count in failed.most_common():
        name = names.get(qpu, qpu or "no QPU")
        said = f"{count} of {total[qpu]} jobs on {name} failed in the last hour"
        texts = Counter(text for job in over if job.get("qpu_target") == qpu and (text := _error(job)))
        if texts:
            said += f" ({clean(texts.most_common(1)[0][0], 120)})"
        found.append(Need(f"failed/{qpu}", "✗", said, "jobs", words=f"failed {name}"))
    return found


def _error(job: Record) -> str:
    results = job.get("results")
    error = results.get("error") if isinstance(results, Mapping) else job.get("error")
    return str(error).strip().split("\n")[0] if error else ""


def _drivers(lab: Lab) -> list[Need]:
    """Drivers that are on and silent, but for those that explain an offline QPU already."""
    told = {qpu["id"] for qpu in lab.qpus if facts.qpu_state(qpu) != "online"}
    found = []
    for driver in lab.drivers:
        state = drivers.state_of(driver)
        if state == "offline" or (state == "new" and driver.get("kind") == "bluefors_gen1"):
            if driver.get("qpu") in told and driver.get("kind") != "bluefors_gen1":
                continue
            seen = age(driver.get("last_seen"))
            said = f"was last seen {seen} ago" if seen else "has never connected"
            found.append(
                Need(f"driver/{driver['id']}", "▲", f"driver {driver.get('name')} {said}", "drivers", str(driver["id"]))
            )
    return found


def _telemetry(lab: Lab) -> list[Need]:
    """Channels that are bad, a line each; those that fell silent a line for each cryostat, which has one reason."""
    found = []
    silent: dict[str, list[Record]] = {}
    for channel in telemetry.channels(lab.readings):
        limit = telemetry.beyond(channel, lab.limits)
        state = telemetry.state_of({**channel, "_": {"limit": limit}})
        if state == "good":
            continue
        if state == "silent":
            silent.setdefault(str(channel["driver"]), []).append(channel)
            continue
        value = f"{telemetry.amount(channel['value'])} {channel['unit']}".strip()
        said = f"is at {value}, {limit}" if limit else f"says {channel['status'] or 'nothing'}"
        text = f"{channel['driver']} {channel['channel']} {said}"
        found.append(Need(f"channel/{channel['id']}", "✗", text, "telemetry", str(channel["id"])))
    for driver, quiet in silent.items():
        last = max(quiet, key=lambda channel: str(channel["ts"]))
        since = age(last["ts"])
        said = (
            f"{driver} {last['channel']} is silent for {since}"
            if len(quiet) == 1
            else f"{driver}: {len(quiet)} channels are silent, the last for {since}"
        )
        found.append(Need(f"silent/{driver}", "▲", said, "telemetry", str(last["id"])))
    return found


def _notices(lab: Lab) -> list[Need]:
    found = []
    for notice in lab.notices:
        state = announcements.state_of(notice)
        words = "".join(text for text, _ in banner(notice)[1:])
        if state == "shown":
            found.append(Need(f"notice/{notice['id']}", "◆", words, "announcements", str(notice["id"])))
        elif state == "later" and (begin := parse_date(notice.get("start_time"))) is not None:
            said = f"from {local(begin):%a %H:%M}: {words}"
            found.append(Need(f"notice/{notice['id']}", "○", said, "announcements", str(notice["id"])))
    return found


def _slots(lab: Lab) -> list[Need]:
    """Whose slot runs now, and what comes next."""
    coming = facts.coming_slots(lab.slots)
    if not coming:
        return []
    holder, following = now_and_next(lab.slots, lab.me)
    id = str(coming[0][2]["id"])
    if not holder:
        return [Need("slots", "○", f"no slot runs now; next: {following}", "slots", id)]
    return [Need("slots", "●", f"slot now: {holder} until {clock_words(coming[0][1])}, then {following}", "slots", id)]


def _queue(lab: Lab) -> list[Need]:
    runs = sum(job.get("status") == "running" for job in lab.active)
    waits = [job for job in lab.active if job.get("status") == "pending"]
    if not runs and not waits:
        return []
    said = f"{runs} running, {len(waits)} waiting"
    oldest = min((str(job.get("created") or "") for job in waits), default="")
    if waited := age(oldest):
        said += f", the oldest {waited}" if waited != "now" else ""
    return [Need("queue", "●", said, "jobs")]
