"""Two jobs of the list compared: overlaid histograms, distance and fidelity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.styled_text import Part
from qpi_tui.plots.comparison import compared
from qpi_tui.widgets.dialogs import Reader

if TYPE_CHECKING:
    from qpi_client.results import JobResults
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.screens.base import ConsoleScreen

WIDTH = 66


def compare_jobs(screen: ConsoleScreen, jobs: Sequence[JobRow]) -> None:
    """Read both results and show them overlaid."""
    if len(jobs) != 2:
        screen.tell("Mark two completed jobs to compare them.")
        return
    unfinished = [job for job in jobs if job.status != "completed"]
    if unfinished:
        screen.tell(f"Job {unfinished[0].id} is {unfinished[0].status}: it has no counts.")
        return
    screen.run_worker(_show(screen, jobs[0], jobs[1]), group="compare", exclusive=True, exit_on_error=False)


async def _show(screen: ConsoleScreen, one: JobRow, other: JobRow) -> None:
    from qpi_client import QPIError
    from qpi_client.results import parse_results

    try:
        found = [parse_results(await screen.connection.client.get_job(job.id)) for job in (one, other)]
    except QPIError as error:
        screen.tell(str(error))
        return
    lines = comparison(found[0], found[1], ascii=screen.console.plain)
    if isinstance(lines, str):
        screen.tell(lines)
        return
    ids: list[list[Part]] = [[("A ", "$text-muted"), (one.id, "bold")], [("B ", "$text-muted"), (other.id, "bold")]]
    screen.app.push_screen(Reader("Compare two jobs", [*ids, *lines]))


def comparison(one: JobResults, other: JobResults, *, ascii: bool = False) -> list[list[Part]] | str:
    """Return the lines of the dialog, or a sentence if nothing can be compared."""
    counts = [_counts(results) for results in (one, other)]
    if not counts[0] or not counts[1]:
        return "Only jobs with counts can be compared."
    lines: list[list[Part]] = []
    pairs = list(zip(counts[0], counts[1], strict=False))
    for position, (first, second) in enumerate(pairs, 1):
        if _width(first) != _width(second):
            return f"Circuit {position} has {_width(first)} bits in one job and {_width(second)} in the other."
        if len(pairs) > 1:
            lines += [[("", "")], [(f"circuit {position} of {len(pairs)}", "bold")]]
        lines += compared(first, second, width=WIDTH, ascii=ascii)
    return lines


def _counts(results: JobResults) -> list[dict[str, int]]:
    return [
        {entry.spaced(bits): count for bits, count in entry.counts.items()}
        for entry in results
        if entry.counts is not None
    ]


def _width(counts: Mapping[str, int]) -> int:
    return max((len(bits.replace(" ", "")) for bits in counts), default=0)
