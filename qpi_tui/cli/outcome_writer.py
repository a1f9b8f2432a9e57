"""Writes the outcomes of a batch as they happen, in the requested format."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from qpi_tui.cli.common import Output
from qpi_tui.cli.output import as_csv_rows, fill, say, write
from qpi_tui.domain.sanitize import clean

if TYPE_CHECKING:
    from rich.progress import Progress

# A smaller batch ends before anyone can read a progress bar.
_MANY = 4
_HEADER = ["id", "target", "ok", "outcome"]


@dataclass(frozen=True)
class Written:
    """The outcome of one target. `state` is done, skipped, handled, refused, unknown or not begun."""

    id: str
    who: str
    ok: bool
    said: str
    state: str
    record: Mapping[str, object] | None = field(default=None, repr=False)
    code: int = 0
    # The words of the command that undoes the change.
    undo: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the outcome for programs."""
        kept = {"id": self.id, "target": self.who, "ok": self.ok, "state": self.state, "outcome": self.said}
        return {**kept, "record": dict(self.record)} if self.record is not None else kept


class OutcomeWriter:
    """Print a line for each outcome immediately; with `--json` one array, written element by element."""

    def __init__(self, output: Output, verb: str, total: int) -> None:
        self._output = output
        self._verb = verb
        self._total = total
        self._bar: Progress | None = None
        self.written: list[Written] = []

    def __enter__(self) -> OutcomeWriter:
        if self._output.csv:
            write(as_csv_rows(_HEADER, []))
        if self._total >= _MANY and sys.stderr.isatty() and not sys.stdout.isatty():
            # On a terminal, the outcomes themselves show the progress.
            self._bar = _bar()
            self._bar.add_task(self._verb, total=self._total)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._output.json:
            write("\n]\n" if self.written else "[]\n")

    def end(self, written: Written) -> None:
        """Print the outcome."""
        output, first = self._output, not self.written
        self.written.append(written)
        if output.json:
            body = json.dumps(written.as_dict(), indent=2).replace("\n", "\n  ")
            write(f"{'[' if first else ','}\n  {body}")
        elif output.jsonl:
            write(json.dumps(written.as_dict()) + "\n")
        elif output.csv:
            row: list[Any] = [written.id, written.who, "yes" if written.ok else "no", written.said]
            write(as_csv_rows(None, [row]))
        elif output.template:
            write(fill(output.template, written.as_dict()) + "\n")
        elif written.ok:
            write(f"✓ {clean(written.who)}: {clean(written.said)}\n")
        sys.stdout.flush()
        if not written.ok and (output.plain or written.state != "not begun"):
            say(f"{'–' if written.state == 'not begun' else '✗'} {written.who}: {written.said}")
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
