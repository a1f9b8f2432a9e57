"""Run all reliability tests in full and write `docs/reliability.md` and `docs/reference/faults.md`.

    uv run python -m tests.faults.report [inputs] [accidents] [faults] [soak]

Without names, all four run. The exit code is 1 if a test of bad inputs failed, if a change was lost, made twice or
misreported, if a screen or a dialog was wrong, if the soak test found anything, or if a part crashed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from tests.faults import inputs, page, soak, two
from tests.faults.actions import TRIALS
from tests.faults.attempt import SPOILT, attempt, hurried, spoilt_console, spoilt_sandbox
from tests.faults.dialogs import ASKS, FAULTS, look_into
from tests.faults.lab import Lab
from tests.faults.lanes import Run, go, python
from tests.faults.reading import ROLES, faults_of, look, patient_no_more
from tests.faults.shown import Held, screens
from tests.faults.two import Tally

ROUNDS, SEED, MINUTES = 1000, 1, 15.0
# Most of the time is spent waiting on faults: each run needs a fifth of a core.
LANES = (os.cpu_count() or 2) + 2
CHANGES_IN = 3


async def changes(number: str) -> None:
    """Run every third action under each fault."""
    with spoilt_sandbox() as sandbox, hurried():
        lab = Lab(sandbox)
        mine = TRIALS[int(number) :: CHANGES_IN]
        for role in ("admin", "user"):
            async with spoilt_console(lab, role) as person:
                for trial in [each for each in mine if each.role == role]:
                    for fault in SPOILT:
                        ending = await attempt(person, lab, trial, fault)
                        _tell({**asdict(ending), "word": ending.word, "good": ending.good})


async def reads(role: str) -> None:
    """Run every screen of a role under each fault."""
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        held = Held(lab)
        async with spoilt_console(lab, role) as person:
            for place in screens(role):
                for fault in faults_of(role):
                    _tell(asdict(await look(person, lab, held, role, place, fault)))


async def dialogs(role: str) -> None:
    """Run a role's dialogs, forms and details under each fault."""
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        async with spoilt_console(lab, role) as person:
            for ask in [each for each in ASKS if each.role == role]:
                for fault in FAULTS:
                    _tell(asdict(await look_into(person, lab, ask, fault)))


async def both(rounds: str) -> None:
    """Run two consoles at once."""
    tally = await two.main(int(rounds), SEED)
    _tell({**vars(tally), "kinds": dict(tally.kinds)})


def _tell(found: dict[str, Any]) -> None:
    """Print one line per result at once, so that results survive a later crash."""
    print(json.dumps(found), flush=True)


PARTS: dict[str, Callable[[str], Any]] = {"changes": changes, "reads": reads, "dialogs": dialogs, "two": both}


def runs_of(part: str) -> list[Run]:
    """Return the runs of a part, the slowest first."""
    if part == "soak":
        return [python("soak", "tests.faults.soak", f"{MINUTES:g}", str(SEED))]
    if part == "inputs":
        return inputs.runs()
    if part == "accidents":
        return inputs.runs(inputs.ACCIDENT_TESTS)
    pieces = [
        *(("changes", str(number)) for number in range(CHANGES_IN)),
        *(("reads", role) for role in ROLES),
        ("dialogs", "admin"), ("two", str(ROUNDS)), ("dialogs", "user"), ("dialogs", "token"),
    ]  # fmt: skip
    return [python(" ".join(piece), "tests.faults.report", *piece) for piece in pieces]


def main() -> int:
    """Run the named parts, or all, and write the page."""
    named = sys.argv[1:]
    if named and named[0] in PARTS:
        asyncio.run(PARTS[named[0]](named[1]))
        return 0
    if unknown := set(named) - FORMS.keys():
        print(f"There is no {', '.join(sorted(unknown))}: {', '.join(FORMS)}.", file=sys.stderr)
        return 2
    runs = {part: runs_of(part) for part in FORMS if not named or part in named}
    go([run for part in runs for run in runs[part]], LANES)
    bad = [each for part, done in runs.items() for each in FORMS[part](done)]
    print("\n".join(bad))
    if not named:
        page.write_times({run.name: run.seconds for done in runs.values() for run in done})
    return int(bool(bad))


def soaked(runs: Sequence[Run]) -> list[str]:
    """Run a simulated day in a quarter of an hour."""
    figures = runs[0].found[-1:]
    if not figures:
        return [f"the soak broke off: exit code {runs[0].code}"]
    page.write_soak(figures[0])
    return soak.bad(figures[0], runs[0].printed)


def bad_inputs(runs: Sequence[Run]) -> list[str]:
    """Test every text in every field, and every role on every route."""
    found = inputs.read(runs)
    page.write_inputs(found.rows())
    return found.failed


def accidents(runs: Sequence[Run]) -> list[str]:
    """Test text where none belongs, and kills in the middle of a change."""
    found = inputs.read(runs)
    if not found.failed:
        page.write_accidents(found.accidents())
    return found.failed


def faults(runs: Sequence[Run]) -> list[str]:
    """Test actions, screens and dialogs under faults, and two consoles at once."""
    endings, looks, asked = (_found(runs, what) for what in ("changes", "reads", "dialogs"))
    tally = Tally(**_found(runs, "two")[0]) if _found(runs, "two") else Tally(wrong=["two at once broke off"])
    page.write(endings, looks, asked, tally)
    bad = [f"{end['action']}, {end['fault']}: {end['word']}: {end['said']}" for end in endings if not end["good"]]
    bad += [
        f"{each['role']}, {each['screen']}, {each['fault']}: {each['problem']}"
        for each in [*looks, *asked]
        if each["problem"]
    ]
    due = {
        "changes": (len(endings), len(TRIALS) * len(SPOILT)),
        "screens": (len(looks), sum(len(screens(role)) * len(faults_of(role)) for role in ROLES)),
        "dialogs": (len(asked), len(ASKS) * len(FAULTS)),
        "rounds": (tally.rounds, ROUNDS),
    }
    return [*bad, *tally.wrong, *(f"{what}: {done} of {all_} run" for what, (done, all_) in due.items() if done < all_)]


def _found(runs: Sequence[Run], what: str) -> list[dict[str, Any]]:
    return [each for run in runs if run.name.startswith(what) for each in run.found]


# The soak test has a fixed duration, so it starts first.
FORMS: dict[str, Callable[[Sequence[Run]], list[str]]] = {
    "soak": soaked,
    "accidents": accidents,
    "inputs": bad_inputs,
    "faults": faults,
}


if __name__ == "__main__":
    sys.exit(main())
