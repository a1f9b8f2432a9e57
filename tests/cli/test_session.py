"""`login`, `logout`, `whoami`: sessions stored in a private file, and profiles created by `login`."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.cli import signing
from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, session_end
from tests.cli.command import Command
from tests.conftest import NewUser


@pytest.fixture
def bare() -> Command:
    """Return commands in an environment without settings."""
    return Command({})


def login(bare: Command, sandbox: Sandbox, user: Credentials, *more: str) -> None:
    words = ("login", "--url", sandbox.url, "--identity", user.identity, *more)
    answer = bare.ok(*words, QPI_PASSWORD=user.password)
    assert user.identity in answer.err
    assert user.password not in answer.err + answer.out


def test_login_stores_a_session_for_every_command(
    bare: Command, sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    login(bare, sandbox, user)
    told = bare.ok("whoami", "--json").json
    assert (told["identity"], told["role"], told["server"]) == (user.identity, "user", sandbox.url)
    assert bare.ok("jobs", "list", "--json").json == []
    kept = next(folders.rglob("sessions.json"))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert user.password not in kept.read_text()


def test_whoami_prints_account_and_balance(person: Command, user: Credentials) -> None:
    answer = person.ok("whoami")
    assert user.identity in answer.out
    assert "1 h" in answer.out


def test_logout_deletes_the_session(bare: Command, sandbox: Sandbox, user: Credentials) -> None:
    login(bare, sandbox, user, "--profile", "lab")
    bare.ok("logout", "--profile", "lab")
    answer = bare("whoami", "--profile", "lab")
    assert answer.code == 4
    assert "login" in answer.err
    assert "Nobody was" in bare.ok("logout", "--profile", "lab").err


def test_two_profiles_have_sessions_of_their_own(bare: Command, sandbox: Sandbox, user: Credentials) -> None:
    login(bare, sandbox, user, "--profile", "mine")
    words = (
        "login",
        "--profile",
        "boss",
        "--url",
        sandbox.url,
        "--identity",
        sandbox.admin.identity,
        "--role",
        "admin",
    )
    bare.ok(*words, QPI_PASSWORD=sandbox.admin.password)
    assert bare.ok("whoami", "--json").json["profile"] == "boss"
    assert bare.ok("--profile", "mine", "whoami", "--json").json["identity"] == user.identity
    assert bare.ok("whoami", "--json", QPI_PROFILE="mine").json["role"] == "user"
    unknown = bare("whoami", "--profile", "nope")
    assert unknown.code == 2
    assert "mine" in unknown.err


def test_a_role_belongs_to_an_account_and_not_to_the_current_profile(
    bare: Command, person: Command, sandbox: Sandbox, user: Credentials, new_user: NewUser
) -> None:
    """After a superuser has signed in, a user needs no `--role`, the superuser needs none again, and a token has no
    role.
    """
    admin, token = sandbox.admin, person.ok("tokens", "create", "of-role", "--json").json["token"]
    login(bare, sandbox, admin, "--role", "admin", "--profile", "boss")
    login(bare, sandbox, user)
    assert bare.ok("whoami", "--json").json["role"] == "user"
    login(bare, sandbox, admin)
    assert bare.ok("whoami", "--json").json["role"] == "admin"
    bare.ok("login", "--url", sandbox.url, "--role", "token", "--profile", "token", QPI_API_TOKEN=token)
    login(bare, sandbox, new_user())
    assert bare.ok("whoami", "--json").json["role"] == "user"
    # A role in the environment applies to the account named there, or to any account if none is named.
    words = ("login", "--url", sandbox.url, "--identity", admin.identity, "--profile", "boss")
    bare.ok(*words, QPI_PASSWORD=admin.password, QPI_ROLE="admin")
    named = {"QPI_URL": sandbox.url, "QPI_ROLE": "admin", "QPI_IDENTITY": "root@test.example"}
    refused = bare("login", "--identity", user.identity, QPI_PASSWORD=user.password, **named)
    assert (refused.code, "QPI_PASSWORD" in refused.err) == (2, True)


def test_a_wrong_password_stores_nothing(bare: Command, sandbox: Sandbox, user: Credentials, folders: Path) -> None:
    answer = bare("login", "--url", sandbox.url, "--identity", user.identity, QPI_PASSWORD="wrong-password")
    assert answer.code == 4
    assert "wrong-password" not in answer.err
    assert not list(folders.rglob("sessions.json"))


def test_without_a_terminal_nothing_is_asked(bare: Command, sandbox: Sandbox) -> None:
    for words, option in (((), "--url"), (("--url", sandbox.url), "--identity")):
        answer = bare("login", *words)
        assert answer.code == 2
        assert option in answer.err
    answer = bare("login", "--url", sandbox.url, "--identity", "a@b.example")
    assert answer.code == 2
    assert "QPI_PASSWORD" in answer.err


def test_a_stored_password_renews_an_expired_session(
    bare: Command, sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    login(bare, sandbox, user, "--keep-password")
    kept = next(folders.rglob("sessions.json"))
    sessions = json.loads(kept.read_text())
    forged = {name: "e30.e30.e30" if not name.startswith("password:") else value for name, value in sessions.items()}
    kept.write_text(json.dumps(forged))
    assert bare.ok("whoami", "--json").json["identity"] == user.identity
    assert "e30.e30.e30" not in kept.read_text()


def test_without_a_stored_password_an_expired_session_is_reported(
    bare: Command, sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    login(bare, sandbox, user)
    kept = next(folders.rglob("sessions.json"))
    kept.write_text(json.dumps(dict.fromkeys(json.loads(kept.read_text()), "e30.e30.e30")))
    answer = bare("jobs", "list")
    assert answer.code == 4
    assert "again" in answer.err


@contextmanager
def short_sessions(admin_http: httpx.Client) -> Iterator[float]:
    """Let sessions last ten minutes. Yield how many seconds they last afterwards."""
    path = "/api/collections/users"
    lasts = admin_http.get(path).json()["authToken"]["duration"]
    admin_http.patch(path, json={"authToken": {"duration": 600}}).raise_for_status()
    try:
        yield lasts
    finally:
        admin_http.patch(path, json={"authToken": {"duration": lasts}}).raise_for_status()


def test_a_stored_session_is_renewed_in_place(
    bare: Command, sandbox: Sandbox, user: Credentials, folders: Path, admin_http: httpx.Client
) -> None:
    """The session lasts ten minutes, and the server issues longer ones: the next command stores a longer one."""
    with short_sessions(admin_http) as lasts:
        login(bare, sandbox, user)
    kept = next(folders.rglob("sessions.json"))
    before = set(json.loads(kept.read_text()).values())
    assert bare.ok("jobs", "list", "--json").json == []
    (renewed,) = json.loads(kept.read_text()).values()
    assert session_end(renewed) > session_end(before.pop()) + lasts / 2


def test_a_command_that_renews_a_session_does_not_undo_a_logout(
    bare: Command,
    sandbox: Sandbox,
    user: Credentials,
    folders: Path,
    admin_http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with short_sessions(admin_http):
        login(bare, sandbox, user)
    keep_fresh = signing.keep_fresh

    def after_a_logout(*given: Any) -> None:
        bare.ok("logout")
        keep_fresh(*given)

    monkeypatch.setattr(signing, "keep_fresh", after_a_logout)
    assert bare.ok("jobs", "list", "--json").json == []
    assert json.loads(next(folders.rglob("sessions.json")).read_text()) == {}


def test_a_session_file_readable_by_others_is_rejected(
    bare: Command, sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    login(bare, sandbox, user)
    kept = next(folders.rglob("sessions.json"))
    kept.chmod(0o644)
    answer = bare("whoami")
    assert answer.code == 4
    assert "chmod 600" in answer.err


def test_an_api_token_can_be_stored(bare: Command, person: Command, sandbox: Sandbox) -> None:
    token = person.ok("tokens", "create", "kept", "--json").json["token"]
    bare.ok("login", "--url", sandbox.url, "--role", "token", QPI_API_TOKEN=token)
    assert bare.ok("jobs", "list", "--json").json == []
    assert bare.ok("whoami", "--json").json["role"] == "token"
    refused = bare("login", "--url", sandbox.url, "--role", "token", QPI_API_TOKEN="qpi_0000")
    assert refused.code == 4
    assert "qpi_0000" not in refused.err


def test_secrets_of_one_server_are_not_sent_to_another(bare: Command, sandbox: Sandbox, user: Credentials) -> None:
    login(bare, sandbox, user, "--profile", "lab")
    answer = bare("whoami", "--profile", "lab", QPI_URL="http://127.0.0.1:9", QPI_PASSWORD="of-the-other")
    assert answer.code == 0
    assert "127.0.0.1:9" not in answer.out


def test_credentials_are_stored_in_one_file_and_removed(tmp_path: Path) -> None:
    vault = CredentialStore(tmp_path / "deep" / "sessions.json")
    vault.put("one", "a")
    vault.put("two", "b")
    assert (vault.get("one"), vault.get("two"), vault.get("three")) == ("a", "b", "")
    assert vault.forget("one")
    assert not vault.forget("one")
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").iterdir()}
    assert kept == {"sessions.json": 0o600, ".sessions.json.lock": 0o600}
    (tmp_path / "deep" / "sessions.json").write_text("no json")
    with pytest.raises(CredentialStoreError, match="Remove it"):
        vault.get("two")


def test_a_profile_from_the_environment_inherits_nothing(
    bare: Command, sandbox: Sandbox, user: Credentials, new_user: NewUser
) -> None:
    login(bare, sandbox, user, "--profile", "lab")
    other = new_user()
    answer = bare("login", "--url", sandbox.url, QPI_PROFILE="fresh", QPI_PASSWORD=other.password)
    assert answer.code == 2
    assert "--identity" in answer.err
    words = ("login", "--url", sandbox.url, "--identity", other.identity)
    bare.ok(*words, QPI_PROFILE="fresh", QPI_PASSWORD=other.password)
    assert bare.ok("whoami", "--json", QPI_PROFILE="fresh").json["identity"] == other.identity
    assert bare.ok("whoami", "--json", QPI_PROFILE="lab").json["identity"] == user.identity


class InMemory(KeyringBackend):
    """A system keyring that can be locked."""

    priority = 5  # type: ignore[assignment]  # declared as a property of the class there

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("it is locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def system_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    monkeypatch.delenv("QPI_KEYRING")
    before, made = keyring.get_keyring(), InMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_the_system_keyring_is_used_if_there_is_one(
    bare: Command, sandbox: Sandbox, user: Credentials, system_keyring: InMemory, folders: Path
) -> None:
    login(bare, sandbox, user, "--keep-password")
    assert user.password in system_keyring.kept.values()
    assert not list(folders.rglob("sessions.json"))
    assert bare.ok("whoami", "--json").json["identity"] == user.identity
    bare.ok("logout")
    assert system_keyring.kept == {}


def test_a_locked_keyring_is_a_clear_error(
    bare: Command, sandbox: Sandbox, user: Credentials, system_keyring: InMemory
) -> None:
    system_keyring.locked = True
    answer = bare("login", "--url", sandbox.url, "--identity", user.identity, QPI_PASSWORD=user.password)
    assert answer.code == 1
    assert "locked" in answer.err
    assert "QPI_KEYRING=off" in answer.err
