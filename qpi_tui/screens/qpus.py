"""The registry of QPUs: what is on, what runs and waits there, and why something is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult

from qpi_tui import facts, looks
from qpi_tui.amounts import duration
from qpi_tui.clock import age, now, parse_date
from qpi_tui.columns import qpus as columns
from qpi_tui.columns.base import Column
from qpi_tui.connection import Connection
from qpi_tui.outcome import Outcome
from qpi_tui.reads import optional
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.slot_holders import now_and_next
from qpi_tui.undo import Back
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.lines import Line, Part, assemble

Change = Callable[[Record], Awaitable[None]]
LOOK_AHEAD = timedelta(days=7)


class QPUsScreen(ListScreen):
    """Every QPU, with its drivers, its queue and who holds the slot."""

    area = "qpus"
    topics: ClassVar[tuple[str, ...]] = ("qpus", "drivers", "quantum_jobs", "time_slots")
    noun: ClassVar[tuple[str, str]] = ("QPU", "QPUs")
    empty: ClassVar[str] = "No QPU is registered."
    DEFAULT_CSS = "QPUsScreen #why { padding: 0 1; display: none; }"

    def body(self) -> ComposeResult:
        """The list; on a narrow terminal a line below it says why the one under the cursor is offline."""
        yield from super().body()
        yield Line(id="why")

    def _paint_detail(self) -> None:
        super()._paint_detail()
        record = self.table.cursor_record
        # The line above says who and what; here is why.
        why = str(record["_"]["why"]).partition(": ")[2] if record is not None and not self.wide else ""
        line = self.query_one("#why", Line)
        line.show(assemble([("▲ ", "$text-error"), (why, "$text-warning")] if why else []))
        line.display = bool(why)

    def columns(self) -> Sequence[Column]:
        """Name, state, queue, driver."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> dict[str, Any]:
        """QPUs and drivers; the active jobs that this person may see; the slots of now and of the next week."""
        client = connection.client
        qpus, drivers, jobs, slots = await asyncio.gather(
            client.list_all_qpus(), optional(client.list_drivers()), self._active(connection), self._slots(connection)
        )
        return {"qpus": qpus, "drivers": drivers, "jobs": jobs, "slots": slots}

    async def _active(self, connection: Connection) -> list[Record]:
        if not connection.user_id:
            return []
        everyone = connection.role == "admin"
        return await connection.client.list_jobs(status=("pending", "running"), everyone=everyone)

    async def _slots(self, connection: Connection) -> list[Record]:
        if not connection.user_id:
            return []
        moment = now()
        return await connection.client.list_time_slots(start=moment, end=moment + LOOK_AHEAD)

    def rows(self, data: dict[str, Any]) -> list[Record]:
        """The QPUs, by name, with what belongs to each."""
        holder, following = now_and_next(data["slots"], self.connection.user_id)
        rows = []
        for record in sorted(data["qpus"], key=lambda record: (str(record.get("name", "")), record["id"])):
            drivers = [driver for driver in data["drivers"] if driver.get("qpu") == record["id"]]
            jobs = [job for job in data["jobs"] if job.get("qpu_target") == record["id"]]
            waits = [job for job in jobs if job.get("status") == "pending"]
            dates = [date for job in waits if (date := parse_date(job.get("created"))) is not None]
            rows.append(
                {
                    **record,
                    "_": {
                        "drivers": drivers,
                        "runs": len(jobs) - len(waits),
                        "waits": len(waits),
                        "oldest": _minutes(min(dates)) if dates else None,
                        "why": facts.why_offline(record, drivers),
                        "holder": holder,
                        "next": following,
                    },
                }
            )
        return rows

    def summary(self) -> list[Part]:
        """How many are on, and which should be and are not."""
        on = sum(1 for record in self.records if record.get("status") == "online" and record.get("enabled"))
        need = [str(record.get("name")) for record in self.records if record["_"]["why"]]
        parts: list[Part] = [(f"{len(self.records)} QPUs · {on} online", "")]
        if need:
            parts.append((f" · ▲ {', '.join(need)}", "$text-warning"))
        return parts

    def detail(self, record: Record) -> list[list[Part]]:
        """State in words, queue, drivers, slot."""
        extra = record["_"]
        lines: list[list[Part]] = [
            [(str(record.get("name")), "bold"), (f"  {record.get('num_qubits') or '?'} qubits", "$text-muted")],
            [(facts.qpu_words(record), "")],
        ]
        if extra["why"]:
            lines.append([(extra["why"], "$text-warning")])
        lines.append([("", "")])
        queue = f"{extra['runs']} running, {extra['waits']} waiting"
        if extra["oldest"] is not None:
            queue += f", oldest {duration(extra['oldest']) if extra['oldest'] else 'just now'}"
        lines.append([("queue    ", "$text-muted"), (queue, "")])
        lines.append([("slot now ", "$text-muted"), (extra["holder"] or "free", "")])
        lines.append([("then     ", "$text-muted"), (extra["next"], "")])
        lines.append([("id       ", "$text-muted"), (str(record["id"]), "")])
        lines += [[("", "")], [("drivers", "$text-muted")]]
        for driver in extra["drivers"]:
            seen = age(driver.get("last_seen")) or "never"
            state = str(driver.get("status", "?")) + ("" if driver.get("enabled", True) else ", off")
            kind = f"{driver.get('kind', '?')}, {driver.get('language', '?')}"
            lines.append([(f" {driver.get('name')}", ""), (f"  {kind}: {state}, seen {seen}", "$text-muted")])
        if not extra["drivers"]:
            lines.append([(" none", "$text-muted")])
        return lines

    async def _read_all(self) -> list[Any]:
        return list(await self.connection.client.list_all_qpus())

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Into service."""
        self._set_enabled(True)

    def do_disable(self) -> None:
        """Out of service; the dialog says what runs and waits there."""
        self._set_enabled(False)

    def _set_enabled(self, enabled: bool) -> None:
        word = "Enable" if enabled else "Disable"
        note = (
            "An enabled QPU is online once its driver connects."
            if enabled
            else "Jobs that run go on to their end; those that wait stay until it is enabled again. It is online again "
            "only when its driver connects anew."
        )

        def back(record: Record) -> Change | None:
            return partial(self._toggle, not enabled) if bool(record.get("enabled")) != enabled else None

        def wanted(record: Record) -> bool:
            return bool(record.get("enabled")) == enabled

        self._change(word, f"qpus.{word.lower()}", note, partial(self._toggle, enabled), back, wanted)

    def do_maintenance(self) -> None:
        """Into maintenance, or back when all of them are in it."""
        targets = self.targets()
        ending = bool(targets) and all(record.get("status") == "maintenance" for record in targets)
        word = "End maintenance of" if ending else "Set maintenance for"
        note = (
            "It is online again once its driver reports."
            if ending
            else "A QPU in maintenance gets no jobs; those that run go on to their end."
        )

        def back(record: Record) -> Change | None:
            if ending:
                return partial(self._status, "maintenance")
            return partial(self._status, "offline") if record.get("status") != "maintenance" else None

        def wanted(record: Record) -> bool:
            return (record.get("status") != "maintenance") == ending

        call = partial(self._status, "offline" if ending else "maintenance")
        self._change(word, "qpus.maintenance", note, call, back, wanted)

    async def _toggle(self, enabled: bool, record: Record) -> None:
        await self.connection.client.toggle_qpu(record["id"], enabled)

    async def _status(self, status: str, record: Record) -> None:
        await self.connection.client.set_qpu_status(record["id"], status)

    def _change(
        self,
        word: str,
        id: str,
        note: str,
        call: Change,
        back: Callable[[Record], Change | None],
        wanted: Callable[[Record], bool],
    ) -> None:
        targets = self.targets()
        steps = [
            Step(
                record["id"],
                str(record.get("name")),
                _work_line(record),
                partial(self._do, id, call, back(record), wanted, record),
            )
            for record in targets
        ]
        if steps:
            name = str(targets[0].get("name")) if len(steps) == 1 else f"{len(steps)} QPUs"
            self.do_batch(
                f"{word} {name}?",
                steps,
                confirm=word.split(" ", maxsplit=1)[0],
                doing="Sending",
                note=[(note, "")],
                after=self.unmark_done,
            )

    async def _do(
        self, id: str, call: Change, back: Change | None, wanted: Callable[[Record], bool], record: Record
    ) -> Outcome:
        name = str(record.get("name"))

        async def told(change: Change) -> str:
            await change(record)
            return f"is {facts.qpu_words(await self.connection.client.get_qpu(record['id']))}"

        look = looks.changed(id, record["id"], self._read_all, wanted, "is as wanted")
        outcome = await self.attempt(id, name, told(call), look)
        if outcome.ok and back is not None:
            return replace(outcome, back=Back(name, partial(told, back)))
        return outcome

    def do_register(self) -> None:
        """Register a QPU; a name that is taken is said, and allowed."""
        names = {str(record.get("name")) for record in self.records}

        def check(values: dict[str, str]) -> Sequence[Part]:
            name, qubits = values["name"].strip(), values["qubits"].strip()
            if not name:
                raise ValueError("Give it a name, such as qpu_epsilon.")
            if not (qubits.isdecimal() and 1 <= int(qubits) <= 10_000):
                raise ValueError("How many qubits? A whole number from 1 to 10,000.")
            if name in names:
                return [
                    (
                        f"▲ There is a {name} already. The server allows it; programs that go by name will stop.",
                        "$text-warning",
                    )
                ]
            return [(f"{name}, {int(qubits)} qubits, enabled; offline until a driver connects", "")]

        async def act(values: dict[str, str]) -> Outcome:
            name = values["name"].strip()

            async def call() -> str:
                qpu = await self.connection.client.create_qpu(name, num_qubits=int(values["qubits"]), enabled=True)
                self.point_at(str(qpu["id"]))
                return "registered; register a driver for it next"

            known = {str(record["id"]) for record in self.records}
            look = looks.made("qpus", name, known, self._read_all, lambda qpu: qpu.get("name") == name, "registered")
            outcome = await self.attempt("qpus.register", name, call(), look)
            if outcome.ok:
                self.console.say_outcome(name, outcome)
                self.feed.poke()
            return outcome

        entries = [Entry("name", "name"), Entry("qubits", "qubits", placeholder="5")]
        self.app.push_screen(Form("Register a QPU", entries, confirm="Register", check=check, act=act))

    def do_rename(self) -> None:
        """Rename the QPU under the cursor."""
        record = self.table.cursor_record
        if record is None:
            return
        old = str(record.get("name"))

        def check(values: dict[str, str]) -> Sequence[Part]:
            name = values["name"].strip()
            if not name:
                raise ValueError("Give it a name.")
            if name == old:
                raise ValueError("That is its name already.")
            return [(f"{old} → {name}; its id stays, programs that go by name must follow", "")]

        async def act(values: dict[str, str]) -> Outcome:
            name = values["name"].strip()

            async def call() -> str:
                await self.connection.client.rename_qpu(record["id"], name)
                return f"is now {name}"

            look = looks.changed(
                "qpus.rename", record["id"], self._read_all, lambda qpu: qpu.get("name") == name, f"is now {name}"
            )
            outcome = await self.attempt("qpus.rename", old, call(), look)
            if outcome.ok:
                self.console.say_outcome(old, outcome)
                self.feed.poke()
            return outcome

        self.app.push_screen(
            Form(f"Rename {old}", [Entry("name", "new name", value=old)], confirm="Rename", check=check, act=act)
        )

    def do_jobs(self) -> None:
        """The QPU's jobs."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("jobs", words=str(record.get("name")))

    def do_drivers(self) -> None:
        """The QPU's drivers."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("drivers", words=str(record.get("name")))

    def do_delete(self) -> None:
        """Delete the QPU under the cursor, if it has no driver."""
        record = self.table.cursor_record
        if record is None:
            return
        name = str(record.get("name"))
        if record["_"]["drivers"]:
            drivers = ", ".join(str(driver.get("name")) for driver in record["_"]["drivers"])
            self.tell(f"{name} cannot be deleted while it has drivers ({drivers}): delete them first (7).")
            return

        async def call() -> str:
            await self.connection.client.delete_qpu(record["id"])
            return "deleted"

        async def act() -> Outcome:
            look = looks.gone("qpus.delete", record["id"], self._read_all, "deleted")
            return await self.attempt("qpus.delete", name, call(), look)

        step = Step(record["id"], name, _work_line(record), act)
        note: list[Part] = [("Deleting cannot be undone; its jobs stay, without a QPU.", "")]
        self.do_batch(f"Delete {name}?", [step], confirm="Delete", doing="Deleting", note=note)


def _minutes(since: datetime) -> float:
    """Seconds since then; whole minutes from the first on, so that a waiting job does not repaint every read."""
    seconds = (now() - since).total_seconds()
    return seconds // 60 * 60 if seconds >= 60 else 0.0


def _work_line(record: Record) -> list[Part]:
    extra = record["_"]
    work = f"{extra['runs']} running, {extra['waits']} waiting"
    return [(f"{record.get('name')!s:<20.20} ", "bold"), (f"{facts.qpu_words(record)}, {work}", "")]
