"""`qpi-tui jobs compare`: the results of two jobs, overlaid and as distances."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.job_results import read_job
from qpi_tui.cli.output import Record, as_csv_rows, fill, say, write
from qpi_tui.cli.problems import FAILED, Problem
from qpi_tui.cli.signing import signed_in
from qpi_tui.domain.distributions import hellinger_fidelity, total_variation
from qpi_tui.domain.sanitize import clean

Counts = Mapping[str, int]


def compare(
    a: Annotated[str, Parameter(help="id of a job")],
    b: Annotated[str, Parameter(help="id of another job")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Compare the counts of two jobs, circuit by circuit: overlaid histograms, distance, fidelity.

    Example: qpi-tui jobs compare 8f3kq2m1x0z7abc 7a2jp1l0w9y6zbc
    """
    with signed_in(server) as signed:
        found = [_counts(read_job(signed, id)) for id in (a, b)]
    pairs = list(zip(*found, strict=False))
    for position, (one, other) in enumerate(pairs, 1):
        if _width(one) != _width(other):
            raise Problem(
                f"Circuit {position} of {clean(a)} has {_width(one)} bits, that of {clean(b)} {_width(other)}: "
                "compare jobs of the same circuit.",
                FAILED,
            )
    if len(found[0]) != len(found[1]):
        say(
            f"{clean(a)} has {len(found[0])} circuits, {clean(b)} {len(found[1])}: the first {len(pairs)} are compared."
        )
    records = [
        {
            "circuit": position,
            "total_variation_distance": total_variation(one, other),
            "hellinger_fidelity": hellinger_fidelity(one, other),
            "counts": [dict(one), dict(other)],
        }
        for position, (one, other) in enumerate(pairs, 1)
    ]
    if output.plain:
        _for_people(pairs, (a, b))
    else:
        _for_programs(records, output)
    return 0


def _counts(job: Record) -> list[Counts]:
    """Return the counts of a job's circuits; a `Problem` if there are none."""
    from qpi_client.results import parse_results

    if job.get("status") != "completed":
        raise Problem(f"Job {clean(job.get('id'))} is {clean(job.get('status'))}: it has no counts.", FAILED)
    results = parse_results(job)
    counts: list[Counts] = [
        {entry.spaced(bits): count for bits, count in entry.counts.items()}
        for entry in results
        if entry.counts is not None
    ]
    if results.echo or not counts or len(counts) != len(results):
        why = " The server returns results only to a session." if results.echo else ""
        raise Problem(f"Job {clean(job.get('id'))} has no counts to compare.{why}", FAILED)
    return counts


def _width(counts: Counts) -> int:
    return max((len(bits.replace(" ", "")) for bits in counts), default=0)


def _for_people(pairs: list[tuple[Counts, ...]], ids: tuple[str, str]) -> None:
    from qpi_tui.cli.sources import settings_for
    from qpi_tui.plots.comparison import compared

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80
    write(f"A {clean(ids[0])}\nB {clean(ids[1])}\n")
    for position, (one, other) in enumerate(pairs, 1):
        if len(pairs) > 1:
            write(f"circuit {position} of {len(pairs)}\n")
        for line in compared(one, other, width=width, ascii=settings_for().ascii):
            write("".join(text for text, _ in line).rstrip() + "\n")


def _for_programs(records: list[dict[str, object]], output: Output) -> None:
    if output.json:
        write(json.dumps(records, indent=2) + "\n")
    elif output.jsonl:
        write("".join(json.dumps(record) + "\n" for record in records))
    elif output.csv:
        names = ["circuit", "total_variation_distance", "hellinger_fidelity"]
        write(as_csv_rows(names, [[record[name] for name in names] for record in records]))
    else:
        write("".join(fill(output.template, record) + "\n" for record in records))
