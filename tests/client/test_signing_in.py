"""Every sign-in method, with a real identity provider and a real mail server."""

from __future__ import annotations

import asyncio
import itertools
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qpi_client import (
    AsyncQPIClient,
    BadRequest,
    ClientClosed,
    Forbidden,
    InvalidValue,
    MFARequired,
    QPIClient,
    ReadOnly,
    SignInFailed,
    WaitTimedOut,
)
from qpi_sandbox import Sandbox
from tests.client.conftest import Open
from tests.client.test_sentences import shown
from tests.signing_in import administer, as_admin, code_for, deny, mailed, new_person, visit

PASSWORD = "a-password-1234"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """A sandbox with an identity provider and a mail server."""
    with Sandbox(seed=1, jobs=0, users=2, sso=True, mail=True, worker=False) as sandbox:
        yield sandbox


def somebody(lab: Sandbox, *, two: bool = False, **more: Any) -> str:
    return new_person(lab, f"p{next(NUMBERS)}{'+2fa' if two else ''}@test.example", PASSWORD, **more)


class Browser:
    """Opens what it is given in a thread, like a browser next to the terminal."""

    def __init__(self, *do: Any) -> None:
        self.urls: list[str] = []
        self._do = list(do)

    def __call__(self, url: str) -> None:
        self.urls.append(url)
        do = self._do.pop(0)
        threading.Thread(target=do, args=(url,), daemon=True).start()


def signs_in(lab: Sandbox, who: str) -> Any:
    return lambda url: visit(lab, url, who)


# -- single sign-on -------------------------------------------------------------------------------------------------


def test_single_sign_on_completes_over_the_event_stream(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), f"new{next(NUMBERS)}@test.example"
    browser = Browser(signs_in(lab, who))
    answer = client.auth_with_oauth2("oidc", open_url=browser)
    assert answer["record"]["email"] == who
    assert answer["meta"]["isNew"] is True
    assert not {"accessToken", "refreshToken"} & set(answer["meta"])
    assert (client.session.identity, client.session.method) == (who, "oauth2")
    assert client.list_jobs() == []
    client.refresh_session()
    assert (client.session.identity, client.session.method) == (who, "oauth2")


def test_denied_consent_can_be_retried(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab)
    with pytest.raises(SignInFailed, match=r"Lab account rejected the sign-in \(access denied\)") as failed:
        client.auth_with_oauth2("oidc", open_url=Browser(lambda url: deny(lab, url)))
    assert (failed.value.reason, client.session) == ("denied", None)
    client.auth_with_oauth2("oidc", open_url=Browser(signs_in(lab, who)))
    assert client.session.identity == who


def test_single_sign_on_times_out(lab: Sandbox, connect: Open) -> None:
    client = connect(lab.url)
    with pytest.raises(WaitTimedOut, match="Nobody signed in within 1 s"):
        client.auth_with_oauth2("oidc", open_url=lambda url: None, timeout=1)
    assert client.session is None


def test_an_unknown_provider_is_an_error(lab: Sandbox, connect: Open) -> None:
    with pytest.raises(SignInFailed, match=r"does not offer the provider 'nosuch'\. It has: oidc"):
        connect(lab.url).auth_with_oauth2("nosuch", open_url=lambda url: None)


def test_a_code_unknown_to_the_provider_is_rejected(lab: Sandbox, connect: Open) -> None:
    """The browser delivers a code of its own. The server redeems it at the provider, which rejects it."""

    def forged(url: str) -> None:
        state = httpx.URL(url).params["state"]
        httpx.get(f"{lab.url}/api/oauth2-redirect", params={"state": state, "code": "nonsense"})

    client = connect(lab.url)
    with pytest.raises(SignInFailed, match="could not finish the sign-in with Lab account") as failed:
        client.auth_with_oauth2("oidc", open_url=Browser(forged))
    assert (failed.value.reason, client.session) == ("code", None)


