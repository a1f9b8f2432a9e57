"""The server: its backups, log, mail and rules. Columns and descriptor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.action import action
from qpi_tui.domain.clock import local, parse_date
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import ADMINS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.server import BackupRow, LogRow, RuleRow

_LEVELS = {"error": Cell("error", "bad"), "warning": Cell("warning", "warn"), "debug": Cell("debug", "muted")}


def _when(date: str, form: str) -> str:
    moment = parse_date(date)
    return f"{local(moment):{form}}" if moment is not None else "?"


def _made(backup: BackupRow) -> str:
    return _when(backup.modified, "%Y-%m-%d %H:%M")


def _at(entry: LogRow) -> str:
    return _when(entry.created, "%m-%d %H:%M:%S")


def _rule(verb: str, rules: RuleRow) -> str:
    return dict(rules.rules)[verb]


COLUMNS = [
    Column("name", "Backup", 34, lambda backup: backup.id, flex=True),
    Column("made", "Created", 16, _made, sort=lambda backup: backup.modified),
    Column("size", "Size", 10, lambda backup: backup.size_words, align="right", sort=lambda backup: backup.size),
]

LOG_COLUMNS = [
    Column("at", "Time", 14, _at, sort=lambda entry: entry.created),
    Column("level", "Level", 7, lambda entry: _LEVELS.get(entry.level_word, Cell("info"))),
    Column("status", "Status", 6, lambda entry: entry.status, need=1),
    Column("message", "Message", 40, lambda entry: entry.message, flex=True, least=24),
    Column("who", "User", 12, lambda entry: entry.who, need=2),
]

_VERBS = ("list", "view", "create", "update", "delete")
RULE_COLUMNS = [
    Column("name", "Collection", 26, lambda rules: rules.name),
    *[Column(verb, verb.capitalize(), 20, partial(_rule, verb), flex=True) for verb in _VERBS],
]

RESOURCE: Resource[BackupRow] = Resource(
    id="server",
    title="Server",
    help="Backups, log, mail and rules of the server",
    key="B",
    tab=False,
    row="qpi_tui.rows.server:BackupRow",
    screen="server:ServerScreen",
    noun=("backup", "backups"),
    roles=ADMINS,
    reader="list_backups",
    columns=COLUMNS,
    actions=(
        action("server.backup", "n", "back up", "Create a backup of the server", ADMINS, changes=True),
        action("server.download", "w", "download", "Download the backup", ADMINS),
        action("server.logs", "v", "log", "The server's log", ADMINS),
        action("server.rules", "u", "rules", "Who may do what, by collection", ADMINS),
        action("server.mail", "m", "test mail", "Send a test mail", ADMINS, changes=True),
        action("server.restore", "R", "restore", "Restore the backup", ADMINS, changes=True, shown=False),
        action("server.delete", "X", "delete", "Delete the backup", ADMINS, changes=True, shown=False),
        action("logs.level", "t", "level", "Cycle the level", ADMINS),
        action("logs.follow", "f", "follow", "Toggle following", ADMINS),
    ),
    word="id",
)
