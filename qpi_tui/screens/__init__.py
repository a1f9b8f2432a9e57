"""The screens, and where each is found. A screen is imported when it is first opened."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.actions import ACTIONS
from qpi_tui.domain.roles import Role

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen


class Place(NamedTuple):
    """A screen: its id (also its module's name), its class, and its names on the second line."""

    id: str
    class_name: str
    name: str
    short: str
    user_name: str = ""
    # Generations of the server that do not have what it shows.
    not_on: tuple[str, ...] = ()

    def visible(self, role: Role) -> bool:
        """Whether this role has the screen."""
        return role in ACTIONS[f"go.{self.id}"].who

    def exists_on(self, generation: str) -> bool:
        """Whether a server of this generation has what it shows; an unknown one is believed to."""
        return generation not in self.not_on

    def title(self, role: Role) -> str:
        """The name for this role."""
        return self.user_name if self.user_name and role is not Role.ADMIN else self.name

    def short_title(self, role: Role) -> str:
        """The name for this role where there is little room."""
        return self.user_name if self.user_name and role is not Role.ADMIN else self.short

    def make(self) -> ConsoleScreen:
        """Build the screen."""
        module = importlib.import_module(f"qpi_tui.screens.{self.id}")
        screen: ConsoleScreen = getattr(module, self.class_name)()
        return screen


_PLACES = (
    Place("overview", "OverviewScreen", "Overview", "Over"),
    Place("requests", "RequestsScreen", "Requests", "Reqs", "Time"),
    Place("qpus", "QPUsScreen", "QPUs", "QPUs"),
    Place("jobs", "JobsScreen", "Jobs", "Jobs"),
    Place("slots", "SlotsScreen", "Slots", "Slots"),
    Place("users", "UsersScreen", "Users", "Users"),
    Place("drivers", "DriversScreen", "Drivers", "Drv", not_on=("v0.0",)),
    Place("telemetry", "TelemetryScreen", "Telemetry", "Tel", not_on=("v0.0",)),
    Place("announcements", "AnnouncementsScreen", "Notices", "News"),
    Place("tokens", "TokensScreen", "Tokens", "Tok"),
    Place("journal", "AuditLogScreen", "Journal", "Log"),
)

PLACES = {place.id: place for place in _PLACES}


def first_screen(role: Role) -> str:
    """What a person of this role sees first."""
    return "requests" if role is Role.ADMIN else "jobs"
