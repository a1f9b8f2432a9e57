"""A hostile server: well-formed responses with arbitrary text in its records and messages."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Record = Any
SESSION = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256"}, {"exp": 4_000_000_000}, "signature")
)
ROUTES = {"/api/jobs": "quantum_jobs", "/api/qpus": "qpus", "/api/tokens": "api_tokens"}


class Hostile:
    """Answers every list with the records given for its collection, and rejects every change with `message`.

    `created` replaces the answer to a creation, by path; `raw` replaces whole bodies, by path. With `accepts`,
    every change is answered by one of the records in turn. With `tells` there are change events, which repeat the
    records. `elsewhere` is another host to which everything is redirected, except signing in if `lets_in`.

    `created` is what a creation answers instead, by path; `raw` are whole bodies by path. With `accepts` every change
    is answered by one of the records, each in its turn; with `tells` there are change events: the records once more.
    `elsewhere` is another host to which everything is sent away, but for signing in where it `lets_in`.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}
        self.me: dict[str, Any] = {"id": "me0000000000000", "email": "me@test.example", "qpu_seconds": 60}
        self.message = "No."
        self.fields: dict[str, str] = {}
        self.created: dict[str, Any] = {}
        self.raw: dict[str, bytes] = {}
        self.url = ""
        self.accepts = self.tells = self.lets_in = False
        self.elsewhere = ""
        self.sent_away: list[tuple[int, str, str]] = []
        self.streams: list[Any] = []
        self._statuses = itertools.cycle((301, 302, 303, 307, 308))
        self.topics: list[str] = []
        self.subscribed = threading.Event()
        self._turn = itertools.count()

    def away(self, method: str, path: str) -> int:
        """Return the status code of a redirect, if this request is redirected to another host."""
        if not self.elsewhere or (self.lets_in and path.endswith("/auth-with-password")):
            return 0
        self.sent_away.append((next(self._statuses), method, path))
        return self.sent_away[-1][0]

    def break_streams(self) -> None:
        """Close open streams, like a server that restarts."""
        for stream in self.streams:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def change(self, method: str, path: str) -> tuple[int, Any]:
        """Return the answer to a change, if it is accepted."""
        if method == "DELETE":
            return 204, None
        parts = path.strip("/").split("/")
        kinds = {"qpus": "qpus", "qpu": "qpus", "drivers": "drivers", "jobs": "quantum_jobs", "tokens": "api_tokens"}
        collection = parts[2] if parts[1] == "collections" else kinds.get(parts[2 if parts[1] == "op" else 1], "")
        items = self.records.get(collection) or [{}]
        record = items[next(self._turn) % len(items)]
        if path.endswith("create") or path == "/api/tokens":
            said = record.get("name", "")
            record = {**record, "token": said, "ca_fingerprint": said, "qpi_addr": said, "snippets": {said: said}}
        return 200, record

    def events(self) -> Iterator[bytes]:
        """Run the event stream: a subscriber gets every record of its topics, with jobs completed at the end."""
        self.subscribed.clear()
        yield b'event: PB_CONNECT\ndata: {"clientId":"c"}\n\n'
        self.subscribed.wait(10)
        for topic in self.topics:
            collection, _, id = topic.partition("/")
            for record in self.records.get(collection, []):
                for status in (record.get("status"), "completed"):
                    told = {**record, "status": status, **({"id": id} if id != "*" else {})}
                    data = json.dumps({"action": "update", "record": told})
                    yield f"event: {topic}\ndata: {data}\n\n".encode()

    def answer(self, method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        """Return the status code and the body."""
        if path.endswith(("/auth-with-password", "/auth-refresh")):
            return 200, {"token": SESSION, "record": {**self.me, "collectionName": path.split("/")[3]}}
        if path == "/api/health":
            return 200, {"code": 200, "message": self.message}
        if path == "/api/realtime":
            if self.tells:
                return 204, None
            return 404, {"status": 404, "message": self.message, "data": {}}
        if method != "GET":
            if path in self.created:
                return 201, self.created[path]
            if self.accepts:
                return self.change(method, path)
            data = {name: {"code": "no", "message": word} for name, word in self.fields.items()}
            return 400, {"status": 400, "message": self.message, "data": data}
        if path == "/api/op/version":
            return 200, {"version": self.message}
        if path in ROUTES:
            return 200, self.records.get(ROUTES[path], [])
        return self._read(path, query)

    def _read(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts == ["api", "collections"]:
            items = [{"name": name, "updated": self.message} for name in self.records]
            return 200, {"page": 1, "perPage": 200, "totalItems": len(items), "totalPages": 1, "items": items}
        collection = parts[2] if parts[1] == "collections" else ROUTES.get("/" + "/".join(parts[:2]), "")
        items = self.records.get(collection, [])
        single = parts[4:] if parts[1] == "collections" else parts[2:]
        if single:
            found = [item for item in items if isinstance(item, dict) and item.get("id") == single[0]]
            return (200, found[0]) if found else (200, items[0]) if items else (404, {"message": self.message})
        again = query.get("page", ["1"]) != ["1"] or "created" in (query.get("filter") or [""])[0].partition("(")[2]
        shown = [] if again else items
        return 200, {"page": 1, "perPage": 1000, "totalItems": len(items), "totalPages": 1, "items": shown}


class _Handler(BaseHTTPRequestHandler):
    hostile: Hostile
    protocol_version = "HTTP/1.1"
    # Head and body are sent separately: otherwise the second waits 40 ms for the acknowledgement of the first.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if status := self.hostile.away(self.command, parts.path):
            self.send_response(status)
            self.send_header("Location", f"{self.hostile.elsewhere}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if parts.path == "/api/realtime" and self.hostile.tells:
            if self.command == "GET":
                self._stream()
                return
            self.hostile.topics = json.loads(sent)["subscriptions"]
            self.hostile.subscribed.set()
        if parts.path in self.hostile.raw:
            status, body = 200, self.hostile.raw[parts.path]
        else:
            status, answer = self.hostile.answer(self.command, parts.path, parse_qs(parts.query))
            body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.hostile.streams.append(self.connection)
        try:
            for piece in self.hostile.events():
                self.wfile.write(piece)
            # The client closes it.
            self.rfile.read(1)
        except OSError:
            pass
        self.close_connection = True

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve_hostile() -> Iterator[Hostile]:
    """Serve on a free port of this machine."""
    hostile = Hostile()

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hostile": hostile}))
    server.daemon_threads = True
    # A client that disconnects in the middle of a response is not an error of the server.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    hostile.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hostile
    finally:
        server.shutdown()
        server.server_close()


def _circuit(said: str) -> str:
    """Return OpenQASM with a text wherever one is allowed. Qiskit rejects most of it, quoting the text."""
    return f'OPENQASM 2.0;\ninclude "qelib1.inc";\n// {said}\nqreg {said}[2];\ncreg c[2];\nopaque x {said};\n{said}'


def _results(said: str, number: int) -> Any:
    """Return results of a driver in each of the known shapes."""
    header = {"name": said, "creg_sizes": [[said, 2]], "memory_slots": 2}
    shapes: tuple[Any, ...] = (
        {"counts": {"00": 5, said: 5}, "error": said},
        {"counts": {"00": 5, "11": 7}, "header": header},
        {"memory": [[[0.1, 0.2]], [[0.3, 0.4]]], "header": header, said: said},
        {"circuit_results": [{"counts": {"01": 1}, "header": header}, {"error": said}, {said: said}, said]},
        {"success": False, "message": said, "status": said},
        {"raw": said, "shots": 0},
        said,
    )
    return shapes[number % len(shapes)]


def records_with(texts: list[str], *, id_prefix: str = "rec") -> dict[str, list[Record]]:
    """Return one record per text for each collection, with the text in every text field. `NNN` distinguishes them."""
    made: dict[str, list[Record]] = {}
    for number, text in enumerate(texts):
        id = f"{id_prefix}{number:012}"
        said = f"N{number:03} {text}"
        user = {"id": id, "email": said, "name": said, "qpu_seconds": 3600, "created": "2026-11-01 10:00:00.000Z"}
        qpu = {"id": id, "name": said, "status": "online" if number % 2 else said, "num_qubits": 5, "enabled": True}
        slot = f"2091-03-{number % 28 + 1:02} {number % 23:02}"
        one = {
            "users": user,
            "qpus": qpu,
            "qpu_time_requests": {
                "id": id, "user": id, "seconds": 1800, "status": "pending" if number % 4 else "rejected",
                "requested_reason": said, "rejection_reason": said, "expand": {"user": user},
            },
            "drivers": {
                "id": id, "name": said, "qpu": id, "kind": said, "language": said, "status": "online", "enabled": True,
                "host": said, "version": said, "events": [said], "last_seen": said, "expand": {"qpu": qpu},
            },
            "quantum_jobs": {
                "id": id, "user_id": id, "qpu_target": id, "status": "completed" if number % 2 else said,
                "payload": {"circuits": [{"circuit": _circuit(said), "name": said}], "shots": 10, said: said},
                "results": _results(said, number),
                "created": f"2026-11-01 10:{number % 60:02}:00.000Z", "updated": "2026-11-01 10:00:00.000Z",
                "duration": 1.5,
                "expand": {"user_id": user, "qpu_target": qpu},
            },
            "time_slots": {
                "id": id, "start_time": f"{slot}:00:00.000Z", "end_time": f"{slot}:30:00.000Z", "booked_by": id,
                "expand": {"booked_by": user},
            },
            "notifications": {"id": id, "title": said, "description": said, "start_time": "", "end_time": ""},
            "themes": {
                "id": id, "name": said, "is_active": not number, "site_name": said, "tagline": said, "logo": said,
                "favicon": said, "tokens": {said[:90]: said}, "custom_css": said, "custom_js": said,
            },
            "api_tokens": {"id": id, "name": said, "expires_at": "", "created": said},
            "events": {
                "id": id, "type": "CryostatReading", "ts": "2026-11-23T10:00:00Z", "qpu": said, "driver": said,
                "source": said,
                "payload": {"readings": {said: {"value": 0.01, "unit": said[:90], "status": said}}},
                "created": "2026-11-23 10:00:00.000Z",
            },
        }  # fmt: skip
        for collection, record in one.items():
            made.setdefault(collection, []).append(record)
    return made
