"""Keys and pastes as terminals send them: typed ahead, held or pasted keys confirm nothing, and no text is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.widgets import pasting
from tests.conftest import record, wait_for
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import READ, Terminal

START, END = "\x1b[200~", "\x1b[201~"


@pytest.fixture
def request_of(lab_http: httpx.Client) -> dict[str, Any]:
    """Return the only pending request."""
    requests = "/api/collections/qpu_time_requests/records"
    for each in lab_http.get(requests, params={"filter": "status='pending'", "perPage": 500}).json()["items"]:
        lab_http.delete(f"{requests}/{each['id']}").raise_for_status()
    who = lab_http.get("/api/collections/users/records").json()["items"][0]["id"]
    body = {"user": who, "seconds": 600, "status": "pending", "requested_reason": "for the test of hands"}
    return dict(lab_http.post(requests, json=body).raise_for_status().json())


def at(lab: Sandbox, home: Path, screen: str, **more: Any) -> Terminal:
    terminal = open_console(lab.url, lab.admin, home, "--screen", screen, size=(100, 30), **more)
    terminal.wait_for("● live")
    terminal.settle()
    return terminal


def status(http: httpx.Client, request: dict[str, Any]) -> str:
    return str(record(http, "qpu_time_requests", request["id"])["status"])


@pytest.mark.parametrize("typed", ["a\r", "a\r\r\r", "ay\r", "a\t\r", "approve\rthis\rnow\r", "*a\r\t\r"])
def test_keys_sent_together_with_the_key_that_asks_do_not_confirm(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path, request_of: dict[str, Any], typed: str
) -> None:
    with at(lab, tmp_path, "requests") as terminal:
        terminal.wait_for("for the test of hands")
        terminal.send(typed)
        terminal.settle(0.3)
        assert status(lab_http, request_of) == "pending"
        assert terminal.process.poll() is None


def test_text_over_a_dialog_does_not_confirm_and_enter_does(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path, request_of: dict[str, Any]
) -> None:
    with at(lab, tmp_path, "requests") as terminal:
        terminal.press("a")
        terminal.wait_for("Approve this request?")
        # Long since read; the text is meant for another window.
        terminal.settle()
        terminal.pump_for(READ)
        for text in ("yes, do approve\r", "\r\n", f"{START}yes\r{END}", " ", "y", "Y\r"):
            terminal.send(text)
            terminal.pump_for(0.05)
        # Enter held down: it repeats, and never counts.
        for _ in range(30):
            terminal.send("\r")
            terminal.pump_for(0.03)
        terminal.settle()
        assert status(lab_http, request_of) == "pending"
        assert "Approve this request?" in terminal.text
        terminal.confirm()
        terminal.wait_for("10 min credited")
    assert status(lab_http, request_of) == "approved"


MEETING = ("regardi", "ng the mee", "t", "ing", "\r", "of th", "is afternoon", "\r")


def test_a_paste_without_a_field_is_dropped_completely_with_a_notice(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path, request_of: dict[str, Any]
) -> None:
    whole = "".join(MEETING)
    dropped = f"Pasted text dropped ({len(whole)} characters): no text field here."
    with at(lab, tmp_path, "requests") as terminal:
        terminal.wait_for("for the test of hands")
        for text in (f"{START}{whole}{END}", whole):
            terminal.send(text)
            terminal.settle()
            terminal.wait_for(dropped)
            # Not even the dialog opens whose key is the first character.
            assert "Reject this request?" not in terminal.text
            terminal.pump_for(READ)
            terminal.press("?")
            terminal.wait_for("Keys of Requests")
            terminal.press("escape")
            terminal.wait_for(lambda: "Keys of Requests" not in terminal.text)
        # Over a dialog as well.
        terminal.press("a")
        terminal.wait_for("Approve this request?")
        terminal.settle()
        terminal.pump_for(READ)
        terminal.send(whole)
        terminal.wait_for(dropped)
        assert "Approve this request?" in terminal.text
        terminal.press("escape")
        terminal.wait_for(lambda: "Approve this request?" not in terminal.text)
        # As on a slow line: the first piece opens the form, and the second is recognized as a paste.
        terminal.pump_for(READ)
        for piece in MEETING:
            terminal.send(piece)
            terminal.pump_for(0.1)
        terminal.wait_for(": the dialog opened during")
        assert "Reject this request?" in terminal.text
        terminal.press("escape")
        terminal.pump_for(READ)
        # Keys typed before the field that their first key opens are in it.
        terminal.send("/for the test of hands")
        terminal.wait_for(lambda: "for the test of hands" in terminal.lines[2])
        assert status(lab_http, request_of) == "pending"


def test_deleting_needs_tab_and_enter(lab: Sandbox, lab_http: httpx.Client, tmp_path: Path) -> None:
    body = {"title": "To be deleted", "description": "soon"}
    id = lab_http.post("/api/collections/notifications/records", json=body).raise_for_status().json()["id"]
    with at(lab, tmp_path, "announcements") as terminal:
        terminal.press("/", "To be deleted", "enter")
        terminal.settle()
        terminal.press("X")
        terminal.wait_for("Delete this announcement?")
        terminal.confirm()
        terminal.wait_for(lambda: "Delete this announcement?" not in terminal.text)
        assert record(lab_http, "notifications", id)["title"] == "To be deleted"
        terminal.press("X")
        terminal.wait_for("Delete this announcement?")
        terminal.settle()
        terminal.pump_for(READ)
        # A pasted table contains these.
        terminal.send("\t\r")
        terminal.settle(0.3)
        assert record(lab_http, "notifications", id)["title"] == "To be deleted"
        terminal.press("escape", "X")
        terminal.wait_for("Delete this announcement?")
        terminal.confirm("tab", "enter")
        gone = f"/api/collections/notifications/records/{id}"
        wait_for(lambda: terminal.pump(0) or lab_http.get(gone).status_code == 404, "it to be deleted")


@pytest.mark.parametrize("then", ["2", "\x1b", "j", "\t"])
def test_esc_and_a_key_in_one_packet_are_two_keys(lab: Sandbox, tmp_path: Path, then: str) -> None:
    with at(lab, tmp_path, "qpus") as terminal:
        terminal.press("?")
        terminal.wait_for("Keys of QPUs")
        terminal.send(f"\x1b{then}")
        terminal.wait_for(lambda: "Keys of QPUs" not in terminal.text)
        if then in "2\t":
            terminal.wait_for("pending" if then == "2" else "Circ×shots")
        terminal.settle()
        assert "™" not in terminal.text


def test_a_bracketed_paste_without_a_field_is_dropped_with_a_notice(lab: Sandbox, tmp_path: Path) -> None:
    with at(lab, tmp_path, "qpus") as terminal:
        terminal.send(f"{START}nqS3\rday\r{END}")
        terminal.wait_for("Pasted text dropped (9 characters)")
        terminal.settle()
        assert terminal.process.poll() is None
        assert "Register a QPU" not in terminal.text


@pytest.mark.parametrize("brackets", [True, False])
def test_lines_pasted_into_a_single_line_field_are_joined_and_not_sent(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path, brackets: bool
) -> None:
    def named() -> list[str]:
        return [each["name"] for each in lab_http.get("/api/collections/qpus/records").json()["items"]]

    before = named()
    with at(lab, tmp_path, "qpus") as terminal:
        terminal.press("n")
        terminal.wait_for("Register a QPU")
        terminal.settle()
        terminal.pump_for(READ)
        text = "cold one\rin the cellar\r5\r"
        terminal.send(f"{START}{text}{END}" if brackets else text)
        terminal.wait_for("cold one in the cellar 5")
        terminal.wait_for(pasting.JOINED)
        terminal.settle()
        assert named() == before
        assert "Register a QPU" in terminal.text


def test_five_kilobytes_pasted_over_a_slow_line_arrive_completely(
    lab: Sandbox, tmp_path: Path, request_of: dict[str, Any]
) -> None:
    """In packets of a modem's size, split anywhere, with a pause after an ESC of the end marker."""
    words = " ".join(f"word{number:04}" for number in range(560))
    with at(lab, tmp_path, "requests", drain=8_000, env={"QPI_SLOW": "1"}) as terminal:
        terminal.wait_for("for the test of hands")
        terminal.press("r")
        terminal.wait_for("Reject this request?")
        terminal.settle()
        whole = f"{START}{words}{END}"
        assert len(words) > 5000
        cuts = [*range(0, len(whole) - 6, 97), len(whole) - 5]
        for start, end in zip(cuts, [*cuts[1:], len(whole)], strict=True):
            terminal.send(whole[start:end])
            terminal.pump_for(0.15 if end > len(whole) - 6 else 0.005)
        terminal.wait_for(f"The reason has {len(words):,} characters", 30)
        terminal.wait_for("word0559", 30)


@pytest.mark.parametrize(
    ("letter", "opens"), [("т", "Register a QPU"), ("ν", "Register a QPU"), ("מ", "Register a QPU")]
)
def test_a_letter_of_another_layout_acts_as_its_physical_key(
    lab: Sandbox, tmp_path: Path, letter: str, opens: str
) -> None:
    with at(lab, tmp_path, "qpus") as terminal:
        terminal.send(letter)
        terminal.wait_for(opens)


def test_a_letter_without_a_command_shows_a_hint(lab: Sandbox, tmp_path: Path) -> None:
    with at(lab, tmp_path, "qpus") as terminal:
        terminal.send("é")
        terminal.wait_for("é is not a command")
        terminal.press("/")
        terminal.settle()
        terminal.send("éфя")
        terminal.wait_for("éфя")
