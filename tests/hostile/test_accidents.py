"""Text is never interpreted as commands: words typed at any speed, and pastes, on every screen and over every dialog,
for every role.

The server's data are compared before and after. `QPI_HOSTILE=full` types thousands of words, whose figures are in
docs/reliability.md. `QPI_ACCIDENTS` sets the number of words.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.actions import ACTIONS, Role
from qpi_tui.resources import registry
from tests.conftest import sign_in
from tests.faults import inputs
from tests.hostile.stepped import GUARDED, SteppedTerminal
from tests.hostile.test_terminal import FULL
from tests.tui.terminal.console import environment

WORDS = int(os.environ.get("QPI_ACCIDENTS", "9000" if FULL else "150"))
# Maximum pause between the pieces of a paste, in seconds. A confirming key counts as typed after 0.4 s.
UNBROKEN = 0.35
START, END = "\x1b[200~", "\x1b[201~"
# Letters of commands, of yes, and everything else on keyboards. Without q, which quits.
COMMANDS = "aaaxxxXXddeemmRRnnryYzzDSfbEuUvVstowjkgGohlJ*  /:?0123456789"
OTHERS = "bcilprtwABCFHIKLMNOPTWZ.,;-_=+()[]{}'\"!@#$%^&<>|\\éöфяבبω日"
# Keys that open a dialog without a text field, by role and screen.
DIALOGS = {
    Role.ADMIN: {"requests": ("a", "*a"), "qpus": ("e", "d", "m", "b", "*d", "X"), "drivers": ("e", "d", "X"),
                 "jobs": ("x", "*x", "R", "X"), "slots": ("vx",), "announcements": ("x", "X"), "tokens": ("x",),
                 "users": ("?", "o", "S", "p", "I", "X"), "doctor": ("f",), "server": ("R", "X", "u"),
                 "themes": ("a", "d", "X")},
    Role.USER: {"requests": ("x",), "jobs": ("x", "*x", "R"), "slots": ("vx",), "announcements": ("d",),
                "tokens": ("x",), "overview": ("D", "S")},
    Role.TOKEN: {"jobs": ("x", "R"), "qpus": ("?", "o")},
}  # fmt: skip


@pytest.fixture(scope="module")
def http(lab: Sandbox) -> Iterator[httpx.Client]:
    """Return the administrator's connection, bypassing the console."""
    token = sign_in(lab.url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return the demo's data without background activity. The first user has a record of every kind."""
    with Sandbox(seed=1, worker=False) as running:
        user = running.users[0]
        own = {"Authorization": sign_in(running.url, user)}
        admin = {"Authorization": sign_in(running.url, running.admin, "_superusers")}
        with httpx.Client(base_url=running.url, timeout=30) as client:
            notice = {"title": "Cooling down", "description": "until noon"}
            client.post("/api/collections/notifications/records", json=notice, headers=admin).raise_for_status()
            for active in (True, False):
                theme = {"name": f"theme {active}", "is_active": active}
                client.post("/api/collections/themes/records", json=theme, headers=admin).raise_for_status()
            client.post("/api/backups", json={"name": "before.zip"}, headers=admin).raise_for_status()
            # The server creates a user for a superuser who first reads such a list.
            client.get("/api/tokens", headers=admin).raise_for_status()
            for name in ("script", "night"):
                client.post("/api/tokens", json={"name": name}, headers=own).raise_for_status()
            ask = {"user": user.id, "seconds": 60, "status": "pending", "requested_reason": "more"}
            client.post("/api/collections/qpu_time_requests/records", json=ask, headers=own).raise_for_status()
        yield running


def held(http: httpx.Client) -> dict[str, dict[str, Any]]:
    """Return every record of every collection that a user can change, by collection and id, with backups and
    indexes.
    """
    backups = {backup["key"]: backup for backup in http.get("/api/backups").raise_for_status().json()}
    found: dict[str, dict[str, Any]] = {"backups": backups, "indexes": {}}
    for collection in http.get("/api/collections", params={"perPage": 200}).raise_for_status().json()["items"]:
        name = collection["name"]
        found["indexes"][name] = collection["indexes"]
        if collection["type"] == "view" or name.startswith("_"):
            continue
        records, page = [], 0
        while page == 0 or len(records) == 500 * page:
            page += 1
            query = {"perPage": 500, "page": page, "skipTotal": True}
            answer = http.get(f"/api/collections/{name}/records", params=query).raise_for_status()
            records += answer.json()["items"]
        found[name] = {record["id"]: record for record in records}
    assert sum(map(len, found.values())) > 100
    return found


def changes(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Return the differences, record by record."""
    return [
        f"{name} {id}: {before[name].get(id)} → {after[name].get(id)}"
        for name in before
        for id in before[name].keys() | after[name].keys()
        if before[name].get(id) != after[name].get(id)
    ]


def journal(home: Path) -> list[str]:
    """Return what the console reports it did."""
    return [path.read_text() for path in home.rglob("*.jsonl")]


class Accidents:
    """Somebody who types text in the wrong place, into one console after another, because a console may quit."""

    def __init__(self, lab: Sandbox, role: Role, home: Path) -> None:
        self.chance = random.Random(f"{role} {WORDS}")  # noqa: S311  # no secret
        self.words = self.pastes = self.dialogs = self.starts = 0
        self._role = role
        who, as_role = (lab.admin, "admin") if role is Role.ADMIN else (lab.users[0], "user")
        self._env = environment(lab.url, who, home, as_role)
        if role is Role.TOKEN:
            self._env |= {"QPI_IDENTITY": "", "QPI_PASSWORD": "", "QPI_ROLE": "", "QPI_API_TOKEN": _token(lab, who)}
        self.terminal = self._start()

    def _start(self) -> SteppedTerminal:
        self.starts += 1
        terminal = SteppedTerminal(["--refresh", "3600"], env={**self._env, GUARDED: "1"}, size=(100, 30))
        terminal.wait_for("● live" if self._role is not Role.TOKEN else "API token", 30)
        terminal.follow()
        return terminal

    def go(self, place: str) -> None:
        """Close whatever is open, and open a screen."""
        if self.terminal.process.poll() is not None:
            self.terminal.close()
            self.terminal = self._start()
        for _ in range(4):
            self.terminal.step("escape")
        self.terminal.step(ACTIONS[f"go.{place}"].keys[0])

    def word(self) -> str:
        """Return a word of letters that are mostly keys of the console."""
        letters = self.chance.choices(COMMANDS, k=9) if self.chance.random() < 0.7 else [*OTHERS]
        return "".join(self.chance.choices(letters, k=self.chance.randrange(1, 10)))

    def strike(self, words: int) -> None:
        """Type this many words, each at a random speed, with an occasional pasted block."""
        for _ in range(words):
            if self.terminal.process.poll() is not None:
                return
            if self.chance.random() < 0.25:
                self._paste()
            word, speed = self.word(), self.chance.choice([0.0, 0.0, 0.003, 0.03])
            for piece in word if speed else [word]:
                self.terminal.type(piece)
                self.terminal.pump_for(speed)
            self.words += 1
        self.terminal.follow()
        # Input right after dropped text would count as part of it.
        self.terminal.pump_for(UNBROKEN)

    def _paste(self) -> None:
        lines = [self.word() for _ in range(self.chance.randrange(1, 6))]
        block = self.chance.choice(["\r", "\n", "\r\n", "\t\r", " "]).join([*lines, self.chance.choice(["", "\r"])])
        self.pastes += 1
        # Input right after a paste would count as part of it.
        self.terminal.pump_for(0.03)
        way = self.chance.choice(("brackets", "one write", "drips"))
        if way == "brackets":
            self.terminal.send(START + block + END)
        elif way == "one write":
            # A single key is not a paste.
            self.terminal.type(block if len(block) > 1 else f"{block}y")
        else:
            self._drip(block)
        self.terminal.pump_for(0.03)

    def _drip(self, block: str) -> None:
        """Send text as a slow line delivers it: in pieces, one of which may be a single line break."""
        pause = 0.0
        # On a busy machine a pause may look like one of a typist; what follows it is no paste.
        while block and pause < UNBROKEN:
            length = self.chance.choice((1, 1, 2, 5, 12))
            began = time.monotonic()
            self.terminal.type(block[:length])
            self.terminal.pump_for(self.chance.uniform(0.016, 0.2))
            pause = time.monotonic() - began
            block = block[length:]

    def over_dialogs(self, place: str, words: int) -> None:
        """Open each dialog of a screen without a text field, wait until it counts as read, and type."""
        for keys in DIALOGS[self._role].get(place, ()):
            if not self._opened(place, keys):
                continue
            self.dialogs += 1
            self.terminal.pump_for(0.45)
            self.strike(words)

    def _opened(self, place: str, keys: str) -> bool:
        """Whether these keys opened a dialog. On a busy machine the first keys may count as part of a paste."""
        for _ in range(3):
            self.go(place)
            self.terminal.step("home", *keys)
            if "(esc) ]" in self.terminal.text:
                return True
            self.terminal.pump_for(UNBROKEN)
        return False


def _token(lab: Sandbox, who: Credentials) -> str:
    header = {"Authorization": sign_in(lab.url, who)}
    made = httpx.post(f"{lab.url}/api/tokens", json={"name": "accidents"}, headers=header).raise_for_status()
    return str(made.json()["token"])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.timeout(max(300, WORDS // 2))
def test_typed_and_pasted_text_changes_nothing_on_the_server(
    lab: Sandbox, http: httpx.Client, tmp_path: Path, role: Role, record_property: Callable[[str, object], None]
) -> None:
    accidents = Accidents(lab, role, tmp_path)
    before = held(http)
    places = [place.id for place in registry().values() if place.visible(role)]
    dialogs = sum(map(len, DIALOGS[role].values()))
    share = max(WORDS // len(Role) // (len(places) + dialogs), 2)
    try:
        for place in places:
            accidents.go(place)
            accidents.strike(share)
            accidents.over_dialogs(place, share)
            assert not (changed := changes(before, held(http))), (place, changed, journal(tmp_path))
    finally:
        accidents.terminal.close()
    # Dialogs that this data cannot produce, such as one about the slot of another user, do not open.
    assert accidents.dialogs >= dialogs // 2
    for what, number in (
        (inputs.WORDS, accidents.words),
        (inputs.PASTES, accidents.pastes),
        (inputs.DIALOGS, accidents.dialogs),
        (inputs.CHANGED, 0),
    ):
        record_property(f"{inputs.ACCIDENTS}{what}", number)
