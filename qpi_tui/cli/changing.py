"""Changing several things: say what will happen to whom, ask, do each, say what came of each, and sum it up."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from qpi_tui.cli.common import Change, Output, ask
from qpi_tui.cli.output import as_csv_rows, fill, say, write
from qpi_tui.cli.problems import NOT_FOUND, PARTLY, Problem
from qpi_tui.cli.signing import Signed, problem_of
from qpi_tui.domain.sanitize import clean

Record = Mapping[str, Any]
# Fewer than this are over before a bar could be read.
_MANY = 4


@dataclass(frozen=True)
class Task:
    """One change: to whom or what, what is planned in words, and how it is done.

    `act` gives the sentence of what came of it and the record as it is now.
    """

    id: str
    who: str
    plan: str
    act: Callable[[], tuple[str, Record | None]] | None
    problem: Problem | None = None


@dataclass
class _Outcome:
    task: Task
    ok: bool
    said: str
    record: Record | None = None
    code: int = 0

    def as_dict(self) -> dict[str, Any]:
        kept = {"id": self.task.id, "target": self.task.who, "ok": self.ok, "outcome": self.said}
        return {**kept, "record": dict(self.record)} if self.record is not None else kept


@dataclass(frozen=True)
class BulkEdit:
    """What a command is about to do: the action's id for the journal, the verb, and the note under the question."""

    action: str
    verb: str
    noun: tuple[str, str] = ("", "")
    notes: Sequence[str] = field(default_factory=tuple)

    def question(self, tasks: Sequence[Task]) -> str:
        """`Approve 3 requests?`"""
        if len(tasks) == 1:
            return f"{self.verb} {tasks[0].who}?"
        return f"{self.verb} {len(tasks)} {self.noun[len(tasks) != 1]}?"


def missing(word: str, problem: Problem) -> Task:
    """A word that stands for nothing that can be changed: it fails, the others go on."""
    return Task(word, word, str(problem), None, problem)


def carry_out(
    bulk: BulkEdit,
    tasks: Sequence[Task],
    signed: Signed,
    change: Change,
    output: Output,
    *,
    asks: bool = True,
) -> int:
    """Do it, or with `--dry-run` only say it. Gives the exit code: the failure's, or 6 where some were done."""
    possible = [task for task in tasks if task.act is not None]
    if change.dry_run:
        return _rehearse(tasks, output)
    if possible and asks and not change.yes:
        for task in possible if len(possible) > 1 or possible[0].plan else ():
            say(f"  {task.plan or task.who}")
        for note in bulk.notes:
            say(f"  {note}")
        ask(bulk.question(possible), change)
    outcomes = []
    with _progress(bulk.verb, len(tasks)) as step:
        for task in tasks:
            outcomes.append(_do(task, bulk.action, signed))
            step()
    _show(outcomes, output)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if not failed:
        return 0
    codes = {outcome.code for outcome in failed}
    if len(failed) < len(outcomes):
        say(f"{len(outcomes) - len(failed)} of {len(outcomes)} done.")
        return PARTLY
    return codes.pop() if len(codes) == 1 else 1


def note_change(signed: Signed, action: str, target: str, ok: bool, outcome: str) -> None:
    """Write a change into this machine's journal."""
    from qpi_tui.edits.audit_log import AuditLog
    from qpi_tui.settings.paths import journal_file

    AuditLog(journal_file()).add(signed.identity, action, clean(target), ok, clean(outcome))


def attempt(signed: Signed, action: str, target: str, call: Callable[[], Record]) -> Record:
    """One change that gives a record, with its line in the journal; errors are raised as they come."""
    try:
        record = call()
    except Exception as error:
        note_change(signed, action, target, False, str(problem_of(error)))
        raise
    note_change(signed, action, target, True, "done")
    return record


def _do(task: Task, action: str, signed: Signed) -> _Outcome:
    from qpi_client import QPIError

    if task.act is None:
        problem = task.problem or Problem(f"{task.who} cannot be found.", NOT_FOUND)
        return _Outcome(task, False, str(problem), code=problem.code)
    try:
        said, record = task.act()
    except (QPIError, ValueError, OSError, Problem) as error:
        problem = problem_of(error)
        note_change(signed, action, task.who, False, str(problem))
        return _Outcome(task, False, str(problem), code=problem.code)
    note_change(signed, action, task.who, True, said)
    return _Outcome(task, True, said, record)


def _rehearse(tasks: Sequence[Task], output: Output) -> int:
    plans = [
        {"id": task.id, "target": task.who, "would": task.plan, "possible": task.act is not None} for task in tasks
    ]
    if output.json:
        write(json.dumps(plans, indent=2) + "\n")
    elif output.jsonl:
        write("".join(json.dumps(plan) + "\n" for plan in plans))
    elif output.csv:
        write(as_csv_rows(["id", "target", "would", "possible"], [list(plan.values()) for plan in plans]))
    elif output.template:
        write("".join(fill(output.template, plan) + "\n" for plan in plans))
    else:
        write("".join(f"{clean(task.plan or task.who)}\n" for task in tasks))
        say("Nothing was changed: this was a rehearsal.")
    absent = [task for task in tasks if task.act is None]
    return (
        0 if not absent else (absent[0].problem or Problem("", NOT_FOUND)).code if len(absent) == len(tasks) else PARTLY
    )


def _show(outcomes: Sequence[_Outcome], output: Output) -> None:
    if output.json:
        write(json.dumps([outcome.as_dict() for outcome in outcomes], indent=2) + "\n")
    elif output.jsonl:
        write("".join(json.dumps(outcome.as_dict()) + "\n" for outcome in outcomes))
    elif output.csv:
        rows = [[o.task.id, o.task.who, "yes" if o.ok else "no", o.said] for o in outcomes]
        write(as_csv_rows(["id", "target", "ok", "outcome"], rows))
    elif output.template:
        write("".join(fill(output.template, outcome.as_dict()) + "\n" for outcome in outcomes))
    else:
        write("".join(f"✓ {clean(o.task.who)}: {clean(o.said)}\n" for o in outcomes if o.ok))
    for outcome in outcomes:
        if not outcome.ok:
            say(f"✗ {outcome.task.who}: {outcome.said}")


@contextmanager
def _progress(verb: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal and there is much to do."""
    if total < _MANY or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(verb, total=total)
        yield lambda: progress.advance(bar)
