"""Sign-in methods other than passwords in the console, with a real identity provider and a real mail server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.screens.provider_sign_in import ProviderScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.session.certificates import spelled
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.widgets.form import Form
from qpi_tui.widgets.method_picker import MethodPicker
from tests.cli.conftest import folders
from tests.cli.tls import Authority, Front
from tests.faults.listener import Listener
from tests.signing_in import administer, as_admin, code_for, deny, mailed, new_person, visit
from tests.tui.helpers import NARROW, WIDE, Person, at_console

__all__ = ["folders"]

PASSWORD, ANOTHER = "a-password-1234", "another-1234"
OFF = {"enabled": False}
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a sandbox with an identity provider and a mail server."""
    with Sandbox(seed=1, jobs=0, users=2, sso=True, mail=True, worker=False) as sandbox:
        yield sandbox


def somebody(lab: Sandbox, *, two: bool = False, **more: object) -> str:
    return new_person(lab, f"p{next(NUMBERS)}{'+2fa' if two else ''}@test.example", PASSWORD, **more)


async def go(person: Person, words: str) -> None:
    """Go to the line of other methods, and select the one with this text."""
    await person.sees(words)
    picker = person.app.screen.query_one(MethodPicker)
    while not picker.has_focus:
        await person.press("tab")
    at = next(number for number, (_, each) in enumerate(picker._methods) if words in each)
    for _ in range(at - picker._at):
        await person.press("right")
    await person.press("enter")


async def address(person: Person) -> str:
    """Return the complete address shown on the screen."""
    await person.until(lambda: isinstance(person.app.screen, ProviderScreen) and person.app.screen._url)
    return str(person.app.screen._url)


async def inside(person: Person, who: str) -> None:
    """Wait until this user is signed in."""
    await person.until(lambda: not isinstance(person.app.screen, SignInScreen) and person.app.connection is not None)
    await person.ready()
    assert person.app.connection.identity == who


async def type_into(person: Person, id: str, text: str) -> None:
    """Type into the field of a form."""
    await person.until(lambda: isinstance(person.app.screen, Form) and person.app.screen.is_mounted)
    field = person.app.screen.query_one(f"#entry-{id}", Input)
    while not field.has_focus:
        await person.press("tab")
    await person.type(text)


async def test_single_sign_on_works_in_any_browser(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=WIDE) as person:
        await go(person, "Lab account")
        url = await address(person)
        await person.sees("Sign in with Lab account", "machine, and sign in there.", "▀▄", "c copy the address")
        assert url in "".join(line[:45].strip() for line in person.screen.splitlines())
        assert person.app.screen.query_one("#url", Static).content.spans[0].style.link == url
        await person.press("c")
        await person.sees("The address was sent to the")
        assert person.app.clipboard == url
        await asyncio.to_thread(visit, lab, url, who)
        await inside(person, who)


async def test_the_smallest_terminal_shows_one_method_at_a_time_and_scrolls_the_address(lab: Sandbox) -> None:
    async with at_console(lab.url, "user", size=(40, 10)) as person:
        await person.sees("◂ Lab account ▸  1 of 4")
        while not person.app.screen.query_one(MethodPicker).has_focus:
            await person.press("tab")
        await person.press("right", "right")
        await person.sees("◂ forgot password ▸  3 of 4")
        await person.press("left", "left", "enter")
        url = await address(person)
        await person.sees("Open this address", "c copy", "r new address")
        seen = person.screen
        for _ in range(6):
            await person.press("down")
            seen += person.screen
        assert "/api/oauth2-redirect" in "".join(line.strip() for line in seen.splitlines())
        assert url.startswith("http")


