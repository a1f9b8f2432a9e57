"""Invalid responses during single sign-on: forged, hostile or incomplete."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from qpi_client import NotQPIServer, ProtocolError, QPIError, SignInFailed
from qpi_client.calls.oauth2 import sign_in_url
from tests.client.conftest import Open
from tests.client.faults import USER, Connection, FaultServer, Got, Step, answer
from tests.client.test_sentences import shown

METHODS = "GET /api/collections/users/auth-methods"
STREAM, SUBSCRIBE = "GET /api/realtime", "POST /api/realtime"
EXCHANGE = "POST /api/collections/users/auth-with-oauth2"
VERIFIER = "np1lL7NX4QXIgc2AgMOuJwjsG8FPkCwshDhvhTPx54D"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CODE = "code-that-nobody-may-see"
HEAD = f"?client_id=lab&code_challenge={CHALLENGE}&code_challenge_method=S256&state=theirs&redirect_uri="
ADDRESS = f"https://id.example/authorize{HEAD}"


def offer(address: Any = ADDRESS, title: Any = "Lab SSO", **more: Any) -> Step:
    """What the server offers."""
    provider = {
        "name": "oidc", "displayName": title, "authURL": address, "codeVerifier": VERIFIER, "codeChallenge": CHALLENGE,
        **more,
    }  # fmt: skip
    return answer(200, {"oauth2": {"enabled": True, "providers": [provider]}})


def stream(*events: Any) -> Step:
    """Return a stream that starts, delivers these events and then stays silent."""

    def step(connection: Connection, _: Got) -> None:
        said = [("PB_CONNECT", {"clientId": "ours"}), *(("@oauth2", event) for event in events)]
        body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in said)
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + body.encode())
        connection.server.stopped.wait(30)

    return step


@pytest.fixture
def server(faults: FaultServer) -> FaultServer:
    """Return a server that accepts a sign-in."""
    faults.on(METHODS, offer())
    faults.on(STREAM, stream({"state": "ours", "code": CODE}))
    faults.on(SUBSCRIBE, answer(204))
    faults.on(EXCHANGE, answer(200, {"token": "t", "record": USER}))
    return faults


def test_the_browser_url_and_the_code_exchange_are_correct(server: FaultServer, connect: Open) -> None:
    urls: list[str] = []
    connect(server.url).auth_with_oauth2("oidc", open_url=urls.append)
    asked = parse_qs(urlsplit(urls[0]).query)
    assert asked["state"] == ["ours"]
    assert asked["redirect_uri"] == [f"{server.url}/api/oauth2-redirect"]
    assert VERIFIER not in urls[0]
    assert server.got[-1].json == {
        "provider": "oidc", "code": CODE, "codeVerifier": VERIFIER, "redirectURL": f"{server.url}/api/oauth2-redirect",
    }  # fmt: skip


REFUSED = {
    "forged state": ({"state": "theirs", "code": CODE}, "state"),
    "no state": ({"code": CODE}, "state"),
    "a state that is none": ({"state": ["ours"], "code": CODE}, "state"),
    "not an object": ([CODE], "state"),
    "no code": ({"state": "ours"}, "code"),
    "an empty code": ({"state": "ours", "code": ""}, "code"),
    "a code that is none": ({"state": "ours", "code": {"x": CODE}}, "code"),
    "an endless code": ({"state": "ours", "code": CODE * 1000}, "code"),
    "denied": ({"state": "ours", "code": CODE, "error": "access_denied"}, "denied"),
    "denied with escapes": ({"state": "ours", "code": "", "error": "\x1b]0;owned\x07[red]x" * 50}, "denied"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_callback_is_not_exchanged(name: str, server: FaultServer, connect: Open) -> None:
    event, reason = REFUSED[name]
    server.on(STREAM, stream(event))
    client = connect(server.url)
    with pytest.raises(SignInFailed) as failed:
        client.auth_with_oauth2("oidc", open_url=lambda url: None)
    assert failed.value.reason == reason
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) < 400
    assert client.session is None
    assert "/api/collections/users/auth-with-oauth2" not in [got.path for got in server.got]
    assert CODE not in shown(failed.value)
    assert VERIFIER not in shown(failed.value)


ADDRESSES = [
    "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://id.example/x", "//id.example/x", "", "x",
    "https:///nohost", "https://id.example@evil.example/", "https://id.example:99999/", "https://[::1/",
    "https://id.example\x1b]8;;http://evil.example\x07/", "https://münchen.example/",
    f"https://id.example/{'x' * 9000}",
    None, 7, ["https://id.example/"],
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unsafe_authorization_url_is_not_shown(address: Any, server: FaultServer, connect: Open) -> None:
    given = address + HEAD if isinstance(address, str) else address
    server.on(METHODS, offer(given))
    urls: list[str] = []
    with pytest.raises(SignInFailed, match="Nothing was opened") as failed:
        connect(server.url).auth_with_oauth2("oidc", open_url=urls.append)
    assert (failed.value.reason, urls) == ("provider", [])


def test_the_redirect_uri_is_always_replaced_by_our_own() -> None:
    given = f"{ADDRESS}http%3A%2F%2Fevil.example&redirect_uri=x&state=y&prompt=a+b#fragment"
    url = sign_in_url(given, "ours", "https://lab.example/api/oauth2-redirect", "Lab SSO")
    asked = parse_qs(urlsplit(url).query)
    assert (asked["redirect_uri"], asked["state"]) == (["https://lab.example/api/oauth2-redirect"], ["ours"])
    assert (asked["prompt"], urlsplit(url).fragment) == (["a b"], "")
    escaped = sign_in_url("https://id.example/a b\x1b[2J?x=\x1b]0;o\x07\n", "ours", "https://lab.example/", "x")
    assert escaped.isascii()
    assert escaped.isprintable()


@pytest.mark.parametrize("verifier", ["another", "", None, 7])
def test_a_verifier_for_another_challenge_is_rejected(verifier: Any, server: FaultServer, connect: Open) -> None:
    server.on(METHODS, offer(codeVerifier=verifier))
    with pytest.raises(SignInFailed, match="does not fit together"):
        connect(server.url).auth_with_oauth2("oidc", open_url=lambda url: None)


def test_a_provider_without_pkce_is_accepted(server: FaultServer, connect: Open) -> None:
    server.on(METHODS, offer("https://id.example/authorize?client_id=lab", codeVerifier="", codeChallenge=""))
    client = connect(server.url)
    client.auth_with_oauth2("oidc", open_url=lambda url: None)
    assert client.session.identity == USER["email"]


@pytest.mark.parametrize("body", [{"record": USER}, {"token": 7}, {"token": "a\r\nb"}, [], "x"])
def test_a_response_without_a_session_is_a_protocol_error(body: Any, server: FaultServer, connect: Open) -> None:
    server.on(EXCHANGE, answer(200, body))
    client = connect(server.url)
    with pytest.raises(ProtocolError):
        client.auth_with_oauth2("oidc", open_url=lambda url: None)
    assert client.session is None


@pytest.mark.parametrize("where", [METHODS, STREAM, EXCHANGE])
def test_a_redirect_to_another_host_is_not_followed(where: str, server: FaultServer, connect: Open) -> None:
    server.on(where, answer(307, headers={"location": "http://evil.example/"}))
    with pytest.raises(NotQPIServer):
        connect(server.url).auth_with_oauth2("oidc", open_url=lambda url: None)


@pytest.mark.parametrize("methods", [{}, {"oauth2": []}, {"oauth2": {"providers": [7, {}, {"name": 7}, None]}}, [], 7])
def test_malformed_auth_methods_are_a_clear_error(methods: Any, server: FaultServer, connect: Open) -> None:
    server.on(METHODS, answer(200, methods))
    with pytest.raises(QPIError):
        connect(server.url).auth_with_oauth2("oidc", open_url=lambda url: None)


def test_the_display_name_of_a_provider_is_sanitized(server: FaultServer, connect: Open) -> None:
    server.on(METHODS, offer(title="\x1b[2J[red]" + "\u202e" + "x" * 500))
    server.on(STREAM, stream({"state": "ours", "error": "no"}))
    with pytest.raises(SignInFailed) as failed:
        connect(server.url).auth_with_oauth2("oidc", open_url=lambda url: None)
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) < 200
