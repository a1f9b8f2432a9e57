"""Whether jobs start on a QPU, and problems of its drivers: pure rules on the server's records.

A server dispatches to every connected driver of a QPU, of any kind, and ignores the QPU's status and whether it is
enabled. A monitor is a driver too. `QPUService` holds the relevant data; `problems` lists what an operator should know;
`why_offline` and `why_queued` explain in words why a QPU is not online and why its jobs do not start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from qpi_tui.domain.clock import age, ago_words, local, now, parse_date
from qpi_tui.rows.decode import decode_all
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.qpus import QPURow

# A dispatcher checks for jobs every second. A queue that has not moved for this long has none.
STUCK = timedelta(seconds=60)


class Severity(StrEnum):
    """How urgent a problem is."""

    SEVERE = "severe"
    WARNING = "warning"
    NOTE = "note"


class Problem(NamedTuple):
    """Something an operator should know: the finding and its remedy.

    `kind` names the rule. `drivers` are the ids of the drivers concerned.
    """

    kind: str
    severity: Severity
    text: str
    remedy: str = ""
    drivers: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return text and remedy as one line."""
        return f"{self.text} {self.remedy}".strip()


class QPUService(NamedTuple):
    """A QPU with the data that decides whether its jobs start.

    `drivers` is None on v0.0, where a QPU is its own driver. `oldest` is when the first queued job was submitted.
    `everyone`: the counts are of all users' jobs. `held`: a slot is running, whose holder's jobs go first.
    `server_started` is known to administrators only.
    """

    qpu: QPURow
    drivers: Sequence[DriverRow] | None = ()
    running: int = 0
    queued: int = 0
    oldest: datetime | None = None
    everyone: bool = False
    held: bool = False
    server_started: datetime | None = None

    @property
    def name(self) -> str:
        """The QPU's name."""
        return self.qpu.label

    @property
    def connected(self) -> list[DriverRow]:
        """The drivers that get jobs now, monitors included."""
        return [driver for driver in self.drivers or () if state_of(driver, self.server_started) == "online"]

    @property
    def runners(self) -> list[DriverRow]:
        """The connected drivers that run jobs."""
        return [driver for driver in self.connected if driver.runs_jobs]

    @property
    def kind(self) -> str:
        """The kind of the driver that runs the jobs, a connected one's first; empty if unknown."""
        runs = [driver for driver in self.drivers or () if driver.runs_jobs]
        return next((driver.kind for driver in [*self.runners, *runs]), "")

    @property
    def out_of_service(self) -> bool:
        """Whether no job should start: it is disabled or in maintenance."""
        return out_of_service(self.qpu)

    @property
    def only_monitors(self) -> bool:
        """Whether every driver is a monitor, so that no job can complete."""
        return bool(self.drivers) and not any(driver.runs_jobs for driver in self.drivers or ())


def services_of(
    qpus: Iterable[object],
    drivers: Iterable[object] | None,
    jobs: Iterable[object] = (),
    *,
    everyone: bool = False,
    held: bool = False,
    server_started: datetime | None = None,
) -> list[QPUService]:
    """Return QPUs with their drivers and jobs, by name, from a server's records. `drivers` is None on v0.0."""
    known = None if drivers is None else decode_all(DriverRow, drivers)
    waiting: dict[str, list[JobRow]] = {}
    running: Counter[str] = Counter()
    for job in decode_all(JobRow, jobs):
        if job.status == "pending":
            waiting.setdefault(job.qpu_target, []).append(job)
        elif job.status == "running":
            running[job.qpu_target] += 1
    found = []
    for qpu in sorted(decode_all(QPURow, qpus), key=lambda qpu: (qpu.name, qpu.id)):
        own = None if known is None else [driver for driver in known if driver.qpu == qpu.id]
        queue = waiting.get(qpu.id, [])
        # A requeued job counts from then on.
        dates = [date for job in queue if (date := parse_date(job.updated or job.created)) is not None]
        found.append(
            QPUService(
                qpu,
                own,
                running=running[qpu.id],
                queued=len(queue),
                oldest=min(dates, default=None),
                everyone=everyone,
                held=held,
                server_started=server_started,
            )
        )
    return found


def out_of_service(qpu: QPURow) -> bool:
    """Whether a QPU is disabled or in maintenance."""
    return not qpu.enabled or qpu.status == "maintenance"


def state_of(driver: DriverRow, server_started: datetime | None = None) -> str:
    """Return `online`, `silent`, `off`, `offline` or `new`.

    `silent`: recorded as online, but connected before the server started, so nothing is dispatched to it. `off`: not
    enabled. `new`: enabled, never connected.
    """
    if not driver.enabled:
        return "off"
    seen = parse_date(driver.last_seen)
    if driver.status == "online":
        return "silent" if server_started is not None and seen is not None and seen < server_started else "online"
    return "offline" if seen is not None else "new"


