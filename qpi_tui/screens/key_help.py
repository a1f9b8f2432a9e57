"""The help of a screen: its keys, which can be clicked, and the full text of lines that were cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.actions import allowed, in_areas, key_word
from qpi_tui.screens.own_commands import OwnCommands
from qpi_tui.widgets.lines import Line, Notice

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part

# Areas whose actions work on every screen.
AREAS = ("app", "go")
_OWN = "own:"


class KeyHelp(OwnCommands):
    """A screen that lists its keys and accepts clicks on them."""

    if TYPE_CHECKING:

        def action_do(self, id: str) -> None: ...  # noqa: D102

    def help_lines(self) -> list[tuple[str, list[Part]]]:
        """Return the keys of this screen from the registry, each with its action's id."""
        keys, role, read_only = self.console.keys, self.console.role, self.console.read_only
        lines: list[tuple[str, list[Part]]] = []
        for area in (*self.areas, *AREAS):
            here = [action for action in in_areas((area,)) if allowed(action, role, read_only=read_only)]
            if here and lines:
                lines.append(("", [("", "")]))
            lines += [(action.id, _line(" ".join(map(key_word, keys.of(action.id))), action.help)) for action in here]
        if own := self.own_commands():
            lines.append(("", [("", "")]))
        return lines + [
            (f"{_OWN}{each.name}", _line(key_word(each.key), f"{each.label} (your command)")) for each in own
        ]

    def ask_help(self) -> None:
        """Show the keys, after the full text of lines that were cut."""
        from qpi_tui.widgets.dialogs import Picking

        lines: list[tuple[str, list[Part]]] = []
        for line in self.query(Line):
            if line.cut:
                lines += [("", [(line.whole.plain, "")]), ("", [("", "")])]
        lines += self.help_lines()
        dialog = Picking(f"Keys of {self.console.place_title}", [line for _, line in lines], [id for id, _ in lines])
        self.app.push_screen(dialog, self._picked)

    def _picked(self, id: str | None) -> None:
        """A line of the help was clicked."""
        if id is not None and id.startswith(_OWN):
            self.action_own_command(id.removeprefix(_OWN))
        elif id:
            self.action_do(id)

    def on_notice_clicked(self, event: Notice.Clicked) -> None:
        """Keys in a notice can be clicked: undo, dismiss; other text opens the help, which shows it in full."""
        keys = self.console.keys
        if event.id == "notice" and keys.word("app.undo") in event.words and self.console.undo.open:
            self.action_do("app.undo")
        elif event.id == "banner" and event.first == keys.word("app.dismiss"):
            self.action_do("app.dismiss")
        elif event.id == "banner":
            self.ask_help()


def _line(keys: str, said: str) -> list[Part]:
    return [(f" {keys:15.15} ", "bold $text-accent"), (said, "")]
