"""The typed outcomes of an edit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeAlias

Record: TypeAlias = Mapping[str, object]


class UndoingEdit(Protocol):
    """The edit that undoes a change, as outcomes see it: `edits.edit.Edit`, which imports outcomes."""

    @property
    def command(self) -> str:
        """The words of the command that makes this edit."""
        ...


@dataclass(frozen=True)
class Done:
    """The server holds the change.

    Attributes:
        said: The message.
        record: The current record, if the answer has it. It may contain a secret, so it is never logged.
        undo: The edit that undoes the change; None if impossible.
        id: The id of a record that the change created.
    """

    said: str
    record: Record | None = field(default=None, repr=False)
    undo: UndoingEdit | None = None
    id: str = ""
    ok: ClassVar[bool] = True
    state: ClassVar[str] = "done"


@dataclass(frozen=True)
class AlreadyHandled:
    """Somebody else already made the decision; `record` is the current state, and nothing was changed."""

    record: Record = field(repr=False)
    said: str
    ok: ClassVar[bool] = False
    state: ClassVar[str] = "handled"


@dataclass(frozen=True)
class Refused:
    """The change was not made, and `reason` states why; `error` is the cause, if any."""

    reason: str
    error: BaseException | None = field(default=None, repr=False, compare=False)
    ok: ClassVar[bool] = False
    state: ClassVar[str] = "refused"

    @property
    def said(self) -> str:
        """The message to show."""
        return self.reason


@dataclass(frozen=True)
class Unknown:
    """The answer was lost and the outcome is unknown; `key` identifies the change when it is settled later."""

    said: str
    key: Hashable = None
    error: BaseException | None = field(default=None, repr=False, compare=False)
    ok: ClassVar[bool] = False
    state: ClassVar[str] = "unknown"


Outcome: TypeAlias = Done | AlreadyHandled | Refused | Unknown
