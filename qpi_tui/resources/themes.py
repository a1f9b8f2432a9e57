"""Themes of the dashboard: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.action import action
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import ADMINS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.themes import ThemeRow

DEFAULT = "the default theme"
"""The name of the dashboard's appearance without an active theme."""


def _state(theme: ThemeRow) -> Cell:
    return Cell("● active", "ok") if theme.is_active else Cell("")


COLUMNS = [
    Column("name", "Name", 24, lambda theme: theme.label, flex=True),
    Column("state", "State", 9, _state),
    Column("site", "Site name", 20, lambda theme: theme.site_name, need=1),
    Column("parts", "Parts", 24, lambda theme: theme.parts, need=1),
    Column("updated", "Updated", 16, lambda theme: theme.updated[:16], need=2),
]

RESOURCE: Resource[ThemeRow] = Resource(
    id="themes",
    title="Themes",
    help="Themes of the dashboard",
    key="T",
    tab=False,
    row="qpi_tui.rows.themes:ThemeRow",
    screen="themes:ThemesScreen",
    not_on=("v0.0",),
    noun=("theme", "themes"),
    roles=ADMINS,
    collection="themes",
    reader="list_themes",
    columns=COLUMNS,
    actions=(
        action("themes.activate", "a", "activate", "Activate the theme", ADMINS, changes=True),
        action("themes.default", "d", "default", "Activate the default theme", ADMINS, changes=True),
        action("themes.import", "i", "import", "Import a theme from a folder", ADMINS, changes=True),
        action("themes.export", "E", "export", "Export the theme to a folder", ADMINS),
        action("themes.delete", "X", "delete", "Delete the theme", ADMINS, changes=True, shown=False),
    ),
    word="name",
    about="site_name",
)
