"""Two consoles change the same records at random, and what each reports is compared with the server.

uv run python -m tests.faults.two [ROUNDS] [SEED]
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from qpi_sandbox import Sandbox
from qpi_tui.domain.durations import Amount
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.qpus import StartQPU, StopQPU
from qpi_tui.rows.decode import decode
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.requests import RequestRow
from qpi_tui.rows.slot_booking import slot_of
from qpi_tui.rows.slots import SlotRow
from qpi_tui.rows.users import UserRow
from qpi_tui.screens import job_actions, request_answers, slot_actions
from qpi_tui.screens.slot_forms import ask_book
from qpi_tui.widgets.form import Form
from tests.faults.lab import BELL, Lab, slot
from tests.tui.helpers import Person, at_console


@dataclass
class Tally:
    """The outcome: rounds, changes reported as done, and every false message."""

    rounds: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    done: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


# The console that a screen belongs to.
OWN: dict[Any, Person] = {}


async def both(screens: Sequence[Any], *calls: Coroutine[Any, Any, Outcome]) -> list[Outcome]:
    """Run each call in the context of its own console. Otherwise both screens would use the same app."""
    tasks = []
    for screen, call in zip(screens, calls, strict=True):
        with OWN[screen].app._context():
            tasks.append(asyncio.create_task(call))
    return list(await asyncio.gather(*tasks))


async def run(sandbox: Sandbox, rounds: int, seed: int) -> Tally:
    """Run this many rounds."""
    chance, lab, tally = random.Random(seed), Lab(sandbox), Tally()  # noqa: S311 - a story to replay, no secret
    async with (
        at_console(sandbox.url, "admin", sandbox.admin, screen="journal") as one,
        at_console(sandbox.url, "admin", sandbox.admin, screen="journal") as other,
        at_console(sandbox.url, "user", lab.user, screen="journal") as first,
        at_console(sandbox.url, "user", lab.person(), screen="journal") as second,
    ):
        screens = {
            id: (await _screen(one, id), await _screen(other, id))
            for id in ("requests", "users", "qpus", "jobs", "slots")
        }
        screens["booking"] = (await _screen(first, "slots"), await _screen(second, "slots"))
        for number in range(rounds):
            # In turn, so that a short run includes every kind.
            story = STORIES[number % len(STORIES)]
            outcomes, problem = await story(lab, screens, chance)
            tally.rounds += 1
            tally.kinds[story.__name__] += 1
            tally.done += sum(outcome.ok for outcome in outcomes)
            tally.refused += sum(not outcome.ok for outcome in outcomes)
            if problem:
                tally.wrong.append(f"round {number}, {story.__name__}: {problem}; said {[o.said for o in outcomes]}")
    return tally


async def _screen(person: Person, id: str) -> Any:
    with person.app._context():
        person.app.go(id)
        await person.pilot.pause()
        await person.ready()
        OWN[person.app.screen] = person
        return person.app.screen


Story = tuple[list[Outcome], str]
_hours = itertools.count()


async def approve(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both decide one request: the balance is credited at most once, as one of them reported."""
    who = lab.person(0)
    id = lab.make("qpu_time_requests", user=who.id, seconds=60, status="pending")
    record = RequestRow(id=id, user=who.id, seconds=60, status="pending")
    wants = [chance.choice(["approve", "reject"]) for _ in range(2)]
    calls = [
        request_answers._approve(s, record) if want == "approve" else request_answers._reject(s, record, "no")
        for s, want in zip(screens["requests"], wants, strict=True)
    ]
    outcomes = await both(screens["requests"], *calls)
    now_is = lab.get("qpu_time_requests", id) or {}
    credited, status = lab.balance(who.id), now_is.get("status")
    told = {want for want, outcome in zip(wants, outcomes, strict=True) if outcome.ok}
    true = {"approved": "approve", "rejected": "reject"}[str(status)]
    if credited != (60 if status == "approved" else 0):
        return outcomes, f"{status}, and {credited} s credited"
    return outcomes, "" if told == {true} else f"it is {status}; told done: {told}"


