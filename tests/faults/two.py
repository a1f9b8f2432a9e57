"""Two consoles that change the same things at random: what each is told, against what the server holds.

uv run python -m tests.faults.two [ROUNDS] [SEED]
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from qpi_sandbox import Sandbox
from qpi_tui.amounts import Amount
from qpi_tui.outcome import Outcome
from qpi_tui.slot_booking import slot_of
from tests.faults.lab import BELL, Lab
from tests.tui.helpers import Person, at_console


@dataclass
class Tally:
    """What came of it: rounds, changes that were said to be done, and every sentence that was not true."""

    rounds: int = 0
    done: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


async def both(*calls: Any) -> list[Outcome]:
    return list(await asyncio.gather(*calls))


async def run(sandbox: Sandbox, rounds: int, seed: int) -> Tally:
    """Go on for so many rounds."""
    chance, lab, tally = random.Random(seed), Lab(sandbox), Tally()  # noqa: S311 - a story to replay, no secret
    async with (
        at_console(sandbox.url, "admin", sandbox.admin, screen="journal") as one,
        at_console(sandbox.url, "admin", sandbox.admin, screen="journal") as other,
    ):
        screens = {
            id: (await _screen(one, id), await _screen(other, id))
            for id in ("requests", "users", "qpus", "jobs", "slots")
        }
        stories = [approve, allocate, take, toggle, cancel, remove_slot]
        for number in range(rounds):
            story = chance.choice(stories)
            outcomes, problem = await story(lab, screens, chance)
            tally.rounds += 1
            tally.done += sum(outcome.ok for outcome in outcomes)
            tally.refused += sum(not outcome.ok for outcome in outcomes)
            if problem:
                tally.wrong.append(f"round {number}, {story.__name__}: {problem}; said {[o.said for o in outcomes]}")
    return tally


async def _screen(person: Person, id: str) -> Any:
    person.app.go(id)
    await person.pilot.pause()
    await person.ready()
    return person.app.screen


Story = tuple[list[Outcome], str]


async def approve(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both handle one request, each as it likes: the balance grows once at most, and as one of them was told."""
    who = lab.person(0)
    id = lab.make("qpu_time_requests", user=who.id, seconds=60, status="pending")
    record = {"id": id, "user": who.id, "seconds": 60, "status": "pending"}
    wants = [chance.choice(["approve", "reject"]) for _ in range(2)]
    calls = [
        s._approve(record) if want == "approve" else s._reject(record, "no")
        for s, want in zip(screens["requests"], wants, strict=True)
    ]
    outcomes = await both(*calls)
    now_is = lab.get("qpu_time_requests", id) or {}
    credited, status = lab.balance(who.id), now_is.get("status")
    told = {want for want, outcome in zip(wants, outcomes, strict=True) if outcome.ok}
    true = {"approved": "approve", "rejected": "reject"}[str(status)]
    if credited != (60 if status == "approved" else 0):
        return outcomes, f"{status}, and {credited} s credited"
    return outcomes, "" if told == {true} else f"it is {status}; told done: {told}"


async def allocate(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both give: the sum of both is there."""
    who, amounts = lab.person(100), [chance.randrange(1, 50) for _ in range(2)]
    record = {"id": who.id, "email": who.identity, "qpu_seconds": 100}
    outcomes = await both(
        *(s._allocate(record, Amount("add", a)) for s, a in zip(screens["users"], amounts, strict=True))
    )
    wanted = 100 + sum(a for a, outcome in zip(amounts, outcomes, strict=True) if outcome.ok)
    return outcomes, "" if lab.balance(who.id) == wanted else f"{lab.balance(who.id)} s in place of {wanted}"


async def take(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both take what only one can have: nobody is told of seconds that were not taken, and it is never negative."""
    who = lab.person(100)
    record = {"id": who.id, "email": who.identity, "qpu_seconds": 100}
    amounts = [chance.randrange(40, 90) for _ in range(2)]
    outcomes = await both(
        *(s._allocate(record, Amount("take", a)) for s, a in zip(screens["users"], amounts, strict=True))
    )
    wanted = 100 - sum(a for a, outcome in zip(amounts, outcomes, strict=True) if outcome.ok)
    return outcomes, "" if lab.balance(who.id) == wanted >= 0 else f"{lab.balance(who.id)} s in place of {wanted}"


async def toggle(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """One enables, the other disables: it ends as one of them was told."""
    id = lab.make("qpus", name=lab.name(), num_qubits=2, enabled=chance.random() < 0.5, status="offline")
    record, wants = {"id": id, "name": "q"}, [True, False]
    calls = [
        s._do("qpus.enable", partial(s._toggle, want), None, lambda qpu, want=want: qpu.get("enabled") == want, record)
        for s, want in zip(screens["qpus"], wants, strict=True)
    ]
    outcomes = await both(*calls)
    enabled = (lab.get("qpus", id) or {}).get("enabled")
    told = [("disabled" not in outcome.said) for outcome in outcomes if outcome.ok]
    return outcomes, "" if enabled in told else f"enabled is {enabled}"


async def cancel(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both cancel one job: it is cancelled, and nobody is told that it is not."""
    from qpi_tui.screens.job_actions import _cancel

    id = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={"circuits": [{"circuit": BELL}]})
    outcomes = await both(*(_cancel(s, {"id": id, "status": "pending"}) for s in screens["jobs"]))
    status = (lab.get("quantum_jobs", id) or {}).get("status")
    return outcomes, "" if status == "cancelled" and any(o.ok for o in outcomes) else f"it is {status}"


async def remove_slot(lab: Lab, screens: Any, chance: random.Random) -> Story:
    """Both cancel one booking: it is gone, and exactly one did it."""
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(days=900, minutes=30 * chance.randrange(100_000))
    times = {"start_time": begin.isoformat(), "end_time": (begin + timedelta(minutes=30)).isoformat()}
    id = lab.make("time_slots", booked_by=lab.user.id, **times)
    slot = slot_of({"id": id, "booked_by": lab.user.id, **times}, "")
    outcomes = await both(*(s._cancel(slot) for s in screens["slots"]))
    there = lab.get("time_slots", id) is not None
    return outcomes, "" if not there and any(o.ok for o in outcomes) else "it is still there"


async def main(rounds: int, seed: int) -> Tally:
    """Run it on a sandbox of its own."""
    with Sandbox(worker=False) as sandbox:
        return await run(sandbox, rounds, seed)


if __name__ == "__main__":
    found = asyncio.run(main(int((sys.argv[1:] or ["1000"])[0]), int((sys.argv[2:] or ["1"])[0])))
    print(f"{found.rounds} rounds, {found.done} told done, {found.refused} told refused, {len(found.wrong)} untrue")
    print("\n".join(found.wrong[:20]))
    sys.exit(bool(found.wrong))
