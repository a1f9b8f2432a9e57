"""Private certificates: the fingerprint is shown, compared by the user, and pinned."""

from __future__ import annotations

import ssl

from qpi_tui.settings.accounts import normal_url

ROOT_PATH = "/api/pub/root-ca.pem"


def offered_fingerprint(url: str) -> str:
    """Return the SHA-256 of the root certificate that a server presents; nothing secret is sent.

    Raises `httpx.HTTPError` without an answer, and the client's `NotQPIServer` if it is not a certificate.
    """
    import httpx

    from qpi_client.pinning import certificate_in, fingerprint_of

    # Accept any certificate: the user compares the fingerprint with the administrator's before trusting it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with httpx.Client(verify=context, timeout=10, follow_redirects=False, trust_env=False) as http:
        answer = http.get(normal_url(url) + ROOT_PATH)
    return fingerprint_of(certificate_in(answer.content))


def spelled(fingerprint: str) -> str:
    """Return a fingerprint in pairs, as certificate tools print it."""
    plain = fingerprint.upper()
    return ":".join(plain[index : index + 2] for index in range(0, len(plain), 2))


def changed(url: str, fingerprint: str, offered: str) -> str:
    """Return the message for a certificate other than the trusted one."""
    return (
        f"The root certificate of {url} has changed. Trusted is {spelled(fingerprint)}, but it offers "
        f"{spelled(offered)}. Somebody may be intercepting the connection. Nothing was sent. If the "
        f"administrator confirms the new one, run "
        "`qpi-tui login --trust-new-certificate`."
    )
