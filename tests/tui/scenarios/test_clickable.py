"""Everything that has a key can be clicked: on every screen, and in every dialog and form that an action opens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from qpi_sandbox import Sandbox
from qpi_tui.actions import allowed, in_areas
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.screens.base import AREAS, ConsoleScreen
from qpi_tui.widgets.dialogs import Dialog, Picking
from qpi_tui.widgets.push_button import PushButton
from qpi_tui.widgets.text_box import TextBox
from tests.tui.helpers import NARROW, WIDE, Person, at_console

# They leave the screen, or the console.
_LEAVING = {"app.quit", "app.sign_out", "app.suspend", "app.redraw", "app.back", "app.help", "app.refresh"}
# Keys that a dialog names in its text.
_FUNCTION_KEY = re.compile(r"\b(?:F\d+|ctrl\+\w)\b")


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=40, worker=False) as running:
        yield running


def ids_of(widget: Widget) -> set[str]:
    """Return the ids that text of this widget reports to a click."""
    found = set()
    for y in range(widget.size.height):
        for part in widget.render_line(y):
            if part.style is not None and (id := part.style.meta.get("id")):
                found.add(str(id))
    return found


def said_in(dialog: Screen[object]) -> Iterator[tuple[Widget, str]]:
    """Yield each widget of a dialog with its visible text, also that of an empty field."""
    for widget in dialog.query(Widget):
        if not widget.display:
            continue
        if isinstance(widget, Static):
            yield widget, str(widget.render())
        elif isinstance(widget, Input | TextBox):
            yield widget, str(widget.placeholder)


def check_dialog(dialog: Dialog[object]) -> list[str]:
    """Return what has a key in this dialog and nothing to click."""
    buttons = {button._action for button in dialog.query(PushButton) if button.display}
    words = {id for widget, _ in said_in(dialog) for id in ids_of(widget)}
    missing = []
    if not buttons & {"dialog.cancel", "handout.close", "handout.leave"}:
        missing.append("cancel")
    if any(isinstance(widget, TextBox) and widget.display for widget in dialog.query(TextBox)):
        missing += [] if "dialog.edit_text" in buttons or any("edit" in word for word in words) else ["edit"]
    labels = " ".join(str(button.render()) for button in dialog.query(PushButton))
    for widget, text in said_in(dialog):
        clickable = isinstance(widget, PushButton) or widget.id == "suggestions" or bool(ids_of(widget))
        missing += [key for key in _FUNCTION_KEY.findall(text) if not clickable and key not in labels]
    return missing


async def missing_at(person: Person, place: str, role: Role) -> list[str]:
    """Return what has a key on this screen, or in what its keys open, and cannot be clicked."""
    screen = person.app.screen
    assert isinstance(screen, ConsoleScreen)
    works = [each for each in in_areas((*screen.areas, *AREAS)) if allowed(each, role, read_only=False)]
    await person.press("question_mark")
    await person.until(lambda: isinstance(person.app.screen, Picking))
    listed = set(person.app.screen._ids)
    missing = [each.id for each in works if each.id not in listed]
    await person.press("escape")
    await person.until(lambda: person.app.screen is screen)
    for action in works:
        # What an administrator may do is tested as one; a user's dialogs for it are the same.
        tested = role is Role.ADMIN or Role.ADMIN not in action.who
        if not tested or action.id in _LEAVING or action.area in ("go", "table"):
            continue
        screen.action_do(action.id)
        await person.pilot.pause()
        dialog = person.app.screen
        if isinstance(dialog, Dialog):
            await person.until(lambda dialog=dialog: dialog.is_mounted)
            missing += [f"{action.id}: {key}" for key in check_dialog(dialog)]
        if person.app.current_place != place:
            person.app.go(place)
            await person.pilot.pause()
        while person.app.screen is not screen:
            person.app.pop_screen()
            await person.pilot.pause()
    return missing


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_all_that_has_a_key_can_be_clicked(lab: Sandbox, role: str) -> None:
    who = lab.admin if role == "admin" else lab.users[0]
    missing: dict[str, list[str]] = {}
    async with at_console(lab.url, role, who, screen="jobs", size=WIDE) as person:
        for place, resource in registry().items():
            if not resource.visible(Role(role)):
                continue
            person.app.go(place)
            await person.until(lambda place=place: person.app.current_place == place)
            await person.ready()
            missing[place] = await missing_at(person, place, Role(role))
    assert {place: found for place, found in missing.items() if found} == {}


async def test_the_example_of_the_submit_form_is_clicked(lab: Sandbox) -> None:
    async with at_console(lab.url, "user", lab.users[0], screen="jobs", size=NARROW) as person:
        await person.act("jobs.submit")
        await person.sees("[ Example (F2) ]", "[ Edit (ctrl+e) ]", "[ Cancel (esc) ]")
        line = next(y for y, text in enumerate(person.screen.splitlines()) if "[ Example" in text)
        await person.until(lambda: not person.app.screen.query_one(TextBox).text)
        # A click that comes with the form is not meant for it.
        await person.has_read()
        await person.pilot.click(offset=(person.screen.splitlines()[line].index("Example"), line))
        await person.until(lambda: "OPENQASM" in person.app.screen.query_one(TextBox).text)
