"""Views: a filter, columns and an order of a list, by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qpi_tui.domain.column_choice import ColumnSets

ME = "@me"
"""In a filter: the account that is signed in."""


def for_account(filter: str, identity: str, *, everyone: bool) -> str:
    """A filter with `@me` replaced by an account; left out where the list has only its own records."""
    if ME not in filter:
        return filter
    parts = filter.split()
    if not everyone:
        return " ".join(part for part in parts if ME not in part)
    return " ".join(part.replace(ME, f'"{identity}"') for part in parts)


@dataclass(frozen=True)
class View:
    """A view of a list.

    Args:
        name: What it is called.
        list: The id of the list's resource.
        filter: The filter, as it is typed.
        columns: The columns; none: the list's own.
        sort: The key of the column that sorts, and whether it is reversed; None: the order of the list.
        about: A sentence on it, for those that come with the program.
    """

    name: str
    list: str
    filter: str = ""
    columns: ColumnSets = field(default_factory=ColumnSets)
    sort: tuple[str, bool] | None = None
    about: str = ""


BUILT_IN: Mapping[str, View] = {
    view.name: view
    for view in (
        View("my-failed-today", "jobs", f"user:{ME} status:failed since:today", about="Your jobs that failed today"),
        View("waiting-over-10min", "jobs", "status:pending age:>10m", about="Jobs that wait for over 10 min"),
        View("requests-over-5h", "requests", "asks:>5h", about="Requests for over 5 h"),
    )
}


def of_list(views: Iterable[View], place: str) -> list[View]:
    """The views of one list, by name."""
    return sorted((view for view in views if view.list == place), key=lambda view: view.name)
