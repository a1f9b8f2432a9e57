"""Splits terminal input into text, escape sequences and pastes.

Textual's own parser reads `ESC x` as `alt+x`, and ends a paste wherever the line pauses after an ESC. Here an ESC that
starts no sequence is the Esc key, whatever follows in the same packet, and a paste ends only at its end marker. The
parser gets complete sequences, one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ESC = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
# Seconds after which a lone ESC is the Esc key, and after which a sequence is incomplete.
ALONE, UNFINISHED = 0.1, 0.5
# Seconds of silence inside a paste after which its end marker counts as lost.
PASTE_LOST = 10.0

# Compiled for the first key, as nothing is typed before the first frame.
# A CSI sequence; with three more bytes an old mouse report, with a bracket before it a key of Linux's console.
_CSI = r"\x1b\[(?:M[\s\S]{3}|\[[A-E]|(?!M|\[)[0-?]*[ -/]*[@-~])"
_CSI_BEGUN = r"\x1b\[(?:M[\s\S]{0,2}|\[|[0-?]*[ -/]*)"
# Keys of application mode.
_SS3 = r"\x1bO[A-HMP-SXj-y]"


class Piece(NamedTuple):
    """A part of the input: `kind` is `text`, `sequence`, `escape` or `paste`."""

    kind: str
    text: str


class InputStream:
    """Takes text as it is read and yields complete pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._pasting = False
        self._since = 0.0

    def feed(self, text: str, now: float) -> Iterator[Piece]:
        """Feed what was read at a time; return complete pieces."""
        self._since = now
        rest = self._held + text
        self._held = ""
        while rest:
            if self._pasting:
                pasted, end, behind = rest.partition(PASTE_END)
                if not end:
                    self._held = rest
                    return
                self._pasting = False
                rest = behind
                yield Piece("paste", pasted)
                continue
            plain, esc, behind = rest.partition(ESC)
            if plain:
                yield Piece("text", plain)
            if not esc:
                return
            rest = esc + behind
            if rest == ESC or rest == "\x1bO" or re.fullmatch(_CSI_BEGUN, rest):
                self._held = rest
                return
            piece, rest = self._sequence(rest)
            if piece is not None:
                yield piece

    def tick(self, now: float) -> Iterator[Piece]:
        """Return pending pieces if nothing has followed for too long."""
        waited = now - self._since
        if self._pasting:
            if waited >= PASTE_LOST:
                self._pasting = False
                held, self._held = self._held, ""
                yield Piece("paste", held)
        elif self._held and waited >= (ALONE if self._held == ESC else UNFINISHED):
            held, self._held = self._held, ""
            yield Piece("escape", ESC)
            if held != ESC:
                yield Piece("text", held[1:])

    def _sequence(self, text: str) -> tuple[Piece | None, str]:
        """Return the first piece of a text that starts with an ESC, and the rest."""
        found = re.match(_CSI, text) or re.match(_SS3, text)
        if found is None:
            return Piece("escape", ESC), text[1:]
        sequence, rest = found[0], text[found.end() :]
        if sequence == PASTE_START:
            self._pasting = True
            return None, rest
        # The end marker of a paste that counted as lost.
        return (None if sequence == PASTE_END else Piece("sequence", sequence)), rest
