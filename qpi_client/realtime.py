"""Change events: what arrives on the server's event stream, told apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qpi_client.errors import AnswerTooLarge, ProtocolError


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A record was created, updated or deleted.

    Attributes:
        topic: The subscription that the event belongs to.
        action: "create", "update" or "delete".
        record: The record afterwards; for a deletion, as it was.
    """

    topic: str
    action: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The stream begins, or begins again after a gap.

    Changes before it may have been missed: read everything again that you show.
    """


class EventParser:
    """Bytes as they come → (event name, data) pairs, by the rules of `text/event-stream`.

    Every byte is looked at once. `largest`: bytes allowed in one event.
    """

    def __init__(self, largest: int = 64 * 1024 * 1024) -> None:
        self._largest = largest
        # The pieces of a line whose end has not come.
        self._line: list[bytes] = []
        self._partial = 0
        self._name = ""
        self._data: list[str] = []
        # Bytes of the event's complete lines; comments and fields of no use are not kept, and do not count.
        self._size = 0
        self._begun = False

    def feed(self, piece: bytes) -> list[tuple[str, str]]:
        """The events that end in this piece.

        Raises:
            AnswerTooLarge: An event, or a line, without end.
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
        """Take in one line."""
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
    """The id that the first event of a stream gives; subscriptions are made with it."""
    found = _object(data).get("clientId")
    if not isinstance(found, str) or not found:
        raise ProtocolError("The server's event stream begins without a client id.")
    return found


def change(topic: str, data: str) -> ChangeEvent:
    """The change that an event tells of."""
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
