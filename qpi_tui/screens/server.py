"""The server: its backups; from there its log, its mail, and the rules of its collections."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from qpi_tui.domain.clock import now
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources import server as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection, explain
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.server import BackupRow

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z0-9_-]+\.zip")
_LETTERS = ("verification", "password-reset", "email-change", "otp", "login-alert")


class Listing(NamedTuple):
    """The data: backups, and the settings for mail and automatic backups."""

    backups: Sequence[BackupRow]
    settings: Mapping[str, Any]


class ServerScreen(ListScreen["BackupRow"]):
    """The server's backups."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ()
    # No event reports a backup.
    at_most: ClassVar[float] = 30.0
    empty: ClassVar[str] = "No backups. n creates one."

    def __init__(self) -> None:
        super().__init__()
        self._settings: Mapping[str, Any] = {}

    async def read(self, connection: Connection) -> Listing:
        """Read backups and settings."""
        client = connection.client
        backups, settings = await asyncio.gather(client.list_backups(), client.server_settings())
        return Listing(columns.RESOURCE.decode_all(backups), settings)

    def merge(self, data: Listing, events: Sequence[object]) -> Listing | None:
        """No event reports a backup."""
        return data

    def rows(self, data: Listing) -> Sequence[BackupRow]:
        """Return the backups, newest first."""
        self._settings = data.settings
        return data.backups

    def summary(self) -> list[Part]:
        """Return how many backups, how they are created, and whether mail is configured."""
        cron = clean(self._of("backups").get("cron"), 40)
        kept = clean(self._of("backups").get("cronMaxKeep"), 10)
        parts: list[Part] = [(f"{len(self.records)} backup{'s' * (len(self.records) != 1)}", "bold")]
        parts.append((f" · automatic: {cron}, {kept} kept" if cron else " · no automatic backups", "$text-muted"))
        if self._of("smtp").get("enabled") is True:
            parts.append((f" · mail: {clean(self._of('smtp').get('host'), 60)}", "$text-muted"))
        else:
            parts.append((" · no mail server configured", "$text-warning"))
        return parts

    def _of(self, part: str) -> Mapping[str, Any]:
        found = self._settings.get(part)
        return found if isinstance(found, dict) else {}

    # -- looking -----------------------------------------------------------------------------------------------------

    def do_logs(self) -> None:
        """Open the server's log above this screen."""
        from qpi_tui.screens.logs import LogsScreen

        self.app.push_screen(LogsScreen())

    def do_rules(self) -> None:
        """Show who may do what, by collection, read-only."""
        self.run_worker(self._show_rules(), group="rules", exclusive=True, exit_on_error=False)

    async def _show_rules(self) -> None:
        from qpi_tui.rows.decode import decode_all
        from qpi_tui.rows.server import RuleRow
        from qpi_tui.widgets.dialogs import Reader

        try:
            found = decode_all(RuleRow, await self.connection.client.list_collections())
        except Exception as error:
            _log.debug("the rules could not be read", exc_info=True)
            self.tell(explain(error, doing="The rules cannot be read"))
            return
        lines: list[list[Part]] = []
        for row in found:
            lines.append([(row.name, "bold"), (f"  {row.type}", "$text-muted")])
            lines += [[(f"  {verb:<7}", "$text-muted"), (rule, "")] for verb, rule in row.rules]
        if self.is_active:
            self.app.push_screen(Reader("Rules of the collections, read-only", lines))

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_backup(self) -> None:
        """Create a backup."""
        from qpi_tui.edits.outcome import Done
        from qpi_tui.edits.server import CreateBackup
        from qpi_tui.widgets.form import Entry, Form

        def check(values: dict[str, str]) -> Sequence[Part]:
            name = values["name"].strip()
            if not _NAME.fullmatch(name):
                raise ValueError("Use lower-case letters, digits, - and _ for the name, and .zip at the end.")
            if any(record.id == name for record in self.records):
                raise ValueError("A backup of that name exists already.")
            return [("Backs up all data of the server. Changes wait until it is done.", "")]

        async def act(values: dict[str, str]) -> Outcome:
            name = values["name"].strip()
            outcome = await self.make(CreateBackup(target=name))
            if isinstance(outcome, Done):
                self.point_at(name)
                self.console.say_outcome(name, outcome)
                self.feed.poke()
            return outcome

        entry = Entry("name", "name", value=f"backup_{now():%Y%m%d_%H%M%S}.zip")
        self.app.push_screen(Form("Create a backup", [entry], confirm="Back up", check=check, act=act))

    def do_download(self) -> None:
        """Download the backup under the cursor to a new private file."""
        from qpi_tui.edits.outcome import Done, Refused
        from qpi_tui.files.export import target
        from qpi_tui.rows.server import size_words
        from qpi_tui.widgets.form import Entry, Form

        record = self.table.cursor_record
        if record is None:
            return

        def check(values: dict[str, str]) -> Sequence[Part]:
            path = target(values["file"], kinds=("zip",))
            said = f"{record.size_words} → {clean(str(path))}. It holds every account and secret of the server."
            return [(said, "")]

        async def act(values: dict[str, str]) -> Outcome:
            path = target(values["file"], kinds=("zip",))
            try:
                size = await self._download(record.id, path)
            except Exception as error:
                _log.debug("a backup could not be downloaded", exc_info=True)
                return Refused(explain(error, doing="Not downloaded"))
            self.tell(f"{record.id}: {size_words(size)} written to {clean(str(path))}", warn=False)
            return Done("written")

        from qpi_tui.files.complete_path import complete_path

        entry = Entry("file", "file, ending in .zip", value=record.id, complete=complete_path)
        self.app.push_screen(Form(f"Download {record.id}", [entry], confirm="Download", check=check, act=act))

    async def _download(self, name: str, path: Path) -> int:
        from qpi_tui.files.private_file import new_private_bytes

        size = 0
        with new_private_bytes(path) as file:
            async for piece in self.connection.client.download_backup(name):
                file.write(piece)
                size += len(piece)
        return size

    def do_restore(self) -> None:
        """Ask with care, then for the name, and restore the backup under the cursor."""
        from qpi_tui.edits.server import RestoreBackup
        from qpi_tui.widgets.dialogs import Question

        record = self.table.cursor_record
        if record is None:
            return
        lines: list[list[Part]] = [
            [("It replaces all data of the server.", "")],
            [("▲ ", "$text-warning"), (RestoreBackup.final, "$text-warning")],
            [("Sessions may end. Every driver has to reconnect.", "")],
        ]
        question = Question(f"Restore {record.id}?", lines, confirm="Go on", careful=True)
        self.app.push_screen(question, lambda yes: self._ask_name(record.id) if yes else None)

    def _ask_name(self, name: str) -> None:
        from qpi_tui.edits.server import RestoreBackup
        from qpi_tui.widgets.form import Entry, Form

        def check(values: dict[str, str]) -> Sequence[Part]:
            if values["name"].strip() != name:
                raise ValueError(f"Type {name} to restore it.")
            return [(f"The server is restored to {name}. {RestoreBackup.final}", "$text-error")]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self.make(RestoreBackup(target=name))
            if outcome.ok:
                self.console.say_outcome(name, outcome)
                self.feed.poke()
            return outcome

        entry = Entry("name", "type the name of the backup")
        self.app.push_screen(Form(f"Restore {name}", [entry], confirm="Restore", check=check, act=act))

    def do_delete(self) -> None:
        """Delete one or all marked."""
        from qpi_tui.edits.server import DeleteBackup

        steps = [
            Step(
                record.id,
                record.id,
                [(record.id, "bold"), (f"  {record.size_words}", "")],
                partial(self.make, DeleteBackup(target=record.id)),
            )
            for record in self.targets()
        ]
        if steps:
            self.do_batch(
                f"Delete {steps[0].who}?" if len(steps) == 1 else f"Delete {len(steps)} backups?",
                steps,
                confirm="Delete",
                doing="Deleting",
                final=DeleteBackup.final,
                careful=True,
                after=self.unmark_done,
            )

    def do_mail(self) -> None:
        """Send one of the server's mails to test its mail."""
        from qpi_tui.edits.server import SendTestMail
        from qpi_tui.widgets.form import Entry, Form

        def check(values: dict[str, str]) -> Sequence[Part]:
            email = values["email"].strip()
            if "@" not in email.strip("@") or " " in email:
                raise ValueError("To which address?")
            return [(f"The server sends its mail {values['letter']!r} to {email}. {SendTestMail.final}", "")]

        async def act(values: dict[str, str]) -> Outcome:
            email = values["email"].strip()
            outcome = await self.make(SendTestMail(target=email, template=values["letter"]))
            if outcome.ok:
                self.console.say_outcome(email, outcome)
            return outcome

        entries = [
            Entry("email", "to", value=self.connection.identity if "@" in self.connection.identity else ""),
            Entry("letter", "letter (← →)", choices=_LETTERS),
        ]
        self.app.push_screen(Form("Test the server's mail", entries, confirm="Send", check=check, act=act))
