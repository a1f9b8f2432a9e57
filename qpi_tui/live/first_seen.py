"""When requests came: the server keeps no date, so this console notes when it first saw each."""

from __future__ import annotations

from collections.abc import Iterable

from qpi_tui.domain.clock import age, now


class FirstSeen:
    """First sights by id. What was there at the first look is older than that look: its age is a least one."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, bool]] = {}
        self._looked = False

    def note(self, ids: Iterable[str]) -> None:
        """These are there now."""
        moment = now().isoformat()
        self._seen = {id: self._seen.get(id, (moment, self._looked)) for id in ids}
        self._looked = True

    def words(self, id: str, created: str = "") -> str:
        """`12 min` where it is known, `>12 min` where it was there before this console; nothing where nothing is."""
        if created:
            return age(created)
        since, exact = self._seen.get(id, ("", False))
        said = age(since)
        return said if exact or not said else ">1 min" if said in {"now", "<1 min"} else f">{said}"
