"""Runs everything that has to do with reliability in its full form, and writes `docs/reliability.md`.

    uv run python -m tests.faults.report [inputs] [faults] [soak]

Without names, all three. Ends with 1 when a test of bad inputs failed, when a change was lost, made twice or told
wrongly, when a screen was not as it should be, when the soak found anything, or when a part broke off.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from tests.faults import inputs, soak, two
from tests.faults.actions import TRIALS
from tests.faults.lab import Lab
from tests.faults.page import PAGE, write, write_inputs
from tests.faults.reading import READS, look, patient_no_more
from tests.faults.shown import Held, screens
from tests.faults.trying import SPOILT, attempt, hurried, spoilt_console, spoilt_sandbox

ROUNDS, SEED = 1000, 1


async def changes(number: int, of: int) -> None:
    """Each `of`-th action under each fault."""
    with spoilt_sandbox() as sandbox, hurried():
        lab = Lab(sandbox)
        mine = TRIALS[number::of]
        for role in ("admin", "user"):
            async with spoilt_console(lab, role) as person:
                for trial in [each for each in mine if each.role == role]:
                    for fault in SPOILT:
                        ending = await attempt(person, lab, trial, fault)
                        _tell({**asdict(ending), "word": ending.word, "good": ending.good})


async def reads(number: int, of: int) -> None:
    """Every screen of each `of`-th role under each fault."""
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        held = Held(lab)
        for role in ("admin", "user")[number::of]:
            async with spoilt_console(lab, role) as person:
                for place in screens(role):
                    for fault in READS:
                        _tell(asdict(await look(person, lab, held, role, place, fault)))


def _tell(found: dict[str, Any]) -> None:
    """One line at a time: what was found stays found, whatever comes after."""
    print(json.dumps(found), flush=True)


PARTS = {"changes": changes, "reads": reads}


def in_parts(what: str, of: int = 2) -> list[dict[str, Any]]:
    """All of it, in processes of their own; the page says of a part that broke off what was not run."""
    command = [sys.executable, "-m", "tests.faults.report", what]
    running = [
        subprocess.Popen([*command, str(number), str(of)], stdout=subprocess.PIPE, cwd=PAGE.parents[1])
        for number in range(of)
    ]
    outputs = [process.communicate()[0] for process in running]
    return [json.loads(line) for output in outputs for line in output.splitlines()]


def main() -> int:
    """Run what is named, or all of it; write the page."""
    named = sys.argv[1:]
    if named and named[0] in PARTS:
        asyncio.run(PARTS[named[0]](int(named[1]), int(named[2])))
        return 0
    if unknown := set(named) - FORMS.keys():
        print(f"There is no {', '.join(sorted(unknown))}: {', '.join(FORMS)}.", file=sys.stderr)
        return 2
    # Each is run whatever came of the one before.
    ends = [form() for name, form in FORMS.items() if not named or name in named]
    return max(ends)


def bad_inputs() -> int:
    """Every text in every field, every role on every route."""
    found = inputs.run()
    write_inputs(found.rows())
    print("\n".join(found.failed))
    return int(bool(found.failed))


def faults() -> int:
    """Actions and screens under faults, two consoles at once."""
    endings, looks = in_parts("changes"), in_parts("reads")
    tally = asyncio.run(two.main(ROUNDS, SEED))
    write(endings, looks, tally)
    bad = [f"{end['action']}, {end['fault']}: {end['word']}: {end['said']}" for end in endings if not end["good"]]
    bad += [
        f"{each['role']}, {each['screen']}, {each['fault']}: {each['problem']}" for each in looks if each["problem"]
    ]
    print("\n".join([*bad, *tally.wrong]))
    whole = len(endings) == len(TRIALS) * len(SPOILT)
    whole = whole and len(looks) == sum(len(screens(role)) for role in ("admin", "user")) * len(READS)
    return int(bool(bad or tally.wrong) or not whole)


FORMS = {"inputs": bad_inputs, "faults": faults, "soak": soak.full}


if __name__ == "__main__":
    sys.exit(main())
