"""Certificates that are invalid in each way, and none at all: a clear error in the console and in the commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.session.certificates import spelled
from tests.cli.command import Command, as_
from tests.cli.conftest import folders
from tests.cli.tls import Authority, Front
from tests.tui.helpers import Person, at_console

__all__ = ["folders"]

WRONG = {
    "another name": ({"name": "192.0.2.7"}, "is for another name"),
    "expired": ({"days": (-5, -2)}, "has expired"),
    "not yet": ({"days": (2, 5)}, "not valid yet"),
}


FULL = os.environ.get("QPI_HOSTILE") == "full"


@pytest.fixture(params=list(WRONG))
def wrong(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[Front, str, Path]]:
    """Return a server with an invalid certificate, the expected message, and a file with its trusted authority."""
    options, words = WRONG[request.param]
    authority = Authority(tmp_path, **options)  # type: ignore[arg-type]
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.pem)
    front = Front(sandbox.url, authority)
    yield front, words, file
    front.close()


def profile(folder: Path, url: str, role: str, extra: str) -> None:
    (folder / "config" / "qpi-tui").mkdir(parents=True)
    (folder / "config" / "qpi-tui" / "config.toml").write_text(
        f'profile = "lab"\n[profiles.lab]\nurl = "{url}"\nrole = "{role}"\n{extra}\n'
    )


def told(front: Front) -> bool:
    """Whether the server received anything secret."""
    return any(b"auth-with" in head or b"uthorization" in head for head in front.got)


def test_a_command_explains_an_invalid_certificate(
    wrong: tuple[Front, str, Path], user: Credentials, tmp_path: Path
) -> None:
    front, words, file = wrong
    profile(tmp_path, front.url, "user", f'ca_file = "{file}"')
    command = Command({"QPI_IDENTITY": user.identity, "QPI_PASSWORD": user.password})
    for line in (("jobs", "list"), ("whoami",), ("requests", "create", "1h")):
        answer = command(*line)
        assert answer.code == 3
        assert words in answer.err
        assert answer.out == ""
    assert not told(front)


@pytest.mark.parametrize("wrong", list(WRONG) if FULL else ["expired"], indirect=True)
async def test_the_console_explains_an_invalid_certificate(wrong: tuple[Front, str, Path], user: Credentials) -> None:
    front, words, _ = wrong
    async with at_console(front.url, "user") as person:
        await person.sees("sign in")
        await person.type(user.identity)
        await person.press("enter")
        await person.type(user.password)
        await person.press("enter")
        # Its authority is trusted, which does not make the certificate valid.
        await person.sees("private certificate")
        await person.press("enter")
        await person.until(lambda: words in " ".join(person.screen.split()))
        assert person.app.connection is None
    assert not told(front)


def test_an_unknown_authority_is_shown_with_its_fingerprint(
    sandbox: Sandbox, user: Credentials, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    front = Front(sandbox.url, authority)
    answer = as_(front.url, user, "user")("jobs", "list")
    front.close()
    assert answer.code == 3
    # The fingerprint is shown at once, to be compared with the administrator's.
    assert f"private certificate with the fingerprint {spelled(authority.fingerprint)}" in answer.err
    assert "qpi-tui login --fingerprint" in answer.err
    assert not told(front)


def test_an_unencrypted_connection_is_reported_every_time(sandbox: Sandbox, user: Credentials) -> None:
    # Another name of this machine, which only this machine can resolve to itself.
    url = sandbox.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104  # nothing listens there
    command = as_(url, user, "user")
    for line in (("whoami",), ("jobs", "list", "--json"), ("slots", "list")):
        answer = command.ok(*line)
        assert "NOT ENCRYPTED" in answer.err
        assert "NOT ENCRYPTED" not in answer.out
    login = command("login", "--url", url, "--identity", user.identity, "--role", "user")
    assert "NOT ENCRYPTED" in login.err
    assert "NOT ENCRYPTED" not in as_(sandbox.url, user, "user").ok("whoami").err
    # Also for an address that was never contacted.
    assert "NOT ENCRYPTED" in as_("http://lab.invalid", user, "user")("whoami").err


async def test_the_console_keeps_warning_about_an_unencrypted_connection(sandbox: Sandbox, user: Credentials) -> None:
    url = sandbox.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104  # nothing listens there
    async with at_console(url, "user", user) as person:
        await person.until(lambda: person.app.connection is not None)
        for place in ("slots", "qpus", "jobs"):
            person.app.go(place)
            await person.sees("NOT ENCRYPTED")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_rejected(sandbox: Sandbox, user: Credentials, status: int) -> None:
    from tests.client.faults import FaultServer, answer

    with FaultServer() as here, FaultServer() as other:
        elsewhere = answer(status, headers={"location": f"{other.url}/api/collections/users/auth-with-password"})
        here.on("POST /api/collections/users/auth-with-password", elsewhere)
        here.on("GET /api/health", elsewhere)
        said = as_(here.url, user, "user")("jobs", "list")
        assert said.code == 3
        assert user.password not in said.err
        assert other.got == []


@pytest.mark.parametrize("kind", ["another authority", *WRONG] if FULL else ["another authority", "not yet"])
async def test_a_certificate_change_is_rejected_by_a_running_console(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client, tmp_path: Path, kind: str
) -> None:
    options, words = WRONG.get(kind, ({}, "no known authority"))
    good = Authority(tmp_path)
    # All but the first are from the trusted authority.
    other = Authority(tmp_path, key=good.key if options else None, **options)  # type: ignore[arg-type]
    file = tmp_path / "ca.pem"
    file.write_bytes(good.pem)
    front = Front(sandbox.url, good)
    who = new_user(seconds=1000)
    asked = {"user": who.id, "seconds": 60, "status": "pending", "requested_reason": "before"}
    admin_http.post("/api/collections/qpu_time_requests/records", json=asked).raise_for_status()
    async with at_console(front.url, "user", who, screen="requests", transport={"ca_file": str(file)}) as person:
        await person.sees("before")
        await person.act("requests.create")
        await person.type("10m")
        await person.press("enter")
        await person.type("because")
        front.authority = other
        front.got.clear()
        await person.press("enter")
        # The form shows the error and keeps the draft; the list behind it keeps its data.
        await person.until(lambda: words in said(person))
        await person.sees("10m", "because")
        await person.press("escape")
        person.app.screen.feed.poke()
        await person.until(lambda: person.app.screen.feed.health.mood == "offline")
        await person.sees("before", "The certificate of", "▲ offline")
        assert not front.got
        front.authority = good
        await person.until(lambda: person.app.screen.feed.health.mood == "fresh", within=40)
        await person.sees("before")
    front.close()
    mine = {"filter": f"user='{who.id}'"}
    assert admin_http.get("/api/collections/qpu_time_requests/records", params=mine).json()["totalItems"] == 1


def said(person: Person) -> str:
    """Return the screen as one line, without frames."""
    return " ".join(word for word in person.screen.split() if word.isascii())
