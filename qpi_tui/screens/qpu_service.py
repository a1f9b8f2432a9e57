"""QPUs in and out of service: enable, disable, maintenance, one or many; each can be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits import verification
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.undo import Back
from qpi_tui.widgets.batch import Step

if TYPE_CHECKING:
    from qpi_client.records import QPUStatus
    from qpi_tui.screens.qpus import QPUsScreen

Record = dict[str, Any]
Change = Callable[[Record], Awaitable[None]]


def set_enabled(screen: QPUsScreen, enabled: bool) -> None:
    """Into service, or out of it; the dialog says what runs and waits there."""
    word = "Enable" if enabled else "Disable"
    note = (
        "An enabled QPU is online once its driver connects."
        if enabled
        else "Jobs that run go on to their end; those that wait stay until it is enabled again. It is online again "
        "only when its driver connects anew."
    )

    def back(record: Record) -> Change | None:
        return partial(_toggle, screen, not enabled) if bool(record.get("enabled")) != enabled else None

    def wanted(record: Record) -> bool:
        return bool(record.get("enabled")) == enabled

    _change(screen, word, f"qpus.{word.lower()}", note, partial(_toggle, screen, enabled), back, wanted)


def maintenance(screen: QPUsScreen) -> None:
    """Into maintenance, or back when all of them are in it."""
    targets = screen.targets()
    ending = bool(targets) and all(record.get("status") == "maintenance" for record in targets)
    word = "End maintenance of" if ending else "Set maintenance for"
    note = (
        "It is online again once its driver reports."
        if ending
        else "A QPU in maintenance gets no jobs; those that run go on to their end."
    )

    def back(record: Record) -> Change | None:
        if ending:
            return partial(_status, screen, "maintenance")
        return partial(_status, screen, "offline") if record.get("status") != "maintenance" else None

    def wanted(record: Record) -> bool:
        return (record.get("status") != "maintenance") == ending

    call = partial(_status, screen, "offline" if ending else "maintenance")
    _change(screen, word, "qpus.maintenance", note, call, back, wanted)


async def _toggle(screen: QPUsScreen, enabled: bool, record: Record) -> None:
    await screen.connection.client.toggle_qpu(record["id"], enabled)


async def _status(screen: QPUsScreen, status: QPUStatus, record: Record) -> None:
    await screen.connection.client.set_qpu_status(record["id"], status)


def _change(
    screen: QPUsScreen,
    word: str,
    id: str,
    note: str,
    call: Change,
    back: Callable[[Record], Change | None],
    wanted: Callable[[Record], bool],
) -> None:
    targets = screen.targets()
    steps = [
        Step(
            record["id"],
            str(record.get("name")),
            work_line(record),
            partial(_do, screen, id, call, back(record), wanted, record),
        )
        for record in targets
    ]
    if steps:
        name = str(targets[0].get("name")) if len(steps) == 1 else f"{len(steps)} QPUs"
        screen.do_batch(
            f"{word} {name}?",
            steps,
            confirm=word.removesuffix(" of").removesuffix(" for"),
            doing="Sending",
            note=[(note, "")],
            after=screen.unmark_done,
        )


async def _do(
    screen: QPUsScreen, id: str, call: Change, back: Change | None, wanted: Callable[[Record], bool], record: Record
) -> Outcome:
    name = str(record.get("name"))

    async def told(change: Change) -> str:
        await change(record)
        return f"is {facts.qpu_words(await screen.connection.client.get_qpu(record['id']))}"

    look = verification.changed(id, record["id"], screen.read_all, wanted, "is as wanted")
    outcome = await screen.attempt(id, name, told(call), look)
    if outcome.ok and back is not None:
        undone = verification.changed(id, record["id"], screen.read_all, lambda qpu: not wanted(qpu), "is as before")
        return replace(outcome, back=Back(name, partial(told, back), undone))
    return outcome


def work_line(record: Record) -> list[Part]:
    """A QPU as a line of a dialog: its name, its state, what runs and waits there."""
    extra = record["_"]
    work = f"{extra['runs']} running, {extra['waits']} waiting"
    return [(f"{pad(str(record.get('name')), 20)} ", "bold"), (f"{facts.qpu_words(record)}, {work}", "")]
