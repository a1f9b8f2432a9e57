"""A scrolling column of lines, each kept as the parts that it was drawn from.

Only a line with changed parts is drawn again; unchanged lines send nothing to the terminal.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from qpi_tui.domain.column_layout import Pieces

HEAD = 1
"""Lines at the top that do not scroll."""
_STYLES = ("ok", "bad", "warn", "muted", "accent", "bar", "mark")


class LineView(ScrollView):
    """Lines of parts under a sticky header. A subclass returns the parts of a line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-view--header",
        "line-view--cursor",
        "line-view--dim",
        *(f"line-view--{style}" for style in _STYLES),
    }
    DEFAULT_CSS = """
    LineView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: transparent;
        color: $foreground;
        & > .line-view--header { color: $text-muted; text-style: bold; }
        & > .line-view--cursor { background: $primary 25%; text-style: bold; }
        & > .line-view--dim { color: $text-disabled; }
        & > .line-view--ok { color: $text-success; }
        & > .line-view--bad { color: $text-error; }
        & > .line-view--warn { color: $text-warning; }
        & > .line-view--muted { color: $text-muted; }
        & > .line-view--accent { color: $text-accent; }
        & > .line-view--bar { color: $primary; }
        & > .line-view--mark { color: $text-accent; text-style: bold; }
        /* The terminal's own colours cannot be mixed: the cursor's line is reversed, what is faint is dim. */
        &:ansi > .line-view--cursor { background: ansi_default; text-style: reverse; }
        &:ansi > .line-view--muted { text-style: dim; }
        &:ansi > .line-view--dim { text-style: dim; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._dim = False
        self._area = Size(0, 0)
        self._lines: list[Pieces] = []
        self._styles: dict[tuple[str, bool, bool], Style] = {}

    def pieces(self, y: int, width: int) -> Pieces:
        """Return the parts of the line `y` of the widget, `width` cells in total; a cursor's line starts with `▌`."""
        raise NotImplementedError

    @property
    def dim(self) -> bool:
        """Whether everything is dimmed because it may be out of date."""
        return self._dim

    @dim.setter
    def dim(self, dim: bool) -> None:
        if dim != self._dim:
            self._dim = dim
            self._styles.clear()
            self.refresh()

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    @property
    def _page(self) -> int:
        return max(self._area.height - HEAD, 0)

    def _scroll(self, top: int) -> None:
        if top != self._top:
            self.scroll_to(y=top, animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Move the scrollbar; draw the lines that differ, not the whole widget as the base class does."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._sync()

    def notify_style_update(self) -> None:
        """Redraw: a theme or a parent may have changed the colours."""
        self._styles.clear()
        super().notify_style_update()

    def _sync(self) -> None:
        """Draw the lines whose parts changed."""
        size = self._area
        if not size.width or not size.height:
            self._lines = []
            return
        lines = [self.pieces(y, size.width) for y in range(size.height)]
        if len(lines) != len(self._lines):
            self.refresh()
        else:
            changed = [y for y, (new, old) in enumerate(zip(lines, self._lines, strict=True)) if new != old]
            if changed:
                self.refresh(*[Region(0, y, size.width, 1) for y in changed])
        self._lines = lines

    def render_line(self, y: int) -> Strip:
        """Render a line from its parts."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        header = y < HEAD
        cursor = not header and self._lines[y][0][0].startswith("▌")
        segments = [Segment(text, self._style(style, header, cursor)) for text, style in self._lines[y]]
        return Strip(segments, self._area.width)

    def _style(self, name: str, header: bool, cursor: bool) -> Style:
        key = (name, header, cursor)
        found = self._styles.get(key)
        if found is None:
            parts = ["header"] if header else ["cursor"] if cursor else []
            if self._dim and name != "bar":
                parts.append("dim")
            elif name:
                parts.append(name)
            # Together, so that translucent and contrasting colours suit the line's background.
            found = self.get_visual_style(*[f"line-view--{part}" for part in parts]).rich_style
            if cursor and self.get_component_styles("line-view--cursor").text_style.reverse:
                found += Style(reverse=True)
            self._styles[key] = found
        return found
