"""Where the sandbox means to differ from the recorded orchestrator, and why. `docs/sandbox.md` shows this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One row. `where` is `SCENARIO: note of the exchange` for what recordings show, else `behaviour: …`.

    `at` is the place in the exchange ("status", "answer.message", …; "" for a behaviour).
    """

    where: str
    at: str
    recorded: str
    ours: str
    reason: str


SELF_CREDIT = "03-users: a user credits itself: the server's own rule lets it"
HOLE = "Whoever has an account could run for ever; clients must not come to count on it."

TABLE: tuple[Difference, ...] = (
    Difference(SELF_CREDIT, "status", "200", "403", HOLE),
    Difference(SELF_CREDIT, "answer", "the record, credited", "the error's `status`, `message`, `data`", HOLE),
    Difference(
        "behaviour: two administrators approve one request at the same moment",
        "",
        "the user may be credited twice",
        "credited once; both are told 200",
        "Time that nobody granted; the request is read again in the transaction that credits.",
    ),
    Difference(
        "behaviour: a second person dismisses an announcement",
        "",
        "it comes back for the first",
        "it stays dismissed for both; `dismissed_by` still shows the last",
        "People dismiss it again and again; each dismissal is a record of its own.",
    ),
    Difference(
        "behaviour: two people book the same hour at the same moment",
        "",
        "both may get it",
        "one of them gets it",
        "Whoever tests a calendar wants the rule, not the race.",
    ),
    Difference(
        "behaviour: a superuser changes a job's record at the moment its state changes",
        "",
        "the later change wins",
        "refused with 400",
        "A result must not be overwritten by a cancellation that was meant for a running job.",
    ),
    Difference(
        "behaviour: a job's timeout is over",
        "",
        "looked for every 10 s, so a job goes back to pending after 20 to 30 s",
        "looked for every second (`tick`)",
        "Tests with short timeouts would wait for nothing.",
    ),
    Difference(
        "behaviour: a driver connects",
        "",
        "its program opens a connection of its own, or does not",
        "the sandbox's worker plays the program, unless the driver names a `host`",
        "Nothing has to be installed or run beside the sandbox.",
    ),
)


def as_markdown() -> str:
    """The table as it stands in `docs/sandbox.md`; rows of one place stand together."""
    lines = ["| where | recorded | the sandbox | why |", "|---|---|---|---|"]
    for row in TABLE:
        place = f"{row.where} (`{row.at}`)" if row.at else row.where.removeprefix("behaviour: ")
        lines.append(f"| {place} | {row.recorded} | {row.ours} | {row.reason} |")
    return "\n".join(lines)
