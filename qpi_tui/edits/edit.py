"""An edit: one change of one thing on the server, as data.

Each resource has a module of edits beside this one. The console awaits them, the commands block on them, and the audit
log stores their fields, so that the next start can check a change whose outcome nobody saw.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import msgspec

from qpi_tui.edits.outcome import Outcome

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Facts: TypeAlias = Mapping[str, object]
"""What was true before the change: `check` compares the server with it. JSON values, which the log keeps; names that
begin with an underscore stay in memory."""

_KINDS: dict[str, type[Edit]] = {}


class Stop(Exception):
    """Raised by `before`: nothing is sent, and `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome


class Unclear(Exception):
    """Raised by `check` if the server's state matches neither "done" nor "not done". The message says which."""


class Ongoing(Exception):
    """Raised by `check` while the server is still at work on it: check again later. The message says on what."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one thing. Fields are plain values: ids, names, numbers, aware datetimes.

    Attributes:
        target: The name of what is changed, for people.
        kind: Name of this class of edit in the log: the resource, a dot, a verb.
        collection: The collection whose change events report it.
        once: Whether sending it twice counts twice.
        final: Why it cannot be undone, as a sentence for the dialog; empty if it can.
        unlogged: Fields that the log must not contain.
    """

    target: str

    kind: ClassVar[str] = ""
    collection: ClassVar[str] = ""
    once: ClassVar[bool] = False
    final: ClassVar[str] = ""
    unlogged: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.kind:
            _KINDS[cls.kind] = cls

    @property
    def action(self) -> str:
        """The id of the action in the registry."""
        return self.kind

    @property
    def key(self) -> str:
        """A key that is the same when the same change is tried again."""
        fields = {name: value for name, value in self.logged().items() if name != "target"}
        return f"{self.kind} {msgspec.json.encode(fields, order='sorted').decode()}"

    @property
    def offer(self) -> str:
        """The label of the undo key if this edit is offered as an undo."""
        return "undo"

    @property
    def offer_many(self) -> str:
        """The same for several of them at once."""
        return "undo all"

    @property
    def command(self) -> str:
        """The words of the command that makes this edit, if there is one: a command's undo prints it."""
        return ""

    def logged(self) -> dict[str, object]:
        """The fields that the audit log keeps."""
        fields: dict[str, object] = msgspec.to_builtins(self)
        return {name: value for name, value in fields.items() if name not in self.unlogged}

    async def before(self, client: Client) -> Facts:
        """Read the state that the change depends on, before anything is sent.

        Returns:
            What `check` needs to recognise the change.

        Raises:
            Stop: A precondition does not hold.
        """
        return {}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Make the change, and return its outcome."""
        raise NotImplementedError

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Read the server, and say whether it holds the change.

        Args:
            client: The client of the account that made the change.
            facts: What `before` returned.
            known: Ids of records that other changes created.

        Returns:
            The outcome; None where the change is not there.

        Raises:
            Unclear: Something else changed the same thing, so the outcome cannot be determined.
            Ongoing: The server is still at work on it.
        """
        raise NotImplementedError


def restore(kind: str, fields: Mapping[str, object]) -> Edit:
    """Rebuild an edit from the log.

    Raises:
        ValueError: There is no edit of this kind, or its fields do not fit.
    """
    if kind not in _KINDS:
        # Those of a resource are in a module of its name, or in one beside it.
        package = importlib.import_module("qpi_tui.edits")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"qpi_tui.edits.{module.name}")
    if kind not in _KINDS:
        raise ValueError(f"unknown edit {kind}")
    edit: Edit = msgspec.convert(fields, _KINDS[kind])
    return edit


def number(value: object) -> float:
    """A finite number from an answer or from the log; anything else is 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if math.isfinite(value) else 0.0


def ids(value: object) -> frozenset[str]:
    """A list of ids from the log."""
    return frozenset(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else frozenset()
