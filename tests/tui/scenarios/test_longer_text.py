"""Longer text: several lines, an editor, and nothing lost in either direction."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from textual import events

from qpi_sandbox import Credentials, Sandbox
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.terminal.console import open_console

LINES = "The fridge warms up.\nQueue your jobs by noon.\n\nBack on Monday."


def named(http: httpx.Client, title: str) -> list[str]:
    """Return the texts of the announcements with a title."""
    found = http.get("/api/collections/notifications/records", params={"filter": f"title='{title}'"}).json()
    return [each["description"] for each in found["items"]]


async def paste(person: Person, text: str) -> None:
    person.app.post_message(events.Paste(text))
    await person.pilot.pause()


async def test_line_breaks_pasted_into_an_announcement_survive_editing(
    sandbox: Sandbox, admin_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements", size=NARROW) as person:
        await person.act("announcements.create")
        await paste(person, "In\nthree\nlines\n")
        await person.sees("Line breaks were replaced by spaces")
        await person.press("tab")
        # Terminals send the line breaks of a paste in this form.
        await paste(person, LINES.replace("\n", "\r"))
        await person.press("tab", "tab", "tab", "enter")
        await person.until(lambda: named(admin_http, "In three lines") == [LINES])
        made = admin_http.get(
            "/api/collections/notifications/records", params={"filter": "title='In three lines'"}
        ).json()["items"][0]
        await person.move_to(made["id"])
        await person.act("announcements.edit")
        box = person.app.screen.query_one("#entry-text")
        assert box.value == LINES
        await person.press("tab", "ctrl+end", "ctrl+j", *"Sorry", "tab", "tab", "tab", "enter")
        await person.until(lambda: named(admin_http, "In three lines") == [f"{LINES}\nSorry"])


async def test_in_the_reason_enter_sends_and_ctrl_j_inserts_a_line_break(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "user", user, screen="requests", size=NARROW) as person:
        await person.act("requests.create")
        await person.type("10m\nchapter 4")
        await person.press("ctrl+j")
        await person.type("and 5\n")
        mine = "/api/collections/qpu_time_requests/records"
        await person.until(lambda: user_http.get(mine).json()["items"])
        assert user_http.get(mine).json()["items"][0]["requested_reason"] == "chapter 4\nand 5"


@pytest.mark.parametrize("ends", ["saves", "fails", "is missing"])
def test_the_editor_gets_the_text_in_a_private_file_and_returns_it(sandbox: Sandbox, tmp_path: Path, ends: str) -> None:
    seen, editor = tmp_path / "seen", tmp_path / "editor"
    script = f'#!/bin/sh\nstat -c "%a %n" "$1" > {seen}\nenv | grep -c QPI_PASS >> {seen}\ncat "$1" >> {seen}\n'
    script += 'printf "one\\ntwo\\nthree\\n" > "$1"\n' if ends == "saves" else "exit 3\n"
    editor.write_text(script)
    editor.chmod(0o700)
    env = {"EDITOR": str(editor) if ends != "is missing" else "no-such-editor", "VISUAL": ""}
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "announcements", env=env) as terminal:
        terminal.wait_for("● live")
        terminal.settle()
        terminal.press("n")
        terminal.wait_for("ctrl+e editor")
        terminal.press("tab", "as it was", "ctrl+e")
        if ends == "saves":
            terminal.wait_for("three")
            assert "as it was" not in terminal.text
        else:
            terminal.wait_for("ended with status 3" if ends == "fails" else "Cannot find the editor")
            terminal.wait_for("as it was")
        # The console controls the terminal again once it has queried the terminal's features.
        terminal.settle()
        terminal.press("!")
        terminal.wait_for("three!" if ends == "saves" else "as it was!")
    if ends != "is missing":
        mode_and_name, secrets, text = seen.read_text().split("\n", 2)
        mode, name = mode_and_name.split(" ", 1)
        assert int(mode, 8) == 0o600
        assert (secrets, text) == ("0", "as it was")
        assert not Path(name).parent.exists()
