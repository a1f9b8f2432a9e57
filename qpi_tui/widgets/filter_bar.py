"""The line in which a filter, or words to look for, are typed."""

from __future__ import annotations

from typing import ClassVar

from textual.widgets import Input


class FilterBar(Input, inherit_css=False):
    """The line that `/` opens; Esc clears it, Enter keeps it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(Input.COMPONENT_CLASSES)
    # Every rule is read before the first frame: these few in place of an input's many.
    DEFAULT_CSS = """
    FilterBar { height: 1; width: 34; background: $boost; color: $foreground; padding: 0 1; display: none;
        overflow: hidden hidden; scrollbar-size: 0 0; }
    FilterBar:focus { background: $primary 30%; }
    FilterBar > .input--cursor { background: $input-cursor-background; color: $input-cursor-foreground;
        text-style: $input-cursor-text-style; }
    FilterBar > .input--selection { background: $input-selection-background; color: $input-selection-foreground; }
    FilterBar > .input--placeholder { color: $text-disabled; }
    """

    def __init__(self, hint: str, width: int) -> None:
        super().__init__(placeholder=hint, id="filter", select_on_focus=False, compact=True)
        self.styles.width = width
        self.cursor_blink = False
