"""`docs/reliability.md`, from what the runs found."""

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

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
LEGEND = {"done": "✓", "done, checked": "✓?", "done at the second try": "✓2"}


Found = Sequence[Mapping[str, Any]]


def write(endings: Found, looks: Found, asked: Found, tally: Tally) -> None:
    """Write the page; the lines of the other parts stay as they are."""
    before, page = PAGE.read_text(encoding="utf-8"), _page(endings, looks, asked, tally)
    for part in ("inputs", "accidents", "client", "soak", "times"):
        kept = _between(part).search(before)
        if kept is not None:
            page = _between(part).sub(lambda _, kept=kept: kept[0], page)
    PAGE.write_text(page, encoding="utf-8")


def write_inputs(rows: Mapping[str, str]) -> None:
    """Put the figures of the bad inputs on the page."""
    _put("inputs", rows)


def write_accidents(rows: Mapping[str, str]) -> None:
    """Put on the page what was typed where no text belongs."""
    _put("accidents", rows)


def write_times(seconds: Mapping[str, float]) -> None:
    """Put on the page how long each run took, in minutes, and what they are together."""
    rows = {name: f"{each / 60:.1f}" for name, each in seconds.items()}
    _put("times", {"run": "minutes", **rows})


def _between(part: str) -> re.Pattern[str]:
    return re.compile(f"<!-- {part} -->.*<!-- /{part} -->", re.DOTALL)


