"""Views: a named filter, columns and order of a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qpi_tui.domain.column_choice import ColumnSets

ME = "@me"
"""In a filter: the signed-in account."""


def for_account(filter: str, identity: str, *, everyone: bool) -> str:
    """Replace `@me` in a filter by an account; drop the term if the list has only own records."""
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
        name: Its name.
        list: The id of the list's resource.
        filter: The filter, as typed.
        columns: The columns; none: the defaults.
        sort: The key of the sort column, and whether it is reversed; None: the list's order.
        about: A description, for built-in ones.
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
    """Return the views of one list, by name."""
    return sorted((view for view in views if view.list == place), key=lambda view: view.name)