def problems(service: QPUService) -> list[Problem]:
    """Return what an operator should know about a QPU, most urgent first."""
    found = [*_still_served(service), *_monitors(service), *_silent(service), *_several(service), *_status(service)]
    return sorted(found, key=lambda problem: list(Severity).index(problem.severity))


def _still_served(service: QPUService) -> list[Problem]:
    """Check: out of service, and jobs run or may start."""
    if not service.out_of_service:
        return []
    state = "in maintenance" if service.qpu.status == "maintenance" else "disabled"
    text = f"{service.name} is {state}, but"
    running = _jobs(service.running, "is", "are") + " running there" if service.running else ""
    if service.connected:
        text += f" {running}, and" if running else ""
        text += f" jobs still start: {_its(service.connected)} {_are(service.connected)} connected."
        ids = tuple(driver.id for driver in service.connected)
        return [Problem("served", Severity.SEVERE, text, "Stop the QPU: that disables its drivers.", ids)]
    if not running:
        return []
    if service.drivers is None:
        return [Problem("served", Severity.SEVERE, f"{text} {running}.", "Stop its driver process by hand.")]
    remedy = "Its driver process may still compute them. They go back to the queue after the job timeout."
    return [Problem("running", Severity.WARNING, f"{text} {running}.", remedy)]


def _monitors(service: QPUService) -> list[Problem]:
    """Check: a monitor gets jobs like any driver, and loses them until the job timeout requeues them."""
    monitors = [driver for driver in service.connected if not driver.runs_jobs]
    ids = tuple(driver.id for driver in monitors)
    if service.only_monitors:
        text = f"{service.name} has only monitors ({', '.join(names(service.drivers or ()))}): no job completes there."
        severe = Severity.SEVERE if service.queued or service.running else Severity.NOTE
        return [Problem("only_monitors", severe, text, "Submit to another QPU.", ids)]
    if not monitors:
        return []
    if any(driver.runs_jobs and driver.enabled for driver in service.drivers or ()):
        one = len(monitors) == 1
        them = f"The monitor{'' if one else 's'} {_listed(monitors)} {'takes' if one else 'take'} jobs"
        text = f"{them} of {service.name} and {'loses' if one else 'lose'} them until the job timeout."
        remedy = "Register it for a separate QPU that nobody submits to. Disable it here until then."
        return [Problem("monitor", Severity.SEVERE, text, remedy, ids)]
    return []


def _silent(service: QPUService) -> list[Problem]:
    """Check: recorded as online, but nothing is dispatched."""
    started = service.server_started
    quiet = [driver for driver in service.drivers or () if state_of(driver, started) == "silent"]
    if quiet and started is not None:
        ids = tuple(driver.id for driver in quiet)
        text = (
            f"{_drivers(quiet)} of {service.name} {_are(quiet)} recorded as online, but silent since the server "
            f"started at {_at(started)}."
        )
        return [Problem("silent", Severity.SEVERE, text, "Restart the driver process.", ids)]
    if not _stuck(service):
        return []
    waited = age(service.oldest.isoformat()) if service.oldest is not None else ""
    if service.drivers is None:
        remedy = "Stop the QPU and start it again, or restart its driver process."
        text = f"{service.name} is recorded as online, but no job has started for {waited}."
        return [Problem("silent", Severity.SEVERE, text, remedy)]
    runners = service.runners
    text = f"{_drivers(runners)} of {service.name} {_are(runners)} recorded as online, but no job has started"
    ids = tuple(driver.id for driver in runners)
    return [Problem("silent", Severity.SEVERE, f"{text} for {waited}.", "Restart the driver process.", ids)]


def _stuck(service: QPUService) -> bool:
    """Whether jobs wait that a live dispatcher would have taken."""
    served = service.runners if service.drivers is not None else service.qpu.status == "online"
    if not served or not service.everyone or service.running or service.held or service.oldest is None:
        return False
    return now() - service.oldest > STUCK


def _several(service: QPUService) -> list[Problem]:
    """Two drivers that run jobs share one queue, and run two jobs at a time on one machine."""
    runners = service.runners
    if len(runners) < 2:
        return []
    text = f"{_drivers(runners)} all take jobs from the queue of {service.name}, several at a time."
    remedy = "Disable all but one unless they share the hardware on purpose."
    return [Problem("several", Severity.WARNING, text, remedy, tuple(driver.id for driver in runners))]