def _put(part: str, rows: Mapping[str, str]) -> None:
    table = "\n".join(["| | |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows.items())])
    text = PAGE.read_text(encoding="utf-8")
    put = f"<!-- {part} -->\n{table}\n<!-- /{part} -->"
    PAGE.write_text(_between(part).sub(lambda _: put, text), encoding="utf-8")


def write_soak(day: Mapping[str, Any]) -> None:
    """Put the soak's figures on the page."""
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
    """Action × fault."""
    found = {(each["action"], each["fault"]): each for each in endings}
    faults = [fault for fault in SPOILT if fault != "none"]

    def cell(action: str, fault: str) -> str:
        each = found.get((action, fault))
        if each is None:
            return "not run"
        return LEGEND[each["word"]] if each["good"] else f"**{each['word']}**"

    return _grid("action", faults, ((f"`{t.id}`", [cell(t.id, fault) for fault in faults]) for t in TRIALS))


def _reads(looks: Sequence[Mapping[str, Any]]) -> str:
    """Screen × fault."""
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
    """Dialog × fault."""
    found = {(each["role"], each["screen"], each["fault"]): each["problem"] for each in asked}

    def cell(ask: Ask, fault: str) -> str:
        problem = found.get((ask.role, ask.id, fault))
        return "not run" if problem is None else f"**{problem.split(':')[0]}**" if problem else "✓"

    return _grid("what reads", FAULTS, ((f"{a.id} ({a.role})", [cell(a, fault) for fault in FAULTS]) for a in ASKS))


TEMPLATE = """# Reliability

What goes wrong between a console and its server, on purpose, and the outcome. One command runs all of it in full
and writes this page:

    uv run python -m tests.faults.report

A part of it, named behind the command, is run by itself and writes its own lines: `inputs` (bad inputs, who may what,
secrets), `accidents`, `faults` (actions, screens, dialogs, two at once), `soak` (a quarter of an hour). They run beside
each other, four on two cores, for as long as the end of this page says. The short form is
`uv run pytest tests/faults tests/hostile tests/sandbox`.

| | |
|---|---|
| faults survived: a change, a screen or a dialog under one | {survived} of {tried} |
| changes tried, each action under each fault | {changes} |
| done as they were said to be done | {good} |
| of them: answer lost, found by looking | {checked} |
| of them: not done and said so, done by trying again | {second} |
| lost: said to be done, and not there | {lost} |
| doubled | {doubled} |
| told wrongly in any other way, or stuck | {wrong} |
| screens looked at, each under each fault | {looks} |
| dialogs, forms and details that read by themselves, each under each fault | {asked} |
| data lost, an untrue word, dead keys, or no way back | {problems} |
| two consoles at once: rounds | {rounds} |
| told "done" | {done} |
| told that it was refused | {refused} |
| told what was not so | {untrue} |

## Bad inputs

Texts with control sequences, markup, bidirectional and zero-width characters, a hundred thousand letters and so on
are in every field of every record that a server sends. Every screen is opened on them, every action pressed, every
command run, at a terminal and in a pipe; the raw bytes that come out hold nothing that the program did not make. Then
records whose fields are missing, of another type, or absurd: the sound one among them is always shown. And every role
tries every list and every route of the sandbox, its own and PocketBase's, and listens for what becomes of everybody's
records. A server that sends everything to another host is followed by no command, no screen, no stream. Each figure
counts single tries: a text in a field, a key of an action, a command with its options, a record, a request. The short
form presses what is the same on every screen and for both roles once, and cuts texts that are read whole elsewhere in
it.

| where a server's words are | fed by |
|---|---|
| lists, details, pages of every screen | `tests/hostile/test_terminal.py`, `test_records.py` |
| dialogs, forms, messages below the list, files that come of an action | `test_every_action.py`, `test_nouns.py` |
| entries of the palette, filters, what is pasted, plots | `test_nouns.py` |
| what is copied | `test_every_action.py`, `test_files.py` |
| output of commands, at a terminal and in a pipe, JSON, CSV, exports | `test_commands.py` |
| reports of crashes, the audit log, calendars, names of files, names for a shell | `test_files.py` |
| toasts of Textual's, tooltips, titles of frames, a log | the program has none: `test_nouns.py` |

<!-- inputs -->
<!-- /inputs -->

## Accidents

Words are typed at any speed, from one key at a time to a whole word in one write, and blocks of lines are pasted, with
a terminal's brackets, without, and in the pieces of a slow line, on every screen and over every dialog that is no text
field, for an administrator, a user and an API token (`tests/hostile/test_accidents.py`). Most letters are keys of
commands. What the server holds is compared record by record before and after. Only Enter confirms, never earlier than
0.4 s after the dialog was painted, and never as a part of a paste; what deletes, and what concerns several,
takes Tab and Enter.

An approval, an allocation, a toggle, a booking, a cancellation and a submission are killed (SIGKILL) before the intent
is written, behind it, while the answer is awaited, before the outcome is written and behind it; by command and by keys
at the console, at a terminal (`tests/cli/test_killed.py`, `tests/hostile/test_killed_console.py`). After the next start
the audit log is compared with what the server holds. `uv run python -m tests.faults.report accidents` writes the table.

<!-- accidents -->
<!-- /accidents -->

## Each action under each fault

The keys are pressed at a console on a sandbox whose proxy spoils the request that makes the change. What the console
said is compared with what the server holds afterwards, read past the proxy. Times are shortened tenfold and more, the
client's limits with them. In the last columns it is what is read beside the change that fails: before it, by its form,
after it. Where everything is sent to another host, that host is listened for: who comes there once fails the whole.

✓ done, and said so. ✓? the answer was lost; the console looked, and said that it is done. ✓2 said that it is not
done; what was typed stayed, and one key more did it. Nothing else is good: a change that ends undone, or a form that
stays open after its change is found to be done, counts as told wrongly.

{change_table}

## Each screen under each fault

Everything that is read goes wrong. ✓: what was shown stays, dimmed; the line at the top says since when, and when it
is tried next; the cursor moves and help opens; nothing is shown that is not so; and once the fault is over the screen
shows, by itself, what somebody else did meanwhile, and no more trouble. A session that is over opens sign-in, over
data that stay, never an empty list; what everybody may read (drivers, telemetry) goes on without. A clock that is
wrong is said, and ages and moments are as the server's clock has them. A stream that is silent is found out by the
reads beside it. The audit log reads nothing from a server, and goes on. An API token has no stream, and what it opens
without one is for everybody: overview, QPUs.

{read_table}

## What a dialog reads, under each fault

A palette finds records, a form knows whom to book for and which QPUs are on, a detail says what somebody used: they ask
the server when they open. ✓: it opens all the same, or says why not; what is typed into it stays; once the fault is
over it is whole, a detail by itself.

{ask_table}

## The client on a hostile server

Programs use the client without the console. Here each way of misbehaving that a server can have is tried on a real
socket with a call, a list, a wait for a job and the event stream, in both clients, which come to the same. A call is
allowed one second in all, an answer and an event 1 MB. Everything ends in time, half a second late at most, with an
error of the client's that says in a sentence what happened; no text is longer than 2 kB, none holds a secret, and the
memory does not grow. "tries again": the stream is opened again and again, less and less often, until the program stops
following it or closes the client. `uv run python -m tests.client.hostile` writes the table.

<!-- client -->
<!-- /client -->

## Two consoles at once

{kinds}. Each round both do it at the same moment, each with a client of its own; then what each was told is compared
with what the server holds.

## A day in a quarter of an hour

An administrator's console and a user's beside each other on one sandbox, by a seed: actions under faults, screens under
faults, other people's changes, keys at random. At each checkpoint every screen of both is compared, line by line, with
what the server holds, read past the faults; before it, most of what was made till then is removed, so that the lab does
not grow, and what grows in memory is the console's fault.

<!-- soak -->
<!-- /soak -->

## How long it took

Runs of the command, each in a process of its own.

<!-- times -->
<!-- /times -->

## What the rules are

- A change whose answer is lost is looked for: at once, then every 5 s in the background, for ten minutes. The dialog
  that it was sent from hears of it, and closes when it was done.
- The same change tried again is looked for before it is sent.
- What would count twice (time given, a request, a token, a QPU, a driver, an announcement, a job) is not sent again
  for two minutes after a try that timed out: it may still be on its way.
- A session that ended opens sign-in over the dialog; what was typed stays, and the change waits for a key. While
  somebody types, sign-in waits.
- A list that held something and comes back empty is believed only once the session has proved to be good.
- The server's clock counts. It is read from its answers; where this machine's differs by a minute or more the line at
  the top says so.
- A token whose answer was lost exists and is of no use: the console says so, and asks to revoke it.
"""


def _page(endings: Found, looks: Found, asked: Found, tally: Tally) -> str:
    words = Counter(each["word"] for each in endings)
    wrong = sum(not each["good"] for each in endings) - words["LOST"] - words["DOUBLED"]
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(tally.kinds.items()))
    survived = sum(each["fault"] != "none" and each["good"] for each in endings)
    survived += sum(not each["problem"] for each in [*looks, *asked])
    tried = sum(each["fault"] != "none" for each in endings) + len(looks) + len(asked)
    return TEMPLATE.format(
        survived=survived,
        tried=tried,
        changes=len(endings),
        good=sum(words[word] for word in GOOD),
        checked=words["done, checked"],
        second=words["done at the second try"],
        lost=words["LOST"],
        doubled=words["DOUBLED"],
        wrong=wrong,
        looks=len(looks),
        asked=len(asked),
        problems=sum(bool(each["problem"]) for each in [*looks, *asked]),
        rounds=tally.rounds,
        done=tally.done,
        refused=tally.refused,
        untrue=len(tally.wrong),
        change_table=_changes(endings),
        read_table=_reads(looks),
        ask_table=_asks(asked),
        kinds=kinds,
    )
