"""The window of known rows in a long list, compared with the list: arrivals, deletions, pages in any order,
evictions.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_tui.live import row_window
from qpi_tui.live.row_window import Page, RowWindow

LIMIT = 5


@pytest.fixture(autouse=True, scope="module")
def _both_ends() -> Iterator[None]:
    """Read the far half of short lists from their other end, too."""
    deep, row_window.DEEP = row_window.DEEP, 0
    yield
    row_window.DEEP = deep


class Server:
    """A list of ids, oldest first."""

    def __init__(self, count: int) -> None:
        self.ids = [f"r{number}" for number in range(count)]
        self.made = count

    def arrive(self) -> str:
        self.ids.append(f"r{self.made}")
        self.made += 1
        return self.ids[-1]

    def page(self, page: Page) -> list[str]:
        rows = self.ids if page.oldest_first else self.ids[::-1]
        return rows[page.offset : page.offset + page.limit]


def newer_than(gone: str) -> object:
    return lambda id: int(id[1:]) > int(gone[1:])


def check(window: RowWindow) -> None:
    """Check that each row occurs once and within the list."""
    assert len(set(window.ids.values())) == len(window.ids)
    assert all(window.place_of(id) == place for place, id in window.ids.items())
    assert all(window.low <= place <= window.high for place in window.ids)
    # The order of arrival is kept, whatever was missed.
    numbers = [int(window.ids[place][1:]) for place in sorted(window.ids)]
    assert numbers == sorted(numbers)


def shown(window: RowWindow, first: int, last: int) -> list[str | None]:
    return [window.ids.get(window.high - position) for position in range(first, min(last + 1, window.total))]


def read(window: RowWindow, server: Server, page: Page) -> None:
    window.place(window.begin(page), server.page(page))


def settle(window: RowWindow, server: Server, first: int, last: int) -> None:
    """Read the newest page and the count, then the missing visible rows."""
    read(window, server, Page(0, LIMIT))
    window.counted(len(server.ids))
    for _ in range(60):
        page = window.missing(first, last, LIMIT)
        if page is None:
            return
        read(window, server, page)
    raise AssertionError("it does not come to an end")


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["arrive", "remove", "page", "late page", "evict"]), st.integers(0, 10_000)), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(count=st.integers(0, 60), actions=ACTIONS, first=st.integers(0, 70))
def test_with_all_events_every_row_keeps_its_position(count: int, actions: list[tuple[str, int]], first: int) -> None:
    """If every arrival and deletion is reported, a known row is never shown in another position."""
    server, window = Server(count), RowWindow()
    read(window, server, Page(0, LIMIT))
    window.counted(count)
    for action, number in actions:
        if action == "arrive":
            window.arrive(server.arrive())
        elif action == "remove" and server.ids:
            gone = server.ids.pop(number % len(server.ids))
            window.remove(gone, newer_than(gone))
        elif action == "page" and server.ids:
            read(window, server, window.page_at(number % len(server.ids), LIMIT))
        elif action == "late page" and server.ids:
            # It was read before something arrived.
            asked = window.begin(window.page_at(number % len(server.ids), LIMIT))
            answer = server.page(asked.page)
            window.arrive(server.arrive())
            window.place(asked, answer)
        elif action == "evict":
            window.evict(number % 70, number % 70 + 3, 8)
        check(window)
        assert window.total == len(server.ids)
        known = shown(window, 0, window.total)
        for position, id in enumerate(known):
            assert id in (None, server.ids[-1 - position])
    settle(window, server, first, first + 7)
    assert shown(window, first, first + 7) == server.ids[::-1][first : first + 8]


@settings(max_examples=300, deadline=None)
@given(count=st.integers(0, 60), actions=ACTIONS, first=st.integers(0, 70), told=st.randoms(use_true_random=False))
def test_without_events_reading_restores_the_correct_rows(
    count: int, actions: list[tuple[str, int]], first: int, told: object
) -> None:
    """With unreported arrivals and deletions and pages in any order, the order is kept, and reading makes the rows
    correct.
    """
    server, window = Server(count), RowWindow()
    read(window, server, Page(0, LIMIT))
    for action, number in actions:
        heard = number % 3 > 0
        if action == "arrive":
            new = server.arrive()
            if heard:
                window.arrive(new)
        elif action == "remove" and server.ids:
            gone = server.ids.pop(number % len(server.ids))
            if heard:
                window.remove(gone, newer_than(gone))
        elif action in ("page", "late page"):
            page = Page(number % 70 // LIMIT * LIMIT, LIMIT, oldest_first=window.exact and number % 2 == 1)
            read(window, server, page)
        elif action == "evict":
            window.evict(number % 70, number % 70 + 3, 8)
    # Once the stream is back, what is known is stale.
    window.mark_stale()
    settle(window, server, first, first + 7)
    assert shown(window, first, first + 7) == server.ids[::-1][first : first + 8]


def test_the_deletion_of_a_row_that_nobody_heard_of_moves_nothing() -> None:
    server, window = Server(1), RowWindow()
    read(window, server, Page(0, LIMIT))
    # Its arrival was missed, its deletion was not.
    window.remove("r1", newer_than("r1"))
    assert (window.total, window.ids) == (1, {window.high: "r0"})
    window.arrive("r2")
    check(window)
    assert shown(window, 0, 1) == ["r2", "r0"]
    window.remove("r0", newer_than("r0"))
    assert shown(window, 0, 1) == ["r2"]


def test_arrivals_shift_no_known_row_and_shifted_pages_overlap() -> None:
    server, window = Server(40), RowWindow()
    read(window, server, Page(0, LIMIT))
    assert (window.total, window.exact) == (10, False), "a page more is guessed"
    window.counted(40)
    place = window.place_of("r39")
    for _ in range(3):
        server.arrive()  # without an event
    read(window, server, Page(5, LIMIT))
    assert window.place_of("r39") == place
    assert [window.place_of(f"r{number}") for number in range(33, 38)] == [place - 6 + n for n in range(5)]
    assert window.total == 43


def test_the_far_half_is_read_from_the_oldest_row() -> None:
    window = RowWindow()
    window.place(window.begin(Page(0, 200)), [f"r{n}" for n in range(999_999, 999_799, -1)])
    window.counted(1_000_000)
    assert window.missing(0, 100) is None
    assert window.missing(199, 230) == Page(200, 200)
    assert window.missing(999_990, 999_999) == Page(0, 200, oldest_first=True)
    assert window.missing(700_000, 700_001) == Page(299_800, 200, oldest_first=True)


def test_distant_rows_are_evicted_but_not_the_newest_page_or_pinned_rows() -> None:
    server, window = Server(3000), RowWindow()
    window.place(window.begin(Page(0, 200)), server.page(Page(0, 200)))
    window.counted(3000)
    for offset in range(200, 2000, 200):
        window.place(window.begin(Page(offset, 200)), server.page(Page(offset, 200)))
    gone = window.evict(1800, 1840, 1000, pinned=["r2500"])
    assert len(window) <= 1000
    assert len(gone) == 2000 - len(window)
    assert window.place_of("r2999") is not None
    assert window.place_of("r2500") is not None
    assert window.missing(1600, 1999) is None
