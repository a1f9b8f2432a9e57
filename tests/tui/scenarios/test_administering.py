"""An administrator manages backups, the log, mail, rules and dashboard themes by keys."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from textual.widgets import Input

from qpi_sandbox import Sandbox
from qpi_tui.widgets.form import Form
from tests.conftest import wait_for
from tests.faults.listener import Listener
from tests.tui.helpers import NARROW, Person, at_console

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(worker=False, mail=True) as running:
        yield running


async def fill(person: Person, text: str) -> None:
    """Replace the text in the form's first field, as a paste does, and send it."""
    await person.until(lambda: isinstance(person.app.screen, Form) and person.app.screen.is_mounted)
    person.app.screen.query(Input).first().value = text
    await person.press("enter")


def logged(person: Person, word: str) -> bool:
    """Whether the list has an entry with this word in its message."""
    return any(word in row.message for row in person.app.screen.records)


async def test_a_backup_is_created_downloaded_and_deleted(
    sandbox: Sandbox, admin_http: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "lab.zip"
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="server", size=NARROW) as person:
        await person.sees("No backups. n creates one.")
        await person.act("server.backup")
        await person.sees("Create a backup", "backup_2")
        await fill(person, "one.zip")
        await person.sees("one.zip: backup made")
        assert [each["key"] for each in admin_http.get("/api/backups").json()] == ["one.zip"]
        await person.move_to("one.zip")
        await person.act("server.download")
        await person.sees("Download one.zip", "It holds every account")
        await fill(person, "lab.txt")
        await person.sees("should end in .zip")
        await fill(person, str(file))
        await person.sees_not("Download one.zip")
        assert file.read_bytes()[:2] == b"PK"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        # No file is overwritten.
        await person.act("server.download")
        await fill(person, str(file))
        await person.sees("exists already")
        await person.press("escape")
        await person.act("server.delete")
        await person.sees("Delete one.zip?")
        await person.confirm()
        await person.sees("No backups. n creates one.")
    assert admin_http.get("/api/backups").json() == []


async def test_a_download_that_fails_leaves_no_file(sandbox: Sandbox, admin_http: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "gone.zip"
    admin_http.post("/api/backups", json={"name": "gone.zip"}).raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="server", size=NARROW) as person:
        await person.move_to("gone.zip")
        await person.act("server.download")
        admin_http.delete("/api/backups/gone.zip").raise_for_status()
        await fill(person, str(file))
        await person.sees("Not downloaded")
    assert not file.exists()


async def test_the_log_is_filtered_by_level_and_followed(sandbox: Sandbox, admin_http: httpx.Client) -> None:
    admin_http.patch("/api/settings", json={"logs": {"maxDays": 1, "minLevel": 0}}).raise_for_status()
    assert admin_http.get("/api/collections/no-such-one/records").status_code == 404
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="server", size=NARROW) as person:
        await person.act("server.logs")
        await person.sees("all levels", "following every 5 s")
        # New entries appear without a key press.
        await person.until(lambda: logged(person, "no-such-one"))
        await person.act("logs.level")
        await person.sees("warnings and errors")
        await person.act("logs.level")
        await person.sees(" errors · following")
        await person.until(lambda: {row.level_word for row in person.app.screen.records} == {"error"})
        assert logged(person, "no-such-one")
        await person.act("logs.follow")
        await person.sees("not following")
        before = person.app.connection.requests
        assert admin_http.get("/api/collections/another-one/records").status_code == 404
        wait_for(lambda: "another-one" in admin_http.get("/api/logs", params={"perPage": 500}).text, "the entry")
        assert not logged(person, "another-one")
        assert person.app.connection.requests <= before + 1
        await person.act("logs.follow")
        await person.until(lambda: logged(person, "another-one"))
        await person.press("escape")
        await person.sees("No backups")


async def test_rules_are_shown_and_a_test_mail_is_sent(sandbox: Sandbox) -> None:
    mailbox = sandbox.sign_in.mailbox
    assert mailbox is not None
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="server", size=NARROW) as person:
        await person.act("server.rules")
        await person.sees("Rules of the collections, read-only", "superusers only")
        for _ in range(40):
            if "quantum_jobs" in person.screen and "user_id = @request.auth.id" in person.screen:
                break
            await person.press("pagedown")
        await person.sees("quantum_jobs", "user_id = @request.auth.id")
        await person.press("escape")
        await person.sees_not("Rules of the collections")
        await person.act("server.mail")
        await fill(person, "nobody")
        await person.sees("To which address?")
        await fill(person, "anna@lab.example")
        await person.press("enter")
        await person.sees("letter sent")
    wait_for(lambda: any("anna@lab.example" in str(each["To"]) for each in mailbox.messages()), "the letter")


async def test_a_theme_is_imported_from_a_folder_and_exported_to_one(
    sandbox: Sandbox, admin_http: httpx.Client, tmp_path: Path
) -> None:
    folder, copy = tmp_path / "lab", tmp_path / "copy"
    folder.mkdir()
    told = {"name": "lab", "site_name": "Our lab", "tokens": {"colors": {"light": {"primary": "#123456"}}}}
    (folder / "theme.json").write_text(json.dumps(told))
    (folder / "custom.css").write_text("p { color: red }")
    (folder / "custom.js").write_text("1")
    (folder / "logo.svg").write_text(SVG)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="themes", size=NARROW) as person:
        await person.sees("No themes")
        await person.act("themes.import")
        await fill(person, str(tmp_path))
        await person.sees("theme.json")
        await fill(person, str(folder))
        await person.sees("1 theme · shown:")
        theme = admin_http.get("/api/collections/themes/records").json()["items"][0]
        assert (theme["site_name"], theme["custom_css"], theme["custom_js"]) == ("Our lab", "p { color: red }", "1")
        await person.move_to(theme["id"])
        await person.act("themes.activate")
        await person.sees("Show lab in the dashboard?", "JavaScript")
        await person.confirm()
        await person.until(lambda: httpx.get(f"{sandbox.url}/api/theme/active").json()["site_name"] == "Our lab")
        await person.sees("shown: lab")
        await person.act("themes.export")
        await fill(person, str(folder))
        await person.sees("exists already")
        await fill(person, str(copy))
        await person.sees_not("Export lab")
        assert json.loads((copy / "theme.json").read_text()) == {"tagline": "", **told}
        assert (copy / "custom.css").read_text() == "p { color: red }"
        assert (copy / "logo.svg").read_text() == SVG
        await person.act("themes.default")
        await person.confirm()
        await person.until(lambda: httpx.get(f"{sandbox.url}/api/theme/active").json()["id"] == "default")
        await person.sees("shown: the default theme")
        await person.act("themes.delete")
        await person.sees("Delete lab?")
        await person.confirm()
        await person.sees("No themes")
    assert admin_http.get("/api/collections/themes/records").json()["items"] == []


async def test_an_export_that_fails_on_the_network_explains_why(
    sandbox: Sandbox, admin_http: httpx.Client, tmp_path: Path
) -> None:
    path, between = "/api/collections/themes/records", Listener(sandbox.url)
    made = admin_http.post(path, json={"name": "far"}).json()["id"]
    async with at_console(between.url, "admin", sandbox.admin, screen="themes", size=NARROW) as person:
        await person.move_to(made)
        await person.act("themes.export")
        await person.sees("Export far")
        between.kill()
        await fill(person, str(tmp_path / "copy"))
        await person.sees("Not written: No connection")
    assert not (tmp_path / "copy").exists()
    admin_http.delete(f"{path}/{made}").raise_for_status()
