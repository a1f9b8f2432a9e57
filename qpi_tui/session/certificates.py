"""Certificates of private authorities: the fingerprint is shown, compared by a person, and pinned."""

from __future__ import annotations

import ssl

from qpi_tui.settings.accounts import normal_url

ROOT_PATH = "/api/pub/root-ca.pem"


def offered_fingerprint(url: str) -> str:
    """The SHA-256 of the root certificate that a server offers, over a connection that nothing secret goes over.

    Raises `httpx.HTTPError` where there is no answer, and the client's `NotQPIServer` where it is no certificate.
    """
    import httpx

    from qpi_client.pinning import certificate_in, fingerprint_of

    # Whoever answers: the person compares the fingerprint with the administrator's before it is trusted.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with httpx.Client(verify=context, timeout=10, follow_redirects=False, trust_env=False) as http:
        answer = http.get(normal_url(url) + ROOT_PATH)
    return fingerprint_of(certificate_in(answer.content))


def spelled(fingerprint: str) -> str:
    """A fingerprint in pairs, as certificates' tools print it."""
    plain = fingerprint.upper()
    return ":".join(plain[index : index + 2] for index in range(0, len(plain), 2))


def changed(url: str, fingerprint: str, offered: str) -> str:
    """The sentence for a certificate that is not the one that was trusted."""
    return (
        f"The root certificate of {url} has changed. Trusted is {spelled(fingerprint)}, but it offers "
        f"{spelled(offered)}. Somebody may be in between; nothing was sent. If its administrator confirms the new one: "
        "`qpi-tui login --trust-new-certificate`."
    )
