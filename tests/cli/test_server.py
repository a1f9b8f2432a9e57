"""`qpi-tui server` and `qpi-tui themes`, on one sandbox that keeps its log and sends mail."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.cli.command import Command
from tests.cli.process import running
from tests.conftest import wait_for
from tests.faults.listener import Listener

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(worker=False, mail=True) as running:
        yield running


class KillAt(list[bytes]):
    """A debug listener's messages; the listener dies when it gets a request of this kind."""

    def __init__(self, listener: Listener, mark: bytes) -> None:
        super().__init__()
        self._listener, self._mark = listener, mark

    def append(self, piece: bytes) -> None:
        super().append(piece)
        if self._mark in piece:
            self._listener.kill()


def logged(admin: Command) -> bool:
    return "no-such-collection" in admin.ok("server", "logs", "--level", "error", "--jsonl").out


def test_the_log_is_filtered_and_followed(admin: Command, admin_http: httpx.Client) -> None:
    admin_http.patch("/api/settings", json={"logs": {"maxDays": 1, "minLevel": 8}}).raise_for_status()
    assert admin_http.get("/api/collections/no-such-collection/records").status_code == 404
    wait_for(lambda: logged(admin), "the log to be written")
    table = admin.ok("server", "logs", "--words", "no-such-collection")
    assert "GET /api/collections/no-such-collection/records" in table.out
    assert "404" in table.out
    assert "no-such" in admin.ok("server", "logs", "--filter", "message:no-such-collection level:error").out
    assert "no-such" not in admin.ok("server", "logs", "--filter", "!no-such-collection").out
    assert "no-such" not in admin.ok("server", "logs", "--where", "data.status<300", "--limit", "500").out
    assert "no-such" in admin.ok("server", "logs", "--since", "1h", "--level", "error").out
    words = ("server", "logs", "--follow", "--level", "error", "--since", "1h", "--limit", "1", "--jsonl")
    with running(*words, environment=admin.environment) as followed:
        followed.until(lambda: len(followed.lines) == 1, "the newest entry")
        for _ in range(2):
            admin_http.get("/api/collections/another-one/records")
        followed.until(lambda: sum("another-one" in line for line in followed.lines) == 2, "the new entries")
        first, *new = map(json.loads, followed.lines)
        assert all(each["level"] >= 8 and each["created"] >= first["created"] for each in new), "nothing older follows"
        assert len({each["id"] for each in new} | {first["id"]}) == len(followed.lines)
        assert followed.interrupt() == 130


def test_backups_are_made_downloaded_restored_and_deleted(
    admin: Command, admin_http: httpx.Client, tmp_path: Path
) -> None:
    assert "backup made" in admin.ok("server", "backup", "one.zip", "--yes").out
    assert admin("server", "backup", "one.zip", "--yes").code == 1
    assert "one.zip" in admin.ok("server", "backups").out
    file = tmp_path / "lab.zip"
    admin.ok("server", "download", "one", "--to", str(file))
    assert file.read_bytes()[:2] == b"PK"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert admin("server", "download", "one.zip", "--to", str(file)).code == 2
    made = admin_http.post("/api/collections/notifications/records", json={"title": "later"}).json()["id"]
    assert "Would replace" in admin.ok("server", "restore", "one", "--dry-run").err
    asked = admin("server", "restore", "one.zip")
    assert (asked.code, "add --yes" in asked.err) == (2, True)
    twice = admin("server", "restore", "one.zip", "--yes")
    assert (twice.code, "--confirm" in twice.err) == (2, True)
    assert admin("server", "restore", "one.zip", "--yes", "--confirm", "two.zip").code == 130
    assert admin_http.get(f"/api/collections/notifications/records/{made}").status_code == 200
    said = admin.ok("server", "restore", "one.zip", "--yes", "--confirm", "one.zip").err
    assert "the server restarts" in said
    # So that the next command of a script reaches it.
    assert said.endswith("The server answers again.\n")

    def restored() -> bool:
        try:
            return admin_http.get(f"/api/collections/notifications/records/{made}").status_code == 404
        except httpx.TransportError:
            return False

    wait_for(restored, "the backup to be restored")
    admin.ok("server", "delete-backup", "one.zip", "--yes")
    assert admin("server", "delete-backup", "one.zip", "--yes").code == 5


