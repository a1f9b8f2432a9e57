"""The filter language for programs: select the records that the console and `--filter` would show.

```python
from qpi_client import QPIClient
from qpi_tui.live.matching import matching

with QPIClient("https://lab.example.org", api_token=token) as client:
    slow = matching("jobs", client.iter_jobs(), "qpu:alpha took:>2m -status:failed")
```

Textual is not loaded. `docs/reference/filters.md` lists the fields of each list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from qpi_client.errors import InvalidValue
from qpi_tui.resources import registry

R = TypeVar("R", bound=Mapping[str, Any])


def matching(place: str, records: Iterable[R], filter: str) -> list[R]:
    """Return the records that match a filter, unchanged and in order.

    Args:
        place: The list whose language is meant: jobs, requests, qpus, users, slots, drivers, announcements, tokens …
        records: Records as the client returns them.
        filter: What would be typed behind `/` in the console.

    Returns:
        The records that match.

    Raises:
        InvalidValue: There is no such list, or the filter has a mistake; the message names it.

    Example:
        >>> matching("requests", client.list_time_requests(), "asks:>5h since:7d")
    """
    resource = registry().get(place)
    if resource is None or not resource.columns:
        known = ", ".join(each.id for each in registry().values() if each.columns)
        raise InvalidValue(f"Unknown list {place!r}. The lists are {known}.")
    language = resource.language
    wanted = language.parse(filter)
    if wanted.mistake is not None:
        raise InvalidValue(wanted.mistake.sentence)
    return [record for record in records if wanted.lets_through(resource.decode(record), language.text)]
