"""Decode the body of an answer in chunks, within a memory limit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from qpi_client.errors import AnswerTooLarge, ProtocolError

_GZIP = b"\x1f\x8b"


class Body:
    """Decodes a body as it arrives.

    Args:
        headers: The answer's headers, with lower-case names.
        most: Maximum number of decoded bytes, in total or, with `each`, per chunk.
        where: The requested path, for error messages.
        each: Apply the limit to each chunk, as for a stream.
    """

    def __init__(self, headers: Mapping[str, str], most: int, where: str, *, each: bool = False) -> None:
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise ProtocolError(f"The server's answer to {where} has an encoding that was not requested.")
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in encoding else None
        self._begun = False
        self._most = most
        self._left = most
        self._each = each
        self._where = where

    def feed(self, piece: bytes) -> bytes:
        """Return the decoded chunk.

        Raises:
            AnswerTooLarge: The limit is exceeded.
            ProtocolError: The compressed data is corrupt.
        """
        if self._each:
            self._left = self._most
        data = piece if self._inflater is None else self._inflated(piece)
        self._left -= len(data)
        if self._left < 0:
            raise self._too_large()
        return data

    def finish(self) -> None:
        """Check that the compressed data is complete."""
        if self._inflater is not None and self._begun and not self._inflater.eof:
            raise self._damaged()

    def _inflated(self, piece: bytes) -> bytes:
        found: list[bytes] = []
        left = self._left
        while piece:
            assert self._inflater is not None  # noqa: S101  # asked before
            self._begun = True
            if self._inflater.eof:
                # Another gzip member, or padding after the last one.
                if not piece.startswith(_GZIP):
                    break
                self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                data = self._inflater.decompress(piece, left + 1)
            except zlib.error:
                raise self._damaged() from None
            found.append(data)
            left -= len(data)
            if left < 0:
                raise self._too_large()
            piece = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        return found[0] if len(found) == 1 else b"".join(found)

    def _too_large(self) -> AnswerTooLarge:
        return AnswerTooLarge(
            f"The server's answer to {self._where} is larger than the {self._most:,} bytes allowed. "
            "Raise the client's Limits to accept it."
        )

    def _damaged(self) -> ProtocolError:
        return ProtocolError(f"The server's answer to {self._where} is damaged: its compression is broken.")
