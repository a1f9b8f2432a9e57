"""A list that is updated incrementally equals a rebuilt one: orders, filters, positions."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_tui.domain.columns import Column
from qpi_tui.domain.table_change import difference
from qpi_tui.domain.table_view import RecordView
from qpi_tui.live.job_store import JobStore


class Item(dict[str, Any]):
    """A row. A table needs its `id`, and a text to search if there is one."""

    @property
    def id(self) -> str:
        id: str = self["id"]
        return id

    @property
    def search(self) -> str:
        return str(self.get("search", ""))


COLUMNS = (
    Column("id", "id", 6, lambda record: record["id"]),
    Column("state", "state", 6, lambda record: str(record.get("state"))),
    Column("size", "size", 6, lambda record: str(record.get("size")), sort=lambda record: record.get("size")),
)
SORTS = (None, ("", True), ("state", False), ("state", True), ("size", False), ("size", True))
FILTERS = ("", "a", "ab", "b", "3", "r1 a")


def row(number: int, dice: random.Random, *, prepared: bool) -> Item:
    record = Item(id=f"r{number:03}", state=dice.choice("abc") * dice.randint(1, 2), size=dice.randint(0, 4))
    if dice.random() < 0.1:
        record["size"] = None
    if prepared:
        record["search"] = f"{record['state']}\n{record['size']}"
    return record


def changed(rows: list[Item], dice: random.Random, next_number: int, *, prepared: bool) -> list[Item]:
    """Change some rows, add some at either end, and occasionally remove one or change the order."""
    rows = list(rows)
    for _ in range(dice.randint(0, 4)):
        if rows:
            at = dice.randrange(len(rows))
            rows[at] = row(int(rows[at]["id"][1:]), dice, prepared=prepared)
    new = [row(next_number + n, dice, prepared=prepared) for n in range(dice.randint(0, 3))]
    rows = new + rows if dice.random() < 0.6 else rows + new
    if rows and dice.random() < 0.15:
        del rows[dice.randrange(len(rows))]
    if dice.random() < 0.1:
        dice.shuffle(rows)
    return rows


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), prepared=st.booleans())
def test_an_incremental_update_equals_a_rebuild(seed: int, prepared: bool) -> None:
    dice = random.Random(seed)  # noqa: S311  # dice, no secret
    view = RecordView(COLUMNS)
    rows: list[Item] = []
    predicate = None
    for turn in range(25):
        rows = changed(rows, dice, turn * 10, prepared=prepared)
        view.set_records(rows, distinct=True)
        if dice.random() < 0.3:
            view.set_sort(dice.choice(SORTS))
        if dice.random() < 0.4:
            predicate = dice.choice((None, lambda record: record["size"] != 2))
            words = dice.choice(FILTERS)
            view.set_filter(words, predicate)
        fresh = RecordView(COLUMNS)
        fresh.set_records(rows)
        fresh.set_sort(view.sort)
        fresh.set_filter(" ".join(view._words), view.predicate)
        assert view.shown == fresh.shown
        for at, record in enumerate(view.shown):
            assert view.position(record["id"], dice.randrange(len(rows))) == at
        assert view.hidden({record["id"] for record in rows}) == {r["id"] for r in rows} - {r["id"] for r in view.shown}


def test_removing_or_moving_a_record_is_detected() -> None:
    rows = [Item(id=str(number)) for number in range(5)]
    assert difference(rows, rows[1:]) is None
    assert difference(rows, [rows[1], rows[0], *rows[2:]]) is None
    assert difference(rows, [Item(id="new"), *rows]) == (1, 5, [])
    assert difference(rows, [*rows[:2], Item(id="2"), *rows[3:], Item(id="new")]) == (0, 5, [2])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_jobs_that_arrive_in_any_order_are_listed_once_and_in_order(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # dice, no secret
    store = JobStore()
    newest: dict[str, dict[str, Any]] = {}
    for turn in range(20):
        answer = []
        for _ in range(dice.randint(0, 6)):
            number = dice.randrange(30)
            record = {
                "id": f"job{number:02}", "created": f"2026-11-{dice.choice((number, number, 31)):02}",
                "updated": f"{turn:03}{len(answer):02}", "status": dice.choice(("pending", "running", "failed")),
                "qpu_target": dice.choice("pq"),
            }  # fmt: skip
            answer.append(record)
            newest[record["id"]] = record
        store.merge(answer)
        if dice.random() < 0.2:
            gone = f"job{dice.randrange(30):02}"
            store.drop([gone])
            newest.pop(gone, None)
            # A deleted job stays deleted.
            newest = {id: record for id, record in newest.items() if id not in store._gone}
        newest = {id: record for id, record in newest.items() if id not in store._gone}
        listed = store.listed()
        want = sorted(newest.values(), key=lambda record: (record["created"], record["id"]), reverse=True)
        assert [(one.id, one.created, one.status) for one in listed] == [
            (one["id"], one["created"], one["status"]) for one in want
        ]
        assert +store.statuses == {
            status: count
            for status in ("pending", "running", "failed")
            if (count := sum(one["status"] == status for one in want))
        }
        waiting = [one for one in reversed(listed) if one.status == "pending"]
        assert [store.jobs_ahead[one.id] for one in waiting] == [
            sum(other.qpu_target == one.qpu_target for other in waiting[:at]) for at, one in enumerate(waiting)
        ]
        assert store.oldest_pending() == (waiting[0] if waiting else None)
        assert store.get(listed[0].id) is listed[0] if listed else True
