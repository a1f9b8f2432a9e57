"""Ask for a file name, and export to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.files import export
from qpi_tui.files.complete_path import complete_path
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen


def ask_export(
    screen: ConsoleScreen,
    what: str,
    stem: str,
    pieces: Callable[[Path], Iterable[str]],
    kinds: Sequence[str] = ("csv", "json"),
) -> None:
    """Ask for a file name and write `pieces(path)` there; the notice names the path."""

    def check(values: dict[str, str]) -> Sequence[Part]:
        path = export.target(values["file"], kinds=kinds)
        return [(f"{what} → ", ""), (clean(str(path)), "bold")]

    async def act(values: dict[str, str]) -> Outcome:
        path = export.target(values["file"], kinds=kinds)
        try:
            size = await export.write(path, pieces(path))
        except OSError as error:
            return Refused(f"{clean(str(path))} cannot be written: {error.strerror}. Choose another path.")
        screen.tell(f"{clean(path.name)}: {what} written, {size:,} bytes, in {clean(str(path.parent))}", warn=False)
        return Done("written")

    endings = " or ".join(f".{kind}" for kind in kinds)
    entry = Entry("file", f"file, ending in {endings}", value=export.free_name(stem, kinds[0]), complete=complete_path)
    screen.app.push_screen(Form(f"Export {what}", [entry], confirm="Write", check=check, act=act))
