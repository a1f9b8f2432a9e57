"""The notification of a command that waited: by the terminal or a program, as configured in the profile."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from qpi_tui.cli import job_results
from qpi_tui.cli.following import Outage
from qpi_tui.cli.output import say
from qpi_tui.cli.signing import Signed
from qpi_tui.terminal.notify import CommandError, hand_to, program_of, sequence


def notify_outcomes(signed: Signed, ids: Sequence[str]) -> None:
    """Notify that jobs are over: once at the terminal; the profile's program gets the record of each job."""
    settings = signed.settings
    outage = Outage()
    jobs = [outage.insist(partial(job_results.read_job, signed, id, results=False)) for id in ids]
    completed = sum(job.get("status") == "completed" for job in jobs)
    text = f"{completed} of {len(jobs)} jobs completed"
    if len(jobs) == 1:
        text = f"Job {jobs[0].get('id')} {jobs[0].get('status')}"
    if sys.stderr.isatty():
        sys.stderr.write(sequence(settings.notify_by, f"qpi-tui {settings.name}".strip(), text))
        sys.stderr.flush()
    if not settings.notify_command:
        return
    try:
        words = program_of(settings.notify_command)
        for job in jobs:
            told = {"kind": "job", "text": f"Job {job.get('id')} {job.get('status')}."}
            kept = {key: value for key, value in job.items() if key not in ("payload", "results")}
            hand_to(words, {**kept, "notification": {**told, "server": signed.account.server}})
    except CommandError as error:
        say(f"▲ notify_command: {error}")
