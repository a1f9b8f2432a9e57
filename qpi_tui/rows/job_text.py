"""A job in words: its life as a line of times, its fields, and known errors explained; pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from qpi_client.job_fields import ACTIVE_STATUSES
from qpi_tui.domain.clock import age, day_text, local, now
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.plots.timeline import Stretch, timeline
from qpi_tui.rows import job_times

if TYPE_CHECKING:
    from qpi_tui.domain.start_estimate import StartEstimate
    from qpi_tui.rows.jobs import JobRow

MARKS = {
    "pending": ("…", ""),
    "running": ("▶", "$text-accent"),
    "completed": ("✓", "$text-success"),
    "failed": ("✗", "$text-error"),
    "cancelled": ("⊘", "$text-muted"),
}


def status_parts(record: JobRow) -> list[Part]:
    """Return the status with its sign, and its age."""
    status = record.status or "?"
    mark, style = MARKS.get(status, ("?", "$text-warning"))
    said = clean(status)
    if status == "running" and (seconds := job_times.ran(record)) is not None:
        said += f" {'<1 s' if seconds < 1 else duration(int(seconds))}"
    if status == "pending":
        seconds = job_times.waited(record)
        said = "waits" + (f" {'<1 s' if seconds < 1 else duration(int(seconds))}" if seconds is not None else "")
    return [(f"{mark} ", style), (said, f"bold {style}".strip())]


def life_line(record: JobRow, width: int = 1000) -> list[list[Part]]:
    """Return the times of submission, dispatch, requeueing and end, with the durations between them.

    One line if it fits `width` columns, otherwise several, each starting with an arrow.
    """
    stops = _stops(record)
    lines: list[list[Part]] = [[]]
    before: datetime | None = None
    for word, moment in stops:
        parts: list[Part] = []
        if before is not None or lines[0]:
            gap = (moment - before).total_seconds() if moment is not None and before is not None else None
            parts.append((f" ─{_gap(gap)}→ ", "$text-muted"))
        parts += [(f"{word} ", "$text-muted"), (_clock(moment, before), "bold")]
        if sum(len(text) for text, _ in [*lines[-1], *parts]) > width:
            lines.append([])
        lines[-1] += parts
        before = moment or before
    return lines


def _stops(record: JobRow) -> list[tuple[str, datetime | None]]:
    known = job_times.times(record)
    stops: list[tuple[str, datetime | None]] = [("submitted", known.submitted)]
    if known.put_back is not None:
        stops.append(("put back", known.put_back))
    if known.dispatched is not None:
        stops.append(("dispatched about" if known.estimated else "dispatched", known.dispatched))
    end = {"completed": "finished", "failed": "failed", "cancelled": "cancelled"}.get(record.status)
    if end is not None:
        stops.append((end, known.finished))
    return stops


# How the period after each stop is drawn: waiting is open, running is filled.
_WAITS, _RUNS = ("░", ":", "$text-muted"), ("█", "#", "$text-accent")
_ENDS = {"completed": "$text-success", "failed": "$text-error", "cancelled": "$text-muted"}
_STOP_MARKS = {"submitted": "●", "put back": "↺", "dispatched": "▶", "dispatched about": "▶"}


def life_bar(record: JobRow, width: int, *, ascii: bool = False) -> list[list[Part]]:
    """Return the same as a bar below its times; an unfinished period reaches the right end.

    Empty if a time is unknown, or without room: then the line of times is used.
    """
    stops = _stops(record)
    moments = [moment for _, moment in stops if moment is not None]
    if len(moments) < len(stops) or (record.status not in _ENDS and record.status not in ACTIVE_STATUSES):
        return []
    said, before = [], None
    for (word, moment), known in zip(stops, moments, strict=True):
        mark = _STOP_MARKS.get(word) or MARKS.get(record.status, ("?", ""))[0]
        # A sign marks an estimated time: a word has no room on 80 columns.
        about = word.removesuffix(" about")
        said.append(f"{mark} {about} {'~' if about != word else ''}{_clock(moment, before)}")
        before = known
    stretches = []
    for at, (word, _) in enumerate(stops):
        runs = word.startswith("dispatched")
        sign, ascii_sign, style = _RUNS if runs else _WAITS
        if at + 1 < len(stops):
            seconds = max((moments[at + 1] - moments[at]).total_seconds(), 0.0)
            length = "<1 s" if seconds < 1 else duration(int(seconds))
            ended = _ENDS.get(record.status, style) if runs else style
            stretches.append(Stretch(f"{'ran' if runs else 'waited'} {length}", seconds, sign, ascii_sign, ended))
        elif record.status in ACTIVE_STATUSES:
            # No number: the title shows the duration, and this line stays constant.
            spent = max((now() - moments[at]).total_seconds(), 1.0) if len(stops) == 1 else 1.0
            stretches.append(Stretch("runs" if runs else "waits", spent, sign, ascii_sign, style))
    if len(stretches) > 1 and record.status == "running":
        # A running period has no length yet: half of the bar.
        first = sum(stretch.seconds for stretch in stretches[:-1]) or 1.0
        stretches[-1] = stretches[-1]._replace(seconds=first)
    return [list(line) for line in timeline(said, stretches, width=width, ascii=ascii)]


def _gap(seconds: float | None) -> str:
    if seconds is None or seconds < 0:
        return "─"
    return f" {'<1 s' if seconds < 1 else duration(int(seconds))} ─"


def _clock(moment: datetime | None, before: datetime | None) -> str:
    if moment is None:
        return "–"
    here = local(moment)
    day = "" if before is not None and local(before).date() == here.date() else f"{day_text(here)} "
    return f"{day}{here:%H:%M:%S}"


def life_lines(
    record: JobRow, *, everyone: bool, ahead: int | None = None, start: StartEstimate | None = None
) -> list[list[Part]]:
    """Return what the list knows of a job: QPU, user, times one below the other, duration and cost.

    `ahead` counts the jobs before it, and `start` is its estimated start, if known.
    """
    known = job_times.times(record)
    lines: list[list[Part]] = [
        [(record.id, "bold")],
        status_parts(record),
        [("", "")],
        _fact("QPU", qpu_words(record)),
    ]
    if everyone and record.user_id:
        lines.append(_fact("user", record.who))
    if (size := record.size) != "–":
        lines.append(_fact("size", f"{size} shots"))
    lines.append(_moment("submitted", known.submitted, record.created))
    if known.put_back is not None:
        lines.append(_moment("put back", known.put_back, None))
    if known.dispatched is not None:
        about = "  (estimated)" if known.estimated else ""
        lines.append([*_moment("dispatched", known.dispatched, None), (about, "$text-muted")])
    if known.finished is not None:
        lines.append(_moment("cancelled" if record.status == "cancelled" else "finished", known.finished, None))
    lines += [_fact(word, said) for word, said in _amounts(record)]
    if ahead is not None and record.qpu_target:
        of = "" if everyone else " of yours"
        lines.append(_fact("ahead", f"{ahead:,}{of}" if ahead else f"none{of}: it is next"))
    if start is not None:
        # Loaded on first use only: most details are of finished jobs.
        from qpi_tui.domain.start_estimate import range_words

        lines.append(_fact("starts", range_words(start, now()) or "not estimated"))
        lines.append([("", ""), (start.reason or start.basis, "$text-muted")])
    return lines


def qpu_words(record: JobRow) -> str:
    """Return the QPU's name, or what a missing one means."""
    return record.qpu_name or "none: it never runs"


