"""Makes the picture of every screen, by the program itself, on the demo data at a fixed moment.

    uv run python screenshots/make.py [NAME …]

Writes `NAME-80x24.svg` and `NAME-120x40.svg` beside this file, and the README's list of them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from qpi_client import QPIClient
from qpi_sandbox import Credentials, Sandbox
from qpi_tui.app import Console
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.live.detail_cache import DetailCache
from qpi_tui.live.start_reader import StartReader
from qpi_tui.session.connection import Connection
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from tests.tui.helpers import add_entry

HERE = Path(__file__).parent
MOMENT = datetime(2026, 11, 23, 10, 12, 30, tzinfo=UTC)
SIZES = ((80, 24), (120, 40))
# What a key may have asked for that comes a little later: people, QPUs that are on, a drawing.
ASKED = {"people", "submit", "drawing", "qpus"}


@dataclass(frozen=True)
class Picture:
    """A screen, who looks at it, and the keys that lead to what is shown."""

    name: str
    caption: str
    role: Role = Role.ADMIN
    screen: str = ""
    keys: tuple[str, ...] = ()
    signed_in: bool = True
    prepare: Callable[[Console], None] = lambda app: None


def some_changes(app: Console) -> None:
    """What an admin's morning leaves in the audit log."""
    admin = "admin@example.com"
    log = app.audit_log
    add_entry(log, admin, "users.allocate", "k.chen@qlab.example", True, "+2 h, now 2 h")
    add_entry(log, admin, "requests.approve", "p.demir@qcs.example", True, "1 h 30 min credited, now 1 h 30 min")
    add_entry(log, admin, "requests.approve", "m.vandenberg@qlab.example", False, "approved meanwhile")
    add_entry(log, admin, "qpus.maintenance", "tuuli-7", True, "is in maintenance")
    add_entry(log, admin, "app.undo", "mock-5", True, "is enabled, but offline")


PICTURES = (
    Picture("overview", "Overview: what needs attention now", screen="overview"),
    Picture("requests", "Pending requests (administrator)", screen="requests"),
    Picture("approve", "Approving two requests", screen="requests", keys=("space", "space", "a")),
    Picture("users", "Users and their balance", screen="users"),
    Picture("allocate", "Adding time", screen="users", keys=("a", "plus", "2", "h")),
    Picture("qpus", "QPUs (operator)", screen="qpus", keys=("down", "down")),
    Picture("disable", "Taking a QPU out of service", screen="qpus", keys=("d",)),
    Picture(
        "slots", "The slots of a week", Role.USER, "slots", keys=("l", "g", *["down"] * 6, "space", "down", "down")
    ),
    Picture("slots-list", "The same week as a list (administrator)", screen="slots", keys=("v",)),
    Picture("book", "Booking a slot for a user", screen="slots", keys=("b", *"sun 1-3", "enter", *"solb")),
    Picture("drivers", "Drivers (operator)", screen="drivers", keys=("down", "down")),
    Picture("register", "Registering a driver", screen="drivers", keys=("n", *"aer2", "tab", "tab", "q")),
    Picture("telemetry", "Readings of the cryostats", screen="telemetry", keys=("down", "down")),
    Picture("usage", "Usage by QPU, with weekdays and hours", screen="usage"),
    Picture("announcements", "Announcements (administrator)", screen="announcements", keys=("down",)),
    Picture("announce", "Writing an announcement", screen="announcements", keys=("n", *"Warm", "tab", *"Friday")),
    Picture("banner", "An announcement as users see it", Role.USER, "overview"),
    Picture("tokens", "API tokens (user)", Role.USER, "tokens"),
    Picture("journal", "The audit log", screen="journal", prepare=some_changes),
    Picture("jobs", "All jobs (administrator)", screen="jobs"),
    Picture("job", "A job and its result", screen="jobs", keys=("slash", *"s39xq0", "enter", "enter")),
    Picture("circuit", "A circuit drawing", screen="jobs", keys=("slash", *"done", "enter", "enter", "w")),
    Picture("job-json", "Raw JSON of a job", screen="jobs", keys=("slash", *"done", "enter", "enter", "v")),
    Picture("my-jobs", "A user's jobs", Role.USER, "jobs"),
    Picture("submit", "Submitting a circuit", Role.USER, "jobs", keys=("s",)),
    Picture("my-time", "A user's requests for time", Role.USER, "requests"),
    Picture("help", "Keys for this screen", screen="qpus", keys=("question_mark",)),
    Picture("palette", "The command palette", screen="qpus", keys=("colon", *"main")),
    Picture("server", "Backups of the server (operator)", screen="server"),
    Picture("back-up", "Creating a backup", screen="server", keys=("n", "ctrl+u", *"before-upgrade.zip")),
    Picture("rules", "Rules of the collections", screen="server", keys=("u",)),
    Picture("themes", "Themes of the dashboard (operator)", screen="themes", keys=("down",)),
    Picture("sign-in", "Signing in", signed_in=False),
)


def still_lab(role: Role) -> Sandbox:
    """The demo's lab at the fixed moment, in which nothing happens; start it with `with`."""
    return _TimelessLab() if role is Role.USER else _KeptLab()


async def started_long_ago(connection: Connection) -> datetime | None:
    """The start of the server, by the clock of the pictures: by the real one every driver would be silent since."""
    return MOMENT - timedelta(days=1)


