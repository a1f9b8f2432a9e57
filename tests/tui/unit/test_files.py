"""Files for other programs: CSV that no separator turns into a formula, calendars with unchanged names."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui.cli.output import as_csv_rows
from qpi_tui.files.calendar import week_ics
from qpi_tui.files.export import csv_lines
from qpi_tui.rows.slot_booking import holder

RUNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CELLS = st.text(st.sampled_from("a=+-@;|\t, '\"1＝\n"), max_size=12)


def runs(text: str) -> list[str]:
    """Return the cells that a spreadsheet would execute, whichever separator it assumes."""
    found = []
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            found += [cell for cell in row if cell.lstrip(" \u00a0\"'").startswith(RUNS) and not cell.startswith("'")]
    return [cell for cell in found if not cell.lstrip(' \u00a0"').startswith("'")]


@pytest.mark.parametrize("cell", ["a;=1+1", "a|=1+1", "a;  =1", 'a;"=1', "=1;2", "x\t=1", "a;＝1", " =1"])
def test_no_separator_turns_a_cell_into_a_formula(cell: str) -> None:
    text = "".join(csv_lines(["id", "name"], [["id1", cell]]))
    assert runs(text) == []
    assert runs(as_csv_rows(["id", "name"], [["id1", cell]])) == []


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_no_cell_content_becomes_a_formula(cells: list[str]) -> None:
    assert runs("".join(csv_lines(["id"], [["id1", *cells]]))) == []


def test_a_calendar_keeps_the_joiners_of_a_name() -> None:
    name = "می\u200cخواهم 👩\u200d🔬 क्\u200dष"
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    slot = {
        "id": "s", "start": start, "end": start + timedelta(hours=1), "own": False,
        "who": holder({"expand": {"booked_by": {"name": name}}}),
    }  # fmt: skip
    text = week_ics([slot], stamp=start).replace("\r\n ", "")
    assert f"SUMMARY:QPU slot: {name}\r\n" in text
    # A character that is not a joiner is marked as always.
    assert "\u202e" not in week_ics([{**slot, "who": "a\u202eb"}], stamp=start)
