"""Certificate pinning: fetch a server's root certificate, check its fingerprint, and trust only it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from qpi_client.context import Context
from qpi_client.errors import CertificateMismatch, InvalidValue, NotQPIServer, QPIError
from qpi_client.steps import Call, Reply, Request, TrustOnly

ROOT_PATH = "/api/pub/root-ca.pem"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def pin(ctx: Context, refused: Callable[[Request, Reply], QPIError]) -> Call[None]:
    """Fetch the root certificate without credentials, compare its SHA-256 fingerprint, and trust it.

    Args:
        ctx: The client's context.
        refused: Returns the error for an answer other than 200.
    """
    if ctx.pinned or ctx.fingerprint is None:
        return
    request = Request("GET", ROOT_PATH, changes=False, signed=False, trust="anyone")
    reply: Reply = yield request
    if reply.status != 200:
        raise refused(request, reply)
    pem = certificate_in(reply.body)
    found = fingerprint_of(pem)
    if found != ctx.fingerprint:
        raise CertificateMismatch(
            f"The server's root certificate has the fingerprint {found}, not {ctx.fingerprint}. This may be another "
            "server. Nothing secret was sent. Ask the administrator for the fingerprint."
        )
    yield TrustOnly(pem)
    ctx.pinned = True


def certificate_in(body: bytes) -> str:
    """Return the PEM text of an answer; `NotQPIServer` if it contains none."""
    text = body.decode("ascii", "replace")
    if _BEGIN not in text or _END not in text:
        raise NotQPIServer("The server does not publish a root certificate as QPI servers do. Check the address.")
    return text


def fingerprint_of(pem: str) -> str:
    """Return the SHA-256 fingerprint of the first certificate in PEM text, in hexadecimal."""
    inside = pem.partition(_BEGIN)[2].partition(_END)[0]
    try:
        return hashlib.sha256(base64.b64decode("".join(inside.split()), validate=True)).hexdigest()
    except binascii.Error:
        raise NotQPIServer("The server's root certificate is damaged.") from None


def checked_fingerprint(fingerprint: str | None) -> str | None:
    """Return a SHA-256 fingerprint, with or without colons, in one normalized form."""
    if fingerprint is None:
        return None
    plain = fingerprint.strip().lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
    if len(plain) != 64 or set(plain) - set("0123456789abcdef"):
        raise InvalidValue("A fingerprint is the SHA-256 of the root certificate: 64 hexadecimal digits.")
    return plain