async def allocate(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both add time: the sum of both is credited."""
    who, amounts = lab.person(100), [chance.randrange(1, 50) for _ in range(2)]
    record = UserRow(id=who.id, email=who.identity, qpu_seconds=100)
    calls = [s._allocate(record, Amount("add", a)) for s, a in zip(screens["users"], amounts, strict=True)]
    outcomes = await both(screens["users"], *calls)
    wanted = 100 + sum(a for a, outcome in zip(amounts, outcomes, strict=True) if outcome.ok)
    return outcomes, "" if lab.balance(who.id) == wanted else f"{lab.balance(who.id)} s in place of {wanted}"


async def take(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both take the same seconds: only one reports success, and the balance is never negative."""
    who = lab.person(100)
    record = UserRow(id=who.id, email=who.identity, qpu_seconds=100)
    amounts = [chance.randrange(40, 90) for _ in range(2)]
    calls = [s._allocate(record, Amount("take", a)) for s, a in zip(screens["users"], amounts, strict=True)]
    outcomes = await both(screens["users"], *calls)
    wanted = 100 - sum(a for a, outcome in zip(amounts, outcomes, strict=True) if outcome.ok)
    return outcomes, "" if lab.balance(who.id) == wanted >= 0 else f"{lab.balance(who.id)} s in place of {wanted}"


async def toggle(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """One enables, the other disables: the result is what one of them reported."""
    id = lab.make("qpus", name=lab.name(), num_qubits=2, enabled=chance.random() < 0.5, status="offline")
    wants = {True: StartQPU(target="q", qpu=id), False: StopQPU(target="q", qpu=id)}
    calls = [s.make(edit) for s, edit in zip(screens["qpus"], wants.values(), strict=True)]
    outcomes = await both(screens["qpus"], *calls)
    enabled = (lab.get("qpus", id) or {}).get("enabled")
    told = [want for want, outcome in zip(wants, outcomes, strict=True) if outcome.ok]
    return outcomes, "" if enabled in told else f"enabled is {enabled}"


async def cancel(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both cancel one job: it is cancelled, and neither reports otherwise."""
    id = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={"circuits": [{"circuit": BELL}]})
    record = JobRow(id=id, status="pending")
    outcomes = await both(screens["jobs"], *(job_actions._cancel(s, record) for s in screens["jobs"]))
    status = (lab.get("quantum_jobs", id) or {}).get("status")
    return outcomes, "" if status == "cancelled" and any(o.ok for o in outcomes) else f"it is {status}"


async def book(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Two users book the same half hour: one gets it, and only that one reports success."""
    words, start, _ = slot(24 * 365 + next(_hours))
    forms = [await _form(screen) for screen in screens["booking"]]
    outcomes = await both(screens["booking"], *(form._act({"when": words}) for form in forms))
    for screen, form in zip(screens["booking"], forms, strict=True):
        with OWN[screen].app._context():
            form.dismiss(None)
            await OWN[screen].pilot.pause()
    query = {"filter": f"start_time='{start}'"}
    there = lab.admin.get("/api/collections/time_slots/records", params=query).json()["items"]
    told = [
        OWN[screen].app.connection.user_id for screen, each in zip(screens["booking"], outcomes, strict=True) if each.ok
    ]
    holders = [each["booked_by"] for each in there]
    return outcomes, "" if len(there) == 1 and told == holders else f"it is held by {holders}; told done: {told}"


async def _form(screen: Any) -> Any:
    with OWN[screen].app._context():
        ask_book(screen, None)
        await OWN[screen].until(lambda: isinstance(screen.app.screen, Form) and screen.app.screen.focused)
        return screen.app.screen


async def remove_slot(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both cancel one booking: it is gone, and exactly one reports success."""
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(days=900, minutes=30 * chance.randrange(100_000))
    times = {"start_time": begin.isoformat(), "end_time": (begin + timedelta(minutes=30)).isoformat()}
    id = lab.make("time_slots", booked_by=lab.user.id, **times)
    booked = slot_of(decode(SlotRow, {"id": id, "booked_by": lab.user.id, **times}), "")
    outcomes = await both(screens["slots"], *(slot_actions._cancel(s, booked) for s in screens["slots"]))
    there = lab.get("time_slots", id) is not None
    return outcomes, "" if not there and any(o.ok for o in outcomes) else "it is still there"


STORIES = (approve, allocate, toggle, book, cancel, take, remove_slot)


async def main(rounds: int, seed: int) -> Tally:
    """Run it on its own sandbox."""
    with Sandbox(worker=False) as sandbox:
        return await run(sandbox, rounds, seed)


if __name__ == "__main__":
    found = asyncio.run(main(int((sys.argv[1:] or ["1000"])[0]), int((sys.argv[2:] or ["1"])[0])))
    print(f"{found.rounds} rounds, {found.done} told done, {found.refused} told refused, {len(found.wrong)} untrue")
    print("\n".join(found.wrong[:20]))
    sys.exit(bool(found.wrong))