def test_the_mail_is_tested_and_the_rules_are_read(admin: Command, person: Command, sandbox: Sandbox) -> None:
    assert "letter sent" in admin.ok("server", "mail", "anna@lab.example", "--yes").out
    mailbox = sandbox.sign_in.mailbox
    assert mailbox is not None
    wait_for(lambda: any("anna@lab.example" in str(each["To"]) for each in mailbox.messages()), "the letter")
    rules = admin.ok("server", "rules").out
    assert "superusers only" in rules
    assert "user_id = @request.auth.id" in admin.ok("server", "rules", "quantum_jobs").out
    for words in (("logs",), ("backups",), ("rules",), ("backup", "--yes"), ("mail", "a@b.example", "--yes")):
        assert person("server", *words).code == 4


def test_themes_are_uploaded_from_and_downloaded_to_a_folder(
    admin: Command, person: Command, tmp_path: Path, sandbox: Sandbox
) -> None:
    folder, copy = tmp_path / "lab", tmp_path / "copy"
    folder.mkdir()
    told = {"name": "lab", "site_name": "Our lab", "tokens": {"colors": {"light": {"primary": "#123456"}}}}
    (folder / "theme.json").write_text(json.dumps(told))
    (folder / "custom.css").write_text("p { color: red }")
    (folder / "logo.svg").write_text(SVG)
    new = admin.ok("themes", "import", str(folder), "--dry-run")
    assert "To undo, delete the theme." in new.out + new.err
    assert "previous content" not in new.out + new.err
    assert "imported" in admin.ok("themes", "import", str(folder), "--yes").out
    again = admin.ok("themes", "import", str(folder), "--dry-run")
    assert "replaces the one of that name" in again.out
    assert "The previous content of the theme cannot be restored." in again.out + again.err
    (folder / "custom.js").write_text("1")
    assert "replaced" in admin.ok("themes", "import", str(folder), "--yes").out
    assert "is shown in the dashboard" in admin.ok("themes", "activate", "lab", "--yes").out
    assert httpx.get(f"{sandbox.url}/api/theme/active").json()["site_name"] == "Our lab"
    assert "● active" in person.ok("themes", "list").out
    between = Listener(sandbox.url)
    between.came = KillAt(between, b"GET /api/files/")
    failed = admin("themes", "export", "lab", str(copy), QPI_URL=between.url)
    assert (failed.code, copy.exists()) == (3, False), failed
    assert "No connection" in failed.err
    admin.ok("themes", "export", "lab", str(copy))
    assert json.loads((copy / "theme.json").read_text()) == {"tagline": "", **told}
    assert (copy / "custom.css").read_text() == "p { color: red }"
    assert (copy / "logo.svg").read_text() == SVG
    assert admin("themes", "export", "lab", str(copy)).code == 2
    admin.ok("themes", "default", "--yes")
    assert httpx.get(f"{sandbox.url}/api/theme/active").json()["id"] == "default"
    admin.ok("themes", "delete", "lab", "--yes")
    assert person("themes", "activate", "lab", "--yes").code == 4


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("theme.json", "{", "is not JSON"),
        ("theme.json", "[]", "must contain an object"),
        ("theme.json", "{}", "name is missing"),
        ("theme.json", '{"name": "x", "colour": 1}', "unknown keys: colour"),
        ("theme.json", '{"name": "x", "tokens": {"a": 1}}', "object of objects"),
        ("custom.css", "x" * 5001, "5,001 characters"),
        ("custom.js", "x" * 30_000, "is larger than"),
        ("logo.exe", "MZ", "must end in png, svg, webp"),
        ("logo.png", "no image", "is no PNG file"),
        ("favicon.svg", "<" * 600_000, "is larger than"),
    ],
)
def test_a_theme_folder_is_validated_before_anything_is_sent(
    nobody: Command, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / "theme.json").write_text('{"name": "x"}')
    (tmp_path / name).write_text(text)
    answer = nobody("themes", "import", str(tmp_path))
    assert (answer.code, said in answer.err) == (2, True), answer


def test_an_older_server_has_no_themes() -> None:
    with Sandbox(worker=False, generation="v0.0") as older:
        admin = older.admin
        command = Command(
            {"QPI_URL": older.url, "QPI_ROLE": "admin", "QPI_IDENTITY": admin.identity, "QPI_PASSWORD": admin.password}
        )
        answer = command("themes", "list")
    assert answer.code == 1
    assert "v0.1; this server has generation v0.0" in answer.err
