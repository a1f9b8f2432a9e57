"""A user's browser and mailbox, for tests of signing in with real components."""

from __future__ import annotations

import re

import httpx

from qpi_sandbox import Sandbox
from tests.conftest import sign_in, wait_for


def visit(lab: Sandbox, url: str, who: str, *, verify: bool = True) -> httpx.Response:
    """Open a URL of the identity provider, sign in there as `who`, and return the last page of the browser.

    Without `verify`, the browser accepts any certificate.

    Without `verify` the browser was told to take any certificate.
    """
    with httpx.Client(timeout=20, verify=verify) as browser:
        claims = {"email": who, "email_verified": True, "name": who.partition("@")[0]}
        browser.put(f"{lab.sign_in.provider_url}/users/{who}", json=claims).raise_for_status()
        assert browser.get(url).status_code == 200
        return browser.get(browser.post(url, data={"sub": who}).headers["location"])


def deny(lab: Sandbox, url: str) -> httpx.Response:
    """Click "Deny" on the identity provider's page and return the last page of the browser."""
    with httpx.Client(timeout=20) as browser:
        return browser.get(browser.post(url, data={"action": "deny"}).headers["location"])


def mails(lab: Sandbox, address: str) -> list[str]:
    """Return the texts of all mails to an address."""
    assert lab.sign_in.mailbox is not None
    found = [each.get_body(("plain", "html")) for each in lab.sign_in.mailbox.messages() if address in str(each["to"])]
    return [str(body.get_content()) for body in found if body is not None]


def mailed(lab: Sandbox, address: str, pattern: str, *, count: int = 1) -> str:
    """Wait for this many mails to an address, and return the pattern's match in the latest."""

    def latest() -> str:
        texts = mails(lab, address)
        match = re.search(pattern, texts[-1]) if len(texts) >= count else None
        return match[1] if match else ""

    return str(wait_for(latest, f"a mail to {address}"))


def code_for(lab: Sandbox, address: str, *, count: int = 1) -> str:
    """Return the one-time code in the latest mail to an address."""
    return mailed(lab, address, r"\b(\d{8})\b", count=count)


def administer(lab: Sandbox, collection: str, **changes: object) -> None:
    """Change a collection's settings, as a superuser does in the server's dashboard."""
    with as_admin(lab) as http:
        http.patch(f"/api/collections/{collection}", json=changes).raise_for_status()


def as_admin(lab: Sandbox) -> httpx.Client:
    """Return a plain HTTP client with the superuser's session."""
    token = sign_in(lab.url, lab.admin, "_superusers")
    return httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=20)


def new_person(lab: Sandbox, email: str, password: str, **more: object) -> str:
    """Create a user and return the address."""
    body = {"email": email, "password": password, "passwordConfirm": password, "verified": True, **more}
    with as_admin(lab) as http:
        http.post("/api/collections/users/records", json=body).raise_for_status()
    return email
