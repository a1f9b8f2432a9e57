"""Run every command of `qpi-tui`, as typed in a terminal or in a pipe, one after another in one process.

    python -m tests.hostile.commands admin '' --json

runs the commands of a role, each with these options if it accepts them, on the server named in the environment. Before
each it prints a line with the command, and after it one with its exit code. With `QPI_TESTS_EVERY=3`, only every third
command that changes something runs, shifted by one for the next option.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

# The id, name or reason of a record, as a user who copied it would type it.
ID = "rec000000000010"
BELL = "OPENQASM 3.0;\nqubit[2] q;\nbit[2] c;\nc = measure q;\n"
READS = {
    "admin": [
        "whoami", "info", "jobs list", "jobs list --limit 0", f"jobs show {ID}", f"jobs result {ID}",
        f"jobs result {ID} other", f"jobs watch {ID}", "jobs tail --since 9999d", "watch request qpu",
        "requests list --status all", "requests list --status pending", "users list", f"users show {ID}",
        f"users ledger {ID}", "qpus list",
        f"qpus show {ID}", "drivers list", "slots list --since 2091-01-01", "slots free --length 2h",
        "announcements list", "tokens list",
        "telemetry --since 9999d", "telemetry --since 9999d --raw", "config show", "config path",
        "config check", "keys", "help views", "doctor", "usage --since 2091-01-01", "usage --by day",
        "audit-log", "themes list", "server logs", "server backups", "server rules",
        "api GET /api/collections/users/records", "api GET /api/jobs --jq .[]",
    ],
    "user": ["whoami", "jobs list", f"jobs show {ID}", "slots list --since 2091-01-01", "announcements list",
             "requests list --status all", "telemetry --since 9999d", "usage"],
}  # fmt: skip
CHANGES = {
    "admin": [
        f"jobs cancel {ID} rec000000000012 nobody", f"jobs submit FILE --qpu {ID}",
        f"jobs submit FILE --qpu {ID} --watch",
        f"requests approve {ID} rec000000000012 nobody", f"requests reject {ID} --reason why",
        f"users allocate {ID} rec000000000012 nobody +2h", "users create a@test.example --name x --time 2h",
        "users import PEOPLE", f"users edit {ID} --name x --verified", f"users delete {ID} rec000000000012 nobody",
        f"users reset {ID} nobody",
        f"qpus enable {ID} nobody", f"qpus disable {ID} rec000000000012", f"qpus maintenance {ID}",
        f"qpus start {ID}", f"qpus stop {ID}",
        f"qpus maintenance {ID} --end", "qpus register new", f"qpus rename {ID} other",
        f"qpus qubits {ID} 7", f"qpus online {ID} nobody", f"drivers rename {ID} other",
        f"drivers move {ID} --qpu {ID}",
        f"drivers new-token {ID}", f"slots give {ID} rec000000000012", f"tokens expiry {ID} 30d",
        f"jobs delete {ID} nobody", f"qpus delete {ID}",
        f"drivers register new --qpu {ID} --kind mock", f"drivers enable {ID}", f"drivers disable {ID} rec000000000012",
        f"drivers delete {ID}", f"slots book 2093-01-01 9-11 --for {ID}", f"slots move {ID} 2094-01-01 9-11",
        f"slots cancel {ID} rec000000000012", "announcements create title text", f"announcements edit {ID} --title x",
        f"announcements end {ID}", f"announcements delete {ID} rec000000000012", "tokens create new",
        f"tokens rename {ID} other", f"tokens revoke {ID}", "jobs export --to list.csv", "jobs export --to list.json",
        f"jobs export {ID} --to results.csv", f"jobs export {ID} --to results.json",
        f"jobs again {ID} rec000000000013 nobody", "slots export --to slots.ics", f"jobs compare {ID} rec000000000012",
        "server backup new.zip", f"server download {ID} --to backup.zip", f"server restore {ID}",
        f"server delete-backup {ID} nobody", "server mail a@test.example", f"themes activate {ID}", "themes default",
        f"themes export {ID} theme", "themes import theme", f"themes delete {ID} nobody",
        f"users look-as {ID} jobs list",
    ],
    "user": [f"requests withdraw {ID}", "requests create 2h --reason why", f"announcements dismiss {ID}",

             "account rename x", "slots book 2093-01-01 9-11", "slots book 2091-03-01 00:00 1h", f"slots cancel {ID}"],
}  # fmt: skip
# Not supplied by a server, or tested elsewhere: signing in, prompts for passwords or codes, the console itself, the
# sandbox.
ELSEWHERE = {
    "login",
    "logout",
    "demo",
    "sandbox",
    "completion",
    "password change",
    "password reset",
    "signup",
    "verify",
}


def spoken(role: str, first: int = 0, every: int = 1) -> list[str]:
    """Return the commands of a role: all that read, and every `every`-th of those that change something."""
    return [*READS[role], *CHANGES[role][first % every :: every]]


def taken(command: str, extra: str) -> bool:
    """Whether the command accepts this option."""
    from qpi_tui.cli.surface import surface

    known = surface()
    words = command.split()
    path = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    return not extra or extra.split()[0] in known[path]["options"]


def main(role: str, extras: Sequence[str]) -> int:
    """Run them all and return how many had an internal error."""
    from qpi_tui.cli import run
    from qpi_tui.files import crash_report

    faults: list[str] = []
    kept = crash_report.report

    def report(error: BaseException) -> None:
        faults.append("".join(traceback.format_exception(error)[-3:]))
        kept(error)

    crash_report.report = report  # type: ignore[assignment]
    # A shell makes its background processes ignore Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(os.environ["HOME"])
    with open("PEOPLE", "w") as file:
        # Text from a server and from a file: the ids and names of its users, next to control characters.
        file.write(f"user,hours\n{ID},2\nnobody\x1b[2J,1\n\u202e,soon\n")
    with open("FILE", "w") as file:
        file.write(BELL)
    every = int(os.environ.get("QPI_TESTS_EVERY", "1"))
    for number, extra in enumerate(extras):
        for command in spoken(role, number, every):
            if not taken(command, extra):
                continue
            for name in ("list.csv", "list.json", "results.csv", "results.json", "slots.ics"):
                if os.path.exists(name):
                    os.replace(name, f"{len(os.listdir())}-{name}")
            _mark(f"{command} {extra}".strip())
            unasked = ["--yes"] if not sys.stdin.isatty() and taken(command, "--yes") else []
            endless = command.startswith(("jobs tail", "watch"))
            try:
                with _stopped_when_quiet() if endless else nullcontext():
                    code = run([*command.split(), *(extra.split(" ", 1) if extra else []), *unasked])
            except SystemExit as end:  # Ctrl+C
                code = int(end.code or 0)
            _mark(f"= {code}")
    for fault in faults:
        print(f"@@ FAULT {fault!a}", file=sys.stderr)
    return len(faults)


@contextmanager
def _stopped_when_quiet() -> Iterator[None]:
    """Send Ctrl+C to a command that follows jobs once no more events arrive, the stream restarts, or none arrived."""
    from qpi_tui.cli.following import Events

    get, came = Events.get, []

    def patient(events: Events, seconds: float | None) -> Any:
        found = get(events, 0.2 if came else 3.0)
        if found is None or (found == "again" and came.count("again") > 1):
            os.kill(os.getpid(), signal.SIGINT)
            return get(events, seconds)
        came.append(found)
        return found

    Events.get = patient  # type: ignore[method-assign]
    try:
        yield
    finally:
        Events.get = get  # type: ignore[method-assign]


def _mark(text: str) -> None:
    """Print a line between the commands on both streams."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        stream.write(f"\n@@ {text}\n")
        stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
