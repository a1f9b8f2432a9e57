"""When requests came: the server keeps no date, so it is noted when each was first seen, and kept across starts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from qpi_tui.domain.clock import age, now, parse_date
from qpi_tui.files.private_file import replace_private
from qpi_tui.files.text_file import read_text

_log = logging.getLogger(__name__)

# Bytes of the file; a request takes some fifty.
_LARGEST = 4_000_000
# Below so many seconds nothing is said of what was there at the first look.
_JUST_NOW = 60.0

# When something was first seen, and whether it came at that moment or may have been there for long.
Sight = tuple[str, bool]


class FirstSeen:
    """First sights by id. What was there at the first look is at least as old as that look.

    `file` keeps them across starts, by server; without one they last as long as the program.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._server = ""
        self._seen: dict[str, Sight] = {}
        self._looked = False

    def use(self, server: str) -> None:
        """Note what is seen on this server from now on."""
        if server != self._server:
            self._server, self._looked = server, False
            self._seen = self._read().get(server, {})

    def note(self, ids: Iterable[str]) -> None:
        """These are there now; what is there no more is forgotten."""
        moment = now().isoformat()
        seen = {id: self._seen.get(id, (moment, self._looked)) for id in ids}
        self._looked = True
        if seen != self._seen:
            self._seen = seen
            self._write()

    def words(self, id: str, created: str = "") -> str:
        """`12 min` where it is known, `≥ 3 d` where it was there before; nothing where that says nothing."""
        if created:
            return age(created)
        since, exact = self._seen.get(id, ("", False))
        moment = parse_date(since)
        if moment is None or exact:
            return age(since)
        return f"≥ {age(since)}" if (now() - moment).total_seconds() >= _JUST_NOW else ""

    def _read(self) -> dict[str, dict[str, Sight]]:
        if self._file is None:
            return {}
        try:
            import json

            kept = json.loads(read_text(self._file, most=_LARGEST))
            return {
                str(server): {str(id): (str(at), exact is True) for id, (at, exact) in seen.items()}
                for server, seen in kept.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            # Not there yet, or damaged: it is begun anew.
            return {}

    def _write(self) -> None:
        if self._file is None or not self._server:
            return
        kept = self._read()
        # Another console may have seen them earlier.
        others = kept.get(self._server, {})
        self._seen = {id: min(sight, others.get(id, sight)) for id, sight in self._seen.items()}
        try:
            import json

            replace_private(self._file, json.dumps({**kept, self._server: self._seen}))
        except OSError:
            # The ages are those of this run then.
            _log.debug("first sights cannot be kept", exc_info=True)
