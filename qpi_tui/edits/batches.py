"""Batches in the audit log, so that an interrupted batch can be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.edits.audit_log import BEGUN, AuditLog, new_batch, read_lines, stamp
from qpi_tui.edits.edit import restore

if TYPE_CHECKING:
    from qpi_tui.settings.accounts import Account

STARTED, FINISHED = "batch started", "batch finished"


class Batch:
    """One run of a command over several targets. `id` is empty for a single target."""

    def __init__(self, log: AuditLog, account: Account, action: str, params: str) -> None:
        self._log = log
        self._account = account
        self._action = action
        self._params = params
        self.id = ""
        self.done: frozenset[str] = frozenset()
        self.done_ids: frozenset[str] = frozenset()

    def begin(self, count: int) -> None:
        """Note that it starts."""
        self.id = new_batch()
        self._log.mark({**self._line(STARTED), "count": count})

    def end(self) -> None:
        """Note that all of it is done: nothing is left to resume."""
        if self.id:
            self._log.mark(self._line(FINISHED))

    def resume(self) -> bool:
        """Resume the last unfinished run of the same command. Return False if there is none.

        `done` has the keys of the edits that it made, `done_ids` the ids in them.
        """
        if self._log.path is None:
            return False
        lines = read_lines(self._log.path)
        wanted = self._line(STARTED)
        same = ("server", "role", "who", "action", "params")
        started = [
            str(line["batch"])
            for line in lines
            if line.get("batch") and line.get("state") == STARTED and all(line.get(n) == wanted[n] for n in same)
        ]
        finished = {line.get("batch") for line in lines if line.get("state") == FINISHED}
        left = [id for id in started if id not in finished]
        if not left:
            return False
        self.id = left[-1]
        made = {line.get("id") for line in lines if line.get("batch") == self.id and line.get("state") == "done"}
        edits = [line for line in lines if line.get("state") == BEGUN and line.get("id") in made]
        self.done = frozenset(filter(None, (_key(line.get("edit"), line.get("fields")) for line in edits)))
        fields = [fields for line in edits if isinstance(fields := line.get("fields"), dict)]
        self.done_ids = frozenset(str(value) for each in fields for value in each.values() if isinstance(value, str))
        return True

    def _line(self, state: str) -> dict[str, object]:
        who = self._account
        line = {"batch": self.id, "state": state, "at": stamp(), "server": who.server, "role": who.role.value}
        return {**line, "who": who.identity, "action": self._action, "params": self._params}


def _key(kind: object, fields: object) -> str:
    try:
        return restore(str(kind), fields).key if isinstance(fields, dict) else ""
    except (ValueError, TypeError):
        return ""
