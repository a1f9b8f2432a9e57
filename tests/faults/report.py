"""Runs everything that has to do with reliability in its full form, and writes `docs/reliability.md`.

    uv run python -m tests.faults.report

Ends with 1 when a change was lost, made twice or told wrongly, or a screen did. The soak
is run by itself and writes its own lines: `tests.faults.soak`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from tests.faults import two
from tests.faults.actions import TRIALS
from tests.faults.lab import Lab
from tests.faults.page import PAGE, write
from tests.faults.reading import READS, look, patient_no_more
from tests.faults.shown import Held, screens
from tests.faults.trying import SPOILT, attempt, hurried, spoilt_console, spoilt_sandbox, stall_stream

ROUNDS, SEED = 1000, 1


async def changes(number: int, of: int) -> list[dict[str, Any]]:
    """Each `of`-th action under each fault."""
    found = []
    with spoilt_sandbox() as sandbox, hurried():
        lab = Lab(sandbox)
        mine = TRIALS[number::of]
        for role in ("admin", "user"):
            async with spoilt_console(lab, role) as person:
                for trial in [each for each in mine if each.role == role]:
                    for fault in SPOILT:
                        if fault == "stream stalled":
                            await stall_stream(person, sandbox.faults)
                        ending = await attempt(person, lab, trial, fault)
                        found.append({**asdict(ending), "word": ending.word, "good": ending.good})
                        _tell(f"{trial.id}, {fault}: {ending.word}")
    return found


async def reads(number: int, of: int) -> list[dict[str, Any]]:
    """Every screen of each `of`-th role under each fault."""
    found = []
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        held = Held(lab)
        for role in ("admin", "user")[number::of]:
            async with spoilt_console(lab, role) as person:
                for place in screens(role):
                    for fault in READS:
                        found.append(asdict(await look(person, lab, held, role, place, fault)))
                        _tell(f"{role}, {place}, {fault}: {found[-1]['problem'] or 'good'}")
    return found


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


PARTS = {"changes": changes, "reads": reads}


def in_parts(what: str, of: int = 2) -> list[dict[str, Any]]:
    """All of it, in processes of their own."""
    command = [sys.executable, "-m", "tests.faults.report", what]
    running = [
        subprocess.Popen([*command, str(number), str(of)], stdout=subprocess.PIPE, cwd=PAGE.parents[1])
        for number in range(of)
    ]
    outputs = [process.communicate()[0] for process in running]
    return [each for output in outputs for each in json.loads(output)]


def main() -> int:
    """Run it all; write the page."""
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        print(json.dumps(asyncio.run(PARTS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3])))))
        return 0
    endings, looks = in_parts("changes"), in_parts("reads")
    tally = asyncio.run(two.main(ROUNDS, SEED))
    write(endings, looks, tally)
    bad = [f"{end['action']}, {end['fault']}: {end['word']}: {end['said']}" for end in endings if not end["good"]]
    bad += [
        f"{each['role']}, {each['screen']}, {each['fault']}: {each['problem']}" for each in looks if each["problem"]
    ]
    print("\n".join([*bad, *tally.wrong]))
    return int(bool(bad or tally.wrong))


if __name__ == "__main__":
    sys.exit(main())
