"""Changing each of what was named: find it, say what will happen, ask, do it, say the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpi_tui.cli.changing import BulkEdit, Task, carry_out, missing
from qpi_tui.cli.common import Change, Output, Server, read_words
from qpi_tui.cli.picking import Names, Record, pick
from qpi_tui.cli.problems import Problem
from qpi_tui.cli.signing import Signed, signed_in

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit

MakeEdit = Callable[[Record], "Edit"]
"""The edit of one record."""


@dataclass(frozen=True)
class Targets:
    """What a command may change.

    `noun`: what one is. `read`: all that can be meant. `names`: what one may be called. `who`: how one stands
    in a sentence. `plan`: what is said of it before; it may raise a `Problem`. `several`: a name may mean many.
    """

    noun: str
    read: Callable[[Signed], Sequence[Record]]
    names: Names
    who: Callable[[Record], str]
    plan: Callable[[Record], str]
    several: bool = False
    words: str = "names or ids"


def change_each(
    targets: Targets,
    which: Sequence[str],
    what: BulkEdit,
    edit: MakeEdit,
    need: Callable[[Signed], object],
    server: Server,
    output: Output,
    change: Change,
    *,
    asks: bool = True,
) -> int:
    """Carry out a bulk edit on each record that was named; `need` refuses who may not. Gives the exit code."""
    words = read_words(which, what=targets.words)
    with signed_in(server) as signed:
        need(signed)
        records = targets.read(signed)
        tasks: dict[str, Task] = {}
        for word in words:
            try:
                found = pick(records, word, targets.noun, targets.names, several=targets.several)
                meant = [_task(targets, record, edit) for record in found]
            except Problem as problem:
                # A word that names nothing fails by itself.
                meant = [missing(word, problem)]
            tasks |= {task.id: task for task in meant}
        return carry_out(what, list(tasks.values()), signed, change, output, asks=asks)


def _task(targets: Targets, record: Record, edit: MakeEdit) -> Task:
    id, who, made = str(record["id"]), targets.who(record), edit(record)
    try:
        return Task(id, who, targets.plan(record), made)
    except Problem as problem:
        return Task(id, who, str(problem), None, problem, made.key)
