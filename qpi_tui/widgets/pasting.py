"""Pastes: into the focused field as a whole, nowhere else, and never as commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.events import Key, Paste
from textual.widgets import Input, TextArea

from qpi_tui.terminal.bursts import in_burst

if TYPE_CHECKING:
    from textual.widget import Widget

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
JOINED = "Line breaks were replaced by spaces: the field has one line."


def dropped(count: int, *, opened: bool = False) -> str:
    """Return the notice for a dropped paste; `opened`: a dialog opened during it."""
    why = "the dialog opened during the paste" if opened else "no text field here"
    return f"Pasted text dropped ({count:,} character{'s' * (count != 1)}): {why}."


def joins_lines(key: Key, field: Widget | None) -> bool:
    """Whether a key is a line break of pasted text without brackets, in a single-line field."""
    return key.key in {"enter", "ctrl+j"} and in_burst(key) and isinstance(field, Input)


def fit_paste(paste: Paste, field: Widget | None) -> str:
    """Convert a paste for the focused field; return a notice, if any.

    Without a text field, the paste is emptied.
    """
    if not isinstance(field, Input | TextArea) or not field.check_consume_key("a", "a"):
        count = len(paste.text)
        paste.text = ""
        return dropped(count)
    whole = _BREAKS.sub("\n", paste.text).expandtabs(4)
    text = _CONTROLS.sub("", whole)
    said = f"{len(whole) - len(text):,} control characters removed." if text != whole else ""
    if isinstance(field, Input):
        # Copied lines often end with a line break.
        text = text.rstrip("\n")
        if "\n" in text:
            text, said = text.replace("\n", " "), f"{JOINED} {said}".strip()
    paste.text = text
    return said
