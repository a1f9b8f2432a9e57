"""The connection of early requests accepts plain HTTP/1.1 and leaves everything else to the client."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from qpi_client.early_connection import Answer, EarlyConnection

Answers = Callable[[bytes], Answer]


@pytest.fixture
def answer_to() -> Answers:
    """Return a function that passes these bytes of a server, which then closes, through the connection."""

    def ask(sent: bytes) -> Answer:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                there, _ = server.accept()
                # The connection may give up before it has read everything.
                with there, suppress(ConnectionError):
                    there.recv(10_000)
                    # In pieces, as a network delivers them.
                    for at in range(0, len(sent), 7):
                        there.sendall(sent[at : at + 7])

            thread = threading.Thread(target=serve)
            thread.start()
            connection = EarlyConnection(
                urlsplit(f"http://127.0.0.1:{server.getsockname()[1]}"), ssl.create_default_context
            )
            connection.send("GET", "/api/health", {"accept": "application/json"})
            try:
                return connection.receive()
            finally:
                connection.close()
                thread.join()

    return ask


def test_a_body_of_a_known_length_is_read(answer_to: Answers) -> None:
    answer = answer_to(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A:  b \r\n\r\n{}rest")
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"{}", "b")


def test_a_chunked_body_is_read(answer_to: Answers) -> None:
    chunks = b"5;name=value\r\n[1,2,\r\n3\r\n3]\n\r\n0\r\nTrailer: x\r\n\r\n"
    assert answer_to(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks).body == b"[1,2,3]\n"


def test_early_hints_are_skipped_and_an_empty_body_is_read(answer_to: Answers) -> None:
    answer = answer_to(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : value\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: " + b"x" * 200_000,
    ],
    ids=lambda sent: sent[:60].decode(),
)
def test_any_other_response_is_an_error(answer_to: Answers, sent: bytes) -> None:
    with pytest.raises((ValueError, OSError)):
        answer_to(sent)


@pytest.mark.parametrize("target", ["/api/a b", "/api/a\r\nx: y", "/api/\n"])
def test_a_request_target_with_spaces_or_line_breaks_is_not_sent(target: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = EarlyConnection(
            urlsplit(f"http://127.0.0.1:{server.getsockname()[1]}"), ssl.create_default_context
        )
        with pytest.raises(ValueError, match="not a header"):
            connection.send("GET", target, {})
        connection.close()
