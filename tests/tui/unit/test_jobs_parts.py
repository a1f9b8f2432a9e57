"""The parts behind the jobs' screens: merging, filters, times, exports, descriptions of circuits; without a server."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qpi_tui.domain import clock
from qpi_tui.domain.circuit_check import EXAMPLE, Question, Reading, read_shots, read_values, remarks, unread
from qpi_tui.domain.clock import stored
from qpi_tui.domain.json_tree import JsonTree
from qpi_tui.files import export
from qpi_tui.live.job_search import condition
from qpi_tui.live.job_store import JobStore
from qpi_tui.resources.jobs import RESOURCE
from qpi_tui.rows.decode import decode, decode_all
from qpi_tui.rows.job_text import life_bar, life_line, meaning
from qpi_tui.rows.job_times import cost, times, waited
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.past_jobs import past_words

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


def job(number: int, status: str = "completed", **more: Any) -> dict[str, Any]:
    """Return a job created `number` seconds after midnight."""
    made = stored(datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=number))
    return {"id": f"job{number:06}", "status": status, "created": made, "updated": made, "qpu_target": "q", **more}


def test_pages_and_changes_in_any_order_give_the_same_list() -> None:
    jobs = [job(number, ("pending", "failed", "completed")[number * 7 % 3]) for number in range(500)]
    pages = [jobs[start : start + 50] for start in range(0, 500, 50)]
    store = JobStore()
    for page in [*pages[5:], *pages[2:5], *pages[1::-1]]:
        store.merge(page)
    changed = {**jobs[10], "status": "cancelled", "updated": stored(NOW)}
    merged = store.merge([changed, job(900)], touch=True)
    assert merged.new == {"job000900"}
    # An older answer that arrives late changes nothing.
    assert not store.merge([jobs[10]]).changed
    listed = store.listed()
    assert [one.id for one in listed] == sorted((one.id for one in listed), reverse=True)
    assert len(listed) == 501
    assert next(one for one in listed if one.id == jobs[10]["id"]).status == "cancelled"
    assert sum(store.statuses.values()) == 501
    assert store.lately_first()[0].id == "job000900"
    waiting = [store.jobs_ahead[one.id] for one in reversed(listed) if one.status == "pending"]
    assert waiting == list(range(len(waiting)))
    store.drop(["job000900"])
    store.merge([job(900)])
    assert len(store) == 500


def test_observed_status_changes_of_a_job_are_kept() -> None:
    store = JobStore()
    first = job(0, "pending")
    store.merge([first])
    store.merge([{**first, "status": "running", "updated": stored(NOW - timedelta(minutes=3))}])
    store.merge([{**first, "status": "pending", "updated": stored(NOW - timedelta(minutes=2))}])
    put_back = store.listed()[0]
    assert times(put_back).put_back == NOW - timedelta(minutes=2)
    assert "put back" in "".join(text for line in life_line(put_back) for text, _ in line)
    store.merge([{**first, "status": "running", "updated": stored(NOW - timedelta(minutes=1))}])
    done = {"status": "completed", "updated": stored(NOW), "finished_at": stored(NOW), "duration": 5.0}
    store.merge([{**first, **done}])
    over = store.listed()[0]
    assert times(over).dispatched == NOW - timedelta(minutes=1)
    assert not times(over).estimated
    assert (waited(over), cost(over)) == (12 * 3600 - 60, 5.0)


@pytest.mark.parametrize("width", [50, 78, 200])
def test_the_timeline_of_a_job_fits_the_width(width: int) -> None:
    record = decode(JobRow, job(0, finished_at=stored(NOW), duration=3.0))
    lines = life_line(record, width)
    assert all(sum(len(text) for text, _ in line) <= width for line in lines)
    assert (len(lines) == 1) == (width == 200)


@pytest.mark.parametrize("width", [58, 76, 116, 196])
@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed", "cancelled"])
def test_the_timeline_of_a_job_is_drawn_to_scale(width: int, status: str) -> None:
    begin = NOW - timedelta(minutes=10)
    dates = {"created": stored(begin), "updated": stored(NOW - timedelta(minutes=9)), "duration": 480.0}
    over = {"finished_at": stored(NOW)} if status in ("completed", "failed") else {"duration": 0}
    record = decode(JobRow, {**job(0, status), **dates, **over})
    lines = ["".join(text for text, _ in line) for line in life_bar(record, width)]
    if not lines:
        assert width == 58, "only where there is no room"
        return
    head, drawn = lines
    assert [len(head), len(drawn)] == [width, width]
    assert head.startswith("● submitted Mon 23 Nov")
    assert "…" not in head
    if status == "completed":
        assert head.endswith(f"✓ finished {NOW:%H:%M:%S}")
        assert "waited 2 min" in drawn
        assert "ran 8 min" in drawn
        waits, runs = drawn.count("░"), drawn.count("█")
        assert runs > waits if width > 80 else runs
        assert "▶ dispatched ~11:52:00" in head
    if status in ("pending", "running"):
        assert ("█" in drawn) == (status == "running")
        assert drawn.endswith("█" if status == "running" else "░"), "it goes on"


def test_filters_explain_mistakes_and_their_meaning() -> None:
    parse = RESOURCE.language.parse
    found = parse("bell status:failed,done qpu:Q since:2026-11-23")
    assert (found.words, found.mistake) == ("bell", None)
    assert found.says == ("status completed,failed", "qpu Q", "since 2026-11-23")
    assert found.test is not None
    assert found.test(decode(JobRow, job(5)))
    assert not found.test(decode(JobRow, job(5, "pending")))
    assert not found.test(decode(JobRow, {**job(5), "created": "2026"}))
    for typed, said in (("status:x", "Unknown status 'x'. Use pending"), ("since:soon", "is not a time")):
        mistake = parse(typed).mistake
        assert mistake is not None
        assert said in mistake.sentence
    assert parse("http://x:1").words == "http://x:1"


def test_filters_are_translated_for_the_server_without_excluding_a_match() -> None:
    parse = RESOURCE.language.parse
    for typed, asked in (
        ("bell", ""),
        ("status:waiting,done", '(status = "completed" || status = "pending")'),
        ('user:mira -qpu:a qpu:"b c"',
         '(user_id ~ "mira" || user_id.email ~ "mira" || user_id.name ~ "mira")'
         ' && (qpu_target ~ "b c" || qpu_target.name ~ "b c")'),
        ("until:2026-11-02", 'created < "2026-11-02 00:00:00.000Z"'),
        ("took:>2m cost:<1s", '(duration > 120.0 || status = "running")'),
        ("user:5% status:failed", '(status = "failed")'),
        ("!status:failed /x/ ~y", ""),
    ):  # fmt: skip
        assert condition(parse(typed)) == asked
    chosen = parse("status:failed since:2026-11-01").with_other(parse("since:2026-11-03 bell"))
    assert chosen.since is not None
    assert (chosen.words, stored(chosen.since)[:10]) == ("bell", "2026-11-03")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1"])
def test_no_cell_is_executed_by_a_spreadsheet(text: str) -> None:
    line = "".join(export.csv_lines(("a",), [[text]]))
    assert list(csv.reader(line.splitlines()))[1][0].startswith("'")


async def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    await export.write(path, ["one"])
    with pytest.raises(FileExistsError):
        await export.write(path, ["two"])
    with pytest.raises(ValueError, match="exists already"):
        export.target(str(path))
    with pytest.raises(ValueError, match="No such folder"):
        export.target(str(tmp_path / "no" / "a.csv"))
    assert path.read_text() == "one"


def test_a_circuit_is_described() -> None:
    bell = Reading([{"circuit": EXAMPLE}], 2, (2,), checked=True)
    assert bell.words == "2 qubits, 2 bits"
    assert remarks(bell, level=2) == []
    wide = Reading([], 20, (7, 8), checked=True)
    assert remarks(wide, level=2) == ["15 bits: servers keep all 2^15 outcomes, or fail to"]
    assert read_shots("1,024") == 1024
    first, second = read_values("1 pi/2; 0.5, -pi")
    assert (first, second) == ([1, pytest.approx(1.57079633)], pytest.approx([0.5, -3.14159265]))
    assert read_values("θ=1, x[10] = pi; θ=2 x[10]=0") == [
        {"θ": 1, "x[10]": pytest.approx(3.14159265)},
        {"θ": 2, "x[10]": 0},
    ]
    for typed, said in (("a=1 2", "'2' has no name"), ("a=1 a=2", "a has two values"), ("a=b", "'b' is not a number")):
        with pytest.raises(ValueError, match=said):
            read_values(typed)


def test_an_unparsable_circuit_is_sent_with_a_note() -> None:
    question = Question("// mine\nqubit q;", values=[{"b": 2, "x[10]": 3, "x[2]": 4}])
    reading = unread(question, "Qiskit is not installed")
    assert reading.circuits == [{"circuit": "OPENQASM 3.0; // mine\nqubit q;", "parameter_values": [[3, 4, 2]]}], (
        "in the order of the names in the text"
    )
    assert (reading.remarks, reading.checked) == (("The circuit was not checked: Qiskit is not installed",), False)
    assert "give the values by name" in unread(Question("qubit q;", values=[[1.0]]), "Qiskit is not installed").refused
    assert "control characters" in unread(Question("qubit q;\x07"), "no Qiskit").refused


def test_past_jobs_and_errors_are_described() -> None:
    jobs = [{**job(n), "shots": 1000, "circuits": 1, "duration": 2.0, "finished_at": stored(NOW)} for n in range(3)]
    assert past_words(decode_all(JobRow, jobs), qpu="q", circuits=1, shots=1200).startswith(
        "the last 3 of about that size took 2 s"
    )
    assert "level 0" in meaning("NotImplementedError: job execution failed")


def test_json_of_any_size_opens_at_once_and_is_searched() -> None:
    tree = JsonTree({"memory": list(range(100_000)), "a": {"b": ["needle"]}})
    assert len(tree.lines) == 3
    tree.toggle(tree.lines[1])
    assert len(tree.lines) == 1004
    assert tree.lines[-2].text == "… 99,000 more"
    (path,) = tree.find("NEEDLE")
    assert path == ("a", "b", 0)
    row = tree.reveal(path)
    assert tree.lines[row].text == '"needle"'
    row = tree.reveal(("memory", 5000))
    assert tree.lines[row].text == "5000"
