"""Change events: what arrives on the server's event stream, told apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qpi_client.errors import ProtocolError

# One event holds one record; more than this without an end of event is no event stream.
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A record was created, updated or deleted (`action`); `topic` is the subscription that it came for."""

    topic: str
    action: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The stream begins, or begins again after a gap: what changed before is not known, so read everything again."""


class EventParser:
    """Bytes as they come → (event name, data) pairs, by the rules of `text/event-stream`."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._begun = False

    def feed(self, piece: bytes) -> list[tuple[str, str]]:
        """The events that end in this piece. `ProtocolError` for what is no event stream."""
        if not self._begun:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
            self._begun = True
        lines = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LARGEST:
            raise ProtocolError("The server's event stream holds a line without end.")
        found: list[tuple[str, str]] = []
        for line in lines:
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if not text:
                if self._data:
                    found.append((self._name or "message", "\n".join(self._data)))
                self._name, self._data = "", []
                continue
            field, _, value = text.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                self._name = value
            elif field == "data":
                self._data.append(value)
        return found


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
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ProtocolError("An event of the server's stream is not JSON.")
    return body
