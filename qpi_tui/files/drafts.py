"""Unsent text of forms, stored for the next start: private, by account, without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from qpi_tui.files.private_file import file_lock, replace_private

_log = logging.getLogger(__name__)
# A form contains at most a circuit of 1 MiB; a larger file is not ours.
_MOST_BYTES = 8 * 1024 * 1024

Drafts = dict[str, dict[str, str]]
"""By form, by field."""


def load_drafts(path: Path, account: str) -> Drafts:
    """Return the drafts of an account; an unreadable file has none."""
    found = _read(path).get(account)
    if not isinstance(found, dict):
        return {}
    return {
        str(form): {str(name): value for name, value in fields.items() if isinstance(value, str)}
        for form, fields in found.items()
        if isinstance(fields, dict)
    }


def keep_drafts(path: Path, account: str, drafts: Mapping[str, Mapping[str, str]]) -> None:
    """Write the drafts of an account; none deletes the file."""
    kept = {form: dict(fields) for form, fields in drafts.items() if fields}
    if _read(path).get(account, {}) == kept:
        return
    with file_lock(path):
        known = {name: each for name, each in _read(path).items() if name != account}
        if kept:
            known[account] = kept
        try:
            replace_private(path, json.dumps(known))
        except OSError:
            # Quitting does not wait for a full disk.
            _log.warning("drafts cannot be kept in %s", path, exc_info=True)


def _read(path: Path) -> dict[str, object]:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return {}
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
