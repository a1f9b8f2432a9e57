"""A second server that records every request, then forwards it to a sandbox, so that signing in works there."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Listener:
    """Listens on its own port in front of a server. `came` lists the requests, with heads and bodies."""

    def __init__(self, behind: str) -> None:
        parts = urlsplit(behind)
        self._behind = (str(parts.hostname), int(parts.port or 80))
        self.came: list[bytes] = []
        self._frozen = threading.Event()
        self._frozen.set()
        self._open: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def credentials(self) -> list[bytes]:
        """Return the requests that contained anything secret."""
        marks = (b"authorization:", b"x-api-token:", b"/auth-with-", b"/auth-refresh", b"password", b"qpi_")
        return [request for request in self.came if any(mark in _told(request) for mark in marks)]

    def freeze(self) -> None:
        """Accept connections but do not respond, like a stopped process."""
        self._frozen.clear()

    def thaw(self) -> None:
        """Respond again."""
        self._frozen.set()

    def strand(self) -> None:
        """Silently deliver nothing more on open connections; new connections work."""
        self._silent |= self._open

    def kill(self) -> None:
        """Close everything, like a killed process."""
        self.close()
        for end in tuple(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._behind) as server:
            self._open |= {client, server}
            threading.Thread(target=self._back, args=(server, client), daemon=True).start()
            while piece := client.recv(65536):
                self._frozen.wait()
                self.came.append(piece)
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(65536):
                self._frozen.wait()
                if client not in self._silent:
                    client.sendall(piece)
            client.shutdown(socket.SHUT_WR)


def _told(request: bytes) -> bytes:
    # Asking for the sign-in methods reveals nothing.
    return request.lower().replace(b"/auth-methods", b"")
