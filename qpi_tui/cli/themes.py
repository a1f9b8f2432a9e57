"""`qpi-tui themes`: themes of the dashboard."""

from __future__ import annotations

from operator import attrgetter, methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, Task, carry_out
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    ListOutput,
    Output,
    Server,
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import id_column, say
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import as_usage
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.themes import ThemeRow

app = group("themes", "Manage the themes of the dashboard.")
Which = Annotated[str, Parameter(help="name or id")]
_THEMES = ("theme", "themes")


def names(theme: ThemeRow) -> tuple[str, ...]:
    """Return the names that select a theme."""
    return (theme.name,)


def _read(signed: Signed) -> list[ThemeRow]:
    return registry()["themes"].decode_all(signed.client.list_themes())


_TARGETS: Targets[ThemeRow] = Targets("theme", _read, names, attrgetter("label"), attrgetter("label"))


@app.command(name="list")
def list_themes(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List the themes, and which one is shown.

    Example: qpi-tui themes list
    """
    from qpi_tui.resources import themes as columns

    with signed_in(server) as signed:
        none = "There are no themes: the dashboard shows the default one."
        shown = [*columns.COLUMNS, id_column()]
        wanted = wanted_of(output, columns.RESOURCE, signed)
        return show_list(List(wanted, signed.client.list_themes, shown, none, columns.RESOURCE.decode), output, signed)


@app.command
def activate(which: Which, /, *, server: Server = SERVER, output: Output = OUTPUT, change: Change = CHANGE) -> int:
    """Activate a theme for everyone who opens the dashboard.

    Example: qpi-tui themes activate lab --yes
    """
    from qpi_tui.edits.themes import ActivateTheme

    def edit(theme: ThemeRow) -> ActivateTheme:
        return ActivateTheme(target=theme.label, theme=theme.id)

    need = methodcaller("need_admin", "change themes")
    what = BulkEdit("themes.activate", "Show", _THEMES)
    return change_each(_TARGETS, (which,), what, edit, need, server, output, change)


@app.command
def default(*, server: Server = SERVER, output: Output = OUTPUT, change: Change = CHANGE) -> int:
    """Activate the default theme of the dashboard.

    Example: qpi-tui themes default --yes
    """
    from qpi_tui.edits.themes import ActivateTheme
    from qpi_tui.resources.themes import DEFAULT

    with signed_in(server) as signed:
        signed.need_admin("change themes")
        task = Task("default", DEFAULT, DEFAULT, ActivateTheme(target=DEFAULT))
        return carry_out(BulkEdit("themes.default", "Show", _THEMES), [task], signed, change, output)


@app.command(name="import")
def import_folder(
    folder: Annotated[Path, Parameter(help="with theme.json, and custom.css, custom.js, logo.*, favicon.*")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Import a theme from a folder and replace the theme of that name. Checks the folder first.

    Example: qpi-tui themes import lab-theme --yes
    """
    from qpi_tui.edits.themes import ImportTheme
    from qpi_tui.files.private_file import typed_path
    from qpi_tui.files.theme_folder import read_theme

    with as_usage():
        theme = read_theme(typed_path(str(folder)))
    with signed_in(server) as signed:
        signed.need_admin("change themes")
        there = [each for each in _read(signed) if each.name == theme.name]
        if len(there) > 1:
            pick(there, theme.name, "theme", names)
        id = there[0].id if there else ""
        plan = f"{theme.name}: {theme.words}{', replaces the one of that name' if id else ''}"
        notes = ("Its JavaScript runs in the browser of everyone who opens the dashboard.",) if theme.custom_js else ()
        what = BulkEdit("themes.import", "Import", _THEMES, notes)
        return carry_out(
            what, [Task(id or theme.name, theme.name, plan, ImportTheme.of(theme, id))], signed, change, output
        )


@app.command
def export(which: Which, folder: Annotated[Path, Parameter(help="a new folder")], /, *, server: Server = SERVER) -> int:
    """Export a theme to a new folder. Overwrites nothing.

    Example: qpi-tui themes export lab my-theme
    """
    from qpi_tui.files.private_file import typed_path
    from qpi_tui.files.theme_folder import ThemeFiles, write_theme

    with signed_in(server) as signed:
        themes = signed.client.list_themes()
        rows = registry()["themes"].decode_all(themes)
        row = pick(rows, which, "theme", names)[0]
        # A row keeps only the beginning of its texts.
        theme = themes[rows.index(row)]
        files = {field: str(theme.get(field) or "") for field in ("logo", "favicon")}
        images = {field: (name, signed.client.get_theme_file(row.id, name)) for field, name in files.items() if name}
        with as_usage():
            write_theme(typed_path(str(folder)), ThemeFiles.of(theme, images))
    say(f"{row.label} written to {folder}.")
    return 0


@app.command
def delete(
    *which: Annotated[str, several("names or ids of themes")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Delete themes. If the active theme is deleted, the default is activated.

    Example: qpi-tui themes delete lab --dry-run
    """
    from qpi_tui.edits.themes import DeleteTheme

    def edit(theme: ThemeRow) -> DeleteTheme:
        return DeleteTheme(target=theme.label, theme=theme.id)

    need = methodcaller("need_admin", "change themes")
    what = BulkEdit("themes.delete", "Delete", _THEMES)
    return change_each(_TARGETS, which, what, edit, need, server, output, change)
