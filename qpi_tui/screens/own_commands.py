"""The custom commands of a screen: their keys and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.actions import key_word
from qpi_tui.terminal.quick_screen import QuickScreen
from qpi_tui.terminal.textual_internals import bind_key

if TYPE_CHECKING:
    from qpi_tui.live.feed import Feed
    from qpi_tui.rows.base import Row
    from qpi_tui.screens.custom_commands import Meant
    from qpi_tui.screens.shell import Shell
    from qpi_tui.settings.custom_commands import CustomCommand


class OwnCommands(QuickScreen[None]):
    """A screen with custom commands; `areas` are those of its actions."""

    areas: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:
        feed: Feed[Any]

        @property
        def console(self) -> Shell: ...  # noqa: D102
        def tell(self, sentence: str, *, warn: bool = True) -> None: ...  # noqa: D102

    def bind_own(self) -> None:
        """Bind their keys."""
        for command in self.own_commands():
            bind_key(self, command.key, f"own_command({command.name!r})")

    def own_commands(self) -> list[CustomCommand]:
        """The commands of this screen."""
        return [command for command in self.console.settings.commands if command.alive(self.areas)]

    def own_words(self) -> list[tuple[str, str]]:
        """The pairs for the key line."""
        return [(key_word(command.key), command.label) for command in self.own_commands()]

    def pick_own(self, key: str) -> None:
        """A key of the bottom line was clicked."""
        for command in self.own_commands():
            if key_word(command.key) == key:
                self.action_own_command(command.name)

    def command_rows(self) -> Sequence[Row] | None:
        """Return the targeted records; None if it must not run, after saying why."""
        return []

    def meant_rows(self) -> Sequence[Meant] | None:
        """The same with the server that they are of: the one that is shown."""
        from qpi_tui.screens.custom_commands import Meant

        rows, console = self.command_rows(), self.console
        return None if rows is None else [Meant(row, console.settings, console.sign_in) for row in rows]

    def action_own_command(self, name: str) -> None:
        """Run a command."""
        from qpi_tui.screens.custom_commands import run_custom

        command = next((each for each in self.own_commands() if each.name == name), None)
        if self.is_mounted and self.console.connection is not None and command is not None:
            run_custom(self, command)
