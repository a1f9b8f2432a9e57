"""A server with hostile identity providers: their names, their addresses, and their callbacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from qpi_tui.domain.roles import Role
from qpi_tui.screens.provider_sign_in import ProviderScreen
from qpi_tui.screens.sign_in_methods import offered_methods
from qpi_tui.session.sign_in_methods import SignInMethods, methods_of
from qpi_tui.terminal.screen_diff import PLAIN, change, pen_of
from qpi_tui.widgets.method_picker import MethodPicker
from tests.cli.command import Command
from tests.cli.conftest import folders
from tests.client.faults import FaultServer, answer
from tests.client.test_oauth2_answers import EXCHANGE, METHODS, STREAM, SUBSCRIBE, offer, stream
from tests.hostile.corpus import CORPUS
from tests.tui.helpers import NARROW, at_console

__all__ = ["folders"]

WORST = ["control: title", "control: clipboard", "markup: click, do", "shape: rtl override", "shape: long wide"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Return a server with the sign-in methods of the test."""
    with FaultServer() as faults:
        faults.on("GET /api/collections/_superusers/auth-methods", answer(200, {"password": {"enabled": True}}))
        faults.on(SUBSCRIBE, answer(204))
        yield faults


def providers(*names: str) -> dict[str, Any]:
    return {"oauth2": {"enabled": True, "providers": [{"name": name, "displayName": name} for name in names]}}


@pytest.mark.parametrize("name", CORPUS)
def test_a_title_is_one_short_printable_line(name: str) -> None:
    for title, id in offered_titles(CORPUS[name]):
        assert title.isprintable()
        assert 0 < len(title) <= 32
        assert id.startswith("provider:")


def offered_titles(text: str) -> list[tuple[str, str]]:
    found = methods_of(json.loads(json.dumps(providers(text or "x"))))
    return [(title, id) for id, title in offered_methods(found, Role.USER) if id.startswith("provider:")]


@pytest.mark.parametrize("methods", [None, 7, [], {"oauth2": 7}, {"oauth2": {"enabled": "yes", "providers": [1]}}, {}])
def test_malformed_methods_fall_back_to_passwords(methods: Any) -> None:
    assert methods_of(methods) == SignInMethods()


def test_the_number_of_offered_providers_is_limited() -> None:
    assert len(methods_of(providers(*map(str, range(5_000)))).providers) == 40


def test_only_a_web_address_becomes_a_link() -> None:
    from rich.color import ColorSystem
    from rich.style import Style

    for address in ("javascript:alert(1)", "file:///etc/passwd", "https://x\x1b\\\x1b]0;o\x07", "https://x y", ""):
        assert len(pen_of(Style(link=address), ColorSystem.TRUECOLOR)) == 3
    linked = pen_of(Style(link="https://id.example/a?b=c"), ColorSystem.TRUECOLOR)
    assert change(PLAIN, linked) == "\x1b]8;id=1;https://id.example/a?b=c\x1b\\"
    assert change(linked, PLAIN) == "\x1b]8;;\x1b\\"


async def test_hostile_names_are_safe_on_the_sign_in_screen(server: FaultServer) -> None:
    server.on(METHODS, answer(200, providers(*(CORPUS[name] for name in WORST))))
    async with at_console(server.url, "user", size=NARROW) as person:
        await person.until(lambda: any(each.methods for each in person.app.screen.query(MethodPicker)))
        while not person.app.screen.query_one(MethodPicker).has_focus:
            await person.press("tab")
        for _ in WORST:
            await person.press("right")
            assert all(line.isprintable() for line in person.screen.splitlines())
            assert max(map(len, person.screen.splitlines())) <= 80
        assert person.app.clipboard == ""


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "https://x@evil.example/", "\x1b]0;o\x07"]
)
async def test_a_hostile_address_is_not_shown(server: FaultServer, address: str) -> None:
    server.on(METHODS, offer(address, title="Lab SSO"))
    server.on(STREAM, stream())
    async with at_console(server.url, "user", size=NARROW) as person:
        await person.sees("Lab SSO")
        while not person.app.screen.query_one(MethodPicker).has_focus:
            await person.press("tab")
        await person.press("enter")
        await person.sees("Nothing was opened", "esc back")
        assert isinstance(person.app.screen, ProviderScreen)
        assert address not in person.screen


async def test_a_forged_state_is_rejected_by_the_console(server: FaultServer) -> None:
    server.on(METHODS, offer())
    server.on(STREAM, stream({"state": "theirs", "code": "c"}))
    async with at_console(server.url, "user", size=NARROW) as person:
        await person.sees("Lab SSO")
        while not person.app.screen.query_one(MethodPicker).has_focus:
            await person.press("tab")
        await person.press("enter")
        await person.sees("The answer belongs to another sign-in", "r try again")
        assert person.app.connection is None
    assert not [got for got in server.got if got.path.endswith("auth-with-oauth2")]


@pytest.mark.parametrize(
    ("event", "exchange", "said"),
    [
        ({"state": "theirs", "code": "c"}, answer(200, {}), "another sign-in"),
        ({"state": "ours", "code": "c"}, answer(200, {"record": {}}), "contains no session"),
        ({"state": "ours", "code": "c"}, answer(307, headers={"location": "http://evil.example/"}), "redirects"),
        ({"state": "ours", "error": "\x1b[2J\u202edenied"}, answer(200, {}), "rejected the sign-in"),
    ],
)
def test_the_command_explains_a_hostile_provider(server: FaultServer, event: Any, exchange: Any, said: str) -> None:
    server.on("GET /api/health", answer(200, {"code": 200, "message": "", "data": {}}))
    server.on(METHODS, offer())
    server.on(STREAM, stream(event))
    server.on(EXCHANGE, exchange)
    answered = Command({})("login", "--provider", "oidc", "--url", server.url)
    assert answered.code != 0
    assert said in answered.err
    assert "\x1b" not in answered.out + answered.err
    assert len(answered.out.splitlines()) == 1
