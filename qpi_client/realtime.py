"""Parse the change events of the server's event stream."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from qpi_client.errors import AnswerTooLarge, ProtocolError


class ChangeEvent(NamedTuple):
    """A record was created, updated or deleted.

    Attributes:
        topic: The subscription that matches the event.
        action: "create", "update" or "delete".
        record: The record after the change; for a deletion, the deleted record.
    """

    topic: str
    action: str
    record: dict[str, Any]


class ReadAgain:
    """The stream starts, or resumes after a gap.

    Earlier changes may have been missed. Read all displayed data again.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReadAgain)

    def __hash__(self) -> int:
        return hash(ReadAgain)

    def __repr__(self) -> str:
        return "ReadAgain()"


class EventParser:
    """Parse bytes into (event name, data) pairs, following the rules of `text/event-stream`.

    Each byte is scanned once. `largest` is the maximum size of one event in bytes.
    """

    def __init__(self, largest: int = 64 * 1024 * 1024) -> None:
        self._largest = largest
        # Chunks of a line that is not complete yet.
        self._line: list[bytes] = []
        self._partial = 0
        self._name = ""
        self._data: list[str] = []
        # Size of the event's complete lines in bytes. Comments and unused fields are dropped and not counted.
        self._size = 0
        self._begun = False

    def feed(self, piece: bytes) -> list[tuple[str, str]]:
        """Return the events that end in this chunk.

        Raises:
            AnswerTooLarge: An event or a line exceeds the limit.
        """
        if not self._begun:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
            self._begun = True
        first, *others = piece.split(b"\n")
        found: list[tuple[str, str]] = []
        self._line.append(first)
        self._partial += len(first)
        for other in others:
            line = self._line[0] if len(self._line) == 1 else b"".join(self._line)
            self._line, self._partial = [other], len(other)
            self._take(line, found)
        if self._size + self._partial > self._largest:
            raise AnswerTooLarge(f"An event of the server's stream is larger than the {self._largest:,} bytes allowed.")
        return found

    def _take(self, line: bytes, found: list[tuple[str, str]]) -> None:
        """Process one line."""
        text = line.removesuffix(b"\r").decode("utf-8", "replace")
        if not text:
            if self._data:
                found.append((self._name or "message", "\n".join(self._data)))
            self._name, self._data, self._size = "", [], 0
            return
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._size += len(line)


def client_id(data: str) -> str:
    """Return the client id in the first event of a stream; subscriptions refer to it."""
    found = _object(data).get("clientId")
    if not isinstance(found, str) or not found:
        raise ProtocolError("The server's event stream starts without a client id.")
    return found


def change(topic: str, data: str) -> ChangeEvent:
    """Return the change that an event reports."""
    body = _object(data)
    record = body.get("record")
    return ChangeEvent(topic, str(body.get("action", "")), record if isinstance(record, dict) else {})


def _object(data: str) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ProtocolError("An event of the server's stream is not JSON.")
    return body
