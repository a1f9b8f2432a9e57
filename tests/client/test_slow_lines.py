"""A slow line: the timeouts for a chunk apply to each chunk, and not to the whole request or answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from qpi_client import TimedOut, Timeouts
from tests.client.conftest import Open

# More than the buffers of both ends take up at once.
BODY = {"text": "x" * 8_000_000}
PIECE = 64 * 1024
WRITE = 2.0


class SlowReader:
    """A server that reads one request in pieces, as a slow line delivers it. Without a pause, it stops reading."""

    def __init__(self, pause: float | None) -> None:
        self.stopped = threading.Event()
        self.took = 0.0
        self._pause = pause
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        accepted, _ = self._listener.accept()
        with accepted:
            head = b""
            while b"\r\n\r\n" not in head:
                head += accepted.recv(PIECE)
            head, _, body = head.partition(b"\r\n\r\n")
            length = next(
                int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")
            )
            read, began = len(body), time.monotonic()
            while read < length and not self.stopped.wait(self._pause):
                read += len(accepted.recv(PIECE))
            self.took = time.monotonic() - began
            accepted.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")

    def close(self) -> None:
        self.stopped.set()
        self._listener.close()


@pytest.fixture
def slow() -> Iterator[SlowReader]:
    server = SlowReader(pause=0.04)
    yield server
    server.close()


@pytest.fixture
def stuck() -> Iterator[SlowReader]:
    server = SlowReader(pause=None)
    yield server
    server.close()


def test_a_large_request_may_take_longer_than_the_write_timeout(slow: SlowReader, connect: Open) -> None:
    client = connect(slow.url, timeout=Timeouts(write=WRITE))
    assert client.request("POST", "/api/anything", body=BODY) == {}
    assert slow.took > WRITE


def test_a_server_that_stops_reading_times_out(stuck: SlowReader, connect: Open) -> None:
    client = connect(stuck.url, timeout=Timeouts(write=0.5))
    with pytest.raises(TimedOut):
        client.request("POST", "/api/anything", body=BODY)
