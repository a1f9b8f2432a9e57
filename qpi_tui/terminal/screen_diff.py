"""The current and the wanted screen, and the shortest text that turns one into the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.style import Style
from textual.geometry import Offset
from textual.strip import Strip

# (attributes, foreground, background) as SGR parameters, where the empty string means "as after a reset"; then the
# address of a link, if any.
Pen = tuple[str, ...]
PLAIN: Pen = ("", "", "")

# These never reach a terminal: C0, DEL, C1, bidirectional controls, separators, invisible characters, surrogates.
CONTROLS = {
    *range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), 0xFEFF, *range(0xD800, 0xE000), *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080),
}  # fmt: skip
WITHOUT_CONTROLS = dict.fromkeys(CONTROLS, None)

# Wide characters that every terminal counts as two cells: East Asian ideographs and syllables.
STABLE = range(0x2E80, 0xD7A4)
# Unchanged cells between two changes that are rewritten rather than skipped.
BRIDGE = 5
# Cells that the cursor steps back instead of getting a position.
NEAR = 4
BACK = "\b"
# What ends an attribute. Bold and dim, and the two kinds of blinking, end together.
END = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29", "21": "24"}
END |= {"51": "54", "52": "54", "53": "55"}
# This many changed runs are a new page: its order is not optimized.
MANY = 400

# The target of a link (OSC 8): a web address in printable ASCII, which cannot end the sequence.
LINK = re.compile(r"https?://[!-~]{1,8000}")

# Text of characters that are one cell each: Latin letters, punctuation, arrows, signs, lines, blocks, Braille. It needs
# no splitting into graphemes, which takes 0.1 ms for a line, nor a cache, in which a line takes 1 kB.
SINGLE = re.compile(
    r"[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u2319\u23f4-\u25fc\u270c-\u2727\u2800-\u28ff]*"
)
# Other texts that are cached: more than a screen has.
CACHED = 1_024

# A changed run of a line: line, first column, column after it.
Run = tuple[int, int, int]


@lru_cache(4096)
def pen_of(style: Style, system: ColorSystem) -> Pen:
    """Return the SGR parameters of a style, separately."""
    foreground, background = style.color, style.bgcolor
    attributes = Strip.render_ansi(style.without_color, system)
    fore = ";".join(foreground.downgrade(system).get_ansi_codes()) if foreground else ""
    back = ";".join(background.downgrade(system).get_ansi_codes(foreground=False)) if background else ""
    pen = (attributes, "" if fore == "39" else fore, "" if back == "49" else back)
    return (*pen, style.link) if style.link and LINK.fullmatch(style.link) else pen


def safe_cluster(cluster: str) -> str:
    """Return a cluster as every terminal counts its cells: terminals disagree on flags, joined and toned emoji.

    A flag becomes its two letters, a joined emoji its first one; tones and variation selectors are removed, a keycap
    becomes its key. Combining marks on letters stay.
    """
    if all("\U0001f1e6" <= char <= "\U0001f1ff" for char in cluster):
        return "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in cluster)
    if "\u200d" in cluster and ord(cluster[0]) > 0x2000:
        cluster = cluster[: cluster.index("\u200d")]
    if "\u20e3" in cluster and cluster[0] in "0123456789#*":
        return cluster[0]
    # Some terminals count the remaining emoji as one cell, others as two: `_written` handles that.
    return "".join(char for char in cluster if char not in "\ufe0f\ufe0e" and not "\U0001f3fb" <= char <= "\U0001f3ff")


@lru_cache(CACHED)
def cells_of(text: str) -> tuple[str, ...]:
    """Split a text into cells: an empty cell follows a wide character; control characters become `�`."""
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if not cluster.isascii():
            cluster = safe_cluster(cluster)
        if not cluster.isprintable():
            cluster = cluster.translate(WITHOUT_CONTROLS) or "�" * width
            if width > 1 and cluster == "�" * width:
                cells.extend(cluster)
                continue
        if width and cluster.isascii():
            cells.extend(cluster.ljust(width))
        elif width:
            cells.append(cluster)
            cells.extend("" for _ in range(width - 1))
        elif cells and cells[-1] and len(cells[-1]) < 8:
            cells[-1] += cluster
    return tuple(cells)


class ScreenDiff:
    """Two screens, as rows of cells and of pens; None for unknown content."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._cells: list[list[str | None]] = []
        self._pens: list[list[Pen]] = []
        self._shown_cells: list[list[str | None]] = []
        self._shown_pens: list[list[Pen]] = []
        self._dirty: set[int] = set()
        self._cursor: Offset | None = None

    def forget(self) -> None:
        """Forget what is shown."""
        self._shown_cells = [[None] * self.width for _ in range(self.height)]
        self._shown_pens = [[PLAIN] * self.width for _ in range(self.height)]
        self._dirty = set(range(self.height))
        self._cursor = None

    def resize(self, width: int, height: int) -> None:
        """Set the terminal's size; do nothing if it is unchanged."""
        if (width, height) == (self.width, self.height):
            return
        self.width, self.height = width, height
        self._cells = [[None] * width for _ in range(height)]
        self._pens = [[PLAIN] * width for _ in range(height)]
        self.forget()

    def put(self, x: int, y: int, strip: Strip, system: ColorSystem) -> int:
        """Place a strip on the wanted screen; return the column after it."""
        cells: list[str] = []
        pens: list[Pen] = []
        for text, style, _ in strip:
            if (text.isascii() and text.isprintable()) or SINGLE.fullmatch(text):
                cells.extend(text)
            else:
                cells.extend(cells_of(text))
            pens.extend([PLAIN if style is None else pen_of(style, system)] * (len(cells) - len(pens)))
        end = x + len(cells)
        if 0 <= y < self.height:
            room = max(self.width - x, 0)
            self._cells[y][x:end] = cells[:room]
            self._pens[y][x:end] = pens[:room]
            self._dirty.add(y)
        return end

    def difference(self, cursor: Offset) -> str:
        """Return the text that updates the terminal and moves its cursor; it then counts as shown."""
        lines = [
            y
            for y in sorted(self._dirty)
            if self._cells[y] != self._shown_cells[y] or self._pens[y] != self._shown_pens[y]
        ]
        runs = [(y, x, end) for y in lines for x, end in self._runs(y)]
        text, pen = self._written(runs)
        if 1 < len(runs) < MANY:
            for order in self._orders(runs):
                other, left = self._written(order)
                if len(other) < len(text):
                    text, pen = other, left
        for y in lines:
            self._shown_cells[y] = self._cells[y].copy()
            self._shown_pens[y] = self._pens[y].copy()
        self._dirty.clear()
        if pen != PLAIN:
            text += change(pen, PLAIN)
        if text or cursor != self._cursor:
            text += f"\x1b[{cursor.y + 1};{cursor.x + 1}H"
            self._cursor = cursor
        return text

    def _orders(self, runs: list[Run]) -> Iterator[list[Run]]:
        """Yield other orders than line by line, one of which may be shorter."""
        # Ages and times are in one column.
        yield sorted(runs, key=lambda run: (run[2], run[0]))
        # Setting a colour may take more bytes than moving: write one colour after the other.
        pieces = [piece for run in runs for piece in self._of_one_pen(run)]
        yield sorted(pieces, key=lambda piece: self._pens[piece[0]][piece[1]])

    def _of_one_pen(self, run: Run) -> Iterator[Run]:
        """Split a run into pieces of one pen each."""
        y, start, end = run
        while start < end:
            stop = _end_of_pen(self._pens[y], start, end)
            yield y, start, stop
            start = stop

    def _written(self, runs: list[Run]) -> tuple[str, Pen]:
        """Return the text that writes these runs in this order, and the final pen."""
        out: list[str] = []
        pen: Pen = PLAIN
        row, at = -2, -2  # The cursor's position; column -2: unknown.
        for y, x, end in runs:
            cells, pens = self._cells[y], self._pens[y]
            if (
                row == y
                and 0 <= at <= x <= at + BRIDGE
                and all(pens[i] == pen and (cells[i] or "\x7f") < "\x7f" for i in range(at, x))
            ):
                out.extend(cell or "" for cell in cells[at:x])
            else:
                out.append(_way(row, at, y, x))
            start = x
            while start < end:
                stop, wanted = _end_of_pen(pens, start, end), pens[start]
                piece = cells[start:stop]
                if wanted != pen and any(piece):
                    out.append(change(pen, wanted))
                    pen = wanted
                text = "".join(piece)  # type: ignore[arg-type]  # a stretch that differs is known
                if len(text) == stop - start and "" not in cells[start : stop + 1]:
                    out.append(text)
                else:
                    out.extend(_with_places(cells, start, stop, end))
                start = stop
            # After a wide character, or the last column, the cursor's position is uncertain.
            row, at = y, end if cells[end - 1] and len(cells[end - 1] or "") == 1 and end < self.width else -2
        return "".join(out), pen

    def _runs(self, y: int) -> list[tuple[int, int]]:
        """Return the runs of a line that differ, as whole characters."""
        cells, pens = self._cells[y], self._pens[y]
        shown, shown_pens = self._shown_cells[y], self._shown_pens[y]
        runs: list[tuple[int, int]] = []
        x, width = 0, self.width
        while x < width:
            if cells[x] is None or (cells[x] == shown[x] and pens[x] == shown_pens[x]):
                x += 1
                continue
            start = x
            while start and cells[start] == "":
                start -= 1
            while x < width and cells[x] is not None and (cells[x] != shown[x] or pens[x] != shown_pens[x]):
                x += 1
            while x < width and cells[x] == "":
                x += 1
            if runs and runs[-1][1] > start:
                start = runs.pop()[0]
            runs.append((start, x))
        return runs


