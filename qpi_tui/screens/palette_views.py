"""Views in the palette: `view NAME` shows one, `view save NAME` saves the list as shown, `view delete NAME` deletes
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.views import BUILT_IN, View
from qpi_tui.resources import registry
from qpi_tui.screens.palette_offers import Offer

if TYPE_CHECKING:
    from qpi_tui.domain.roles import Role
    from qpi_tui.screens.base import ConsoleScreen

SAVE = Offer("view:save", "Save this list as a view: view save NAME", "views", typed="view save ", asks=True)
PLAIN = "none"


def view_offers(views: Mapping[str, View], role: Role) -> list[Offer]:
    """Return every view of a list that this role has."""
    found = [
        Offer(
            f"view:{view.list}:{view.name}",
            f"View {view.name} · {view.about or view.filter or 'columns'}",
            view.list,
            typed=f"view {view.name}",
            run=partial(show_view, view),
        )
        for view in sorted(views.values(), key=lambda view: (view.name in BUILT_IN, view.name))
        if registry()[view.list].visible(role)
    ]
    return [*found, SAVE]


def typed_view_offers(typed: str, views: Mapping[str, View], screen: ConsoleScreen) -> Iterator[Offer]:
    """Return the meanings of `view save NAME`, `view delete NAME` and `view none`."""
    words = typed.split()
    if not words or words[0].lower() not in ("view", "views"):
        return
    verb, name = (words[1].lower() if len(words) > 1 else ""), " ".join(words[2:])
    if verb == "save" and name:
        again = " again" if name in views and name not in BUILT_IN else ""
        yield Offer(
            f"view:save:{name}",
            f"Save this list as the view {name}{again}",
            "views",
            typed=f"view save {name}",
            run=partial(_save, name),
        )
    elif verb in ("delete", "rm", "remove"):
        for view in views.values():
            if view is not BUILT_IN.get(view.name) and name in view.name:
                yield Offer(
                    f"view:delete:{view.name}",
                    f"Delete the view {view.name}",
                    "views",
                    typed=f"view delete {view.name}",
                    run=partial(_delete, view.name),
                )
    elif PLAIN.startswith(verb) and verb:
        place = screen.console.current_place
        yield Offer(
            "view:none",
            "No view: default columns and order, no filter",
            place,
            typed="view none",
            run=partial(show_view, View(PLAIN, place)),
        )


def show_view(view: View, screen: ConsoleScreen) -> None:
    """Go to the list of a view, and show the view."""
    from qpi_tui.screens.filtered import FilteredScreen

    console = screen.console
    console.go_to(view.list)
    there = console.screen
    if console.current_place == view.list and isinstance(there, FilteredScreen):
        there.use_view(view)


def _save(name: str, screen: ConsoleScreen) -> None:
    from qpi_tui.screens.filtered import FilteredScreen
    from qpi_tui.settings.views import ViewError, check_name, save_view

    if not isinstance(screen, FilteredScreen):
        screen.tell("Only a list can be saved as a view.")
        return
    try:
        path = save_view(screen.view_of(check_name(name)))
    except ViewError as error:
        screen.tell(str(error))
        return
    screen.tell(f"View {name} saved in {path}. `:view {name}` shows it.", warn=False)


def _delete(name: str, screen: ConsoleScreen) -> None:
    from qpi_tui.settings.views import ViewError, delete_view

    try:
        delete_view(name)
    except ViewError as error:
        screen.tell(str(error))
        return
    screen.tell(f"View {name} deleted.", warn=False)
