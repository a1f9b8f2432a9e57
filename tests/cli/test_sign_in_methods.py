"""`login` with an identity provider, one-time codes and two factors; passwords, sign-up and verification by mail."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.cli.command import Command
from tests.cli.process import running
from tests.cli.terminal import at_terminal
from tests.cli.tls import Authority, Front
from tests.conftest import wait_for
from tests.signing_in import administer, as_admin, code_for, deny, mailed, mails, new_person, visit

PASSWORD, ANOTHER = "a-password-1234", "another-1234"
NUMBERS = itertools.count(1)
bare = Command({})


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a sandbox with an identity provider and a mail server."""
    with Sandbox(seed=1, jobs=0, users=2, sso=True, mail=True, worker=False) as sandbox:
        yield sandbox


def somebody(lab: Sandbox, *, two: bool = False, **more: object) -> str:
    return new_person(lab, f"p{next(NUMBERS)}{'+2fa' if two else ''}@test.example", PASSWORD, **more)


def test_single_sign_on_prints_the_address_and_waits(lab: Sandbox, folders: Path) -> None:
    who, log = somebody(lab), folders / "debug.log"
    words = ("login", "--provider", "oidc", "--url", lab.url, "--profile", "lab")
    with running(*words, environment={"QPI_DEBUG": str(log)}) as login:
        login.until(lambda: login.lines, "the address")
        page = visit(lab, login.lines[0], who)
        assert "success" in page.headers["location"]
        assert login.process.wait(30) == 0
    assert len(login.lines) == 1
    # Only the address is revealed of the exchange, on the screen and in the log.
    (session,) = json.loads(next(folders.rglob("sessions.json")).read_text()).values()
    written = log.read_text()
    assert "auth-with-oauth2: 200" in written
    for secret in (session, page.request.url.params["code"], page.request.url.params["state"]):
        assert secret not in written + "".join(login.said)
    told = bare.ok("whoami", "--profile", "lab", "--json").json
    assert (told["identity"], told["role"], told["renewed"]) == (who, "user", True)
    assert told["signed_in_by"] == "identity provider oidc, session kept by login"
    assert "jobs" in told["may_change"]
    assert told["expires_at"] > "2026"
    assert "users" not in told["may_read"]
    # The balance of 0 adds no line.
    shown = bare.ok("whoami", "--profile", "lab").out
    assert "may change" in shown
    assert "QPU time      0" in shown
    bare.ok("logout", "--profile", "lab")
    assert bare("whoami", "--profile", "lab").code == 4


def test_a_private_certificate_is_trusted_before_the_provider_is_contacted(lab: Sandbox, tmp_path: Path) -> None:
    who, front = somebody(lab), Front(lab.url, Authority(tmp_path))
    words = ("login", "--provider", "oidc", "--url", front.url, "--profile", "tls")
    with at_terminal(*words) as terminal:
        terminal.reads("has a private certificate")
        terminal.reads("Trust it from now on?")
        assert not [head for head in front.got if b"root-ca.pem" not in head]
        terminal.types("n\n")
        assert terminal.ends() == 130
    asked = bare(*words, "--yes")
    assert (asked.code, "add --fingerprint" in asked.err) == (2, True)
    with running(*words, "--fingerprint", front.authority.fingerprint) as login:
        login.until(lambda: login.lines, "the address")
        visit(lab, login.lines[0], who, verify=False)
        assert login.process.wait(30) == 0
    assert bare.ok("whoami", "--profile", "tls", "--json").json["identity"] == who
    front.close()


def test_denied_consent_is_explained_and_can_be_retried(lab: Sandbox) -> None:
    with running("login", "--provider", "oidc", "--url", lab.url) as login:
        login.until(lambda: login.lines, "the address")
        deny(lab, login.lines[0])
        assert login.process.wait(30) == 4
        login.until(lambda: "rejected the sign-in (access denied)" in "".join(login.said), "the reason")
    answer = bare("login", "--provider", "nosuch", "--url", lab.url)
    assert answer.code == 4
    assert "It has: oidc" in answer.err


def test_ctrl_c_stops_waiting_for_the_browser(lab: Sandbox) -> None:
    with running("login", "--provider", "oidc", "--url", lab.url) as login:
        login.until(lambda: login.lines, "the address")
        assert login.interrupt() == 130


