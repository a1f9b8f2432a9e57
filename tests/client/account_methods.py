"""Methods of both clients for the caller's own account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qpi_client import (
    BadRequest,
    Forbidden,
    InvalidValue,
    SignInFailed,
)
from tests.client.scene import Scene, method


@method("auth_with_password", "session_token", "sign_out", "refresh_session", "resume_session")
def signs_in_and_out(scene: Scene) -> None:
    client = scene.connect(scene.sandbox.url)
    answer = client.auth_with_password(scene.who.identity, scene.who.password)
    assert answer["record"]["email"] == scene.who.identity == client.session.identity
    assert client.session.user_id == scene.who.id
    assert not client.session.is_superuser
    assert client.session.expires_at > datetime.now(UTC) + timedelta(days=4)
    token = client.session_token()
    assert token not in repr(client.session)
    assert client.refresh_session()["id"] == scene.who.id
    client.sign_out()
    assert client.session is None
    assert client.resume_session(token)["id"] == scene.who.id
    assert scene.admin.session.is_superuser


@method("auth_with_oauth2", "request_otp", "auth_with_otp", "can_sign_up", "create_account")
def says_which_ways_are_off(scene: Scene) -> None:
    """`test_signing_in.py` tests them where they are enabled."""
    client = scene.connect(scene.sandbox.url)
    with pytest.raises(SignInFailed, match="does not offer the provider 'oidc'"):
        client.auth_with_oauth2("oidc", open_url=print)
    with pytest.raises(InvalidValue, match="timeout"):
        client.auth_with_oauth2("oidc", open_url=print, timeout=0)
    with pytest.raises(Forbidden):
        client.request_otp(scene.who.identity)
    with pytest.raises(Forbidden):
        client.auth_with_otp("abcdefghijklmno", "12345678")
    assert client.can_sign_up() is False
    with pytest.raises(Forbidden):
        client.create_account("new@test.example", "a-password-1234")


@method("update_me", "change_password")
def changes_ones_own_account(scene: Scene) -> None:
    assert scene.user.update_me(name="Somebody Else")["name"] == "Somebody Else"
    scene.user.change_password(scene.who.password, "another-1234")
    assert scene.user.list_jobs() == []


@method("confirm_password_reset", "request_verification", "confirm_verification")
def proves_an_address_by_mail(scene: Scene) -> None:
    """`test_signing_in.py` tests them with a mail server."""
    scene.user.request_verification("nobody@test.example")
    for confirm in (
        lambda: scene.user.confirm_password_reset("x.y.z", "another-1234"),
        lambda: scene.user.confirm_verification("x.y.z"),
    ):
        with pytest.raises(BadRequest):
            confirm()


@method("list_tokens", "create_token", "rename_token", "revoke_token", "set_token_expiry")
def keeps_tokens(scene: Scene) -> None:
    made = scene.user.create_token("laptop", datetime.now(UTC) + timedelta(days=1))
    by_token = scene.connect(scene.sandbox.url, made["token"])
    assert by_token.list_jobs(limit=5) == []
    assert scene.user.rename_token(made["id"], "desk")["name"] == "desk"
    assert [token["name"] for token in scene.user.list_tokens()] == ["desk"]
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    assert datetime.fromisoformat(scene.user.set_token_expiry(made["id"], later)["expires_at"]) == later
    for bad in ("soon", datetime.now(UTC) - timedelta(days=1)):
        with pytest.raises(InvalidValue):
            scene.user.set_token_expiry(made["id"], bad)
    assert "expires_at" not in scene.user.set_token_expiry(made["id"], None)
    assert scene.user.revoke_token(made["id"]) is None
    assert scene.user.list_tokens() == []
