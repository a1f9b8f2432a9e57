"""Write the figures of `docs/reliability.md` and the tables of `docs/reference/faults.md` from the runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.faults.actions import TRIALS
from tests.faults.attempt import GOOD, SPOILT
from tests.faults.dialogs import ASKS, FAULTS, Ask
from tests.faults.reading import READS, ROLES, faults_of
from tests.faults.shown import JOB, screens
from tests.faults.two import Tally

DOCS = Path(__file__).parents[2] / "docs"
PAGE, TABLES = DOCS / "reliability.md", DOCS / "reference" / "faults.md"
LEGEND = {"done": "✓", "done, checked": "✓?", "done at the second try": "✓2"}


Found = Sequence[Mapping[str, Any]]


def write(endings: Found, looks: Found, asked: Found, tally: Tally) -> None:
    """Write the figures of actions, screens, dialogs and two consoles, and their tables."""
    _put("summary", _summary(endings, looks, asked))
    _put("two", _two(tally))
    for part, table in (("changes", _changes(endings)), ("reads", _reads(looks)), ("dialogs", _asks(asked))):
        _replace(TABLES, part, table)


def write_inputs(rows: Mapping[str, str]) -> None:
    """Write the figures of the bad inputs to the page."""
    _put("inputs", rows)


def write_accidents(rows: Mapping[str, str]) -> None:
    """Write to the page what was typed where no text belongs."""
    _put("accidents", rows)


def write_times(seconds: Mapping[str, float]) -> None:
    """Write to the page how long each run took, in minutes, and their total."""
    rows = {name: f"{each / 60:.1f}" for name, each in seconds.items()}
    _put("times", {"run": "minutes", **rows})


def _between(part: str) -> re.Pattern[str]:
    return re.compile(f"<!-- {part} -->.*<!-- /{part} -->", re.DOTALL)


def _put(part: str, rows: Mapping[str, object]) -> None:
    table = "\n".join(["| | |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows.items())])
    for page in (PAGE, TABLES):
        _replace(page, part, table)


def _replace(page: Path, part: str, table: str) -> None:
    """Replace the table between this part's marks, on a page that has them."""
    text, put = page.read_text(encoding="utf-8"), f"<!-- {part} -->\n{table}\n<!-- /{part} -->"
    page.write_text(_between(part).sub(lambda _: put, text), encoding="utf-8")


def write_soak(day: Mapping[str, Any]) -> None:
    """Write the figures of the soak test to the page."""
    rows = {
        "minutes, seed": f"{day['minutes']:g}, {day['seed']}",
        "steps": f"{day['steps']:,}",
        "of them: changes": f"{day['changes']:,}",
        "of them: screens looked at under a fault": f"{day['looks']:,}",
        "of them: what somebody else did": f"{day['others']:,}",
        "keys pressed at random": f"{day['keys']:,}",
        "faults survived": f"{day['faults']:,}",
        "checkpoints, screens compared": f"{day['checkpoints']:,}, {day['compared']:,}",
        "drift, exceptions, changes lost, doubled or told wrongly": f"{day['wrong']:,}",
        "steps that came to no end in their time": f"{day['stuck']:,}",
        "memory of the process with both consoles, at each checkpoint, MB": ", ".join(map(str, day["megabytes"])),
        "objects that Python holds there, thousands": ", ".join(f"{each / 1000:.0f}" for each in day["objects"]),
    }
    _put("soak", rows)


def _grid(head: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    lines = [f"| {head} | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows)])


def _changes(endings: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of actions and faults."""
    found = {(each["action"], each["fault"]): each for each in endings}
    faults = [fault for fault in SPOILT if fault != "none"]

    def cell(action: str, fault: str) -> str:
        each = found.get((action, fault))
        if each is None:
            return "not run"
        return LEGEND[each["word"]] if each["good"] else f"**{each['word']}**"

    return _grid("action", faults, ((f"`{t.id}`", [cell(t.id, fault) for fault in faults]) for t in TRIALS))


def _reads(looks: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of screens and faults."""
    found = {(each["role"], each["screen"], each["fault"]): each["problem"] for each in looks}

    def cell(role: str, place: str, fault: str) -> str:
        problem = found.get((role, place, fault))
        if fault not in faults_of(role):
            return "–"
        return "not run" if problem is None else f"**{problem.split(':')[0]}**" if problem else "✓"

    rows = [(role, place) for role in ROLES for place in screens(role)]
    return _grid(
        "screen", list(READS),
        ((f"{'one job' if p == JOB else p} ({r})", [cell(r, p, fault) for fault in READS]) for r, p in rows),
    )  # fmt: skip


def _asks(asked: Found) -> str:
    """Return the table of dialogs and faults."""
    found = {(each["role"], each["screen"], each["fault"]): each["problem"] for each in asked}

    def cell(ask: Ask, fault: str) -> str:
        problem = found.get((ask.role, ask.id, fault))
        return "not run" if problem is None else f"**{problem.split(':')[0]}**" if problem else "✓"

    return _grid("what reads", FAULTS, ((f"{a.id} ({a.role})", [cell(a, fault) for fault in FAULTS]) for a in ASKS))


def _summary(endings: Found, looks: Found, asked: Found) -> dict[str, object]:
    words = Counter(each["word"] for each in endings)
    wrong = sum(not each["good"] for each in endings) - words["LOST"] - words["DOUBLED"]
    survived = sum(each["fault"] != "none" and each["good"] for each in endings)
    survived += sum(not each["problem"] for each in [*looks, *asked])
    tried = sum(each["fault"] != "none" for each in endings) + len(looks) + len(asked)
    return {
        "faults survived, of a change, a screen or a dialog": f"{survived} of {tried}",
        "changes tried, each action under each fault": len(endings),
        "reported as done, and done": sum(words[word] for word in GOOD),
        "of them: answer lost, found by the check": words["done, checked"],
        "of them: reported as not done, done by a second try": words["done at the second try"],
        "lost: reported as done, and not on the server": words["LOST"],
        "made twice": words["DOUBLED"],
        "reported wrongly in any other way, or stuck": wrong,
        "screens checked, each under each fault": len(looks),
        "dialogs, forms and details checked, each under each fault": len(asked),
        "data lost, wrong text, dead keys, or no way back": sum(bool(each["problem"]) for each in [*looks, *asked]),
    }


def _two(tally: Tally) -> dict[str, object]:
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(tally.kinds.items()))
    return {
        "rounds": tally.rounds,
        "of them, by change": kinds,
        "reported as done": tally.done,
        "reported as refused": tally.refused,
        "reported wrongly": len(tally.wrong),
    }
