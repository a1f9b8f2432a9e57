"""Intended differences from a real server, with reasons. `docs/sandbox.md` shows this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One difference. `where` is `SCENARIO: note of the exchange` for what recordings show, else `behaviour: …`.

    `at` is the place in the exchange ("status", "answer.message", …; "" for a behaviour).
    """

    where: str
    at: str
    recorded: str
    ours: str
    reason: str


SELF_CREDIT = "03-users: a user credits itself: the server's own rule lets it"
HOLE = "Anyone with an account could run forever. Programs must not rely on it."

TABLE: tuple[Difference, ...] = (
    Difference(SELF_CREDIT, "status", "200", "403", HOLE),
    Difference(SELF_CREDIT, "answer", "the record, credited", "the error's `status`, `message`, `data`", HOLE),
    Difference(
        "behaviour: two administrators approve one request at the same moment",
        "",
        "the user may be credited twice",
        "credited once; both get 200",
        "The request is read again in the transaction that credits, so that no time appears that nobody granted.",
    ),
    Difference(
        "behaviour: a second person dismisses an announcement",
        "",
        "it comes back for the first",
        "it stays dismissed for both; `dismissed_by` still shows the last",
        "Each dismissal is a record of its own. Nobody has to dismiss an announcement twice.",
    ),
    Difference(
        "behaviour: two people book the same hour at the same moment",
        "",
        "both may get it",
        "one of them gets it",
        "Tests of a calendar need the rule, not the race.",
    ),
    Difference(
        "behaviour: a superuser changes a job's record at the moment its state changes",
        "",
        "the later change wins",
        "refused with 400",
        "A cancellation that was meant for a running job must not overwrite its result.",
    ),
    Difference(
        "behaviour: a job's timeout is over",
        "",
        "checked every 10 s, so a job goes back to pending after 20 to 30 s",
        "checked every second (`tick`)",
        "Tests with short timeouts stay short.",
    ),
    Difference(
        "behaviour: a driver connects",
        "",
        "its process opens a connection to the server",
        "the worker plays the process, unless the driver names a `host`",
        "You do not have to install or run drivers.",
    ),
)


def as_markdown() -> str:
    """Return the table for `docs/sandbox.md`."""
    lines = ["| Where | Real server | Sandbox | Why |", "|---|---|---|---|"]
    for row in TABLE:
        place = f"{row.where} (`{row.at}`)" if row.at else row.where.removeprefix("behaviour: ")
        lines.append(f"| {place} | {row.recorded} | {row.ours} | {row.reason} |")
    return "\n".join(lines)
