"""`qpi-tui watch`: notify of events, without a screen, each once across restarts."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.following import Events, Outage, ReadTimer, next_event
from qpi_tui.cli.output import fill, say, write_line
from qpi_tui.cli.problems import FAILED, TIMED_OUT, USAGE, Problem
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.notification_kinds import KINDS, kinds_for
from qpi_tui.domain.roles import Role
from qpi_tui.files.paths import state_folder
from qpi_tui.files.private_file import append_private, replace_private
from qpi_tui.live.notifications import Memory, Notification, NotificationRules
from qpi_tui.resources import registry
from qpi_tui.terminal.notify import CommandError, hand_to, program_of

KindName = Literal["job", "request", "qpu", "channel", "slot"]
# Seconds after which everything is read again despite events: one may have been lost.
SAFETY = 300.0
# Maximum bytes of a state file.
_LARGEST = 10_000_000


def watch(
    *kinds: Annotated[KindName, Parameter(help="kinds of events; default: all that you may see")],
    filter: Annotated[str, Parameter(help="only matches, as with `/` in the list of the kind")] = "",
    execute: Annotated[
        str,
        Parameter(
            name="--exec",
            help="run this program for each event, with the record as JSON on standard input (without a shell)",
        ),
    ] = "",
    once: Annotated[bool, Parameter(help="end after the first event")] = False,
    timeout: Annotated[float | None, Parameter(help="maximum wait in seconds; then exit code 12")] = None,
    state: Annotated[Path | None, Parameter(help="state file; by default one for each set of options")] = None,
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Print a line for each event, until interrupted. With --json, one object per line.

    Kinds: job (one of yours ended), request (one arrived), qpu (one went offline), channel (one is beyond its limit),
    slot (one of yours begins in 10 minutes). Administrators are notified of everybody's. The first run ignores existing
    records. Later runs report what happened since the last one.

    Example: qpi-tui watch qpu channel --exec 'logger -t lab'
    """
    if timeout is not None and timeout < 0:
        raise Problem("--timeout must be 0 s or more.", USAGE)
    try:
        words = program_of(execute) if execute else []
    except CommandError as error:
        raise Problem(f"--exec: {error}", USAGE) from None
    with signed_in(server) as signed:
        chosen = _chosen(signed, kinds)
        tests = {kind: _test(kind, filter) for kind in chosen}
        file = state or _file(signed, chosen, filter, execute)
        with _locked(file):
            watcher = _Watcher(signed, chosen, file, output, words)
            watcher.tests = tests
            return watcher.run(once=once, timeout=timeout)


