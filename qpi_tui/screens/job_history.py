"""Export the whole history of jobs in the background, leaving most of the server's time to others."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import local, now
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.files import export
from qpi_tui.files.complete_path import complete_path
from qpi_tui.screens.job_actions import CSV, csv_row, exported
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.live.job_reader import JobReader
    from qpi_tui.screens.job_queue import JobQueueScreen

_log = logging.getLogger(__name__)
# Jobs between progress reports on the notice line.
_SAID = 5_000


def export_history(screen: JobQueueScreen, reader: JobReader) -> None:
    """Ask for a file, then write every job to it while the console continues."""
    window = reader.window
    many = f"all {window.total:,} jobs" if window.places.exact else "all jobs"

    def check(values: dict[str, str]) -> Sequence[Part]:
        path = export.target(values["file"])
        return [(f"{many} → ", ""), (clean(str(path)), "bold"), (", in the background", "$text-muted")]

    async def act(values: dict[str, str]) -> Outcome:
        path = export.target(values["file"])
        screen.run_worker(_write(screen, reader, path), group="export", exclusive=True, exit_on_error=False)
        screen.tell(f"Exporting {many} to {clean(path.name)}…", warn=False)
        return Done("begun")

    entry = Entry(
        "file",
        "file, ending in .csv or .json",
        value=export.free_name(f"jobs-{local(now()):%Y-%m-%d}", "csv"),
        complete=complete_path,
    )
    screen.app.push_screen(Form(f"Export {many}", [entry], confirm="Write", check=check, act=act))


async def _write(screen: JobQueueScreen, reader: JobReader, path: Path) -> None:
    name, count = clean(path.name), [0]

    async def pieces() -> AsyncIterator[str]:
        decode = reader.window.store.decoded
        csv = path.suffix.lower() == ".csv"
        yield "".join(export.csv_lines(CSV, ())) if csv else "[\n"
        async for record in reader.history():
            row = decode(record)
            if csv:
                yield export.csv_line(csv_row(row))
            else:
                yield ("" if not count[0] else ",\n") + export.json_line(exported(row))
            count[0] += 1
            if count[0] % _SAID == 0:
                total = f" of {reader.window.total:,}" if reader.window.places.exact else ""
                screen.tell(f"{name}: {count[0]:,}{total} jobs written so far", warn=False)
        if not csv:
            yield "\n]\n"

    try:
        size = await export.write(path, pieces())
    except Exception as error:
        _log.debug("the export failed", exc_info=True)
        screen.say_failed(error)
        return
    said = f"{name}: {count[0]:,} jobs written, {size:,} bytes, in {clean(str(path.parent))}"
    screen.tell(said, warn=False)
