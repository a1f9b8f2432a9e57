"""A TLS proxy in front of a sandbox, with a certificate from a private authority that can be replaced."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM


class Authority:
    """A private authority and a server certificate for `name`, valid `days` before and after today.

    `key` is the key of an authority that has issued certificates before.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "127.0.0.1",
        days: tuple[int, int] = (-1, 1),
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> None:
        root_key = self.key = key or ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate("Lab CA", root_key, root_key, ca=True, name=name, days=(-9, 9))
        leaf = _certificate("server", key, root_key, ca=False, name=name, days=days)
        self.pem = root.public_bytes(_PEM)
        self.fingerprint = hashlib.sha256(root.public_bytes(serialization.Encoding.DER)).hexdigest()
        chain = folder / f"{self.fingerprint[:8]}.pem"
        private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        chain.write_bytes(private + leaf.public_bytes(_PEM))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)


def _certificate(
    whose: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    name: str,
    days: tuple[int, int],
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, whose)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lab CA")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .sign(signer, hashes.SHA256())
    )


class Front:
    """A TLS proxy in front of the server. `authority` may be replaced at any time; `got` lists the request heads
    received.
    """

    def __init__(self, behind: str, authority: Authority) -> None:
        parts = urlsplit(behind)
        self._behind = (str(parts.hostname), int(parts.port or 80))
        self.authority = authority
        self.got: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop accepting connections."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self.authority.context.wrap_socket(plain, server_side=True) as client:
                head, body = _read_request(client)
                self.got.append(head)
                if head.startswith(b"GET /api/pub/root-ca.pem"):
                    pem = self.authority.pem
                    client.sendall(
                        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(pem) + pem
                    )
                    return
                with socket.create_connection(self._behind) as server:
                    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
                    server.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
                    # One request for each connection; the answer says so.
                    status, _, rest = server.recv(65536).partition(b"\r\n")
                    client.sendall(status + b"\r\nConnection: close\r\n" + rest)
                    while piece := server.recv(65536):
                        client.sendall(piece)
        except OSError:
            # A client that does not trust the certificate hangs up.
            return


def _read_request(client: ssl.SSLSocket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            raise OSError("hung up")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += client.recv(65536)
    return head, body
