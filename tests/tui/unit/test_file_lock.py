"""Private files that several processes change: none overwrites what another one wrote, and none waits for ever."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from qpi_tui.domain.views import View
from qpi_tui.files import private_file
from qpi_tui.files.drafts import keep_drafts, load_drafts
from qpi_tui.screens.announcement_banner import Dismissed
from qpi_tui.session.credentials import CredentialStore
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.settings.views import delete_view, read_views, save_view
from tests.cli.conftest import folders
from tests.waiting import wait_for

__all__ = ["folders"]

URL = "https://lab.example"
HOLD = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX); print(flush=True); input()"


class Race(NamedTuple):
    """Two processes that change a file: what is there before, both changes, and whether both were kept."""

    before: Callable[[Path], object]
    first: Callable[[Path], object]
    second: Callable[[Path], object]
    kept: Callable[[Path], bool]


def views(path: Path) -> set[str]:
    return {name for name in read_views(path) if name in {"old", "new"}}


RACES = {
    "a session is stored during a logout": Race(
        lambda path: CredentialStore(path).put("anna", "hers"),
        lambda path: CredentialStore(path).put("ben", "his"),
        lambda path: CredentialStore(path).forget("anna"),
        lambda path: json.loads(path.read_text()) == {"ben": "his"},
    ),
    "two sessions are stored": Race(
        lambda path: None,
        lambda path: CredentialStore(path).put("anna", "hers"),
        lambda path: CredentialStore(path).put("ben", "his"),
        lambda path: json.loads(path.read_text()) == {"anna": "hers", "ben": "his"},
    ),
    "a session is renewed during its logout": Race(
        lambda path: CredentialStore(path).put("anna", "hers"),
        lambda path: CredentialStore(path).replace("anna", "longer"),
        lambda path: CredentialStore(path).forget("anna"),
        lambda path: json.loads(path.read_text()) == {},
    ),
    "a certificate is trusted during a sign-in": Race(
        lambda path: None,
        lambda path: RememberedServers(path).trust(URL, "ab"),
        lambda path: RememberedServers(path).keep_profile("lab", URL, "anna", "user"),
        lambda path: RememberedServers(path).fingerprint(URL) == "ab" and RememberedServers(path).current == "lab",
    ),
    "a view is saved while another is deleted": Race(
        lambda path: save_view(View("old", "jobs"), path),
        lambda path: save_view(View("new", "jobs"), path),
        lambda path: delete_view("old", path),
        lambda path: views(path) == {"new"},
    ),
    "two accounts keep their drafts": Race(
        lambda path: None,
        lambda path: keep_drafts(path, "anna", {"ask": {"why": "a course"}}),
        lambda path: keep_drafts(path, "ben", {"ask": {"why": "a test"}}),
        lambda path: bool(load_drafts(path, "anna") and load_drafts(path, "ben")),
    ),
    "two consoles dismiss": Race(
        lambda path: None,
        lambda path: Dismissed(path).add(URL, "anna", ["one"]),
        lambda path: Dismissed(path).add(URL, "anna", ["two"]),
        lambda path: Dismissed(path).ids(URL, "anna") == {"one", "two"},
    ),
}


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_a_change_between_the_read_and_the_write_of_another_is_kept(
    race: Race, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "file"
    race.before(path)
    caplog.set_level(logging.DEBUG, "qpi_tui")
    other = threading.Thread(target=race.second, args=(path,))
    replace = os.replace

    def interrupted(old: str, new: Path) -> None:
        if threading.current_thread() is not other:
            # The first has read the file, and has not written it yet.
            other.start()
            wait_for(lambda: not other.is_alive() or "waiting for it" in caplog.text, "the second")
        replace(old, new)

    monkeypatch.setattr(os, "replace", interrupted)
    race.first(path)
    other.join()
    assert race.kept(path)


def test_what_was_stored_since_a_file_was_read_is_kept(tmp_path: Path) -> None:
    """A console reads these files when it starts, and changes them hours later."""
    path, other = tmp_path / "servers.json", tmp_path / "dismissed.json"
    console, dismissed = RememberedServers(path), Dismissed(other)
    RememberedServers(path).keep_profile("lab", URL, "anna", "user")
    console.trust(URL, "ab")
    assert (RememberedServers(path).current, RememberedServers(path).fingerprint(URL)) == ("lab", "ab")
    Dismissed(other).add(URL, "anna", ["one"])
    dismissed.add(URL, "anna", ["two"])
    assert Dismissed(other).ids(URL, "anna") == {"one", "two"}


def test_a_session_that_was_deleted_since_is_not_stored_again(tmp_path: Path) -> None:
    store = CredentialStore(tmp_path / "sessions.json")
    store.put("anna", "hers")
    assert store.replace("anna", "longer")
    assert store.forget("anna")
    assert not store.replace("anna", "longer still")
    assert store.get("anna") == ""


def test_a_frozen_process_that_holds_the_lock_delays_a_change_only_shortly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sessions.json"
    store = CredentialStore(path)
    store.put("anna", "hers")
    lock = str(tmp_path / ".sessions.json.lock")
    with subprocess.Popen([sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            holder.stdout.readline()
            holder.send_signal(signal.SIGSTOP)
            monkeypatch.setattr(private_file, "_PATIENCE", 0.1)
            caplog.set_level(logging.DEBUG, "qpi_tui")
            store.put("ben", "his")
            assert "continuing without the lock" in caplog.text
        finally:
            holder.kill()
    assert json.loads(path.read_text()) == {"anna": "hers", "ben": "his"}
    # The lock of a process that ended is free.
    caplog.clear()
    store.put("ben", "longer")
    assert caplog.text == ""


def no_locks(descriptor: int, operation: int) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


@pytest.mark.parametrize("missing", ["the module", "on this disk"])
def test_without_locks_everything_is_stored_as_before(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "the module":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", no_locks)
    store = CredentialStore(tmp_path / "sessions.json")
    store.put("anna", "hers")
    store.put("ben", "his")
    assert store.forget("anna")
    assert (store.get("anna"), store.get("ben")) == ("", "his")
