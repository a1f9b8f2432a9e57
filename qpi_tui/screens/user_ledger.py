"""The ledger of a user, in a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import now
from qpi_tui.session.connection import explain
from qpi_tui.settings.accounts import server_of

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow
    from qpi_tui.screens.list_screen import ListScreen

DAYS = 90


def show_ledger(screen: ListScreen[UserRow], record: UserRow) -> None:
    """Read the ledger, then show it."""

    async def read() -> None:
        from datetime import timedelta

        from qpi_client import QPIError
        from qpi_tui.edits.audit_log import read_lines
        from qpi_tui.live.ledger import read_ledger
        from qpi_tui.rows.ledger import ledger_lines
        from qpi_tui.widgets.dialogs import Reader

        path = screen.console.audit_log.path
        server = server_of(screen.connection.client.base_url)
        lines = [line for line in read_lines(path) if line.get("server") == server] if path is not None else []
        try:
            found = await read_ledger(screen.connection.client, record.id, now() - timedelta(days=DAYS), lines)
        except QPIError as error:
            screen.tell(explain(error))
            return
        if screen.is_active:
            screen.app.push_screen(Reader(f"Ledger of {record.label}, {DAYS} days", ledger_lines(found)))

    screen.run_worker(read(), group="ledger", exclusive=True, exit_on_error=False)