def test_a_lost_stream_leads_to_a_new_address(lab: Sandbox, connect: Open) -> None:
    """The first address stops working because the server no longer knows its state. The second one works."""
    client, who = connect(lab.url), somebody(lab)
    browser = Browser(lambda url: lab.restart_server(), signs_in(lab, who))
    client.auth_with_oauth2("oidc", open_url=browser)
    assert client.session.identity == who
    assert len(set(browser.urls)) == 2


def test_a_waiting_client_can_be_closed(lab: Sandbox) -> None:
    client = QPIClient(lab.url)
    with pytest.raises(ClientClosed):
        client.auth_with_oauth2("oidc", open_url=Browser(lambda url: client.close()))


async def test_a_waiting_task_can_be_cancelled(lab: Sandbox) -> None:
    async with AsyncQPIClient(lab.url) as client:
        opened = asyncio.Event()
        task = asyncio.create_task(client.auth_with_oauth2("oidc", open_url=lambda url: opened.set()))
        await opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client.session is None
        who = somebody(lab)
        await client.auth_with_oauth2("oidc", open_url=Browser(signs_in(lab, who)))
        assert repr(client).endswith(f" as {who}>")


def test_a_second_factor_is_required_after_the_provider(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab, two=True)
    with pytest.raises(MFARequired) as wanted:
        client.auth_with_oauth2("oidc", open_url=Browser(signs_in(lab, who)))
    assert wanted.value.methods == ("password", "otp")
    client.auth_with_password(who, PASSWORD, mfa_id=wanted.value.mfa_id)
    assert client.session.identity == who


# -- one-time codes and second factors --------------------------------------------------------------------------------


def test_a_one_time_code_from_the_mail_works_once(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url, read_only=True), somebody(lab)
    sent = client.request_otp(who)
    with pytest.raises(BadRequest):
        client.auth_with_otp(sent["otpId"], "00000000")
    client.auth_with_otp(sent["otpId"], code_for(lab, who))
    assert (client.session.identity, client.session.method) == (who, "otp")
    with pytest.raises(BadRequest):
        client.auth_with_otp(sent["otpId"], code_for(lab, who))
    assert set(client.request_otp("nobody@test.example")) == {"otpId"}


def test_a_password_and_a_code_sign_in_together(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab, two=True)
    with pytest.raises(MFARequired) as wanted:
        client.auth_with_password(who, PASSWORD)
    assert client.session is None
    assert wanted.value.methods == ("otp", "oauth2")
    with pytest.raises(BadRequest, match="different authentication method"):
        client.auth_with_password(who, PASSWORD, mfa_id=wanted.value.mfa_id)
    sent = client.request_otp(who)
    client.auth_with_otp(sent["otpId"], code_for(lab, who), mfa_id=wanted.value.mfa_id)
    assert client.session.identity == who


def test_a_superuser_signs_in_with_two_factors(lab: Sandbox, connect: Open) -> None:
    administer(lab, "_superusers", otp={"enabled": True}, mfa={"enabled": True})
    client = connect(lab.url)
    try:
        with pytest.raises(MFARequired) as wanted:
            client.auth_with_password(lab.admin.identity, lab.admin.password, "_superusers")
        assert wanted.value.methods == ("otp",)
        sent = client.request_otp(lab.admin.identity, "_superusers")
        code = code_for(lab, lab.admin.identity)
        client.auth_with_otp(sent["otpId"], code, "_superusers", mfa_id=wanted.value.mfa_id)
        assert client.session.is_superuser
    finally:
        headers = {"Authorization": client.session_token()}
        settings = {"otp": {"enabled": False}, "mfa": {"enabled": False}}
        httpx.patch(f"{lab.url}/api/collections/_superusers", json=settings, headers=headers).raise_for_status()


def test_secrets_of_the_sign_in_are_not_shown(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab, two=True)
    with pytest.raises(MFARequired) as wanted:
        client.auth_with_password(who, PASSWORD)
    assert len(wanted.value.mfa_id) == 15
    assert wanted.value.mfa_id not in shown(wanted.value)
    assert wanted.value.mfa_id not in wanted.value.response.text
    assert pickle.loads(pickle.dumps(wanted.value)).mfa_id == ""  # noqa: S301  # made here