async def test_denied_consent_is_reported_and_a_retry_works(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=NARROW) as person:
        with monkeypatch.context() as patched:
            patched.setattr("qpi_tui.screens.provider_sign_in.LASTS", 1.0)
            await go(person, "Lab account")
            await person.sees("Nobody signed in within 1 s", "r try again", "esc back")
        await person.press("escape")
        await go(person, "Lab account")
        first = await address(person)
        await person.sees("A QR code needs a terminal of")
        await asyncio.to_thread(deny, lab, first)
        await person.sees("Lab account rejected the sign-in (access denied)", "r try again")
        await person.press("r")
        await person.sees("Waiting for the sign-in")
        second = await address(person)
        assert second != first
        await asyncio.to_thread(visit, lab, second, who)
        await inside(person, who)


async def test_esc_cancels_single_sign_on_and_restores_the_form(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=NARROW) as person:
        await go(person, "Lab account")
        url = await address(person)
        await person.press("escape")
        await person.sees("Cancelled.", "forgot password")
        page = await asyncio.to_thread(visit, lab, url, who)
        assert "failure" in page.headers["location"]
        assert person.app.connection is None


async def test_a_lost_stream_shows_a_new_address(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=WIDE) as person:
        await go(person, "Lab account")
        first = await address(person)
        await asyncio.to_thread(lab.restart_server)
        await person.sees("The connection was interrupted", "The previous one no longer works")
        second = await address(person)
        assert second != first
        await asyncio.to_thread(visit, lab, second, who)
        await inside(person, who)


