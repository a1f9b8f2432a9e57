"""The drivers: what runs a QPU's jobs, and what reads its cryostat."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.drivers import DeleteDriver, RegisterDriver, ToggleDriver
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.resources import drivers as columns
from qpi_tui.screens.driver_form import registration_form
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.table_screen import Record
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.handout import Handout

_STATES = {
    "online": "connected",
    "off": "off: it gets no jobs",
    "offline": "on, but not connected",
    "new": "never started: run its commands on the machine beside the QPU",
}


class DriversScreen(ListScreen[Any]):
    """Every driver, with its QPU and when it was last seen."""

    area = "drivers"
    topics: ClassVar[tuple[str, ...]] = ("drivers", "qpus")
    noun: ClassVar[tuple[str, str]] = ("driver", "drivers")
    brief_height = 4
    empty: ClassVar[str] = "No driver is registered: an administrator's n registers one."

    def __init__(self) -> None:
        super().__init__()
        self._qpus: list[Record] = []

    def columns(self) -> Sequence[Column]:
        """Name, state, QPU, kind, last seen."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> dict[str, Any]:
        """Drivers and QPUs; the active jobs that this person may see."""
        client = connection.client
        drivers, qpus, jobs = await asyncio.gather(
            client.list_drivers(), client.list_all_qpus(), self._active(connection)
        )
        return {"drivers": drivers, "qpus": qpus, "jobs": jobs}

    async def _active(self, connection: Connection) -> list[Record]:
        if connection.role != "admin":
            return []
        jobs = await connection.client.list_jobs(status=("pending", "running"), everyone=True)
        return [{"qpu_target": job.get("qpu_target"), "status": job.get("status")} for job in jobs]

    def rows(self, data: dict[str, Any]) -> list[Record]:
        """The drivers by QPU and name, with what hangs on each."""
        self._qpus = data["qpus"]
        qpus = {qpu["id"]: qpu for qpu in data["qpus"]}
        rows = []
        for record in data["drivers"]:
            qpu = qpus.get(record.get("qpu"), {})
            others = [
                each
                for each in data["drivers"]
                if each.get("qpu") == record.get("qpu")
                and each["id"] != record["id"]
                and runs_jobs(each)
                and columns.state_of(each) == "online"
            ]
            jobs = [str(job.get("status")) for job in data["jobs"] if job.get("qpu_target") == record.get("qpu")]
            extra = {
                "runs": jobs.count("running"),
                "waits": jobs.count("pending"),
                "others": len(others),
                "qpu": str(qpu.get("name") or record.get("qpu") or "–"),
            }
            rows.append({**record, "expand": {"qpu": qpu}, "_": extra})
        return sorted(rows, key=lambda row: (row["_"]["qpu"], str(row.get("name")), row["id"]))

    def summary(self) -> list[Part]:
        """How many are connected, and which should be and are not."""
        online = sum(1 for record in self.records if columns.state_of(record) == "online")
        silent = [str(record.get("name")) for record in self.records if columns.state_of(record) in {"offline", "new"}]
        parts: list[Part] = [(f"{len(self.records)} drivers · {online} connected", "")]
        if silent:
            parts.append((f" · ▲ {', '.join(silent)}", "$text-warning"))
        return parts

    def detail(self, record: Record) -> list[list[Part]]:
        """State in words, what it does, where it runs."""
        extra = record["_"]
        state = columns.state_of(record)
        events = record.get("events")
        names = ", ".join(map(str, events)) if isinstance(events, list) else ""
        lines: list[list[Part]] = [
            [(str(record.get("name") or "?"), "bold")],
            [(_STATES[state], "" if state == "online" else "$text-warning")],
            [("", "")],
            [("QPU      ", "$text-muted"), (extra["qpu"], "")],
            [("kind     ", "$text-muted"), (f"{record.get('kind') or '?'}, {record.get('language') or '?'}", "")],
            [("events   ", "$text-muted"), (names or "–", "")],
            [("seen     ", "$text-muted"), (columns.seen_words(record), "")],
            [("host     ", "$text-muted"), (str(record.get("host") or "–"), "")],
            [("version  ", "$text-muted"), (str(record.get("version") or "–"), "")],
            [("id       ", "$text-muted"), (str(record["id"]), "")],
        ]
        admin = self.console.role is Role.ADMIN
        if runs_jobs(record) and admin:
            queue = f"{extra['runs']} running, {extra['waits']} waiting"
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

    def brief(self, record: Record) -> list[list[Part]]:
        """State, kind and host; what turning it on or off means."""
        state, extra = columns.state_of(record), record["_"]
        told = [f"{record.get('kind') or '?'}, {record.get('language') or '?'}", columns.seen_words(record)]
        if record.get("host"):
            told.append(str(record["host"]))
        admin = self.console.role is Role.ADMIN
        if runs_jobs(record) and admin:
            told.append(f"{extra['qpu']}: {extra['runs']} running, {extra['waits']} waiting")
        lines: list[list[Part]] = [
            [(str(record.get("name") or "?"), "bold"), *[(f" · {each}", "$text-muted") for each in told]]
        ]
        if admin:
            word = "enabled" if state == "off" else "disabled"
            lines.append([(f"{word}: ", "$text-muted"), (consequence(record, enabled=state == "off"), "")])
        return lines

    async def _read_all(self) -> list[Any]:
        return list(await self.connection.client.list_drivers())

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Let them take jobs."""
        self._set_enabled(True)

    def do_disable(self) -> None:
        """Stop their jobs; the dialog says what that means."""
        self._set_enabled(False)

    def _set_enabled(self, enabled: bool) -> None:
        targets = self.targets()
        word = "Enable" if enabled else "Disable"
        said = [consequence(record, enabled=enabled) for record in targets]
        one = len(targets) == 1
        steps = [
            Step(
                record["id"],
                str(record.get("name")),
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

    async def _toggle(self, record: Record, enabled: bool) -> Outcome:
        edit = ToggleDriver(target=str(record.get("name")), driver=str(record["id"]), enabled=enabled)
        return await self.make(edit)

    def do_register(self) -> None:
        """Register a driver; its token and commands are shown once."""
        if self.feed.health.read_at is None:
            self.tell("Still reading which QPUs there are: once more in a moment.")
            return
        if not self._qpus:
            self.tell("There is no QPU that a driver could belong to: register one (3, then n).")
            return
        made: list[dict[str, Any]] = []

        async def register(name: str, qpu: str, kind: str, language: str, events: list[str] | None) -> Outcome:
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
                self.tell("It was registered, but its token was lost on the way: delete it and register it again.")

        names = {str(record.get("name")) for record in self.records}
        self.app.push_screen(registration_form(self._qpus, names, register), closed)

    def do_delete(self) -> None:
        """Delete one or all marked."""
        targets = self.targets()
        steps = [
            Step(record["id"], str(record.get("name")), _work(record), partial(self._delete, record))
            for record in targets
        ]
        if steps:
            title = f"Delete {steps[0].who}?" if len(steps) == 1 else f"Delete {len(steps)} drivers?"
            said = "Its token stops working at once; a driver that runs is cut off. It cannot be undone."
            self.do_batch(
                title,
                steps,
                confirm="Delete",
                doing="Deleting",
                note=[(said, "")],
                careful=True,
                after=self.unmark_done,
            )

    async def _delete(self, record: Record) -> Outcome:
        return await self.make(DeleteDriver(target=str(record.get("name")), driver=str(record["id"])))

    def do_qpu(self) -> None:
        """The driver's QPU in the registry."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("qpus", str(record.get("qpu") or ""))