# -- own account ----------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_reset_by_mail(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab)
    client.request_password_reset(who)
    client.request_password_reset("nobody@test.example")
    link = mailed(lab, who, r"(http\S*confirm-password-reset/[\w.-]+)")
    with pytest.raises(BadRequest):
        client.confirm_password_reset("x.y.z", "another-1234")
    client.confirm_password_reset(link, "another-1234")
    client.auth_with_password(who, "another-1234")
    with pytest.raises(BadRequest):
        client.confirm_password_reset(link.rpartition("/")[2], "another-5678")
    with pytest.raises(InvalidValue, match="neither the token nor the link"):
        client.confirm_password_reset("https://elsewhere.example/a b", "another-1234")
    with pytest.raises(ReadOnly):
        connect(lab.url, read_only=True).request_password_reset(who)


def test_an_address_is_verified_by_mail(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab, verified=False)
    client.auth_with_password(who, PASSWORD)
    client.request_verification()
    client.confirm_verification(mailed(lab, who, r"confirm-verification/([\w.-]+)"))
    assert client.refresh_session()["verified"] is True


def test_changing_the_own_password_keeps_the_session(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab)
    client.auth_with_password(who, PASSWORD)
    before = client.session_token()
    with pytest.raises(BadRequest):
        client.change_password("wrong-password", "another-1234")
    assert client.session is not None
    client.change_password(PASSWORD, "another-1234")
    assert client.session_token() != before
    assert client.list_jobs() == []
    assert client.session.identity == who
    other = connect(lab.url)
    other.auth_with_password(who, "another-1234")


async def test_concurrent_calls_survive_a_password_change(lab: Sandbox) -> None:
    who = somebody(lab)
    async with AsyncQPIClient(lab.url) as client:
        await client.auth_with_password(who, PASSWORD)
        changing = asyncio.create_task(client.change_password(PASSWORD, "another-1234"))
        while not changing.done():
            assert await client.list_jobs() == []
        await changing


def test_a_superuser_must_give_the_old_password(lab: Sandbox, connect: Open) -> None:
    who = f"root{next(NUMBERS)}@test.example"
    body = {"email": who, "password": PASSWORD, "passwordConfirm": PASSWORD}
    with as_admin(lab) as http:
        http.post("/api/collections/_superusers/records", json=body).raise_for_status()
    client = connect(lab.url)
    client.auth_with_password(who, PASSWORD, "_superusers")
    with pytest.raises(BadRequest):
        client.change_password("wrong-password", "another-1234")
    client.change_password(PASSWORD, "another-1234")
    assert client.session.is_superuser
    with pytest.raises(InvalidValue, match="no name"):
        client.update_me(name="Root")


def test_users_change_their_own_name(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), somebody(lab, name="Before")
    client.auth_with_password(who, PASSWORD)
    assert client.update_me(name="After")["name"] == "After"
    assert client.session.record["name"] == "After"


def test_people_sign_up_if_the_rules_allow_it(lab: Sandbox, connect: Open) -> None:
    client, who = connect(lab.url), f"new{next(NUMBERS)}@test.example"
    with as_admin(lab) as http:
        rule = http.get("/api/collections/users").json()["createRule"]
    try:
        assert client.can_sign_up() is False  # sign-in by a provider only
        administer(lab, "users", createRule=None)
        assert client.can_sign_up() is False
        with pytest.raises(Forbidden):
            client.create_account(who, PASSWORD, "Somebody New")
        administer(lab, "users", createRule="")
        assert client.can_sign_up() is True
        assert client.create_account(who, PASSWORD, "Somebody New")["verified"] is False
        assert client.session is None
        client.auth_with_password(who, PASSWORD)
        assert client.session.record["name"] == "Somebody New"
    finally:
        administer(lab, "users", createRule=rule)
