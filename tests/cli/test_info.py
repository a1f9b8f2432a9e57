"""`info`: what to paste into a report, and what it prints when a part is not installed."""

from __future__ import annotations

import sys

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.cli import VERSION
from qpi_tui.cli.info import colour_depth
from tests.cli.command import Command


def test_info_prints_text_and_json(admin: Command, sandbox: Sandbox) -> None:
    answer = admin.ok("info")
    assert VERSION in answer.out
    assert sandbox.url in answer.out
    told = admin.ok("info", "--json").json
    assert told["server"]["generation"] == "v0.1"
    assert told["server"]["reached"] == "yes"
    assert told["server"]["version"].startswith("v")
    assert told["packages"]["textual"]
    assert {"config", "state", "data", "audit_log", "sessions"} <= told["paths"].keys()
    assert "colours" in told["terminal"]


def test_info_contains_no_secrets(admin: Command) -> None:
    answer = admin.ok("info", "--json")
    assert admin.environment["QPI_PASSWORD"] not in answer.out + answer.err


def test_info_works_without_a_server_or_a_session(nobody: Command) -> None:
    told = nobody.ok("info", "--json").json
    assert told["server"]["reached"] == "yes"
    assert "Not signed in" in told["server"]["signed in"]
    assert Command({}).ok("info", "--json").json["server"] == {"url": "none set"}
    gone = Command({"QPI_URL": "http://127.0.0.1:9"}).ok("info", "--json").json
    assert gone["server"]["reached"].startswith("no")


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm"}, "none (NO_COLOR)"),
        ({"COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "dumb"}, "none"),
    ],
)
def test_the_colour_depth_is_detected_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], depth: str
) -> None:
    for name in ("NO_COLOR", "COLORTERM", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colour_depth() == depth


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_commands_of_a_missing_sandbox_say_how_to_install_it(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    # Without the server's executable …
    answer = Command({"QPI_POCKETBASE": "/nowhere/pocketbase"})(command)
    assert answer.code == 1
    assert "qpi-tui[sandbox]" in answer.err
    # … and without the package that starts it.
    for name in [name for name in sys.modules if name.partition(".")[0] == "qpi_sandbox"]:
        monkeypatch.setitem(sys.modules, name, None)
    answer = Command({})(command)
    assert answer.code == 1
    assert "qpi-tui[sandbox]" in answer.err


def test_info_names_the_sign_in_methods_of_the_role(admin: Command, nobody: Command) -> None:
    assert admin.ok("info", "--json").json["server"]["sign-in methods"] == "password"
    assert nobody.ok("info", "--json").json["server"]["sign-in methods"] == "password"
    with Sandbox(sso=True, mail=True, worker=False) as lab:
        told = Command({"QPI_URL": lab.url}).ok("info", "--json").json["server"]
        assert told["sign-in methods"] == "password, identity provider oidc, one-time code"


def test_info_reports_missing_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from qpi_tui.cli import info

    assert info.missing() == []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("QPI_POCKETBASE", "/nowhere/pocketbase")
    qiskit, sandbox = info.missing()
    assert qiskit == "qiskit: install it with `pip install 'qpi-tui[qiskit]'`"
    assert "'qpi-tui[sandbox]'" in sandbox
