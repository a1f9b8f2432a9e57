"""Every action with hostile text from the server: each dialog, form, notice and file that it produces."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from qpi_tui.actions import ACTIONS
from qpi_tui.domain.action import Action
from qpi_tui.domain.roles import Role
from qpi_tui.resources import first_screen, registry
from tests.hostile.corpus import intruders
from tests.hostile.server import Hostile, records_with
from tests.hostile.stepped import SteppedTerminal
from tests.hostile.test_terminal import FULL, TEXTS, hostile, open_console, written_in

__all__ = ["hostile"]

# Textual's key names → what a terminal sends.
NAMED = {
    "asterisk": "*", "slash": "/", "colon": ":", "right_square_bracket": "]", "left_square_bracket": "[", "plus": "+",
    "minus": "-", "question_mark": "?",
}  # fmt: skip
LEAVING = {"app.quit", "app.sign_out", "app.back", "app.redraw", "go.next", "go.previous"}
# Panes that are active on a screen besides its own.
TABLES = {"requests", "qpus", "jobs", "users", "drivers", "telemetry", "announcements", "tokens", "journal"}


# How many lines of a table are used in turn.
LINES = 40 if FULL else 7
SOME = random.Random(5)  # noqa: S311  # no secret


def actions_on(place: str, role: Role) -> list[Action]:
    """Return the actions on a screen."""
    areas = {place, "app", *(["table"] if place in TABLES else [])}
    if not FULL and (place != first_screen(role) or role is Role.USER):
        # What is the same on every screen and for every role is tested once.
        areas = {place}
    found = [action for action in ACTIONS.values() if action.area in areas and role in action.who]
    # Screens that administrators can only read are tested as one role.
    found = [each for each in found if FULL or role is Role.ADMIN or each.changes or Role.ADMIN not in each.who]
    # The short form uses the same quarter of the read-only actions each time.
    return [each for each in found if FULL or each.changes or SOME.random() < 0.25]


def go(terminal: SteppedTerminal, place: str) -> None:
    """Close whatever is open, and open a screen."""
    terminal.press("escape", "escape")
    terminal.step("escape", ACTIONS[f"go.{place}"].keys[0])


def try_out(terminal: SteppedTerminal, action: Action) -> None:
    """Press its key, confirm every dialog and send every form."""
    key = action.keys[0]
    terminal.step(NAMED.get(key, key), *(("enter", "tab", "enter", "enter") if FULL else ("tab", "enter", "enter")))
    assert terminal.process.poll() is None, f"{action.id} ended the console: {bytes(terminal.raw[-300:])!r}"


@pytest.mark.parametrize(
    ("role", "accepts"),
    [(Role.ADMIN, True), (Role.USER, False), *([(Role.ADMIN, False), (Role.USER, True)] if FULL else [])],
)
def test_no_action_sends_server_text_as_terminal_sequences(
    hostile: Hostile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    role: Role,
    accepts: bool,
) -> None:
    hostile.accepts, hostile.tells = accepts, accepts
    if not FULL:
        # Longer texts are cut at 512 characters, and tested elsewhere.
        hostile.records = records_with([text[:600] for text in TEXTS])
    # Exports are written to the working directory.
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with open_console(hostile.url, tmp_path, role.value) as terminal:
        tried = 0
        for place in registry().values():
            if not place.visible(role):
                continue
            for action in actions_on(place.id, role):
                if action.id in LEAVING:
                    continue
                go(terminal, place.id)
                # Each on another line, with another text.
                terminal.press(*["down"] * (tried % LINES))
                try_out(terminal, action)
                tried += 1
        jobs = ("job", "json") if FULL or role is Role.USER else ()
        for action in [each for each in ACTIONS.values() if each.area in jobs]:
            go(terminal, "jobs")
            terminal.press(*["down"] * (tried % LINES))
            terminal.step("enter")
            if action.area == "json":
                terminal.step("v", *["down"] * (tried % 10))
            try_out(terminal, action)
            tried += 1
        for _ in range(5):
            go(terminal, "overview")
            terminal.step("q", "enter")
        assert terminal.wait_end() == 0
    assert tried > (100 if FULL else 25)
    found = intruders(bytes(terminal.raw))
    assert not found, f"{len(found)}: {found[:10]}"
    assert not written_in(tmp_path)
    record_property("actions pressed in a terminal, on records full of the texts", tried)
