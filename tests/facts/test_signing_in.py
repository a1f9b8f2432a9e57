"""Sign-in methods other than passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.conftest import wait_for
from tests.contract.realtime import opened
from tests.facts.facts import fact
from tests.facts.world import World

USERS = "/api/collections/users"


@fact("auth.methods")
@pytest.mark.parametrize("collection", ["users", "_superusers"])
def test_a_server_lists_its_sign_in_methods(world: World, collection: str) -> None:
    methods = world.nobody.get(f"/api/collections/{collection}/auth-methods").json()
    assert set(methods) >= {"password", "oauth2", "otp", "mfa"}
    assert methods["password"]["enabled"] is True
    assert isinstance(methods["oauth2"]["providers"], list)
    assert {"enabled", "duration"} <= set(methods["otp"])


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a sandbox with an identity provider and a mail server."""
    with Sandbox(seed=1, jobs=0, users=4, sso=True, mail=True, worker=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def http(lab: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=lab.url, timeout=20) as client:
        yield client


def mailed(lab: Sandbox, address: str, count: int = 1) -> str:
    """Wait for the given number of mails to an address and return the text of the latest."""
    assert lab.sign_in.mailbox is not None
    mailbox = lab.sign_in.mailbox

    def found() -> list[str]:
        mails = [each for each in mailbox.messages() if address in str(each["to"])]
        bodies = [each.get_body(("plain", "html")) for each in mails]
        return [body.get_content() for body in bodies if body is not None] if len(mails) >= count else []

    return str(wait_for(found, f"a mail to {address}")[-1])


@fact("auth.oauth2")
@pytest.mark.sandbox_only  # a real server needs a provider of its own
@pytest.mark.parametrize("who", ["a known user", "somebody new"])
def test_single_sign_on_completes_over_the_event_stream(lab: Sandbox, http: httpx.Client, who: str) -> None:
    email = lab.users[0].identity if who == "a known user" else "new.person@test.example"
    provider = http.get(f"{USERS}/auth-methods").json()["oauth2"]["providers"][0]
    assert {"name", "displayName", "state", "codeVerifier", "codeChallenge", "authURL"} <= set(provider)
    redirect = f"{lab.url}/api/oauth2-redirect"
    with opened(lab.url) as stream:
        state = stream.next()[1]["clientId"]
        http.post("/api/realtime", json={"clientId": state, "subscriptions": ["@oauth2"]}).raise_for_status()
        query = {
            **{key: value[0] for key, value in parse_qs(urlsplit(provider["authURL"]).query).items()},
            "state": state,
        }
        address = (
            f"{provider['authURL'].partition('?')[0]}?{urlencode({**query, 'state': state, 'redirect_uri': redirect})}"
        )
        with httpx.Client() as browser:
            if who == "somebody new":
                browser.put(
                    f"{lab.sign_in.provider_url}/users/{email}", json={"email": email, "email_verified": True}
                ).raise_for_status()
            assert browser.get(address).status_code == 200
            browser.get(browser.post(address, data={"sub": email}).headers["location"])
        name, told = stream.next()
    assert (name, told["state"]) == ("@oauth2", state)
    body = {
        "provider": provider["name"], "code": told["code"],
        "codeVerifier": provider["codeVerifier"], "redirectURL": redirect,
    }  # fmt: skip
    signed_in = http.post(f"{USERS}/auth-with-oauth2", json=body).json()
    assert signed_in["record"]["email"] == email
    assert http.get("/api/jobs", headers={"Authorization": signed_in["token"]}).json() == []


@fact("auth.otp")
@pytest.mark.sandbox_only  # a real server needs a mail server
def test_a_one_time_password_is_sent_by_mail(lab: Sandbox, http: httpx.Client) -> None:
    email = lab.users[1].identity
    asked = http.post(f"{USERS}/request-otp", json={"email": email}).json()
    unknown = http.post(f"{USERS}/request-otp", json={"email": "nobody@test.example"})
    assert (unknown.status_code, list(unknown.json())) == (200, ["otpId"])
    code = re.search(r"\b(\d{8})\b", mailed(lab, email))
    assert code is not None
    wrong = http.post(f"{USERS}/auth-with-otp", json={"otpId": asked["otpId"], "password": "00000000"})
    assert wrong.status_code == 400
    signed_in = http.post(f"{USERS}/auth-with-otp", json={"otpId": asked["otpId"], "password": code[1]})
    assert signed_in.json()["record"]["email"] == email


@fact("auth.mfa")
@pytest.mark.sandbox_only  # a real server needs a mail server
def test_a_second_factor_is_requested_by_its_id(lab: Sandbox, http: httpx.Client) -> None:
    admin = {"identity": lab.admin.identity, "password": lab.admin.password}
    token = http.post("/api/collections/_superusers/auth-with-password", json=admin).json()["token"]
    email, password = "ann+2fa@test.example", "a-password-1234"
    body = {"email": email, "password": password, "passwordConfirm": password}
    http.post(f"{USERS}/records", json=body, headers={"Authorization": token}).raise_for_status()
    first = http.post(f"{USERS}/auth-with-password", json={"identity": email, "password": password})
    assert first.status_code == 401
    asked = http.post(f"{USERS}/request-otp", json={"email": email}).json()
    code = re.search(r"\b(\d{8})\b", mailed(lab, email))
    assert code is not None
    second = {"otpId": asked["otpId"], "password": code[1], "mfaId": first.json()["mfaId"]}
    assert http.post(f"{USERS}/auth-with-otp", json=second).json()["record"]["email"] == email


@fact("auth.mails")
@pytest.mark.sandbox_only  # a real server needs a mail server
def test_resets_and_verifications_are_sent_by_mail(lab: Sandbox, http: httpx.Client) -> None:
    email = lab.users[2].identity
    assert http.post(f"{USERS}/request-password-reset", json={"email": email}).status_code == 204
    token = re.search(r"confirm-password-reset/([\w.-]+)", mailed(lab, email))
    assert token is not None
    body = {"token": token[1], "password": "another-1234", "passwordConfirm": "another-1234"}
    assert http.post(f"{USERS}/confirm-password-reset", json=body).status_code == 204
    sent = http.post(f"{USERS}/auth-with-password", json={"identity": email, "password": "another-1234"})
    assert sent.status_code == 200
    other = lab.users[3].identity
    assert http.post(f"{USERS}/request-verification", json={"email": other}).status_code == 204
    assert "confirm-verification/" in mailed(lab, other)
