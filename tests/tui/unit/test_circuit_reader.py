"""The process that parses circuits: what commands request, and what happens if Qiskit is missing or the process
ends.
"""

from __future__ import annotations

import json
import sys

import pytest

from qpi_tui.domain.circuit_check import EXAMPLE, Question
from qpi_tui.live import circuit_reader
from qpi_tui.plots import circuit_drawing

VALUED = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\nqubit q;\nbit c;\nrx(a) q;\nc = measure q;\n'


def test_texts_are_parsed_by_one_process_that_is_restarted_after_it_ends() -> None:
    bell, broken, valued = circuit_reader.read_circuits(
        [Question(EXAMPLE), Question("qubit q;\nh q;", where="mine.qasm"), Question(VALUED, values=[{"a": 1.0}])]
    )
    assert (bell.circuits, bell.words, bell.checked) == ([{"circuit": EXAMPLE}], "2 qubits, 2 bits", True)
    assert broken.refused.startswith("mine.qasm (line 2): gate 'h' is not defined.")
    assert valued.circuits[0]["parameter_values"] == [[1.0]]
    process = circuit_reader._process
    assert process is not None
    process.kill()
    process.wait()
    (again,) = circuit_reader.read_circuits([Question(EXAMPLE)])
    assert again == bell
    circuit_reader.stop()


@pytest.fixture
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are for a separate process."""
    monkeypatch.setattr(circuit_drawing, "_limit", lambda: None)


@pytest.mark.usefixtures("_unlimited")
def test_without_qiskit_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qpi_client.provider.texts", None)
    (asked,) = circuit_reader.written([Question(EXAMPLE)])
    answer = circuit_drawing.answer(json.dumps(asked))
    reading = circuit_reader.decoded(Question(EXAMPLE), answer)
    assert (reading.circuits, reading.checked) == ([{"circuit": EXAMPLE}], False)
    assert "was not checked: Qiskit is not installed" in reading.remarks[0]
    named = circuit_reader.decoded(Question(VALUED, values=[{"a": 1.0}]), answer)
    assert named.circuits[0]["parameter_values"] == [[1.0]]
    assert "give the values by name" in circuit_reader.decoded(Question(VALUED, values=[[1.0]]), answer).refused


@pytest.mark.usefixtures("_unlimited")
def test_a_text_too_wide_for_the_qpu_is_reported() -> None:
    wide = EXAMPLE.replace("[2]", "[9]")
    for kind, said in (("qblox", "choose another QPU"), ("mock", "")):
        (asked,) = circuit_reader.written([Question(wide, kind, "small", 2)])
        reading = circuit_reader.decoded(Question(wide), circuit_drawing.answer(json.dumps(asked)))
        assert said in reading.refused
        assert bool(reading.refused) is bool(said)
        assert bool(reading.remarks) is not bool(said)
        assert "9 qubits and QPU 'small' has 2" in (reading.refused or reading.remarks[0])
