"""OpenQASM text: what is sent, the order of parameter values, and which line an error names."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, transpile
from qiskit.circuit import Parameter, ParameterVector

from qpi_client.provider import CircuitRefused, QPIBackend, QPIWarning, read_openqasm
from tests.client.provider.conftest import FourMethods

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
TWO = "qubit[2] q;\nbit[2] c;\n"


class Driver(FourMethods):
    """Parses text as the real drivers do, with their two loaders, and fails where they fail."""

    def _run(self, circuit: dict[str, Any], shots: int) -> Any:
        text = circuit["circuit"]
        version = re.search(r"OPENQASM\s+(2|3)(?:\.\d+)?\s*;", text)
        assert version is not None
        loaded = qasm3.loads(text) if version[1] == "3" else qasm2.loads(text, strict=True)
        self.results = []
        for values in circuit.get("parameter_values") or [None]:
            bound = loaded.assign_parameters(values) if values is not None and loaded.parameters else loaded
            ready = transpile(bound, self.simulator)
            memory = self.simulator.run(ready, shots=shots, memory=True).result().get_memory()
            [float(bit) for bits in memory for bit in bits]
            self.results.append({"counts": dict(Counter(memory)), "shots": shots})
        return self.results[0]

    def submit_job(self, circuits: list, *args: Any, **further: Any) -> str:
        job_id = super().submit_job(circuits, *args, **further)
        if len(self.results) > 1:
            self.jobs[job_id]["results"]["circuit_results"] = self.results
        return job_id


@pytest.fixture
def simulator() -> QPIBackend:
    return QPIBackend(Driver(executor_type="qiskit_aer"), "sim", shots=20)


def outcomes(backend: QPIBackend, text: str, values: Any = None) -> list[str]:
    """Return the only outcome of each experiment."""
    result = backend.run(qasm=text, parameter_values=values).result()
    found = []
    for number in range(len(result.results)):
        (one,) = result.get_counts(number)
        found.append(one)
    return found


def test_values_follow_the_parameter_order_of_the_circuit(simulator: QPIBackend) -> None:
    theta = ParameterVector("v", 12)
    circuit = QuantumCircuit(12, 12)
    for number, element in enumerate(theta):
        circuit.rx(element, number)
    circuit.measure(range(12), range(12))
    text = qasm3.dumps(circuit)
    one = [math.pi if number == 2 else 0.0 for number in range(12)]
    wanted = [f"{1 << 2:012b}"]
    assert list(simulator.run(circuit, parameter_values=one).result().get_counts()) == wanted
    assert outcomes(simulator, text, one) == wanted
    assert "parameter_values" in simulator.client.sent[-1]["circuits"][0], "the driver binds"
    assert outcomes(simulator, text, [one]) == wanted
    for pattern in ("v[{}]", "_v_{}_"):
        assert outcomes(simulator, text, {pattern.format(n): value for n, value in enumerate(one)}) == wanted
    assert outcomes(simulator, text, {"v": one}) == wanted
    two_registers = text.replace("bit[12] c;", "bit[6] a; bit[6] b;").replace("c[", "a[", 6)
    for number in range(6, 12):
        two_registers = two_registers.replace(f"c[{number}]", f"b[{number - 6}]")
    assert outcomes(simulator, two_registers, one) == ["000000 000100"]


def test_a_list_of_values_is_rejected_if_the_text_has_another_order(simulator: QPIBackend) -> None:
    text = f"{HEAD}input float b;\ninput float a;\n{TWO}rx(a) q[0];\nrx(b) q[1];\nc = measure q;\n"
    for given in ([0, math.pi], [[0, math.pi]]):
        with pytest.raises(CircuitRefused, match=r"in the order b, a, and Qiskit has them in the order a, b.*by name"):
            simulator.run(qasm=text, parameter_values=given)
    assert outcomes(simulator, text, {"a": 0, "b": math.pi}) == ["10"]
    assert outcomes(simulator, text, {"b": [0, math.pi], "a": [0, 0]}) == ["00", "10"]


@pytest.mark.parametrize("kind", ["qiskit_aer", "mock", "qblox", None])
def test_two_registers_are_merged_and_restored_in_the_result(kind: str | None) -> None:
    backend = QPIBackend(Driver(executor_type=kind), "sim", shots=20)
    bits = ["low[0]", "low[1]", "high[0]", "high[1]", "high[2]"]
    measured = [f"measure q[{n}] -> {bit};\n" for n, bit in enumerate(bits)]
    body = "x q[1];\nx q[2];\n" + "".join(measured)
    text = f"{HEAD}qubit[5] q;\nbit[2] low;\nbit[3] high;\n{body}"
    older = f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[5];\ncreg low[2];\ncreg high[3];\n{body}'
    for one in (text, older):
        job = backend.run(qasm=one)
        assert job.result().get_counts() == {"001 10": 20}
        assert backend.job(job.id).result().get_counts() == {"001 10": 20}
        assert job.result().results[0].header["creg_sizes"] == [["low", 2], ["high", 3]]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("bit[4] c;\nx $3;\nc[3] = measure $3;\n", "1000"),
        ("const int n = 3;\nqubit[n] q;\nbit[n] c;\nx q[n-1];\nc = measure q;\n", "100"),
        ("qubit[1+1] q;\nbit[2*1] c;\nx q;\nc = measure q;\n", "11"),
        ("const float t = pi;\nqubit q;\nbit c;\nrx(t) q;\nrx(sin(0)) q;\nc = measure q;\n", "1"),
        ("qubit q;\noutput bit c;\nx q;\nc = measure q;\n", "1"),
        ("qubit[3] q;\nbit[3] c;\nfor int i in [2:-2:0] x q[i];\nc = measure q;\n", "101"),
        ("qubit[3] q;\nbit[3] c;\nx q[1:-1];\nc = measure q;\n", "110"),
        ("gate g(b, a) x { rx(b) x; rz(a) x; }\nqubit q;\nbit c;\ng(pi, 0.5) q;\nc = measure q;\n", "1"),
        (f"{TWO}x q[0];\nc = measure q;\nif (c[0] == 1 && !c[1]) x q[1];\nc = measure q;\n", "11"),
        (f"{TWO}x q[0];\nc = measure q;\nif (c >= 2) x q[0]; else x q[1];\nc = measure q;\n", "11"),
        (f"{TWO}x q[1];\nc = measure q;\nswitch (c) {{ case 0 {{ }} case 1, 2 {{ x q; }} }}\nc = measure q;\n", "01"),
        (f"{TWO}x q[0];\nc = measure q;\nwhile (c == 1) {{ x q[1]; c = measure q; }}\n", "11"),
        (f"{TWO}box {{ x q[0]; }}\nc = measure q;\n", "01"),
    ],
)  # fmt: skip
def test_text_that_the_importers_reject_is_rewritten(simulator: QPIBackend, text: str, outcome: str) -> None:
    assert outcomes(simulator, HEAD + text) == [outcome]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"{TWO}x q[0]\ncx q[0], q[1];\nc = measure q;\n", 5, "a semicolon is missing"),
        (f"{TWO}x q[0];\nc = measure q", 6, "a semicolon is missing"),
        (f"{TWO}rx(1e400) q[0];\nc = measure q;\n", 5, "rx of inf; angles must be finite"),
        (f"{TWO}rx(0/0) q[0];\nc = measure q;\n", 5, "divides by zero"),
        (f"{TWO}delay[10dt] q;\ndelay[1us] q;\nc = measure q;\n", 6, "delays in dt and in us"),
        ("qubit[2000000000] q;\nbit c;\nc = measure q[0];\n", 3, "q has a size of 2,000,000,000; 100,000 is the limit"),
        (f"{TWO}foo q[0];\nc = measure q;\n", 5, "gate 'foo' is not defined"),
        (f"{TWO}x q[7];\nc = measure q;\n", 5, "out of its register"),
        (f"{TWO}cx q[0], q[0];\nc = measure q;\n", 5, "the same qubit twice"),
        (f"{TWO}?\n", 5, "has no meaning"),
        (f"{TWO}if (c[0]) {{\nc = measure q;\n", 6, "brace may be missing"),
        (f"{TWO}def f() {{ }}\nc = measure q;\n", 5, "has no SubroutineDefinition"),
        (f"input float a;\n{TWO}rx(a) q[0];\nc = measure q;\n", 3, "the parameter a has no value"),
        (f"{TWO}x q[0];\n\n// no measurement\n", 5, "measures nothing; measure into classical bits at the end"),
        (f"{TWO}qubit[60] r;\nc = measure q;\n", 5, "choose another QPU, or use fewer qubits"),
        ("bit[14] a;\nbit[2] b;\nqubit[2] q;\nb = measure q;\n", 4, "measures 16 classical bits"),
        (f"{TWO}while (c[0] && c[1]) {{ x q[0]; }}\nc = measure q;\n", 5, "'&&' cannot be used here; compare one bit"),
        (f"input float t;\n{TWO}rx(t) q[0];\nc = measure q;\n", 3, "the name 't' is taken, perhaps by a gate"),
    ],
)
def test_an_error_names_the_line(simulator: QPIBackend, text: str, line: int, words: str) -> None:
    with pytest.raises(CircuitRefused, match=words) as refused:
        simulator.run(qasm=HEAD + text)
    assert f"(line {line})" in str(refused.value)
    assert simulator.client.sent == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("qreg q[1];\ncreg c[1];\nx q[0]\nmeasure q -> c;\n", 6, "a semicolon is missing"),
        ("qreg q[1];\ncreg c[1];\nrx(1/0) q[0];\n", 5, "divides by zero"),
        ("opaque magic a;\nqreg q[1];\ncreg c[1];\nmagic q[0];\nmeasure q -> c;\n", 6, "magic has no equivalent"),
        ('include "/etc/passwd";\n', 3, 'only "qelib1.inc"'),
    ],
)
def test_an_error_in_openqasm_2_names_the_line(simulator: QPIBackend, text: str, line: int, words: str) -> None:
    with pytest.raises(CircuitRefused, match=words) as refused:
        simulator.run(qasm='OPENQASM 2.0;\ninclude "qelib1.inc";\n' + text)
    assert f"(line {line})" in str(refused.value)


def test_values_for_text_without_parameters_are_rejected(simulator: QPIBackend) -> None:
    for given in ([1.0], {"t": 1.0}):
        with pytest.raises(CircuitRefused, match="has no parameters"):
            simulator.run(qasm=f"{HEAD}{TWO}c = measure q;\n", parameter_values=given)


def test_text_with_only_u_gates_is_accepted(simulator: QPIBackend, recwarn: pytest.WarningsRecorder) -> None:
    assert outcomes(simulator, f"OPENQASM 3.0;\n{TWO}U(pi, 0, pi) q[0];\nc = measure q;\n") == ["01"]
    assert not [warning for warning in recwarn if issubclass(warning.category, QPIWarning)]


def test_control_flow_is_rejected_on_a_driver_without_it() -> None:
    backend = QPIBackend(Driver(executor_type="mock"), "sim")
    with pytest.raises(CircuitRefused, match=r"\(line 6\) has control flow \(while_loop\), which a mock QPU has not"):
        backend.run(qasm=f"{HEAD}{TWO}\nwhile (c[0]) {{ x q[0]; c = measure q; }}\n")


def test_angles_of_circuits_are_validated_too(simulator: QPIBackend) -> None:
    t = Parameter("t")
    for angle, values in ((math.nan, None), (math.inf, None), (1 / t, {t: 0})):
        circuit = QuantumCircuit(1, 1, name="odd")
        circuit.rx(angle, 0)
        circuit.measure(0, 0)
        with pytest.raises(CircuitRefused, match=r"circuit 0 \('odd'\).*finite"):
            simulator.run(circuit, parameter_values=values)
    circuit = QuantumCircuit(1, 1, name="odd")
    circuit.delay(10, 0, unit="dt")
    circuit.delay(1, 0, unit="us")
    circuit.measure(0, 0)
    with pytest.raises(CircuitRefused, match="delays in dt and in us"):
        simulator.run(circuit)


def test_without_the_importer_text_is_sent_with_a_warning(scripted: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from qpi_client.provider.reading import read_text

    read_text.cache_clear()
    monkeypatch.setitem(sys.modules, "qiskit_qasm3_import", None)
    backend = QPIBackend(scripted("pending", executor_type="qiskit_aer"), "sim")
    with pytest.warns(QPIWarning, match="was not checked"):
        backend.run(qasm="// one\nanything at all")
    assert backend.client.sent[-1]["circuits"] == [{"circuit": "OPENQASM 3.0; // one\nanything at all"}]
    with pytest.warns(QPIWarning, match="was not checked"):
        backend.run(qasm="input float b; input float a;", parameter_values={"b": 2, "a": 1})
    assert backend.client.sent[-1]["circuits"][0]["parameter_values"] == [[1, 2]]
    with pytest.raises(CircuitRefused, match="order of its parameters is not known"):
        backend.run(qasm="input float b; input float a;", parameter_values=[1, 2])


def test_openqasm_text_is_parsed_as_a_circuit() -> None:
    circuit = read_openqasm(f"{HEAD}input float _v_10_;\n{TWO}rx(_v_10_) q[0];\nc = measure q;\n")
    assert [parameter.name for parameter in circuit.parameters] == ["v[10]"]
    circuit.x(0)
    assert read_openqasm(f"{HEAD}{TWO}c = measure q;\n").count_ops() == {"measure": 2}
    with pytest.raises(CircuitRefused, match="line 3"):
        read_openqasm(f"{HEAD}nonsense;\n")


def test_gate_names_of_other_programs_are_mapped_to_qiskit_gates() -> None:
    from qiskit.circuit.library import get_standard_gate_name_mapping
    from qiskit.quantum_info import Operator

    from qpi_client.provider.qasm3_gates import _FURTHER

    gates = get_standard_gate_name_mapping()
    for name in _FURTHER:
        angles = [0.3, 0.7, 1.1][: len(gates[name].params)]
        gate = type(gates[name])(*angles)
        given = f"({', '.join(map(str, angles))})" if angles else ""
        qubits = ", ".join(f"q[{place}]" for place in range(gate.num_qubits))
        circuit = read_openqasm(f"{HEAD}qubit[{gate.num_qubits}] q;\n{name}{given} {qubits};")
        assert Operator(circuit).equiv(Operator(gate)), name
    # A definition in the text itself is kept.
    own = read_openqasm(f"{HEAD}gate ecr a, b {{ x a; }}\nqubit[2] q;\necr q[0], q[1];")
    assert Operator(own).equiv(Operator.from_label("IX"))