def _amounts(record: JobRow) -> list[tuple[str, str]]:
    found = []
    waited = job_times.waited(record)
    if waited is not None:
        found.append(("waited", "<1 s" if waited < 1 else duration(int(waited))))
    if record.status != "running" and (took := job_times.ran(record)):
        found.append(("took", f"{took:.3g} s" if took < 60 else duration(took)))
    cost = job_times.cost(record)
    if cost:
        found.append(("cost", f"{cost:,.3f} s"))
    return found


def _fact(word: str, said: str) -> list[Part]:
    return [(f"{word:<11}", "$text-muted"), (said, "")]


def _moment(word: str, moment: datetime | None, text: object) -> list[Part]:
    if moment is None:
        return _fact(word, "–")
    here = local(moment)
    if here.date() != local(now()).date():
        return [(f"{word:<11}", "$text-muted"), (f"{day_text(here)} {here:%H:%M:%S}", "")]
    ago = age(text) if text is not None else ""
    words = "" if not ago else "  now" if ago == "now" else f"  {ago} ago"
    return [(f"{word:<11}", "$text-muted"), (f"{here:%H:%M:%S}", ""), (words, "$text-muted")]


_MEANINGS = (
    (r"NotImplementedError|raw traces", "Simulators have no raw signals (level 0). Use level 1 or 2."),
    (
        r"could not convert string to float",
        "Simulators take one classical register. Declare one for all bits and measure into it.",
    ),
    (
        r"version header",
        "The first line must be OPENQASM 3.0; or OPENQASM 2.0; because drivers read the version there.",
    ),
    (r"Failed to parse QASM", "The text is not valid OpenQASM. The message says where the error is."),
    (r"No counts for experiment", "The circuit measures nothing. Measure into classical bits."),
    (r"shots must be|negative", "Shots must be a whole number above 0."),
    (r"the circuit needs \d+ qubits", "The circuit is larger than the QPU. Choose another QPU or use fewer qubits."),
    (r"Insufficient", "The balance does not cover the job. Request QPU time."),
    (
        r"TranspilerError",
        "The circuit could not be translated to the QPU's gates. It may have more qubits than the "
        "QPU, or an unknown gate.",
    ),
    (
        r"AerError|QiskitError",
        "The simulator rejected the circuit. Common causes: control flow (if, while), a reset, "
        "parameters without values.",
    ),
    (r"TypeError", "The driver could not read a setting: shots, level and parameter values must be numbers."),
    (r"timed? ?out", "The driver did not answer in time. Run the job again."),
)


def meaning(error: str) -> str:
    """Return the meaning of a known error and what to do, otherwise nothing."""
    return next((sentence for pattern, sentence in _MEANINGS if re.search(pattern, error, re.IGNORECASE)), "")
