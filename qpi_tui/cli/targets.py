"""Change each named target: find it, print the plan, ask, change it, print the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from qpi_tui.cli.changing import BulkEdit, Task, carry_out, missing
from qpi_tui.cli.common import Change, Output, Server, read_words
from qpi_tui.cli.picking import Names, R, pick
from qpi_tui.cli.problems import Problem
from qpi_tui.cli.signing import Signed, signed_in

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit

MakeEdit = Callable[[R], "Edit"]
"""The edit of one row."""


@dataclass(frozen=True)
class Targets(Generic[R]):
    """The targets of a command.

    `noun`: what one is called. `read`: all candidates. `names`: the names of one. `who`: one in a sentence. `plan`: the
    plan of one; it may raise a `Problem`. `several`: a name may stand for many.
    """

    noun: str
    read: Callable[[Signed], Sequence[R]]
    names: Names[R]
    who: Callable[[R], str]
    plan: Callable[[R], str]
    several: bool = False
    words: str = "names or ids"


def change_each(
    targets: Targets[R],
    which: Sequence[str],
    what: BulkEdit,
    edit: MakeEdit[R],
    need: Callable[[Signed], object],
    server: Server,
    output: Output,
    change: Change,
    *,
    asks: bool = True,
) -> int:
    """Make a bulk edit of each named row. `need` rejects accounts without permission. Return the exit code."""
    words = read_words(which, what=targets.words)
    with signed_in(server) as signed:
        need(signed)
        rows = targets.read(signed)
        tasks: dict[str, Task] = {}
        for word in words:
            try:
                found = pick(rows, word, targets.noun, targets.names, several=targets.several)
                meant = [_task(targets, row, edit) for row in found]
            except Problem as problem:
                # An unknown name fails on its own.
                meant = [missing(word, problem)]
            tasks |= {task.id: task for task in meant}
        return carry_out(what, list(tasks.values()), signed, change, output, asks=asks)


def _task(targets: Targets[R], row: R, edit: MakeEdit[R]) -> Task:
    id, who, made = row.id, targets.who(row), edit(row)
    try:
        return Task(id, who, targets.plan(row), made)
    except Problem as problem:
        return Task(id, who, str(problem), None, problem, made.key)