async def test_a_silently_dead_stream_can_be_restarted(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    who, between = somebody(lab), Listener(lab.url)
    monkeypatch.setattr("qpi_tui.screens.provider_sign_in._LONG", 1.0)
    async with at_console(between.url, "user", size=NARROW) as person:
        await go(person, "Lab account")
        first = await address(person)
        await person.sees("Waiting for the sign-in", "r new address")
        between.strand()
        # The browser reports success, but the console receives nothing.
        page = await asyncio.to_thread(visit, lab, first, who)
        assert "success" in page.headers["location"]
        await person.sees("nothing happens here, the connection may be lost", "r shows a")
        await person.press("r")
        await person.until(lambda: person.app.screen._url not in ("", first))
        await asyncio.to_thread(visit, lab, await address(person), who)
        await inside(person, who)
    between.close()


@pytest.fixture
def front(lab: Sandbox, tmp_path: Path) -> Iterator[Front]:
    """Return the laboratory behind TLS with a private certificate, where users sign in only through a provider."""
    behind = Front(lab.url, Authority(tmp_path))
    fields = ["email"]
    administer(lab, "users", passwordAuth={"enabled": False, "identityFields": fields}, otp=OFF, mfa=OFF)
    yield behind
    on = {"enabled": True, "identityFields": fields}
    administer(lab, "users", passwordAuth=on, otp={"enabled": True}, mfa={"enabled": True})
    behind.close()


async def test_a_private_certificate_is_trusted_before_the_provider_is_contacted(lab: Sandbox, front: Front) -> None:
    who = somebody(lab)
    async with at_console("", "user", size=NARROW) as person:
        await person.until(lambda: isinstance(person.app.focused, Input))
        await person.type(front.url)
        await person.press("enter")
        await person.sees("private certificate", "then choose: trust", "▸ trust this certificate")
        assert spelled(front.authority.fingerprint) in "".join(line.strip() for line in person.screen.splitlines())
        # Enter in a field trusts nothing.
        await person.press("enter", "enter")
        await person.sees("trust this certificate")
        assert not [head for head in front.got if b"root-ca.pem" not in head]
        await go(person, "trust this certificate")
        await person.sees("is now trusted", "Lab account")
        await go(person, "Lab account")
        await asyncio.to_thread(visit, lab, await address(person), who, verify=False)
        await inside(person, who)
    # It is still trusted.
    async with at_console(front.url, "user", size=NARROW) as person:
        await person.sees("Lab account")


async def test_another_certificate_cannot_be_trusted(lab: Sandbox, front: Front, tmp_path: Path) -> None:
    RememberedServers().trust(front.url, "0" * 64)
    async with at_console(front.url, "user", size=NARROW) as person:
        await person.sees("has changed", "Nothing was sent")
        assert "trust this certificate" not in person.screen


async def test_a_provider_unreachable_for_the_server_is_reported(lab: Sandbox) -> None:
    """The code arrives, but the server cannot redeem it."""
    import httpx

    async with at_console(lab.url, "user", size=NARROW) as person:
        await go(person, "Lab account")
        state = httpx.URL(await address(person)).params["state"]
        forged = {"state": state, "code": "nonsense"}
        await asyncio.to_thread(httpx.get, f"{lab.url}/api/oauth2-redirect", params=forged)
        await person.sees("could not finish the sign-in with Lab account", "r try again", "esc back")
        await person.press("escape")
        await person.sees("Cancelled.")


async def test_a_server_that_goes_away_during_single_sign_on_is_reported(tmp_path: Path) -> None:
    with Sandbox(seed=1, jobs=0, users=2, sso=True, worker=False) as lab:
        async with at_console(lab.url, "user", size=NARROW) as person:
            await person.sees("Lab account")
            lab.kill()
            await go(person, "Lab account")
            await person.sees("No connection to", "r try again")


async def test_a_one_time_code_from_the_mail_signs_in(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=NARROW) as person:
        await go(person, "code by mail")
        await person.sees("Type the e-mail address of the account first.")
        await person.type(who)
        await go(person, "code by mail")
        await person.sees(f"A code was sent to {who}")
        await type_into(person, "code", "00000000")
        await person.press("enter")
        await person.sees("The code is wrong or has expired")
        await person.press(*["backspace"] * 8)
        await person.type(await asyncio.to_thread(code_for, lab, who))
        await person.press("enter")
        await inside(person, who)


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_two_factors_are_a_password_and_then_a_code(lab: Sandbox, role: str) -> None:
    who, password = (somebody(lab, two=True), PASSWORD) if role == "user" else (lab.admin.identity, lab.admin.password)
    http = as_admin(lab)
    if role == "admin":
        administer(lab, "_superusers", otp={"enabled": True}, mfa={"enabled": True})
    try:
        async with at_console(lab.url, role, size=NARROW) as person:
            await person.until(lambda: isinstance(person.app.focused, Input))
            await person.type(who)
            await person.press("tab")
            await person.type(password)
            await person.press("enter")
            await person.sees("Password accepted. The server also asks for a one-time code")
            await type_into(person, "code", await asyncio.to_thread(code_for, lab, who))
            await person.press("enter")
            await inside(person, who)
            assert password not in person.screen
    finally:
        if role == "admin":
            off = {"otp": {"enabled": False}, "mfa": {"enabled": False}}
            http.patch("/api/collections/_superusers", json=off).raise_for_status()
        http.close()


async def test_two_factors_are_a_provider_and_then_the_password(lab: Sandbox) -> None:
    who = somebody(lab, two=True)
    async with at_console(lab.url, "user", size=NARROW) as person:
        await go(person, "Lab account")
        await asyncio.to_thread(visit, lab, await address(person), who)
        await person.sees("First factor accepted", "password")
        await person.type(PASSWORD)
        await person.press("up")
        await person.type(who)
        await person.press("enter")
        await inside(person, who)


async def test_a_forgotten_password_is_reset_by_mail(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", size=NARROW) as person:
        await person.until(lambda: isinstance(person.app.focused, Input))
        await person.type(who)
        await go(person, "forgot password")
        await person.sees("Forgotten password", "A mail with a link is sent there")
        await person.press("enter")
        await person.sees("link or token from the mail")
        link = await asyncio.to_thread(mailed, lab, who, r"(http\S*confirm-password-reset/[\w.-]+)")
        await type_into(person, "link", link)
        await type_into(person, "new", ANOTHER)
        await type_into(person, "again", ANOTHER + "x")
        await person.sees("The new passwords do not match.")
        await person.press("backspace", "enter")
        await person.sees("Password changed. Sign in with it.")
        await person.type(ANOTHER)
        await person.press("enter")
        await inside(person, who)


async def test_people_sign_up_if_the_rules_allow_it(lab: Sandbox) -> None:
    who = f"new{next(NUMBERS)}@test.example"
    with as_admin(lab) as http:
        rule = http.get("/api/collections/users").json()["createRule"]
    try:
        async with at_console(lab.url, "user", size=NARROW) as person:
            await go(person, "sign up")
            await person.sees("This server does not let people sign up.")
            administer(lab, "users", createRule="")
            await person.press("enter")
            await type_into(person, "email", who)
            await type_into(person, "name", "Somebody New")
            await type_into(person, "new", ANOTHER)
            await type_into(person, "again", ANOTHER)
            await person.press("enter")
            await inside(person, who)
    finally:
        administer(lab, "users", createRule=rule)


async def test_a_server_without_passwords_offers_its_other_methods(lab: Sandbox) -> None:
    who, fields = somebody(lab), ["email"]
    administer(lab, "users", passwordAuth={"enabled": False, "identityFields": fields}, otp=OFF, mfa=OFF)
    try:
        async with at_console(lab.url, "user", size=NARROW) as person:
            await person.sees("● user", "Lab account")
            assert "password" not in person.screen
            await go(person, "Lab account")
            await asyncio.to_thread(visit, lab, await address(person), who)
            await inside(person, who)
    finally:
        on = {"enabled": True, "identityFields": fields}
        administer(lab, "users", passwordAuth=on, otp={"enabled": True}, mfa={"enabled": True})


# -- own account ----------------------------------------------------------------------------------------------------


async def test_changing_the_own_password_keeps_the_console_signed_in(lab: Sandbox) -> None:
    who = somebody(lab)
    async with at_console(lab.url, "user", Credentials(who, PASSWORD), size=NARROW) as person:
        await person.press("colon")
        await person.type("your account")
        await person.press("enter")
        await person.sees(f"Your account {who}", "current password")
        await type_into(person, "old", "wrong-password")
        await type_into(person, "new", ANOTHER)
        await type_into(person, "again", ANOTHER)
        await person.press("enter")
        await person.sees("The current password is wrong. Nothing was changed.")
        await person.press("shift+tab", "shift+tab", *["backspace"] * 20)
        await person.type(PASSWORD)
        await person.press("tab", "tab", "enter")
        await person.sees("password changed")
        await person.ready()
        assert not isinstance(person.app.screen, SignInScreen)
        assert (await person.app.connection.client.refresh_session())["email"] == who


async def test_the_own_name_is_changed_and_undone(lab: Sandbox) -> None:
    who = somebody(lab, name="Before")
    async with at_console(lab.url, "user", Credentials(who, PASSWORD), size=NARROW) as person:
        await person.press("P")
        await person.sees(f"Your account {who}")
        await person.press("right")
        await type_into(person, "name", " After")
        await person.sees("Before → Before After")
        await person.press("enter")
        await person.sees("is now called Before After")
        await person.act("app.undo", "dialog.confirm")
        await person.sees("is now called Before")
        await person.until(lambda: person.app.connection.client.session.record["name"] == "Before")


async def test_an_address_is_verified_in_the_console(lab: Sandbox) -> None:
    who = somebody(lab, verified=False)
    async with at_console(lab.url, "user", Credentials(who, PASSWORD), size=NARROW) as person:
        await person.press("P")
        await person.sees(f"Your account {who}")
        await person.press("left", "enter")
        await person.press("enter")
        await person.sees("a mail with a link was sent")
        assert await asyncio.to_thread(mailed, lab, who, r"confirm-verification/([\w.-]+)")
