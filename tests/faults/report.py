"""Runs everything that has to do with reliability in its full form, and writes `docs/reliability.md`.

    uv run python -m tests.faults.report

Ends with 1 when a change was lost, made twice or told wrongly.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.faults import two
from tests.faults.actions import TRIALS
from tests.faults.lab import Lab
from tests.faults.trying import SPOILT, Ending, attempt, hurried, spoilt_console, spoilt_sandbox
from tests.hostile.corpus import CORPUS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
ROUNDS, SEED = 1000, 1
GOOD = ("done", "done, checked", "done at the second try", "not done, said")
LEGEND = {"done": "✓", "done, checked": "✓?", "done at the second try": "✓2", "not done, said": "–"}


async def part(number: int, of: int) -> list[dict[str, Any]]:
    """Each `of`-th action under each fault."""
    found: list[Ending] = []
    with spoilt_sandbox() as sandbox, hurried():
        lab = Lab(sandbox)
        mine = TRIALS[number::of]
        for role in ("admin", "user"):
            async with spoilt_console(lab, role) as person:
                for trial in [each for each in mine if each.role == role]:
                    for fault in SPOILT:
                        found.append(await attempt(person, lab, trial, fault))
                        print(f"{trial.id}, {fault}: {found[-1].word}", file=sys.stderr, flush=True)
    return [{**vars(ending), "word": ending.word} for ending in found]


def all_parts(of: int = 2) -> list[dict[str, Any]]:
    """All actions, in processes of their own."""
    command = [sys.executable, "-m", "tests.faults.report", "--part"]
    running = [
        subprocess.Popen([*command, str(number), str(of)], stdout=subprocess.PIPE, cwd=PAGE.parents[1])
        for number in range(of)
    ]
    outputs = [process.communicate()[0] for process in running]
    return [ending for output in outputs for ending in json.loads(output)]


def table(endings: list[dict[str, Any]]) -> str:
    """Action × fault."""
    words = {(ending["action"], ending["fault"]): ending["word"] for ending in endings}
    faults = [fault for fault in SPOILT if fault != "none"]
    lines = [f"| action | {' | '.join(faults)} |", f"|---{'|---' * len(faults)}|"]
    for trial in TRIALS:
        cells = [words.get((trial.id, fault), "not run") for fault in faults]
        lines.append(f"| `{trial.id}` | {' | '.join(LEGEND.get(cell, f'**{cell}**') for cell in cells)} |")
    return "\n".join(lines)


def page(endings: list[dict[str, Any]], tally: two.Tally) -> str:
    """The page, from what was found."""
    words = Counter(ending["word"] for ending in endings)
    lost, doubled = words["LOST"], words["DOUBLED"]
    wrong = sum(count for word, count in words.items() if word not in (*GOOD, "LOST", "DOUBLED"))
    return f"""# Reliability

What goes wrong between a console and its server, on purpose, and what came of it. This page is written by
`uv run python -m tests.faults.report`, which takes a quarter of an hour; the short form is
`uv run pytest tests/faults tests/hostile`.

| | |
|---|---|
| texts that mean harm, in every field of every screen, raw bytes read from a terminal | {len(CORPUS)} |
| changes tried, each action under each fault | {len(endings)} |
| done as they were said to be done | {sum(words[word] for word in GOOD[:3])} |
| of them: answer lost, found by looking | {words["done, checked"]} |
| of them: not done and said so, done by trying again | {words["done at the second try"]} |
| not done, and said so | {words["not done, said"]} |
| lost: said to be done, and not there | {lost} |
| doubled | {doubled} |
| told wrongly in any other way | {wrong} |
| two consoles at once: rounds | {tally.rounds} |
| told "done" | {tally.done} |
| told that it was refused | {tally.refused} |
| told what was not so | {len(tally.wrong)} |

## Each action under each fault

The keys are pressed at a console on a sandbox whose proxy spoils the request that makes the change. What the console
said is compared with what the server holds afterwards, read past the proxy. Times are shortened tenfold and more, the
client's limits with them.

✓ done, and said so. ✓? the answer was lost; the console looked, and said that it is done. ✓2 said that it is not
done; what was typed stayed, and one key more did it. – said that it is not done.

{table(endings)}

## What the rules are

- A change whose answer is lost is looked for: at once, then every 5 s in the background, for ten minutes.
- The same change tried again is looked for before it is sent.
- What would count twice (time given, a request, a token, a QPU, a driver, an announcement) is not sent again for two
  minutes after a try that timed out: it may still be on its way.
- A session that ended opens sign-in over the dialog; what was typed stays, and the change waits for a key.
- A token whose answer was lost exists and is of no use: the console says so, and asks to revoke it.
"""


def main() -> int:
    """Run it all; write the page."""
    if sys.argv[1:2] == ["--part"]:
        print(json.dumps(asyncio.run(part(int(sys.argv[2]), int(sys.argv[3])))))
        return 0
    endings = all_parts()
    tally = asyncio.run(two.main(ROUNDS, SEED))
    PAGE.write_text(page(endings, tally), encoding="utf-8")
    bad = [ending for ending in endings if ending["word"] not in GOOD]
    for ending in bad:
        print(f"{ending['action']}, {ending['fault']}: {ending['word']}: {ending['said']}")
    print("\n".join(tally.wrong))
    return int(bool(bad or tally.wrong))


if __name__ == "__main__":
    sys.exit(main())