def test_on_a_terminal_the_address_is_a_link_and_a_qr_code(lab: Sandbox) -> None:
    who = somebody(lab)
    with at_terminal("login", "--provider", "oidc", "--url", lab.url, columns=100, LINES="60") as terminal:
        terminal.reads("Waiting for the sign-in")
        text = terminal.text
        assert "\x1b]8;;http" in text
        assert "█▀▀▀▀▀█" in text or "█ ▄▄▄▄▄ █" in text
        url = text.partition("\x1b]8;;")[2].partition("\x1b\\")[0]
        visit(lab, url, who)
        assert terminal.ends() == 0
    with at_terminal("login", "--provider", "oidc", "--url", lab.url, columns=80, LINES="24") as terminal:
        terminal.reads("Waiting for the sign-in")
        assert "█" not in terminal.text


def test_single_sign_on_and_password_sessions_coexist(lab: Sandbox) -> None:
    """One session by single sign-on and an administrator's by password, in two profiles."""
    who = somebody(lab)
    with running("login", "--provider", "oidc", "--url", lab.url, "--profile", "sso") as login:
        login.until(lambda: login.lines, "the address")
        visit(lab, login.lines[0], who)
        assert login.process.wait(30) == 0
    words = ("login", "--url", lab.url, "--identity", lab.admin.identity, "--role", "admin", "--profile", "boss")
    bare.ok(*words, QPI_PASSWORD=lab.admin.password)
    assert bare.ok("whoami", "--profile", "sso", "--json").json["identity"] == who
    boss = bare.ok("whoami", "--profile", "boss", "--json").json
    assert boss["signed_in_by"] == "password, session kept by login"
    assert "users" in boss["may_change"]
    assert bare.ok("whoami", "--profile", "boss", "--read-only", "--json").json["may_change"] == []


def test_a_one_time_code_from_the_mail_signs_in(lab: Sandbox) -> None:
    who = somebody(lab)
    with at_terminal("login", "--otp", who, "--url", lab.url, "--profile", "code") as terminal:
        terminal.reads(f"Code from the mail to {who}: ")
        terminal.types("00000000\n")
        terminal.reads("The code is wrong or has expired. Try again.")
        terminal.reads(f"Code from the mail to {who}: ")
        terminal.types(f"{code_for(lab, who)}\n")
        assert terminal.ends() == 0
    assert "one-time code" in bare.ok("whoami", "--profile", "code").out
    wrong = bare("login", "--otp", who, "--url", lab.url, QPI_CODE="00000000")
    assert wrong.code == 4
    assert "wrong or has expired" in wrong.err


@pytest.mark.parametrize("role", ["user", "admin"])
def test_two_factors_are_a_password_and_then_a_code(lab: Sandbox, role: str) -> None:
    who, password = (somebody(lab, two=True), PASSWORD) if role == "user" else (lab.admin.identity, lab.admin.password)
    http = as_admin(lab)
    if role == "admin":
        administer(lab, "_superusers", otp={"enabled": True}, mfa={"enabled": True})
    try:
        words = ("login", "--identity", who, "--url", lab.url, "--role", role, "--profile", f"two-{role}")
        with at_terminal(*words, QPI_PASSWORD=password) as terminal:
            terminal.reads("also asks for a one-time code")
            terminal.reads(f"Code from the mail to {who}: ")
            terminal.types(f"{code_for(lab, who)}\n")
            assert terminal.ends() == 0
            assert password not in terminal.text
    finally:
        off = {"otp": {"enabled": False}, "mfa": {"enabled": False}}
        if role == "admin":
            http.patch("/api/collections/_superusers", json=off).raise_for_status()
        http.close()
    told = bare.ok("whoami", "--profile", f"two-{role}", "--json").json
    assert told["signed_in_by"].startswith("password and one-time code")
    # A command that has only the password says what to do.
    if role == "user":
        environment = {"QPI_URL": lab.url, "QPI_IDENTITY": who, "QPI_PASSWORD": password}
        answer = bare("jobs", "list", **environment)
        assert answer.code == 4
        assert "Run `qpi-tui login`" in answer.err


def test_a_server_without_password_sign_in_names_its_methods(lab: Sandbox) -> None:
    fields = ["email"]
    administer(lab, "users", passwordAuth={"enabled": False, "identityFields": fields})
    try:
        answer = bare("login", "--identity", "a@b.example", "--url", lab.url, QPI_PASSWORD="x" * 12)
        assert answer.code == 4
        assert "--provider oidc" in answer.err
        assert "--otp EMAIL" in answer.err
    finally:
        administer(lab, "users", passwordAuth={"enabled": True, "identityFields": fields})


