"""Results of the drivers are parsed into counts, IQ points or an error message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_client.circuit_note import CircuitNote, read_note, write_note
from qpi_client.results import NO_OUTCOMES, NOT_UNDERSTOOD, parse_results

RECORDED = [
    Path(__file__).resolve().parents[1] / "contract" / "data",
    Path(__file__).resolve().parents[3] / "shared" / "contract",
]
BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


def recorded(generation: str) -> list[dict]:
    for folder in RECORDED:
        path = folder / generation / "12-job-results.json"
        if path.exists():
            return json.loads(path.read_text())
    pytest.skip("the recordings are not here")


def record_of(exchange: dict) -> dict:
    return exchange["GET /api/collections/quantum_jobs/records/{id}"]


@pytest.mark.parametrize("generation", ["v0.0", "v0.1"])
def test_every_recorded_job_is_parsed_as_recorded(generation: str) -> None:
    seen = set()
    for exchange in recorded(generation):
        record, note = record_of(exchange), exchange["note"].split(": ", 1)[1]
        results = parse_results(record)
        seen.add(note)
        if record["status"] == "failed":
            assert results.error == record["results"]["error"]
            assert not results.entries
            continue
        assert results.error is None
        if note == "no measurement":
            assert [entry.error for entry in results] == [NO_OUTCOMES]
            continue
        circuits = record["payload"]["circuits"]
        sets = [row for circuit in circuits for row in circuit.get("parameter_values", [None])]
        assert len(results) == len(sets)
        for entry in results:
            assert entry.error is None
            if record["payload"]["meas_level"] == 1:
                assert entry.counts is None
                assert entry.averaged == (record["payload"]["meas_return"] == "avg")
            else:
                assert sum(entry.counts.values()) == entry.shots
                assert 0 not in entry.counts.values()
                assert {len(bits) for bits in entry.counts} == {entry.width}
    assert {"bell, counts", "two parameter sets", "meas_level 1, avg", "no measurement"} <= seen


@pytest.mark.parametrize("generation", ["v0.0", "v0.1"])
def test_a_result_equal_to_the_payload_is_an_echo(generation: str) -> None:
    for exchange in recorded(generation):
        results = parse_results(exchange["GET /api/jobs/{id}"])
        assert results.echo
        assert not results.entries


def test_iq_points_are_complex_by_shot_and_qubit() -> None:
    payload = {"circuits": [{"circuit": BELL}], "meas_level": 1, "meas_return": "single"}
    (entry,) = parse_results({"memory": [[[0.5, 1], [2, 3]], [[4, 5], [6, 7]]], "shots": 2}, payload)
    assert entry.memory == [[0.5 + 1j, 2 + 3j], [4 + 5j, 6 + 7j]]
    assert not entry.averaged
    payload["meas_return"] = "avg"
    (entry,) = parse_results({"memory": [[[0.5, 1], [2, 3]]], "shots": 2}, payload)
    assert entry.memory == [0.5 + 1j, 2 + 3j]
    assert entry.averaged


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"00": 3, "01": 0, "11": 4}, {"00": 3, "11": 4}),
        ({"0x0": 3, "0x3": 4}, {"00": 3, "11": 4}),
        ({0: 3, 3: 4}, {"00": 3, "11": 4}),
        ({"0": 3, "3": 4}, {"00": 3, "11": 4}),
        ({"0b0": 3, "0b11": 4}, {"00": 3, "11": 4}),
        ({"0 0": 3, "1 1": 4.0}, {"00": 3, "11": 4}),
    ],
)
def test_keys_of_every_kind_become_bitstrings_of_the_full_width(counts: dict, expected: dict) -> None:
    (entry,) = parse_results({"counts": counts}, {"circuits": [{"circuit": BELL}]})
    assert entry.counts == expected
    assert entry.shots == 7


def test_hex_counts_without_a_prefix_are_parsed_as_hex() -> None:
    (entry,) = parse_results({"hex_counts": {"10": 1, "1f": 2}})
    assert entry.counts == {"10000": 1, "11111": 2}


def test_registers_come_from_the_metadata_then_the_text_then_the_spaces() -> None:
    note = CircuitNote("pair", (("a", 2), ("b", 3)), 5)
    (entry,) = parse_results({"counts": {"00110": 9}}, {"circuits": [{"circuit": write_note(BELL, note)}]})
    assert (entry.name, entry.spaced("00110")) == ("pair", "001 10")
    assert entry.split("00110") == [("a", "10"), ("b", "001")]
    assert entry.register_counts() == {"a": {"10": 9}, "b": {"001": 9}}
    qasm2 = "OPENQASM 2.0;\n// creg no[9];\nqreg q[5];creg a[2]; creg b[3];\nmeasure q[0] -> a[0];"
    (entry,) = parse_results({"counts": {"110": 9}}, {"circuits": [{"circuit": qasm2}]})
    assert entry.registers == (("a", 2), ("b", 3))
    assert entry.counts == {"00110": 9}
    (entry,) = parse_results({"counts": {"001 10": 9}})
    assert entry.spaced("00110") == "001 10"


def test_register_metadata_survives_any_name_and_never_looks_like_a_version_line() -> None:
    for name in ['OPENQASM 2.0;"\n// qpi:{}', "φ \u2028 \x1b[2J", ""]:
        text = write_note(BELL, CircuitNote(name, (("c", 2),), 3))
        assert text.count("OPENQASM") == 1
        assert len(text.splitlines()) == len(BELL.splitlines()) + 1
        assert read_note(text) == CircuitNote(name, (("c", 2),), 3)


@pytest.mark.parametrize(
    "note", ["{", "[]", '{"creg_sizes": 7}', '{"creg_sizes": [["c", -1]]}', '{"creg_sizes": [["c", 1e9]]}']
)
def test_corrupt_register_metadata_does_not_hide_the_counts(note: str) -> None:
    (entry,) = parse_results({"counts": {"01": 5}}, {"circuits": [{"circuit": f"{BELL}// qpi:{note}"}]})
    assert entry.counts == {"01": 5}


def test_a_failed_entry_does_not_hide_the_others() -> None:
    results = parse_results({"circuit_results": [{"counts": {"1": 2}}, {"error": "boom"}, None, {"counts": 7}]})
    assert [entry.error for entry in results] == [None, "boom", NOT_UNDERSTOOD, NOT_UNDERSTOOD]
    assert results.entries[0].counts == {"1": 2}
    assert results.entries[3].raw == {"counts": 7}


@pytest.mark.parametrize("results", ['{"counts": {"1": 4}}', [{"counts": {"1": 4}}], {"counts": {"1": 4}}])
def test_results_may_be_text_a_list_or_one_entry(results: object) -> None:
    (entry,) = parse_results({"status": "completed", "results": results})
    assert entry.counts == {"1": 4}


def test_error_texts_of_failed_jobs_are_kept() -> None:
    assert parse_results({"status": "failed", "results": '{"error": "no such gate"}'}).error == "no such gate"
    assert parse_results({"status": "failed", "results": "out of helium"}).error == "out of helium"
    assert parse_results({"status": "failed", "results": None, "error": {"message": "late"}}).error == "late"
    assert parse_results({"status": "failed", "results": {"success": False, "error": ["a", 1]}}).error == '["a", 1]'


WORDS = ["counts", "hex_counts", "memory", "shots", "circuit_results", "header", "creg_sizes", "error", "raw"]
WORDS += ["results", "status", "payload", "circuits", "circuit", "memory_slots", "0x1", "01", "٣"]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(ANY_JSON, ANY_JSON)
def test_no_result_of_any_shape_raises(results: object, payload: object) -> None:
    for entry in parse_results(results, payload):
        assert entry.error or entry.counts or entry.memory or entry.outcomes
        for bitstring in entry.counts or {}:
            assert len(bitstring) == entry.width
            assert entry.spaced(bitstring).replace(" ", "") == bitstring


def test_a_hostile_width_or_depth_costs_nothing() -> None:
    deep: object = []
    for _ in range(5000):
        deep = [deep]
    assert parse_results({"results": {"memory": deep}, "status": "completed", "payload": deep}).entries[0].error
    wide = "OPENQASM 3.0;\nbit[999999] c;\n"
    (entry,) = parse_results({"counts": {"1": 1}}, {"circuits": [{"circuit": wide}]})
    assert entry.counts == {"1": 1}
    (entry,) = parse_results({"counts": {"9" * 6000: 1}})
    assert entry.error == NOT_UNDERSTOOD
