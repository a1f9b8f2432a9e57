"""Certificates that a client trusts: a CA file, or a server's root certificate by its fingerprint."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qpi_client import CertificateMismatch, InvalidValue
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer


@dataclass
class Authority:
    """A laboratory's own authority and a server certificate issued by it."""

    pem: bytes
    fingerprint: str
    server: ssl.SSLContext


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("tls")
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Lab CA", root_key, "Lab CA", root_key, ca=True)
    server = _certificate("server", key, "Lab CA", root_key, ca=False)
    pem, chain = root.public_bytes(serialization.Encoding.PEM), folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(private + server.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    der = root.public_bytes(serialization.Encoding.DER)
    return Authority(pem, hashlib.sha256(der).hexdigest(), context)


@pytest.fixture
def lab(authority: Authority) -> Iterator[FaultServer]:
    """Return a server with a certificate of the laboratory's authority."""
    with FaultServer(tls=authority.server) as server:
        server.on("GET /api/pub/root-ca.pem", answer(200, authority.pem, kind="application/x-pem-file"))
        server.on("GET /api/jobs", answer(200, []))
        yield server


def test_an_unknown_authority_is_not_trusted(lab: FaultServer, connect: Open) -> None:
    with pytest.raises(CertificateMismatch, match="ca_file"):
        connect(lab.url, "qpi_secret").list_jobs()
    assert lab.got == []


def test_a_ca_file_is_trusted(lab: FaultServer, authority: Authority, connect: Open, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.pem)
    assert connect(lab.url, "qpi_secret", ca_file=file).list_jobs() == []


@pytest.mark.parametrize("damage", ["missing", "empty"])
def test_an_invalid_ca_file_is_an_error(damage: str, lab: FaultServer, connect: Open, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if damage == "empty":
        file.write_text("no certificate")
    with pytest.raises(InvalidValue, match=r"ca\.pem"):
        connect(lab.url, "qpi_secret", ca_file=file).list_jobs()


def test_a_matching_fingerprint_is_trusted(lab: FaultServer, authority: Authority, connect: Open) -> None:
    colons = ":".join(authority.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    client = connect(lab.url, "qpi_secret", fingerprint=colons)
    assert client.list_jobs() == client.list_jobs() == []
    first, *others = lab.got
    assert first.path == "/api/pub/root-ca.pem"
    assert "x-api-token" not in first.headers
    assert [got.path.partition("?")[0] for got in others] == ["/api/jobs", "/api/jobs"]


def test_another_fingerprint_sends_no_secret(lab: FaultServer, connect: Open) -> None:
    client = connect(lab.url, "qpi_secret", fingerprint="0" * 64)
    for _ in range(2):
        with pytest.raises(CertificateMismatch, match="Nothing secret was sent"):
            client.list_jobs()
    assert {got.path for got in lab.got} == {"/api/pub/root-ca.pem"}


def test_a_root_certificate_of_another_server_is_rejected(
    lab: FaultServer, authority: Authority, connect: Open, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = _certificate("Other CA", key, "Other CA", key, ca=True)
    lab.on("GET /api/pub/root-ca.pem", answer(200, other.public_bytes(serialization.Encoding.PEM)))
    fingerprint = hashlib.sha256(other.public_bytes(serialization.Encoding.DER)).hexdigest()
    with pytest.raises(CertificateMismatch):
        connect(lab.url, "qpi_secret", fingerprint=fingerprint).list_jobs()
    assert {got.path for got in lab.got} == {"/api/pub/root-ca.pem"}


def test_an_invalid_fingerprint_is_an_error(connect: Open) -> None:
    with pytest.raises(InvalidValue, match="64 hexadecimal digits"):
        connect("https://127.0.0.1:1", fingerprint="abc")
