"""Each place that shows server text is fed hostile text: list, detail, dialog, message, palette, plot.

Files, crash reports, the journal and names for a shell are tested in `test_files.py`, commands in `test_commands.py`,
every action in `test_every_action.py`, pages of every screen in `test_terminal.py`.
"""

from __future__ import annotations

import ast
import random
from pathlib import Path

import qpi_tui
from qpi_tui.domain.sanitize import clean
from tests.hostile.corpus import intruders
from tests.hostile.server import Hostile
from tests.hostile.stepped import SteppedTerminal
from tests.hostile.test_terminal import FULL, TEXTS, hostile, leave, open_console

__all__ = ["hostile"]

# Of seven kinds of results the first has the text as the name of a count; of two jobs the second is completed.
PLOTTED = range(7, len(TEXTS), 14)
SOME = random.Random(11)  # noqa: S311  # the same some each time
NUMBERS = range(len(TEXTS)) if FULL else sorted(SOME.sample(range(len(TEXTS)), 3))


def find(terminal: SteppedTerminal, screen: str, number: int) -> None:
    """Open a screen, filtered to the records that contain this text."""
    terminal.step(screen, "/", f"N{number:03}", "enter")


def test_lists_details_dialogs_messages_and_the_palette_show_the_text(hostile: Hostile, tmp_path: Path) -> None:
    with open_console(hostile.url, tmp_path, "admin", parse=True) as terminal:
        for number in NUMBERS:
            name, text = f"N{number:03}", clean(f"N{number:03} {TEXTS[number]}").strip()
            # The tests' terminal combines marks and letters in its own way.
            shown = text[:12].strip() if text.isascii() else name
            hostile.message = f"refused {name} {TEXTS[number][:400]}"
            find(terminal, "6", number)
            terminal.wait_for(lambda shown=shown: terminal.text.count(shown) >= 2)  # list and detail
            # The dialog names the affected record, then the server's message.
            terminal.step("a")
            terminal.wait_for(lambda name=name: f"QPU time of {name}" in terminal.text)
            terminal.step("+1h", "enter")
            terminal.wait_for(lambda name=name: f"refused {name}" in terminal.text)
            terminal.step("escape", "escape", "escape", ":", name)
            terminal.wait_for(lambda name=name: f"QPU {name}" in terminal.text)
            terminal.step("escape")
        assert leave(terminal) == 0
        assert not intruders(bytes(terminal.raw))


def test_plots_show_the_text(hostile: Hostile, tmp_path: Path) -> None:
    with open_console(hostile.url, tmp_path, "admin", parse=True) as terminal:
        for number in PLOTTED if FULL else list(PLOTTED)[:3]:
            find(terminal, "4", number)
            terminal.wait_for(f"N{number:03}")
            terminal.step("enter")
            terminal.wait_for(lambda number=number: "100 %" in terminal.text or "50" in terminal.text)
            terminal.wait_for(f"N{number:03}")
            terminal.step("escape", "escape")
        # The channels of a cryostat, and their trend.
        terminal.step("8", "enter")
        terminal.wait_for("N0")
        assert leave(terminal) == 0
        assert not intruders(bytes(terminal.raw))


def test_pasted_text_is_shown_safely_in_filters_and_forms(hostile: Hostile, tmp_path: Path) -> None:
    """Text copied elsewhere may come from a hostile server too."""
    with open_console(hostile.url, tmp_path, "admin") as terminal:
        for number, text in enumerate(TEXTS):
            if "\x1b[201~" in text or len(text) > 5000 or (not FULL and number % 24):
                continue
            pasted = text.encode("utf-8", "replace")
            terminal.step("6", "/")
            terminal.send(b"\x1b[200~" + pasted + b"\x1b[201~")
            terminal.step("home", "end", "enter", "escape", "9", "n")
            terminal.send(b"\x1b[200~" + pasted + b"\x1b[201~")
            terminal.step("home", "tab", "escape", "enter", "escape", "escape")
        assert leave(terminal) == 0
        assert not intruders(bytes(terminal.raw))


def test_unused_widgets_with_text_need_no_test() -> None:
    """Textual's toasts, tooltips and frame titles are unused. Whoever adds one must test it above."""
    for path in Path(qpi_tui.__file__).parent.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        used = {getattr(node, kind, None) for node in nodes for kind in ("attr", "id", "arg")}
        used |= {alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
        found = used & {"tooltip", "with_tooltip", "border_title", "border_subtitle"}
        # The setting of that name is not a toast.
        called = {getattr(node.func, "attr", None) for node in nodes if isinstance(node, ast.Call)}
        found |= called & {"notify"}
        assert not found, (path, found)
