"""The typed outcomes of an edit, for whoever needs nothing else of edits."""

from __future__ import annotations

from qpi_tui.edits.edit import AlreadyHandled, Done, Outcome, Record, Refused, Unknown

__all__ = ["AlreadyHandled", "Done", "Outcome", "Record", "Refused", "Unknown"]
