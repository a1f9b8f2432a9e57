"""Replay the recorded change events: a stream that alice opened, and what she received."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.contract.compare import compare
from tests.contract.replay import REALTIME, Replay, load

WAIT = 10.0  # timeout for one event, in seconds


class Stream:
    """An open event stream. `events` are its parsed events in order of arrival."""

    def __init__(self, url: str) -> None:
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.content_type = ""
        self._client = httpx.Client(timeout=httpx.Timeout(5, read=None))
        self._thread = threading.Thread(target=self._read, args=(url,), daemon=True)
        self._thread.start()

    def _read(self, url: str) -> None:
        try:
            with self._client.stream("GET", f"{url}/api/realtime") as answer:
                self.content_type = answer.headers["content-type"]
                for event in parse(answer.iter_lines()):
                    self.events.put(event)
        except (httpx.HTTPError, OSError):
            return  # closed by this side

    def next(self) -> tuple[str, Any]:
        """Wait for the next event and return its name and data."""
        return self.events.get(timeout=WAIT)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def parse(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Parse server-sent events, without a truncated last one."""
    name = data = ""
    for line in lines:
        key, _, value = line.partition(":")
        if key == "event":
            name = value
        elif key == "data":
            data = value
        elif not line and data:
            yield name, json.loads(data)
            name = data = ""


@contextmanager
def opened(url: str) -> Iterator[Stream]:
    """Open an event stream and close it afterwards."""
    stream = Stream(url)
    try:
        yield stream
    finally:
        stream.close()


def recorded_events(text: str) -> list[tuple[str, Any]]:
    """Return what the subscriber received, without jobs of an earlier scenario dispatched meanwhile."""
    events = list(parse(iter(text.split("\n")[1:])))
    return [(name, data) for name, data in events if data.get("record", {}).get("status") != "running"]


def run(replay: Replay) -> None:
    """Replay the scenario: open the stream, subscribe, cause the events and compare them."""
    *exchanges, last = load(replay.generation, REALTIME)
    expected = recorded_events(last["answer_text"])
    with opened(replay.sandbox.url) as stream:
        found: list[str] = []
        connected, *changes = expected
        name, data = stream.next()
        found += [*compare(connected[0], name, replay.names), *compare(connected[1], data, replay.names)]
        if stream.content_type != "text/event-stream":
            found.append(f"content-type: {stream.content_type!r} now")
        for exchange in exchanges:
            replay.exchange(REALTIME, exchange)
        for event, change in changes:
            name, data = stream.next()
            found += [*compare(event, name, replay.names, "event"), *compare(change, data, replay.names, event)]
        # The recording was cut off in the middle of the last event, the QPU's second toggle.
        name, data = stream.next()
        if (name, data["action"], data["record"]["enabled"]) != ("qpus/*", "update", False):
            found.append(f"the last event: {name} {data['action']} now")
    replay.outcome.exchanges += 1
    replay.outcome.differences += [(REALTIME, last["note"], line) for line in found]