def runs_jobs(driver: Record) -> bool:
    """Whether jobs are dispatched to it: a cryostat's monitor only reports."""
    events = driver.get("events")
    if driver.get("kind") == "custom" and isinstance(events, list):
        return "JobDispatch" in events
    return driver.get("kind") != "bluefors_gen1"


def consequence(driver: Record, *, enabled: bool) -> str:
    """What turning it on or off means for the jobs of its QPU."""
    extra = driver["_"]
    name, qpu = driver.get("name"), extra["qpu"]
    if not runs_jobs(driver):
        return f"{name} reports readings: {'they come again once it connects' if enabled else 'they stop'}. Jobs go on."
    if enabled:
        return f"Once {name} connects again, {qpu} gets jobs from it."
    if extra["others"]:
        return f"No more jobs go to {name}; {qpu} has {extra['others']} other connected."
    return f"No more jobs go to {name}, and {qpu} goes offline: what waits there goes on waiting."


def handout(driver: dict[str, Any]) -> Handout:
    """The token and the commands of a new driver."""
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


def _work(record: Record) -> list[Part]:
    extra = record["_"]
    said = _STATES[columns.state_of(record)].split(":")[0]
    work = f", {extra['runs']} running, {extra['waits']} waiting" if runs_jobs(record) else ""
    return [(f"{pad(str(record.get('name')), 20)} ", "bold"), (f"{extra['qpu']}: {said}{work}", "")]