def _end_of_pen(pens: list[Pen], start: int, end: int) -> int:
    """Return where the run of one pen that starts here ends."""
    pen, x = pens[start], start + 1
    # Most equal pens are the same object.
    while x < end and (pens[x] is pen or pens[x] == pen):
        x += 1
    return x


def _with_places(cells: list[str | None], start: int, stop: int, end: int) -> Iterator[str]:
    """Return the cells from `start` to `stop` of a run that ends at `end`, with positions where terminals disagree."""
    for i in range(start, stop):
        cell = cells[i]
        if not cell:
            continue
        # Terminals disagree on the width of such characters: set the position of the next one.
        after = i + 1 + (cells[i + 1 : i + 2] == [""])
        if after > i + 1 and ord(cell[0]) not in STABLE:
            # If it is one cell wide, the other cell would keep its old content.
            yield f"  \x1b[{i + 1}G"
        yield cell
        if (after > i + 1 or len(cell) > 1) and after < end:
            yield f"\x1b[{after + 1}G"


def _way(row: int, at: int, y: int, x: int) -> str:
    """Return the shortest cursor movement from a row and column (-2: unknown) to others."""
    if row == y:
        # A small step is shorter than a position.
        return f"\x1b[{x - at}C" if 0 <= at < x < at + 10 else f"\x1b[{x + 1}G"
    whole = f"\x1b[{y + 1};{x + 1}H"
    if row < 0 or y < row or not 0 <= x <= at <= x + NEAR:
        return whole
    down = y - row
    near = f"\x1b[{down if down > 1 else ''}B{BACK * (at - x)}"
    return near if len(near) < len(whole) else whole


@lru_cache(4096)
def change(old: Pen, new: Pen) -> str:
    """Return the change of pens: one SGR, and the start or end of a link."""
    if old[3:] != new[3:]:
        to = "".join(new[3:])
        # The id joins lines of one address.
        link = f"\x1b]8;{'id=1' if to else ''};{to}\x1b\\"
        return link + (change(old[:3], new[:3]) if old[:3] != new[:3] else "")
    if new[:3] == PLAIN:
        return "\x1b[m"
    old, new = old[:3], new[:3]
    anew = ";".join(part for part in ("0" if old != PLAIN else "", *new) if part)
    had, has = old[0].split(";"), new[0].split(";")
    ends = dict.fromkeys(END[one] for one in had if one and one not in has)
    # "22" ends both bold and dim.
    parts = [*ends, *(one for one in has if one and (one not in had or END[one] in ends))]
    parts += [new[at] or none for at, none in ((1, "39"), (2, "49")) if new[at] != old[at]]
    return f"\x1b[{min(';'.join(parts), anew, key=len)}m"