def test_changing_the_password_keeps_the_stored_session(lab: Sandbox) -> None:
    who = somebody(lab)
    bare.ok("login", "--identity", who, "--url", lab.url, "--profile", "mine", QPI_PASSWORD=PASSWORD)
    mine = ("--profile", "mine")
    with at_terminal("password", "change", *mine, QPI_NEW_PASSWORD=ANOTHER) as terminal:
        terminal.reads("Current password: ")
        terminal.types("wrong-password\n")
        terminal.reads("The current password is wrong. Nothing was changed.")
        assert terminal.ends() == 1
    changed = bare.ok("password", "change", *mine, QPI_PASSWORD=PASSWORD, QPI_NEW_PASSWORD=ANOTHER)
    assert "password changed" in changed.err
    assert bare.ok("whoami", *mine, "--json").json["identity"] == who
    log = bare.ok("audit-log", "--json").out
    assert "account.password" in log
    assert PASSWORD not in log + changed.err
    assert ANOTHER not in log + changed.err


def test_a_forgotten_password_is_reset_by_mail(lab: Sandbox) -> None:
    who = somebody(lab)
    asked = bare.ok("password", "reset", who, "--url", lab.url)
    assert "qpi-tui password reset --sent" in asked.err
    link = mailed(lab, who, r"(http\S*confirm-password-reset/[\w.-]+)")
    sent = ("password", "reset", "--sent", "--url", lab.url)
    assert bare(*sent, QPI_MAIL_TOKEN="nonsense", QPI_NEW_PASSWORD=ANOTHER).code == 1
    bare.ok(*sent, QPI_MAIL_TOKEN=link, QPI_NEW_PASSWORD=ANOTHER)
    bare.ok("login", "--identity", who, "--url", lab.url, QPI_PASSWORD=ANOTHER)
    with at_terminal("password", "reset", "--sent", "--url", lab.url, QPI_MAIL_TOKEN=link) as terminal:
        terminal.reads("New password: ")
        terminal.types("one-1234-one\n")
        terminal.reads("Repeat the new password: ")
        terminal.types("two-1234-two\n")
        terminal.reads("passwords do not match")
        assert terminal.ends() == 2
        assert "one-1234-one" not in terminal.text


def test_an_address_is_verified_by_mail(lab: Sandbox) -> None:
    who = somebody(lab, verified=False)
    person = Command({"QPI_URL": lab.url, "QPI_IDENTITY": who, "QPI_PASSWORD": PASSWORD})
    assert "qpi-tui verify --sent" in person.ok("verify").err
    token = mailed(lab, who, r"confirm-verification/([\w.-]+)")
    person.ok("verify", "--sent", QPI_MAIL_TOKEN=token)
    with as_admin(lab) as http:
        found = http.get("/api/collections/users/records", params={"filter": f"email='{who}'"}).json()["items"]
    assert found[0]["verified"] is True


def test_users_rename_their_own_account(lab: Sandbox) -> None:
    person = Command({"QPI_URL": lab.url, "QPI_IDENTITY": somebody(lab, name="Before"), "QPI_PASSWORD": PASSWORD})
    assert "After That" in person.ok("account", "rename", "After That").err
    assert person.ok("whoami", "--json").json["name"] == "After That"


def test_people_sign_up_if_the_rules_allow_it(lab: Sandbox, tmp_path: Path) -> None:
    who = f"new{next(NUMBERS)}@test.example"
    words = ("signup", who, "--name", "Somebody New", "--url", lab.url)
    refused = bare(*words, QPI_NEW_PASSWORD=ANOTHER)
    assert (refused.code, "does not let people sign up" in refused.err) == (4, True)
    with as_admin(lab) as http:
        rule = http.get("/api/collections/users").json()["createRule"]
    administer(lab, "users", createRule="")
    try:
        assert "--identity" in bare.ok(*words, QPI_NEW_PASSWORD=ANOTHER).err
        assert bare(*words, QPI_NEW_PASSWORD=ANOTHER).code == 1  # the account exists by now
    finally:
        administer(lab, "users", createRule=rule)
    bare.ok("login", "--identity", who, "--url", lab.url, QPI_PASSWORD=ANOTHER)


def test_a_code_from_standard_input_sends_one_mail(lab: Sandbox) -> None:
    """Read the code from standard input; one mail was sent."""
    who = somebody(lab)
    assert bare("login", "--otp", who, "--url", lab.url, stdin="").code == 2
    wait_for(lambda: mails(lab, who), "the mail")
    assert len(mails(lab, who)) == 1
