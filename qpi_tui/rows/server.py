"""A backup, an entry of the server's log, and the rules of a collection."""

from __future__ import annotations

from collections.abc import Mapping

from qpi_tui.rows.base import Number, Row

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
LEVELS = {-4: "debug", 0: "info", 4: "warning", 8: "error"}


class BackupRow(Row, frozen=True, kw_only=True):
    """A backup that the server keeps; its id is its name."""

    size: Number = 0.0
    modified: str = ""

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Set the id: a backup is identified by its name."""
        return {**record, "id": record.get("key")}

    @property
    def size_words(self) -> str:
        """`3.4 MB`."""
        return size_words(self.size)


class LogRow(Row, frozen=True, kw_only=True):
    """An entry of the server's log."""

    created: str = ""
    level: Number = 0.0
    message: str = ""
    data: dict[str, object] = {}  # noqa: RUF012  # msgspec copies it

    @property
    def level_word(self) -> str:
        """`error`; a level between two counts as the lower one."""
        return next((word for least, word in reversed(LEVELS.items()) if self.level >= least), "debug")

    @property
    def status(self) -> str:
        """The response status, for entries of requests."""
        return str(self.data.get("status") or "")

    @property
    def who(self) -> str:
        """The role of the request: `_superusers`, `users`, or empty."""
        return str(self.data.get("auth") or "")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Everything in the entry."""
        return [(str(name), str(value)) for name, value in sorted(self.data.items()) if value not in ("", None)]


class RuleRow(Row, frozen=True, kw_only=True):
    """A collection and who may do what with its records: None is superusers only, empty is everybody."""

    name: str = ""
    type: str = ""
    listRule: str | None = None  # The server's name.
    viewRule: str | None = None
    createRule: str | None = None
    updateRule: str | None = None
    deleteRule: str | None = None

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Return each operation with its rule."""
        verbs = ("list", "view", "create", "update", "delete")
        return [(verb, rule_words(getattr(self, f"{verb}Rule"))) for verb in verbs]


def rule_words(rule: str | None) -> str:
    """Return a rule, in words if it is empty or None."""
    return "superusers only" if rule is None else rule or "everybody"


def size_words(size: float) -> str:
    """`3.4 MB`."""
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return ""
