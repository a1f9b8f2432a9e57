"""First-seen times of requests: the server stores no date, so the audit log records them across starts."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from qpi_tui.domain.clock import age, now, parse_date
from qpi_tui.files.private_file import append_line

_debug = logging.getLogger(__name__)

# Shorter ages of records in the first read are not shown.
_JUST_NOW = 60.0
# The start of such a line: lines of changes are not parsed.
_SEEN = re.compile(rb'^\{"state": "seen".*$', re.MULTILINE)

# When something was first seen, and whether it arrived then or may be older.
Sight = tuple[str, bool]


class FirstSeen:
    """First-seen times by id. Records of the first read are at least as old as that read.

    `log` is the audit log, which keeps them across starts; without one they last as long as the program.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._server = ""
        self._seen: dict[str, Sight] = {}
        self._looked = False

    def use(self, server: str) -> None:
        """Record what is seen on this server from now on."""
        if server != self._server:
            self._server, self._looked, self._seen = server, False, {}

    def note(self, ids: Iterable[str]) -> None:
        """These exist now."""
        exact, self._looked = self._looked, True
        ids = list(ids)
        if any(id not in self._seen for id in ids):
            # Another console may have seen them earlier.
            self._seen |= self._read()
            new = [id for id in ids if id not in self._seen]
            moment = now().isoformat()
            self._seen |= dict.fromkeys(new, (moment, exact))
            self._write(new, moment, exact=exact)

    def words(self, id: str, created: str = "") -> str:
        """Return `12 min` if known, `≥ 3 d` if it was there before; nothing if that is meaningless."""
        if created:
            return age(created)
        since, exact = self._seen.get(id, ("", False))
        moment = parse_date(since)
        if moment is None or exact:
            return age(since)
        return f"≥ {age(since)}" if (now() - moment).total_seconds() >= _JUST_NOW else ""

    def _read(self) -> dict[str, Sight]:
        try:
            data = self._log.read_bytes() if self._log is not None and self._log.is_file() else b""
        except OSError:
            return {}
        import json

        seen: dict[str, Sight] = {}
        for found in _SEEN.finditer(data):
            try:
                line = json.loads(found[0])
                if line["server"] == self._server:
                    for id in line["requests"]:
                        seen.setdefault(str(id), (str(line["at"]), line["came"] is True))
            except (ValueError, TypeError, KeyError):
                # Truncated, or not ours.
                continue
        return seen

    def _write(self, ids: list[str], moment: str, *, exact: bool) -> None:
        if self._log is None or not self._server or not ids:
            return
        import json

        line = {"state": "seen", "server": self._server, "at": moment, "came": exact, "requests": ids}
        try:
            append_line(self._log, json.dumps(line), sync=False)
        except OSError:
            # Then the ages are those of this run.
            _debug.debug("first sights cannot be kept", exc_info=True)
