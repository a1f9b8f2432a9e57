"""Change several targets: print the plan, ask, make each change and print its outcome.

An interrupted batch lists what is done, what is unknown and what was not begun. The same command with `--resume` does
the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qpi_tui.cli.common import BulkChange, Change, Output, ask
from qpi_tui.cli.interrupts import Interrupts
from qpi_tui.cli.outcome_writer import OutcomeWriter, Written
from qpi_tui.cli.output import as_csv_rows, fill, say, write
from qpi_tui.cli.problems import ANSWER_LOST, FAILED, INTERRUPTED, NOT_FOUND, PARTLY, Problem
from qpi_tui.cli.signing import Signed, problem_of
from qpi_tui.domain.sanitize import clean

if TYPE_CHECKING:
    from qpi_tui.edits.batches import Batch
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Done, Outcome


@dataclass(frozen=True)
class Task:
    """One change: the target, the plan in words, and the edit; without an edit, `problem` says why."""

    id: str
    who: str
    plan: str
    edit: Edit | None
    problem: Problem | None = None
    # For an edit that is not possible now: an earlier run may have made it.
    key: str = ""


@dataclass(frozen=True)
class BulkEdit:
    """The plan of a command: verb, name of the targets, and the notes below the question.

    `action` and `params` identify the batch for `--resume`: the action's id, and the change of each target.
    """

    action: str
    verb: str
    noun: tuple[str, str] = ("", "")
    notes: Sequence[str] = field(default_factory=tuple)
    params: str = ""
    # Notes that depend on the records of the targets.
    late_notes: Callable[[], Sequence[str]] | None = None

    def question(self, tasks: Sequence[Task]) -> str:
        """Return the question, such as `Approve 3 requests?`"""
        if len(tasks) == 1:
            return f"{self.verb} {tasks[0].who}?"
        return f"{self.verb} {len(tasks)} {self.noun[len(tasks) != 1]}?"


def missing(word: str, problem: Problem) -> Task:
    """Return the plan for a word without a target: it fails, and the others continue."""
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
    """Make the changes, or with `--dry-run` print them. Return the exit code: the failure's, or 6 if some were done."""
    from qpi_tui.edits.batches import Batch

    possible = [task for task in tasks if task.edit is not None]
    if change.dry_run:
        return _dry_run(tasks, output, _notes(bulk, possible) if possible else [])
    batch = Batch(signed.log, signed.account, bulk.action, bulk.params)
    resumed = isinstance(change, BulkChange) and change.resume
    if resumed and not batch.resume():
        raise Problem("Nothing to resume: no unfinished run of this command is in the audit log.", FAILED)
    left = [task for task in possible if not _done_before(task, batch)]
    if left and asks and not change.yes:
        for task in left if len(left) > 1 or left[0].plan else ():
            say(f"  {task.plan or task.who}")
        for note in _notes(bulk, left):
            say(f"  {note}")
        ask(bulk.question(left), change)
    if len(left) > 1 and not resumed:
        batch.begin(len(left))
    with Interrupts() as interrupts, OutcomeWriter(output, bulk.verb, len(tasks)) as writer:
        try:
            for task in tasks:
                if _done_before(task, batch):
                    written = Written(task.id, task.who, True, "done before", "skipped")
                else:
                    written = _do(task, signed, batch.id)
                with interrupts.held():
                    writer.end(written)
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt), interrupts.held():
                _interrupted(tasks, signed, writer)
            return INTERRUPTED
    if len(writer.written) == 1 and writer.written[0].undo:
        say(f"To undo: qpi-tui {writer.written[0].undo}")
    if all(written.ok for written in writer.written):
        batch.end()
    return _code(writer.written)


def change_one(signed: Signed, edit: Edit) -> Done:
    """Make one change whose record is printed.

    Raises:
        Problem: The change was not made, or its outcome is unknown.
    """
    from qpi_tui.edits.outcome import Done

    outcome = signed.make(edit)
    if isinstance(outcome, Done):
        if outcome.undo is not None and outcome.undo.command:
            say(f"To undo: qpi-tui {outcome.undo.command}")
        return outcome
    raise Problem(outcome.said, code_of(outcome))


def code_of(outcome: Outcome) -> int:
    """Return the exit code of an outcome."""
    from qpi_tui.edits.outcome import Unknown

    if outcome.ok:
        return 0
    if isinstance(outcome, Unknown):
        return ANSWER_LOST
    error = getattr(outcome, "error", None)
    return problem_of(error).code if isinstance(error, Exception) else FAILED


def _done_before(task: Task, batch: Batch) -> bool:
    """Return whether the resumed run made the change. Deleted records are known only by id."""
    if task.edit is None and not task.key:
        return task.id in batch.done_ids
    return (task.edit.key if task.edit is not None else task.key) in batch.done


def _notes(bulk: BulkEdit, tasks: Sequence[Task]) -> list[str]:
    finals = list(dict.fromkeys(task.edit.final for task in tasks if task.edit is not None and task.edit.final))
    return [*bulk.notes, *(bulk.late_notes() if bulk.late_notes is not None else ()), *finals]


def _do(task: Task, signed: Signed, batch: str) -> Written:
    if task.edit is None:
        problem = task.problem or Problem(f"{task.who} cannot be found.", NOT_FOUND)
        return Written(task.id, task.who, False, str(problem), "refused", code=problem.code)
    outcome = signed.make(task.edit, batch=batch)
    record = getattr(outcome, "record", None)
    undo = getattr(outcome, "undo", None)
    words = undo.command if undo is not None else ""
    return Written(task.id, task.who, outcome.ok, outcome.said, outcome.state, record, code_of(outcome), words)


def _interrupted(tasks: Sequence[Task], signed: Signed, writer: OutcomeWriter) -> None:
    """Print what is done, what is unknown, and what was not begun."""
    over = {written.id for written in writer.written}
    rest = [task for task in tasks if task.id not in over]
    sent = signed.log.pending
    unknown = [task for task in rest if task.edit is not None and task.edit.key in sent]
    for task in rest:
        if task in unknown:
            said = "sent, outcome unknown. The next command checks it"
            writer.end(Written(task.id, task.who, False, said, "unknown"))
        else:
            writer.end(Written(task.id, task.who, False, "not begun", "not begun"))
    done = sum(written.ok for written in writer.written)
    failed = len(writer.written) - done - len(rest)
    counts = [f"{done} done", *([f"{failed} failed"] if failed else []), f"{len(unknown)} unknown"]
    say(f"Interrupted: {', '.join(counts)}, {len(rest) - len(unknown)} not begun.")
    if len(tasks) > 1:
        say("Run the same command with --resume to do the rest.")


def _code(written: Sequence[Written]) -> int:
    failed = [each for each in written if not each.ok]
    if not failed:
        return 0
    if len(failed) < len(written):
        say(f"{len(written) - len(failed)} of {len(written)} done.")
        return PARTLY
    codes = {each.code for each in failed}
    return codes.pop() if len(codes) == 1 else FAILED


def _dry_run(tasks: Sequence[Task], output: Output, notes: Sequence[str]) -> int:
    plans = [
        {"id": task.id, "target": task.who, "would": task.plan, "possible": task.edit is not None} for task in tasks
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
        # A dry run prints what would need confirmation.
        for note in notes:
            say(note)
        say("Dry run: nothing changed.")
    absent = [task for task in tasks if task.edit is None]
    if not absent:
        return 0
    return (absent[0].problem or Problem("", NOT_FOUND)).code if len(absent) == len(tasks) else PARTLY
