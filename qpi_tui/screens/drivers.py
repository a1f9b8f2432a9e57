"""The drivers, which run the QPUs' jobs and read the cryostats."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.active_jobs import read_active
from qpi_tui.live.reads import read_rows
from qpi_tui.resources import drivers as columns
from qpi_tui.resources import qpus as qpu_columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.widgets.handout import Handout

_STATES = {
    "online": "connected",
    "off": "disabled: gets no jobs",
    "offline": "enabled, but not connected",
    "new": "never started: run its commands on the machine at the QPU",
}


class Listing(NamedTuple):
    """The data: drivers, QPUs, and the queued and running jobs."""

    drivers: Sequence[DriverRow]
    qpus: Sequence[QPURow]
    active: Sequence[JobRow]


class DriversScreen(ListScreen["DriverRow"]):
    """Every driver, with its QPU and the time it was last seen."""

    resource = columns.RESOURCE
    brief_height = 4
    empty: ClassVar[str] = "No drivers. n registers one (administrators)."

    def __init__(self) -> None:
        super().__init__()
        self._qpus: Sequence[QPURow] = ()

    async def read(self, connection: Connection) -> Listing:
        """Read drivers, QPUs, and the active jobs that this account may see."""
        client = connection.client
        drivers, qpus, active = await asyncio.gather(
            read_rows(client, columns.RESOURCE), read_rows(client, qpu_columns.RESOURCE), self._active(connection)
        )
        return Listing(drivers, qpus, active)

    async def _active(self, connection: Connection) -> list[JobRow]:
        if connection.role != "admin":
            return []
        return (await read_active(connection)).jobs

    def merge(self, data: Listing, events: Sequence[ChangeEvent]) -> Listing | None:
        """Related records arrive with the read."""
        return None

    def rows(self, data: Listing) -> list[DriverRow]:
        """Return the drivers by QPU and name, with their related records."""
        from msgspec.structs import replace

        from qpi_tui.rows.drivers import QPURef

        self._qpus = data.qpus
        qpus = {qpu.id: QPURef(id=qpu.id, name=qpu.name) for qpu in data.qpus}
        rows = []
        for driver in data.drivers:
            connected = [
                each
                for each in data.drivers
                if each.qpu == driver.qpu and each.id != driver.id and each.runs_jobs and each.state == "online"
            ]
            statuses = [job.status for job in data.active if job.qpu_target == driver.qpu]
            rows.append(
                replace(
                    driver,
                    qpu_record=qpus.get(driver.qpu, driver.qpu_record),
                    runs=statuses.count("running"),
                    waits=statuses.count("pending"),
                    others=len(connected),
                )
            )
        return sorted(rows, key=lambda row: (row.qpu_name, row.name, row.id))

    def summary(self) -> list[Part]:
        """Return how many are connected, and which should be but are not."""
        online = sum(1 for record in self.records if record.state == "online")
        silent = [record.name for record in self.records if record.state in {"offline", "new"}]
        parts: list[Part] = [(f"{len(self.records)} drivers · {online} connected", "")]
        if silent:
            parts.append((f" · ▲ {', '.join(silent)}", "$text-warning"))
        return parts

    def detail(self, record: DriverRow) -> list[list[Part]]:
        """Return the state in words, the task and the host."""
        state = record.state
        names = ", ".join(record.events or ())
        lines: list[list[Part]] = [
            [(record.label, "bold")],
            [(_STATES[state], "" if state == "online" else "$text-warning")],
            [("", "")],
            [("QPU      ", "$text-muted"), (record.qpu_name or "–", "")],
            [("kind     ", "$text-muted"), (f"{record.kind or '?'}, {record.language or '?'}", "")],
            [("events   ", "$text-muted"), (names or "–", "")],
            [("seen     ", "$text-muted"), (record.seen_words, "")],
            [("host     ", "$text-muted"), (record.host or "–", "")],
            [("version  ", "$text-muted"), (record.version or "–", "")],
            [("id       ", "$text-muted"), (record.id, "")],
        ]
        admin = self.console.role is Role.ADMIN
        if record.runs_jobs and admin:
            queue = f"{record.runs} running, {record.waits} waiting"
            lines.append([("jobs     ", "$text-muted"), (queue, "")])
        key = self.console.keys.word("drivers.enable" if state == "off" else "drivers.disable")
        word = "enabled" if state == "off" else "disabled"
        if not admin:
            return lines
        lines += [
            [("", "")],
            [(f"when {word} ({key})", "$text-muted")],
            [(consequence(record, enabled=state == "off"), "")],
        ]
        return lines

    def brief(self, record: DriverRow) -> list[list[Part]]:
        """Return state, kind and host, and the effect of enabling or disabling it."""
        state = record.state
        told = [f"{record.kind or '?'}, {record.language or '?'}", record.seen_words]
        if record.host:
            told.append(record.host)
        admin = self.console.role is Role.ADMIN
        if record.runs_jobs and admin:
            told.append(f"{record.qpu_name or '–'}: {record.runs} running, {record.waits} waiting")
        lines: list[list[Part]] = [[(record.label, "bold"), *[(f" · {each}", "$text-muted") for each in told]]]
        if admin:
            word = "enabled" if state == "off" else "disabled"
            lines.append([(f"{word}: ", "$text-muted"), (consequence(record, enabled=state == "off"), "")])
        return lines

    async def _read_all(self) -> list[Any]:
        return list(await self.connection.client.list_drivers())

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Enable the drivers."""
        self._set_enabled(True)

    def do_disable(self) -> None:
        """Disable the drivers; the dialog describes the effect."""
        self._set_enabled(False)

    def _set_enabled(self, enabled: bool) -> None:
        targets = self.targets()
        word = "Enable" if enabled else "Disable"
        said = [consequence(record, enabled=enabled) for record in targets]
        one = len(targets) == 1
        steps = [
            Step(
                record.id,
                record.name,
                _work(record) if one else [*_work(record), (f"\n    {means}", "$text-muted")],
                partial(self._toggle, record, enabled),
            )
            for record, means in zip(targets, said, strict=True)
        ]
        if steps:
            name = steps[0].who if one else f"{len(steps)} drivers"
            self.do_batch(
                f"{word} {name}?",
                steps,
                confirm=word,
                doing="Sending",
                note=[(said[0], "")] if one else [],
                after=self.unmark_done,
            )

    async def _toggle(self, record: DriverRow, enabled: bool) -> Outcome:
        from qpi_tui.edits.drivers import ToggleDriver

        edit = ToggleDriver(target=record.name, driver=record.id, enabled=enabled)
        return await self.make(edit)

    def do_register(self) -> None:
        """Register a driver; its token and commands are shown once."""
        from qpi_tui.edits.drivers import RegisterDriver
        from qpi_tui.screens.driver_form import registration_form

        if self.feed.health.read_at is None:
            self.tell("Still loading the QPUs. Try again in a moment.")
            return
        if not self._qpus:
            self.tell("No QPU for a driver. Register one first (3, then n).")
            return
        made: list[dict[str, Any]] = []

        async def register(name: str, qpu: str, kind: str, language: str, events: list[str] | None) -> Outcome:
            from qpi_tui.edits.outcome import Done

            edit = RegisterDriver(target=name, qpu=qpu, driver_kind=kind, language=language, events=events)
            outcome = await self.make(edit)
            if isinstance(outcome, Done) and outcome.record is not None:
                made.append(dict(outcome.record))
                self.point_at(outcome.id)
            return outcome

        def closed(values: dict[str, str] | None) -> None:
            if values is None:
                return
            self.feed.poke()
            if made:
                self.app.push_screen(handout(made.pop()))
            else:
                self.tell(
                    "Registered, but the token was lost with the answer. Delete the driver and register it again."
                )

        names = {record.name for record in self.records}
        self.app.push_screen(registration_form(self._qpus, names, register), closed)

    def do_delete(self) -> None:
        """Delete one or all marked."""
        targets = self.targets()
        steps = [Step(record.id, record.name, _work(record), partial(self._delete, record)) for record in targets]
        if steps:
            title = f"Delete {steps[0].who}?" if len(steps) == 1 else f"Delete {len(steps)} drivers?"
            said = "The token stops working immediately, and a connected driver is disconnected. This cannot be undone."
            self.do_batch(
                title,
                steps,
                confirm="Delete",
                doing="Deleting",
                note=[(said, "")],
                careful=True,
                after=self.unmark_done,
            )

    async def _delete(self, record: DriverRow) -> Outcome:
        from qpi_tui.edits.drivers import DeleteDriver

        return await self.make(DeleteDriver(target=record.name, driver=record.id))

    def _one(self) -> DriverRow | None:
        targets = self.targets()
        if len(targets) > 1:
            self.tell("One driver at a time. Clear the marks (U).")
        return targets[0] if len(targets) == 1 else None

    def do_rename(self) -> None:
        """Rename the driver."""
        from qpi_tui.screens.driver_actions import rename_driver

        if (record := self._one()) is not None:
            rename_driver(self, record)

    def do_move(self) -> None:
        """Register the driver for another QPU."""
        from qpi_tui.screens.driver_actions import move_driver

        if (record := self._one()) is not None:
            move_driver(self, record, self._qpus)

    def do_token(self) -> None:
        """Give the driver a new token, by registering it again."""
        from qpi_tui.screens.driver_actions import new_token

        if (record := self._one()) is not None:
            new_token(self, record, lambda made: self.app.push_screen(handout(made)))

    def do_qpu(self) -> None:
        """Show the driver's QPU."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("qpus", record.qpu)


def consequence(driver: DriverRow, *, enabled: bool) -> str:
    """Describe the effect of enabling or disabling it on the QPU's jobs."""
    name, qpu = driver.name, driver.qpu_name or "–"
    if not driver.runs_jobs:
        return (
            f"{name} reports readings: {'they come again once it connects' if enabled else 'they stop'}. Jobs continue."
        )
    if enabled:
        return f"Once {name} connects again, {qpu} gets jobs from it."
    if driver.others:
        return f"No more jobs go to {name}; {qpu} has {driver.others} other connected."
    return f"No more jobs go to {name}, and {qpu} goes offline. Pending jobs keep waiting."


def handout(driver: Mapping[str, object]) -> Handout:
    """Show the token and the commands of a new driver."""
    from qpi_tui.widgets.handout import Handout

    snippets = driver.get("snippets")
    commands = (
        [(str(label).replace("_", " "), str(text)) for label, text in snippets.items()]
        if isinstance(snippets, dict)
        else []
    )
    told = [
        f"{label} {driver[key]}"
        for label, key in (("server", "qpi_addr"), ("fingerprint", "ca_fingerprint"))
        if driver.get(key)
    ]
    name = str(driver.get("name") or "driver")
    return Handout(
        f"{name} is registered",
        str(driver.get("token") or ""),
        commands=commands,
        note=" · ".join(told),
        name=f"qpi-driver-{name}",
    )


def _work(record: DriverRow) -> list[Part]:
    said = _STATES[record.state].split(":")[0]
    work = f", {record.runs} running, {record.waits} waiting" if record.runs_jobs else ""
    return [(f"{pad(record.label, 20)} ", "bold"), (f"{record.qpu_name or '–'}: {said}{work}", "")]
