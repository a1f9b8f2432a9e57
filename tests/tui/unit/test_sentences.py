"""Messages are not repeated, and no age reads "now ago"."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qpi_client import errors as e
from qpi_tui.cli import help_texts
from qpi_tui.domain.clock import ago, set_clock, stored
from qpi_tui.live.feed import Health
from qpi_tui.live.header_counts import HeaderCounts
from qpi_tui.live.overview import Lab, needs
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.session.connection import explain, sign_in_failed
from qpi_tui.widgets import header

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (40, "<1 min ago"), (360, "6 min ago"), (10800, "3 h ago"), (-7200, "in 2 h")],
)
def test_a_past_time_is_described(seconds: float, said: str) -> None:
    moment = stored(NOON - timedelta(seconds=seconds))
    assert ago(moment) == said
    driver = DriverRow(id="d", name="d", status="offline", enabled=True, last_seen=moment)
    assert driver.seen_words == f"last seen {said}"
    lines = [need.text for need in needs(Lab(admin=True, drivers=[driver]))]
    assert not [line for line in lines if "now ago" in line or re.search(r"in \d+ h ago", line)]


def test_no_sentence_is_repeated_in_an_error() -> None:
    said = "The session of anna@lab.example is over: sign in again"
    errors: list[Exception] = [
        e.SessionExpired(401, said),
        e.Unauthorized(401, "Sign in again."),
        e.SessionRequired("This needs somebody signed in. Sign in again."),
        e.Forbidden(403, "This account may not do that."),
        e.ServerError(500, "The server has a problem. Try again in a moment."),
        e.TimedOut("The server is slow or unreachable. The console retries."),
    ]
    for error in errors:
        for text in (explain(error), explain(error, doing="Reading"), sign_in_failed(error)):
            sentences = [part.strip(" .").casefold() for part in re.split(r"[.:;]\s", f"{text} ") if part.strip()]
            assert len(sentences) == len(set(sentences)), text
    assert explain(errors[0]).casefold().count("sign in again") == 1


def test_the_page_of_errors_explains_what_the_first_line_shows() -> None:
    explained = [shown for shown, _, _ in help_texts.FIRST_LINE]
    now = time.monotonic()
    shown = [
        header.freshness(Health("offline", now - 5, now - 5, now + 5, e.TimedOut("late")), every=None),
        header.freshness(Health("offline", now - 5, now - 5, now + 5, e.SessionExpired(401, "over")), every=None),
        header.freshness(Health("waiting", None, None, None, None), every=None),
        header.freshness(Health("fresh", now, None, None, None), every=None),
        header.freshness(Health("fresh", now, None, None, None), every=2.0),
        header.warning("http://lab.example.org", timedelta(0)),
        header.warning("https://lab.example.org", timedelta(minutes=5), slow=False),
        header.warning("https://lab.example.org", timedelta(0), slow=True),
        header.not_signed_in(signing_in=False),
        header.who(None, HeaderCounts(), read_only=True, room=80),
    ]
    for parts in shown:
        words = "".join(text for text, _ in parts).split()
        assert any(each.split()[:2] == words[:2] for each in explained), parts
