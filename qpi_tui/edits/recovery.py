"""Check the changes without an outcome from earlier runs at the start, and complete the audit log.

An intent belongs to one server, role and identity: it is checked only when they are signed in again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.edits.audit_log import AuditEntry, Intent, made_ids, open_intents
from qpi_tui.edits.edit import Unclear, restore
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_tui.edits.audit_log import AuditLog
    from qpi_tui.edits.port import EditPort
    from qpi_tui.edits.runner import EditRunner

_log = logging.getLogger(__name__)
# A request left behind by its process may be in flight for this long, in seconds.
GRACE = 5.0


async def recover(port: EditPort, log: AuditLog, runner: EditRunner) -> list[AuditEntry]:
    """Check all open intents of the signed-in account.

    Returns:
        The entries that complete the log, oldest first. An intent that cannot be checked now stays open.
    """
    if log.path is None:
        return []
    account = port.account
    found: list[AuditEntry] = []
    intents = open_intents(log.path, account, besides=runner.intents)
    known = made_ids(log.path) if intents else frozenset()
    for intent in intents:
        try:
            outcome = await _became(port, intent, known)
        except Exception:
            # The server cannot tell now: the next start checks again.
            _log.info("an intent stays open: %s %s", intent.action, intent.id, exc_info=True)
            continue
        if port.account != account:
            return found
        found.append(log.end(intent, outcome))
    return found


async def _became(port: EditPort, intent: Intent, known: frozenset[str]) -> Outcome:
    try:
        edit = restore(intent.kind, {**intent.fields, "target": intent.target})
    except (ValueError, msgspec.ValidationError) as error:
        return Refused(f"Outcome unknown: this version cannot check it ({error}).")
    while True:
        try:
            outcome = await edit.check(port.client, intent.facts, known)
        except Unclear as unclear:
            return Refused(f"Outcome unknown: the answer was lost. {unclear}")
        if outcome is None and (left := _grace(intent)) > 0:
            await port.sleep(left)
            continue
        if isinstance(outcome, Done):
            return replace(outcome, said=f"{outcome.said} (checked at the next start)", undo=None)
        return outcome or Refused("Not done: the program ended before the change was made.")


def _grace(intent: Intent) -> float:
    """Return the seconds for which an intent is too young to be given up."""
    at = parse_date(intent.at)
    if at is None:
        return 0.0
    age = now() - at
    return (timedelta(seconds=GRACE) - age).total_seconds() if timedelta() <= age else 0.0


def summary(entries: list[AuditEntry]) -> str:
    """Summarize the outcomes in a sentence."""
    if len(entries) == 1:
        entry = entries[0]
        return f"From the last run: {entry.target}: {entry.outcome}"
    done = sum(entry.ok for entry in entries)
    rest = len(entries) - done
    failed = f", {rest} not" if rest else ""
    return f"From the last run: {len(entries)} changes checked, {done} done{failed}. See the audit log."
