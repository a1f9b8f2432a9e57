"""One-line widgets of the frame: status, tabs, notice, keys.

Each keeps its `Content` and repaints only on a change. Server text is sanitized before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.domain.styled_text import Part


def assemble(parts: Sequence[Part]) -> Content:
    """Join (text, style) parts to one line, without parsing markup."""
    return Content.assemble(*[(text, style) if style else text for text, style in parts])


class Line(Widget):
    """A line of text that sends nothing to the terminal while it stays the same."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"
    can_focus = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._content = Content("")

    def show(self, content: Content) -> None:
        """Show this text."""
        if not self._content.is_same(content):
            self._content = content
            self.refresh()

    @property
    def whole(self) -> Content:
        """The full text."""
        return self._content

    @property
    def cut(self) -> bool:
        """Whether the text is cut."""
        return self.display and self.whole.cell_length > self.size.width

    def render(self) -> Content:
        """Render the line, cut to the width with a mark."""
        return self._content.truncate(max(self.size.width, 1), ellipsis=True)


class Notice(Line):
    """A sentence in full: on one line, or on two or three if it is longer."""

    MOST = 3

    def __init__(self, *, id: str | None = None, more: str = "") -> None:
        super().__init__(id=id)
        self._more = more

    @property
    def cut(self) -> bool:
        """Whether it does not fit in three lines."""
        return self.display and self._content.get_height({}, max(self.size.width, 1)) > self.MOST

    def hint(self, more: str) -> None:
        """Append this hint to a cut text: how to read it in full."""
        self._more = more

    def show(self, content: Content) -> None:
        """Show this text, on the lines that it needs."""
        super().show(content)
        self._fit()

    class Clicked(Message):
        """It was clicked: its id, the text under the mouse, and the first part."""

        def __init__(self, id: str, words: Sequence[str], first: str) -> None:
            super().__init__()
            self.id = id
            self.words = words
            self.first = first

    def on_click(self, event: events.Click) -> None:
        """Report the text under the mouse: the first part if it is a key, otherwise all."""
        words = self._content.plain.split()
        at_first = event.y == 0 and event.x <= len(" ".join(words[:2]))
        self.post_message(self.Clicked(self.id or "", words, words[0] if at_first and words else ""))

    def on_resize(self) -> None:
        """Adapt the lines to the width."""
        self._fit()

    def _fit(self) -> None:
        width = self.app.size.width - self.gutter.width
        lines = min(max(self._content.get_height({}, max(width, 1)), 1), self.MOST)
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines

    def render(self) -> Content:
        """Render the sentence; cut it after three lines with a mark."""
        width = max(self.size.width, 1)
        content = self._content
        if content.get_height({}, width) > self.MOST:
            lines = content.wrap(width)[: self.MOST]
            more = Content.styled(self._more, "$text-muted") if self._more else Content("")
            last = lines[-1].rstrip().truncate(max(width - more.cell_length - 1, 1)).rstrip() + "…" + more
            content = Content("\n").join([*lines[:-1], last])
        return content


class StatusParts(NamedTuple):
    """The parts of the top line, each a list of (text, style)."""

    where: tuple[Part, ...] = ()
    fresh: tuple[Part, ...] = ()
    who: tuple[Part, ...] = ()