class _TimelessLab(Sandbox):
    """What users see: the server hides announcements by its own clock, which cannot be stopped.

    Those that are shown at the fixed moment lose their dates; the others go.
    """

    def __init__(self) -> None:
        super().__init__(seed=1, now=MOMENT, worker=False)

    def __enter__(self) -> Self:
        super().__enter__()
        with QPIClient(self.url) as client:
            client.auth_with_password(self.admin.identity, self.admin.password, collection="_superusers")
            for each in client.list_notifications():
                start, end = clock.parse_date(each["start_time"]), clock.parse_date(each["end_time"])
                if (start is None or start <= MOMENT) and (end is None or end > MOMENT):
                    client.update_notification(each["id"], start_time="", end_time="")
                else:
                    client.delete_notification(each["id"])
        return self


class _KeptLab(Sandbox):
    """What administrators see, with backups and themes that were made at fixed moments."""

    def __init__(self) -> None:
        super().__init__(seed=1, now=MOMENT, worker=False)

    def __enter__(self) -> Self:
        super().__enter__()
        folder = self.data / "pb_data"
        (folder / "backups").mkdir(exist_ok=True)
        for days, size in ((1, 4_812_344), (8, 4_390_112)):
            made = MOMENT - timedelta(days=days)
            file = folder / "backups" / f"nightly_{made:%Y%m%d}.zip"
            file.touch()
            os.truncate(file, size)
            os.utime(file, (made.timestamp(), made.timestamp()))
        with QPIClient(self.url) as client:
            client.auth_with_password(self.admin.identity, self.admin.password, collection="_superusers")
            colours = {"colors": {"light": {"primary": "#0b5394"}, "dark": {"primary": "#9fc5e8"}}}
            client.save_theme(name="Open day", site_name="Quantum open day", custom_css="h1 { font-size: 3rem }")
            made = client.save_theme(name="Lab", site_name="Our laboratory", tagline="10 mK", tokens=colours)
            client.activate_theme(made["id"])
        # The server gives its records their dates and ids itself.
        with closing(sqlite3.connect(folder / "data.db")) as database, database:
            fixed = "UPDATE themes SET id = printf('theme%010d', rowid), created = ?1, updated = ?1"
            database.execute(fixed, (f"{MOMENT:%Y-%m-%d} 09:00:00.000Z",))
        return self


async def take(lab: Sandbox, picture: Picture, size: tuple[int, int]) -> str:
    """Open the console, press the keys, and give the picture as SVG."""
    who: Credentials = lab.admin if picture.role is Role.ADMIN else lab.users[0]
    sign_in = SignIn(lab.url, picture.role, who.identity, who.password) if picture.signed_in else SignIn()
    app = Console(Settings(sign_in=sign_in, name="lab.example.org", screen=picture.screen))
    picture.prepare(app)
    async with app.run_test(size=size) as pilot:
        if picture.signed_in:
            await settled(app)
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
            await settled(app)
        await pilot.pause(0.1)
        return offline(app.export_screenshot(title="qpi-tui"))


def offline(svg: str) -> str:
    """A picture that loads no fonts from elsewhere: labs read it without the internet."""
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


async def settled(app: Console) -> None:
    """Wait until the screens have read their data and the change events flow."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        screens = [screen for screen in app.console_screens() if screen in app.screen_stack]
        feeds = [screen.feed for screen in screens]
        beside = [
            each for screen in screens for each in vars(screen).values() if isinstance(each, DetailCache | StartReader)
        ]
        asked = any(worker.group in ASKED and not worker.is_finished for worker in app.workers)
        asked = (
            asked or any(each.waiting for each in beside) or any(getattr(each, "reading", False) for each in screens)
        )
        # Usage is whole once its history was read.
        asked = asked or any(
            type(each).__name__ == "UsageScreen" and not getattr(vars(each)["_known"], "whole", False)
            for each in screens
        )
        if app.changes.live and feeds and not asked and all(feed.health.mood == "fresh" for feed in feeds):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("the console did not settle")


def readme(pictures: tuple[Picture, ...]) -> None:
    """List the pictures in the README, between its marks."""
    path = HERE.parent / "README.md"
    lines = [f"**{each.caption}**\n\n![{each.caption}](screenshots/{each.name}-120x40.svg)\n" for each in pictures]
    block = "<!-- pictures -->\n" + "\n".join(lines) + "<!-- /pictures -->"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"<!-- pictures -->.*?<!-- /pictures -->", lambda _: block, text, flags=re.S), encoding="utf-8"
    )


def main(names: list[str]) -> None:
    """Make all pictures, or those that are named."""
    os.environ["TZ"] = "Europe/Helsinki"
    time.tzset()
    clock.set_clock(lambda: MOMENT)
    Connection.server_started = started_long_ago  # type: ignore[method-assign]
    with still_lab(Role.ADMIN) as lab, still_lab(Role.USER) as users_lab:
        for picture in PICTURES:
            if names and picture.name not in names:
                continue
            for size in SIZES:
                svg = asyncio.run(take(lab if picture.role is Role.ADMIN else users_lab, picture, size))
                (HERE / f"{picture.name}-{size[0]}x{size[1]}.svg").write_text(svg, encoding="utf-8")
            sys.stdout.write(f"{picture.name}\n")
    readme(PICTURES)


if __name__ == "__main__":
    main(sys.argv[1:])