def _chosen(signed: Signed, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds to report: those named, each once, otherwise all that this account may see on this server."""
    possible = kinds_for(signed.role)
    generation = signed.client.generation()
    for kind in kinds:
        if kind not in possible:
            why = "an API token cannot" if signed.role is Role.TOKEN else "only an administrator may"
            raise Problem(f"Kind {kind}: {why} follow it. You may watch {', '.join(possible)}.", USAGE)
        if not registry()[KINDS[kind].resource].exists_on(generation):
            raise Problem(f"Kind {kind}: not on this server ({generation}).", USAGE)
    found = [kind for kind in possible if registry()[KINDS[kind].resource].exists_on(generation)]
    chosen = tuple(dict.fromkeys(kinds)) or tuple(found)
    if "channel" in kinds and not signed.settings.thresholds:
        say("▲ No limits are set, so channels are not watched. Set [thresholds] in `qpi-tui config path`.")
    return chosen


def _test(kind: str, filter: str) -> Any:
    """Return the filter of a kind; a mistake in it is a usage error."""
    if not filter:
        return lambda _: True
    language = registry()[KINDS[kind].resource].language
    found = language.parse(filter)
    if found.mistake is not None:
        raise Problem(f"--filter, for {kind}: {found.mistake.sentence}", USAGE)
    words = found.words.casefold().split()

    def test(told: Notification) -> bool:
        text = f"{language.text(told.row)}\n{told.text}".casefold() if words else ""
        return all(word in text for word in words) and (found.test is None or found.test(told.row))

    return test


def _file(signed: Signed, kinds: Sequence[str], filter: str, execute: str) -> Path:
    """Return the path of the state file for this account and these options."""
    about = json.dumps([str(signed.account), sorted(kinds), filter, execute])
    return state_folder() / "watch" / f"{sha256(about.encode()).hexdigest()[:16]}.json"


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Lock out a second run with the same state. The lock is ours, wherever the state file is."""
    import fcntl

    name = sha256(os.fsencode(os.path.abspath(file))).hexdigest()[:16]
    with append_private(state_folder() / "watch" / f"{name}.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(
                "The same watch is already running. Stop it, or use another state file: --state FILE.", FAILED
            ) from None
        yield


class _Watcher:
    """Follows the server, and reports each event once."""

    def __init__(self, signed: Signed, kinds: Sequence[str], file: Path, output: Output, words: list[str]) -> None:
        self._signed = signed
        self._file = file
        self._output = output
        self._words = words
        self._memory = _read_memory(file)
        self._rules = NotificationRules(
            kinds, self._memory, me=signed.user_id, admin=signed.admin, limits=signed.settings.thresholds
        )
        self._outage = Outage()
        live = signed.role is not Role.TOKEN
        self._events = Events(signed, self._rules.topics, whole=True) if live else None
        self._timer = ReadTimer(SAFETY if live else max(signed.settings.refresh, 0.5))
        self._kept = ""
        self.tests: dict[str, Any] = {}

    def run(self, *, once: bool, timeout: float | None) -> int:
        """Report until interrupted; with `once`, until the first event."""
        end = None if timeout is None else time.monotonic() + timeout
        say(f"Watching {', '.join(self._rules.kinds)} on {self._signed.client.base_url}; Ctrl+C ends it.")
        for found in self._happening(end):
            for told in found:
                if self._tell(told) and once:
                    return 0
            self._keep()
        raise Problem(f"No further notification within {timeout:g} s.", TIMED_OUT)

    def _happening(self, end: float | None) -> Iterator[list[Notification]]:
        """Yield events as they happen, until the timeout."""
        yield from self._all()
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return
            wait = self._pause()
            event = next_event(self._events, wait if left is None else min(wait, left))
            if event is None or event == "again":
                yield self._rules.due(now())
            else:
                found = self._rules.changed(event.topic.partition("/")[0], event.action, event.record)
                yield [*found, *self._rules.due(now())]
            if event == "again" or not self._timer.left:
                yield from self._all()

    def _pause(self) -> float:
        """Return the seconds until something has to be done without an event."""
        due = self._rules.until_due(now())
        return self._timer.left if due is None else min(self._timer.left, max(due, 0.05))

    def _all(self) -> Iterator[list[Notification]]:
        """Read everything; what an outage prevents is read after it."""
        moment = now()
        missed = set()
        with self._timer.reading():
            for each in self._rules.reads(moment):
                call = partial(getattr(self._signed.client, each.method), **each.arguments)
                records = self._outage.through(call)
                if records is None:
                    missed.add(each.kind)
                    continue
                yield self._rules.read(each.kind, records)
        yield self._rules.due(now())
        # Only jobs are read from a time on. Another list that the server does not answer must not keep them in memory.
        if "job" not in missed:
            self._rules.told(moment)
            self._keep()

    def _tell(self, told: Notification) -> bool:
        """Record it, then report it. A recorded event is not reported again, even if the program is killed here."""
        self._memory.note(told)
        self._keep()
        if not self.tests[told.kind](told):
            return False
        record = told.as_json(self._signed.account.server)
        if self._output.json or self._output.jsonl:
            write_line(record)
        else:
            stamp = f"{local(now()):%H:%M:%S}"
            line = fill(self._output.template, record) if self._output.template else f"{stamp}  {told.text}"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        if self._words:
            try:
                hand_to(self._words, record)
            except CommandError as error:
                say(f"▲ {error}")
        return True

    def _keep(self) -> None:
        text = json.dumps(self._memory.as_json())
        while len(text) >= _LARGEST:
            # The next run could not read it.
            self._memory.drop_oldest()
            text = json.dumps(self._memory.as_json())
        if text != self._kept:
            replace_private(self._file, text + "\n")
            self._kept = text


def _read_memory(file: Path) -> Memory:
    """Return what an earlier run recorded. A file that is not a state file is rejected, not overwritten."""
    from qpi_tui.files.text_file import read_text

    try:
        text = read_text(file, most=_LARGEST)
    except FileNotFoundError:
        return Memory()
    except ValueError as error:
        raise Problem(f"{error} Remove it, or name another state file with --state.", FAILED) from None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not {"since", "states", "kinds"} <= found.keys():
        raise Problem(
            f"{file} is not a state file of `qpi-tui watch`. Remove it, or name another one with --state.", FAILED
        )
    return Memory.from_json(found)
