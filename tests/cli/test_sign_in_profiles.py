"""The profile that `login` writes: never one of another account, unless that profile was named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.cli.sign_in_profiles import account_of_profile, keep_profile, profile_for
from qpi_tui.domain.roles import Role
from qpi_tui.session.sources import settings_of
from qpi_tui.settings.accounts import SignIn
from tests.cli.command import Answer, Command

LAB = "https://lab.example"


def login(sandbox: Sandbox, who: Credentials, *more: str, **environment: str) -> Answer:
    words = ("login", "--url", sandbox.url, "--identity", who.identity, *more)
    return Command({"QPI_PASSWORD": who.password, **environment}).ok(*words)


def whoami(*more: str) -> dict[str, str]:
    told: dict[str, str] = Command({}).ok("whoami", "--json", *more).json
    return told


def test_a_sign_in_without_a_profile_leaves_the_profile_of_another_account_alone(
    sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    login(sandbox, sandbox.admin, "--profile", "lab", "--role", "admin")
    own = f"{sandbox.url.removeprefix('http://')}-{user.identity.partition('@')[0]}"
    answer = login(sandbox, user)
    assert f"Profile {own} is now the default; select it with --profile {own}." in answer.err
    assert (whoami("--profile", "lab")["identity"], whoami("--profile", "lab")["role"]) == (
        sandbox.admin.identity,
        "admin",
    )
    assert whoami()["identity"] == whoami("--profile", own)["identity"] == user.identity
    # Each account returns to the profile that it has, whichever is current.
    assert "--profile lab" in login(sandbox, sandbox.admin).err
    assert f"--profile {own}" in login(sandbox, user).err
    assert set(json.loads(next(folders.rglob("servers.json")).read_text())["profiles"]) == {"lab", own}
    # A profile that only the environment names was not asked to change either.
    assert f"Select its profile with --profile {own}." in login(sandbox, user, QPI_PROFILE="lab").err
    assert whoami("--profile", "lab")["role"] == "admin"
    # A named profile is replaced, and the message says whom.
    assert f"It replaces {sandbox.admin.identity} (admin)" in login(sandbox, user, "--profile", "lab").err
    assert whoami("--profile", "lab")["identity"] == user.identity
    assert "replaces" not in login(sandbox, user, "--profile", "lab").err


def test_a_password_of_another_account_is_refused_with_the_way_out(
    sandbox: Sandbox, user: Credentials, folders: Path
) -> None:
    """The environment names another server by its profile, another role and another identity. Each has its remedy."""
    login(sandbox, user, "--profile", "lab")
    other = sandbox.url.replace("127.0.0.1", "localhost")
    words = ("login", "--profile", "new", "--url", other, "--identity", sandbox.admin.identity, "--role", "admin")
    password = {"QPI_PASSWORD": sandbox.admin.password}
    refused = Command({"QPI_PROFILE": "lab", **password})(*words)
    assert refused.code == 2
    assert f"QPI_PASSWORD is for {sandbox.url}. If it is for this account, " in refused.err
    assert f"unset QPI_PROFILE, or set QPI_URL={other}." in refused.err
    assert "set QPI_PASSWORD" not in refused.err
    stranger = {"QPI_URL": sandbox.url, "QPI_ROLE": "user", "QPI_IDENTITY": user.identity}
    said = Command({**stranger, **password})(*words).err
    fixes = {"QPI_URL": other, "QPI_ROLE": "admin", "QPI_IDENTITY": sandbox.admin.identity}
    assert " and ".join(f"set {name}={value}" for name, value in fixes.items()) in said
    # Each way out works.
    Command(password).ok(*words)
    Command({"QPI_PROFILE": "lab", "QPI_URL": other, **password}).ok(*words)
    Command({**fixes, **password}).ok(*words)
    # Without a password, the advice is to set it.
    assert "set QPI_PASSWORD" in Command({"QPI_PROFILE": "lab"})(*words).err


def kept(who: str, role: Role = Role.USER, *, named: str = "", url: str = LAB) -> str:
    """Store a sign-in as `login` does, and return the name of its profile."""
    current = settings_of(url=url).name
    sign_in = SignIn(url, role, who)
    name = profile_for(sign_in, named, current)
    keep_profile(sign_in, name, current)
    return name


def test_names_of_profiles_are_predictable_and_free() -> None:
    assert kept("anna@lab.example") == "lab.example"
    assert kept("anna@lab.example") == "lab.example"
    assert kept("anna@other.example") == "lab.example-anna"
    assert kept("anna@lab.example", Role.ADMIN) == "lab.example-anna-admin"
    assert kept("anna@third.example") == "lab.example-anna-user"
    assert kept("anna@fourth.example") == "lab.example-anna-2"
    assert kept("", Role.TOKEN) == "lab.example-token"
    assert kept("o'neil and son@lab.example") == "lab.example-o-neil-and-son"
    assert kept("anna@lab.example", url="https://two.example") == "two.example"
    assert kept("anna@other.example", named="lab.example") == "lab.example"
    assert str(account_of_profile("lab.example")) == f"anna@other.example (user) on {LAB}"


def test_an_account_that_the_configuration_file_names_is_not_said_to_be_replaced(folders: Path) -> None:
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[profiles.lab]\nurl = "{LAB}"\nidentity = "anna@lab.example"\n')
    said = keep_profile(SignIn(LAB, Role.USER, "ben@lab.example"), "lab", "lab")
    assert said.startswith("Profile lab is still anna@lab.example (user)")


@pytest.mark.parametrize("setting", ["ca_file", "fingerprint"])
def test_a_new_profile_of_a_server_keeps_its_certificate(folders: Path, setting: str) -> None:
    value = str(folders / "lab.pem") if setting == "ca_file" else "ab" * 32
    (folders / "lab.pem").write_text("")
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    text = f'url = "{LAB}"\nidentity = "anna@lab.example"\n{setting} = "{value}"\n'
    config.write_text(f'profile = "lab"\n[profiles.lab]\n{text}')
    own = kept("ben@lab.example")
    assert own != "lab"
    assert settings_of(own).transport == {setting: value}
    assert settings_of(own).sign_in.identity == "ben@lab.example"
