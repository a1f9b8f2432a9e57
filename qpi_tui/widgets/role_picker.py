"""The line to choose the role to sign in with."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from qpi_tui.domain.roles import Role
from qpi_tui.widgets.lines import assemble

_ROLES = ((Role.USER, "user"), (Role.ADMIN, "administrator"), (Role.TOKEN, "API token"))


class RolePicker(Static, can_focus=True):
    """The roles that the server accepts, on one line; arrows and space choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "done", show=False),
    ]

    class Changed(Message):
        """Another role was chosen."""

    class Submitted(Message):
        """Enter was pressed on the role."""

    def __init__(self, role: Role) -> None:
        super().__init__(id="role")
        self.role = role
        self._offered = [each for each, _ in _ROLES]

    def on_mount(self) -> None:
        """Render the choice."""
        self._paint()

    def action_turn(self, step: int) -> None:
        """Choose the next or previous role."""
        roles = self._offered
        self.choose(roles[(roles.index(self.role) + step) % len(roles)])

    def offer(self, roles: Collection[Role]) -> None:
        """Offer only these, and always an API token; another choice falls back to the first."""
        self._offered = [role for role, _ in _ROLES if role in roles or role is Role.TOKEN]
        self.choose(self.role if self.role in self._offered else self._offered[0])

    def choose(self, role: Role) -> None:
        """Choose this role."""
        self.role = role
        self._paint()
        self.post_message(self.Changed())

    def action_done(self) -> None:
        """Go to the next line."""
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Choose the role under the mouse."""
        x = 0
        for role, word in self._words():
            x += len(word) + 5
            if event.x < x:
                self.choose(role)
                return

    def _paint(self) -> None:
        parts = [
            (f"{'●' if role is self.role else '○'} {word}   ", "bold" if role is self.role else "")
            for role, word in self._words()
        ]
        self.update(assemble(parts))

    def _words(self) -> list[tuple[Role, str]]:
        return [(role, word) for role, word in _ROLES if role in self._offered]
