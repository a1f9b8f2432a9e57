"""`qpi-tui audit-log`: changes made by consoles and commands on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.common import LIST, ListOutput
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import Record
from qpi_tui.cli.problems import USAGE, Problem


def audit_log(
    *,
    limit: Annotated[int, Parameter(help="number of entries; 0 for all")] = 50,
    failed: Annotated[bool, Parameter(help="only changes that failed or whose outcome is unknown")] = False,
    output: ListOutput = LIST,
) -> int:
    """Print the audit log of this machine, newest change last. Sends no request.

    Example: qpi-tui audit-log --limit 10
    """
    from qpi_tui.edits.audit_log import read_audit_log
    from qpi_tui.files.paths import audit_log_file
    from qpi_tui.resources.audit_log import COLUMNS, RESOURCE

    if limit < 0:
        raise Problem("--limit must be 0 or more.", USAGE)

    def read() -> list[Record]:
        entries = [entry for entry in read_audit_log(audit_log_file(), 10**9) if not (failed and entry.ok)]
        return [asdict(entry) for entry in (entries[-limit:] if limit else entries)]

    none = "No changes were made from this machine."
    return show_list(List(wanted_of(output, RESOURCE), read, COLUMNS, none, RESOURCE.decode), output)
