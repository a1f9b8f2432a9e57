"""The line that shows an announcement, and the dismissals on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from qpi_tui.domain.announcements import banner, warns
from qpi_tui.domain.clock import now
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.files.private_file import file_lock, replace_private
from qpi_tui.widgets.lines import assemble

if TYPE_CHECKING:
    from textual.timer import Timer

    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.screens.shell import Shell
    from qpi_tui.session.connection import Connection

# The oldest dismissals are dropped first; no server has thousands of announcements.
MOST = 500
LONGEST_WAIT = 3600.0


class Dismissed:
    """The announcements dismissed on this machine, by server and account, for servers that forget dismissals.

    Stored in a file of mode 0600 if there is a path. A file that cannot be read or written counts as missing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, list[str]] = _read(path)

    def ids(self, server: str, person: str) -> frozenset[str]:
        """Return what this account dismissed on this server."""
        return frozenset(self._known.get(f"{server} {person}", ()))

    def add(self, server: str, person: str, ids: Iterable[str]) -> None:
        """Store dismissals."""
        account = f"{server} {person}"
        if self._path is None:
            self._note(account, ids)
            return
        with file_lock(self._path):
            # Another console may have stored others since this one started.
            for other, known in _read(self._path).items():
                self._note(other, known)
            self._note(account, ids)
            _write(self._path, self._known)

    def _note(self, account: str, ids: Iterable[str]) -> None:
        known = self._known.setdefault(account, [])
        known.extend(id for id in ids if id not in known)
        del known[:-MOST]


class Announcements:
    """The line with the current announcement, and the dismissals on this machine.

    Dismissals are stored beside the audit log; without one, for this run only.
    """

    def __init__(self, console: Shell, audit_log: Path | None) -> None:
        self._console = console
        self._timer: Timer | None = None
        self.dismissed = Dismissed(audit_log.with_name("dismissed.json") if audit_log is not None else None)

    def line(self) -> Content:
        """Return the current announcement for this user, or None."""
        due = waiting(self._console, self._console.connection, self._console.badges.notices)
        if not due:
            return Content("")
        key = self._console.keys.word("app.dismiss")
        return assemble(
            [
                (f"{key} dismisses  ", "$text-muted"),
                *banner(due[0].title, due[0].description, due[0].end, more=len(due) - 1),
            ]
        )

    @property
    def warns(self) -> bool:
        """Whether the current announcement is a warning."""
        due = waiting(self._console, self._console.connection, self._console.badges.notices)
        return bool(due) and warns(due[0].title, due[0].description)

    def watch(self) -> None:
        """Schedule the next update of the line: no event reports that an announcement begins or ends."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        moment = now()
        bounds = (bound for notice in self._console.badges.notices for bound in (notice.start, notice.end))
        coming = min((bound for bound in bounds if bound is not None and bound > moment), default=None)
        if coming is not None:
            seconds = min((coming - moment).total_seconds() + 0.1, LONGEST_WAIT)
            self._timer = self._console.set_timer(seconds, self._turned)

    def _turned(self) -> None:
        self._console.repaint_frames()
        self.watch()

    def dismiss_first(self) -> None:
        """Ask, then dismiss the shown announcement."""
        console = self._console
        if due := waiting(console, console.connection, console.badges.notices):
            ask_dismiss(console, due[:1], lambda: console.run_worker(self._dismiss(due[0]), exit_on_error=False))

    async def _dismiss(self, notice: AnnouncementRow) -> None:
        console = self._console
        await dismiss(console, "app.dismiss", notice)
        for screen in console.console_screens():
            if screen.is_shown and "notifications" in screen.topics:
                screen.feed.poke()


def waiting(console: Shell, connection: Connection | None, notices: Sequence[AnnouncementRow]) -> list[AnnouncementRow]:
    """Return the current announcements that this account has not dismissed."""
    if connection is None:
        return []
    gone = console.announcements.dismissed.ids(connection.client.base_url, connection.user_id)
    return [notice for notice in notices if notice.due and notice.id not in gone]


def ask_dismiss(console: Shell, notices: Sequence[AnnouncementRow], go: Callable[[], object]) -> None:
    """Ask before dismissing: the server records it, and other keys are next to this one."""
    from qpi_tui.widgets.dialogs import Question

    titles = [clean(notice.title, 120) or "?" for notice in notices]
    one = len(titles) == 1
    title = "Dismiss this announcement?" if one else f"Dismiss {len(titles)} announcements?"
    lines: list[list[Part]] = [[(name, "bold")] for name in titles]
    lines.append([("You will not see it again." if one else "You will not see them again.", "$text-muted")])
    question = Question(title, lines, confirm="Dismiss", careful=not one)

    def answered(yes: bool | None) -> None:
        if yes:
            go()

    console.push_screen(question, answered)


async def dismiss(console: Shell, action: str, notice: AnnouncementRow) -> None:
    """Dismiss for this account, on the server unless read-only, and on this machine; then report it."""
    from qpi_tui.edits.announcements import DismissAnnouncement
    from qpi_tui.edits.outcome import Done, Outcome

    id, title = notice.id, clean(notice.title, 120)
    # Its server: another one may be chosen before the answer.
    connection = console.connection
    # In read-only mode, dismiss on this machine only.
    outcome: Outcome = Done("dismissed")
    if not console.read_only:
        outcome = await console.make(DismissAnnouncement(target=title, announcement=id), action=action)
    if outcome.ok and connection is not None:
        console.announcements.dismissed.add(connection.client.base_url, connection.user_id, [id])
    console.say_outcome(title, outcome)


def _read(path: Path | None) -> dict[str, list[str]]:
    if path is None:
        return {}
    try:
        import json

        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): [str(id) for id in ids] for key, ids in found.items() if isinstance(ids, list)}


def _write(path: Path, known: Mapping[str, list[str]]) -> None:
    try:
        import json

        replace_private(path, json.dumps(known))
    except OSError:
        # The server keeps the dismissal too; at worst the announcement is shown once more.
        return
