"""Pages in table order while others insert and delete: each record once, and none skipped that still exists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_client.page_order import ArrivalOrder, RouteOrder

# Changes to the table between two pages: the number of inserts, and the deletions by relative position.
MEANWHILE = st.lists(
    st.tuples(st.integers(0, 60), st.lists(st.floats(0, 1, exclude_max=True), max_size=40)), max_size=40
)


class Table:
    """Rows that are inserted at one end and deleted anywhere."""

    def __init__(self, size: int, back: bool) -> None:
        self.rows = list(range(size))
        self.back = back
        self.first = self.next = size
        self.gone: set[int] = set()

    def page(self, begin: int, size: int) -> list[dict[str, Any]]:
        rows = self.rows[::-1] if self.back else self.rows
        return [{"id": str(row)} for row in rows[begin : begin + size]]

    def change(self, inserted: int, shares: list[float]) -> None:
        for share in shares:
            if self.rows:
                self.gone.add(self.rows.pop(int(share * len(self.rows))))
        self.rows += range(self.next, self.next + inserted)
        self.next += inserted


def read(order: ArrivalOrder, table: Table, meanwhile: list[tuple[int, list[float]]]) -> list[int]:
    found: list[int] = []
    steps = iter(meanwhile)
    for _ in range(3_000):
        query = order.query(None)
        begin = query.get("skip", 0) if "limit" in query else (query["page"] - 1) * query["perPage"]
        size = query.get("limit") or query["perPage"]
        items = table.page(begin, size)
        answer = items if "limit" in query else {"items": items, "page": query["page"], "perPage": size}
        found += [int(item["id"]) for item in order.take(items, answer)]
        if order.done:
            return found
        table.change(*next(steps, (0, [])))
    raise AssertionError("it does not end")


@pytest.mark.parametrize("kind", [ArrivalOrder, RouteOrder])
@pytest.mark.parametrize("back", [False, True])
@settings(max_examples=150, deadline=None)
@given(size=st.integers(0, 400), page=st.integers(10, 50), meanwhile=MEANWHILE)
def test_each_record_is_returned_once_and_none_is_lost(
    kind: type[ArrivalOrder], back: bool, size: int, page: int, meanwhile: list[tuple[int, list[float]]]
) -> None:
    table = Table(size, back)
    found = read(kind("-@rowid" if back else "@rowid", page), table, meanwhile)
    assert len(found) == len(set(found))
    assert {row for row in range(size) if row not in table.gone} <= set(found)


@pytest.mark.parametrize("back", [False, True])
def test_records_that_remain_are_returned_in_order(back: bool) -> None:
    table = Table(900, back)
    found = read(ArrivalOrder("-@rowid" if back else "@rowid", 50), table, [(7, [0.1, 0.5, 0.9])] * 30)
    old = [row for row in found if row < 900]
    assert old == sorted(old, reverse=back)
    # Newest first, inserted records do not appear; oldest first, they appear at the end.
    assert back is (max(found) < 900)


@pytest.mark.parametrize("back", [False, True])
def test_deleting_everything_already_read_does_not_skip_the_rest(back: bool) -> None:
    table, order = Table(100, back), ArrivalOrder("-@rowid" if back else "@rowid", 20)
    query = order.query(None)
    first = order.take(table.page(0, query["perPage"]), {"items": []})
    for one in first:
        table.rows.remove(int(one["id"]))
    assert len(read(order, table, [])) == 80


def test_thousands_of_simultaneous_inserts_are_skipped() -> None:
    table = Table(5_000, back=True)
    assert read(ArrivalOrder("-@rowid", 1000), table, [(0, []), (30_000, [])]) == list(range(4_999, -1, -1))


def test_memory_does_not_grow_with_the_table() -> None:
    table, order = Table(40_000, back=True), ArrivalOrder("-@rowid", 200)
    assert len(read(order, table, [])) == 40_000
    assert len(order._known._latest) <= 600
    assert order._known._earlier.itemsize == 8


def test_smaller_pages_from_the_server_are_accepted() -> None:
    table, order, found = Table(700, back=True), ArrivalOrder("-@rowid", 1000), list[int]()
    while not order.done:
        query = order.query(None)
        size = min(query["perPage"], 100)
        items = table.page((query["page"] - 1) * size, size)
        found += [int(one["id"]) for one in order.take(items, {"page": query["page"], "perPage": size})]
    assert found == list(range(699, -1, -1))