class StatusLine(Line):
    """Server, freshness, account: left, middle and right of the first line."""

    DEFAULT_CSS = "StatusLine { background: $surface; color: $foreground; }"

    def __init__(self) -> None:
        super().__init__(id="status")
        self._parts = StatusParts()

    def set(self, parts: StatusParts) -> None:
        """Show these parts."""
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    @property
    def whole(self) -> Content:
        """The full text of all three."""
        return Content("  ").join([assemble(part) for part in self._parts])

    @property
    def cut(self) -> bool:
        """Whether it does not fit, with a column of space around it."""
        return self.whole.cell_length > self.size.width - 2

    def render(self) -> Content:
        """Render it, with the middle centred if there is room; the left part is cut first."""
        width = self.size.width
        where, fresh, who = (assemble(part) for part in (self._parts.where, self._parts.fresh, self._parts.who))
        room = width - fresh.cell_length - 4
        if where.cell_length + who.cell_length > room and who.cell_length > room * 2 // 3:
            who = assemble(_shortened(self._parts.who, room * 2 // 3)).truncate(max(room * 2 // 3, 1), ellipsis=True)
        left = max(room - who.cell_length, 1)
        if where.cell_length > left:
            where = where.truncate(left, ellipsis=True)
        gap = width - where.cell_length - fresh.cell_length - who.cell_length - 2
        middle = max(min((width - fresh.cell_length) // 2 - where.cell_length - 1, gap - 1), 1)
        return Content.assemble(" ", where, " " * middle, fresh, " " * max(gap - middle, 1), who, " ")


def _shortened(parts: Sequence[Part], width: int) -> list[Part]:
    """Cut parts to about this width: the longest, a name, before others, such as a balance."""
    over = sum(cells(text) for text, _ in parts) - width
    longest = max(range(len(parts)), key=lambda at: cells(parts[at][0]), default=0)
    return [
        (fit(text, max(cells(text) - over, 8)).rstrip(), style) if at == longest and over > 0 else (text, style)
        for at, (text, style) in enumerate(parts)
    ]


class Tab(NamedTuple):
    """A tab of the second line: id, key, names and count (0: none)."""

    id: str
    key: str
    name: str
    short: str
    waiting: int = 0


def _tab_text(tab: Tab, name: str) -> str:
    return f"{tab.key} {name}".rstrip()


def _tab_count(tab: Tab) -> str:
    return f" {tab.waiting}" if tab.waiting else ""


class TabLine(Line):
    """The screens by number. A click opens one."""

    DEFAULT_CSS = "TabLine { background: $surface; color: $text-muted; }"

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.id = id

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._tabs: tuple[Tab, ...] = ()
        self._active = ""
        self._spans: list[tuple[int, int, str]] = []

    def set(self, tabs: Sequence[Tab], active: str) -> None:
        """Show these tabs, one of them active."""
        if (tuple(tabs), active) != (self._tabs, self._active):
            self._tabs, self._active = tuple(tabs), active
            self.refresh()

    @property
    def whole(self) -> Content:
        """The tabs in their shortest form."""
        words = (f" {tab.key} {tab.name}{f' {tab.waiting}' if tab.waiting else ''}" for tab in self._tabs)
        return Content("".join(words))

    @property
    def cut(self) -> bool:
        """Whether not all of them fit with a name."""
        names = [tab.short for tab in self._tabs]
        return self._width(names, 1) > self.size.width

    def render(self) -> Content:
        """Render as many full names as fit, the rest short; then smaller gaps, then only the keys of the last ones."""
        width = self.size.width
        for names, gap in self._layouts():
            if self._width(names, gap) <= width:
                break
        return assemble(self._parts(names, gap)).truncate(max(width, 1), ellipsis=True)

    def _layouts(self) -> Iterator[tuple[list[str], int]]:
        """Yield layouts of names and gap, the widest first; the active tab always keeps a name.

        The name that is shortened first is the one that gains the most room, so that as many as possible stay whole.
        """
        names, short = [tab.name for tab in self._tabs], [tab.short for tab in self._tabs]
        bare = [tab.short if tab.id == self._active else "" for tab in self._tabs]
        yield names.copy(), 2
        for at in sorted(range(len(names)), key=lambda at: (cells(names[at]) - cells(short[at]), at), reverse=True):
            names[at] = short[at]
            yield names.copy(), 2
        for at in range(len(self._tabs), -1, -1):
            yield short[:at] + bare[at:], 1

    def _width(self, names: Sequence[str], gap: int) -> int:
        words = [cells(_tab_text(tab, name) + _tab_count(tab)) for tab, name in zip(self._tabs, names, strict=True)]
        return 1 + sum(words) + gap * max(len(words) - 1, 0)

    def _parts(self, names: Sequence[str], gap: int) -> list[Part]:
        parts: list[Part] = []
        x = 1
        self._spans = []
        for tab, name in zip(self._tabs, names, strict=True):
            text, count = _tab_text(tab, name), _tab_count(tab)
            style = "bold $foreground underline" if tab.id == self._active else ""
            parts += [(" " * (gap if parts else 1), ""), (text, style), (count, "bold $text-warning")]
            end = x + cells(text + count)
            self._spans.append((x, end, tab.id))
            x = end + gap
        return parts

    def on_click(self, event: events.Click) -> None:
        """Open the tab under the mouse."""
        for start, end, id in self._spans:
            if start <= event.x < end:
                self.post_message(self.Picked(id))


class KeyLine(Line):
    """The keys of the current screen; the last ones are left out without room, but never `?`, which lists all.

    A click on one works like the key.
    """

    DEFAULT_CSS = "KeyLine { background: $surface; color: $text-muted; }"
    cut = False

    class Picked(Message):
        """A key was clicked: its label."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: tuple[tuple[str, str], ...] = ()
        self._spans: list[tuple[int, int, str]] = []

    def set(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these (key, label) pairs, the most important first; the last one always fits."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def render(self) -> Content:
        """Render as many pairs as fit, two cells apart."""
        if not self._keys:
            return Content("")
        *rest, last = self._keys
        room = self.size.width - 2 - sum(map(len, last)) - 1
        parts: list[Part] = [(" ", "")]
        x, self._spans = 1, []
        for key, word in rest:
            room -= len(key) + len(word) + 3
            if room < 0:
                break
            parts += [(key, "bold $text-accent"), (f" {word}  ", "")]
            x = self._span(x, key, word) + 2
        self._span(x, *last)
        return assemble([*parts, (last[0], "bold $text-accent"), (f" {last[1]}", "")])

    def _span(self, x: int, keys: str, word: str) -> int:
        """Remember a pair's columns; of several keys the label belongs to the last. Return the next column."""
        end = x + len(keys) + 1 + len(word)
        for key in keys.split():
            self._spans.append((x, end, key))
            x += len(key) + 1
        return end

    def on_click(self, event: events.Click) -> None:
        """Report the key under the mouse."""
        for start, end, key in reversed(self._spans):
            if start <= event.x < end:
                self.post_message(self.Picked(key))
                return