def _status(service: QPUService) -> list[Problem]:
    """Check: the status follows the last driver of any kind that attached or detached."""
    runners = service.runners
    if not runners or service.out_of_service or service.qpu.status == "online":
        return []
    text = (
        f"{service.name} is recorded as offline, but {', '.join(names(runners))} {_are(runners)} connected: jobs run."
    )
    return [Problem("status", Severity.WARNING, text, "Start the QPU to set its status.")]


def why_offline(service: QPUService) -> str:
    """Return why an enabled QPU is not online, in words; nothing if it needs no explanation."""
    if service.out_of_service or service.qpu.status == "online":
        return ""
    said = f"{service.name} is enabled but offline"
    if service.drivers is None:
        return f"{said}: it is not connected."
    if not service.drivers:
        return f"{said}: it has no driver."
    if service.runners:
        return f"{said}, although {_its(service.runners)} {_are(service.runners)} connected: jobs run."
    return f"{said}: {_why_unconnected(service)}."


def why_queued(service: QPUService) -> str:
    """Return why jobs stay in the queue of a QPU, in words; nothing if they start."""
    if service.drivers is None:
        return _why_queued_old(service)
    if service.runners:
        stuck = next((each for each in _silent(service) if each.kind == "silent"), None)
        return stuck.text if stuck is not None else ""
    state = service.qpu.status
    if service.connected or service.only_monitors:
        monitors = ", ".join(names(service.connected or service.drivers))
        has = "has no driver that runs jobs" if service.only_monitors else "has no connected driver that runs jobs"
        return f"{service.name} {has}, only {monitors}: no job completes there."
    if service.out_of_service:
        said = "in maintenance" if state == "maintenance" else "disabled"
        return f"{service.name} is {said}, and no driver is connected. Jobs stay queued until it is started."
    if not service.drivers:
        return f"{service.name} has no driver. Jobs stay queued until one connects."
    return f"{service.name}: {_why_unconnected(service)}. Jobs stay queued until a driver connects."


def _why_queued_old(service: QPUService) -> str:
    maintenance = service.qpu.status == "maintenance"
    if not service.qpu.enabled:
        said = "in maintenance" if maintenance else "disabled"
        return f"{service.name} is {said}. Jobs stay queued until it is started."
    if maintenance:
        return f"{service.name} is in maintenance. On this server its jobs still start while it is connected."
    if service.qpu.status == "online":
        stuck = _silent(service)
        return stuck[0].text if stuck else ""
    return f"{service.name} is not connected. Jobs stay queued until it is."


def _why_unconnected(service: QPUService) -> str:
    """Return why no driver that runs jobs is connected, as the end of a sentence."""
    runners = [driver for driver in service.drivers or () if driver.runs_jobs]
    if not runners:
        return f"it has only monitors ({', '.join(names(service.drivers or ()))})"
    on = [driver for driver in runners if driver.enabled]
    if not on:
        return f"its driver {names(runners)[0]} is disabled"
    latest = max(on, key=lambda driver: driver.last_seen)
    name, state = names([latest])[0], state_of(latest, service.server_started)
    if state == "silent" and service.server_started is not None:
        return f"its driver {name} has been silent since the server started at {_at(service.server_started)}"
    seen = age(latest.last_seen)
    return f"its driver {name} {_last_seen(seen)}"


def _last_seen(seen: str) -> str:
    if not seen:
        return "has never connected"
    return f"was last seen {ago_words(seen)}"


def names(drivers: Sequence[DriverRow]) -> list[str]:
    """Return the names of drivers."""
    return [driver.name or driver.id or "?" for driver in drivers]


def _drivers(drivers: Sequence[DriverRow]) -> str:
    """`The driver d1`, `The drivers d1 and d2`."""
    return f"The driver{'' if len(drivers) == 1 else 's'} {_listed(drivers)}"


def _its(drivers: Sequence[DriverRow]) -> str:
    return f"its driver{'' if len(drivers) == 1 else 's'} {_listed(drivers)}"


def _listed(drivers: Sequence[DriverRow]) -> str:
    return listed(names(drivers))


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words or ("nothing",)
    return f"{', '.join(first)} and {last}" if first else last


def counted(running: int, queued: int) -> str:
    """`4 jobs are running, 9 are queued`."""
    return f"{_jobs(running, 'is', 'are')} running, {queued:,} {'is' if queued == 1 else 'are'} queued"


def _are(drivers: Sequence[DriverRow]) -> str:
    return "is" if len(drivers) == 1 else "are"


def _jobs(count: int, one: str, several: str) -> str:
    return f"{count:,} job{'' if count == 1 else 's'} {one if count == 1 else several}"


def _at(when: datetime) -> str:
    """Format a time: `14:39`, with the day if not today."""
    here = local(when)
    return f"{here:%H:%M}" if here.date() == local(now()).date() else f"{here:%d %b %H:%M}"
