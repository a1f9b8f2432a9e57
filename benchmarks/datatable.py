"""Textual's `DataTable` with the same number of jobs, fifty of which change per second; run as a program by
`benchmarks.many`.
"""

from __future__ import annotations

import random
import sys

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.table import STATES, jobs
from qpi_tui.domain.filter_index import text_of
from qpi_tui.resources import jobs as columns


class Jobs(App[None]):
    """The table."""

    def compose(self) -> ComposeResult:
        """Yield nothing else."""
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill the table, then change it."""
        table = self.query_one(DataTable)
        chosen = columns.for_role(everyone=True)
        for column in chosen:
            table.add_column(column.label, width=column.width, key=column.key)
        self.records = jobs(int(sys.argv[1]))
        for record in self.records:
            row = columns.RESOURCE.decode(record)
            table.add_row(*[Text(text_of(column.cell(row))) for column in chosen], key=row.id)
        table.focus()
        self.set_interval(0.02, self.change)

    def change(self) -> None:
        """Change the status of one job."""
        row = random.choice(self.records[:200])["id"]  # noqa: S311  # any job, no secret
        self.query_one(DataTable).update_cell(row, "status", Text(random.choice(STATES)))  # noqa: S311


if __name__ == "__main__":
    Jobs().run()
