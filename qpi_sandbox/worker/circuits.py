"""Runs a job's payload on Qiskit's simulators and gives results in the drivers' shape.

Drivers say what is wrong with a job in words only where they looked themselves; anything that Qiskit raises reaches the
user as the exception's name and "job execution failed, see driver logs for details".
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.providers.basic_provider import BasicSimulator
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

from qpi_sandbox.rng import rng

HEADER = "Failed to parse QASM circuit: missing or unrecognized OPENQASM version header, " + (
    "expected 'OPENQASM 2.0;' or 'OPENQASM 3.0;'"
)
VERSION = re.compile(r"OPENQASM\s+(2|3)(?:\.\d+)?\s*;")
MAX_BITS = 14  # counts of more, all 2^n states of them, are larger than a message may be
SIMULATED_QUBITS = 24  # 256 MB of amplitudes

# Where the two states lie in the IQ plane, and how far a shot scatters around them.
IQ_CENTRES = {"0": (0.08, 0.03), "1": (0.92, 0.84)}
IQ_SIGMA = 0.06


_OF_THREAD = threading.local()


class JobError(Exception):
    """A job cannot be run. Its owner reads the message."""


class ResultTooLarge(Exception):
    """A job has run, but its result exceeds the maximum size of a message and is lost."""


@dataclass(frozen=True)
class Circuit:
    """One circuit with its parameters bound."""

    program: QuantumCircuit
    shots: int


def run_payload(payload: dict[str, Any], *, kind: str, backend: str, older: bool, qubits: int) -> dict[str, Any]:
    """Run every circuit and parameter set of `payload`; give the results as a driver of `kind` called `backend` would.

    `older` gives the shape of generation v0.0; `qubits` limits hardware kinds. Raises `JobError` and
    `ResultTooLarge`.
    """
    try:
        entries = [run_one(circuit, payload, kind, backend, qubits) for circuit in bound_circuits(payload)]
    except (JobError, ResultTooLarge):
        raise
    except ValueError as error:
        raise JobError(str(error)) from error
    except Exception as error:
        raise JobError(f"{type(error).__name__}: job execution failed, see driver logs for details") from error
    return older_shape(entries, backend) if older else newer_shape(entries, backend)


def newer_shape(entries: list[dict[str, Any]], backend: str) -> dict[str, Any]:
    """Results as v0.1 sends them: an entry each, the first repeated at the top."""
    first = {key: value for key, value in entries[0].items() if key != "raw"}
    return {"backend": backend, "circuit_results": entries, **first, "success": True}


def older_shape(entries: list[dict[str, Any]], backend: str) -> dict[str, Any]:
    """Results as v0.0 sends them: hex counts beside the counts, entries only where there are several."""
    first = {key: value for key, value in entries[0].items() if key != "raw"}
    if "counts" in first:
        first["hex_counts"] = {hex(int(key, 2)): value for key, value in first["counts"].items()}
    several = {"circuit_results": entries} if len(entries) > 1 else {}
    return {"backend": backend, **several, **first, "success": True}


def bound_circuits(payload: dict[str, Any]) -> list[Circuit]:
    """Read the circuits of a payload, one for each parameter set."""
    result: list[Circuit] = []
    for entry in payload["circuits"]:
        shots = entry.get("shots") or payload["shots"]
        if shots < 1:
            raise JobError(f"shots must be at least 1, not {shots}")
        program = parse(entry["circuit"])
        sets = entry.get("parameter_values") or []
        programs = [bind(program, values) for values in sets] if sets else [program]
        result += [Circuit(each, shots) for each in programs]
    return result


def bind(program: QuantumCircuit, values: list[float]) -> QuantumCircuit:
    """Give a circuit's parameters their values; a circuit that came with its values bound has none left."""
    return program.assign_parameters(values) if program.parameters else program


def parse(text: str) -> QuantumCircuit:
    """Read OpenQASM 2 or 3 as drivers do: the version is searched for from the front, comments included."""
    version = VERSION.search(text)
    if version is None:
        raise JobError(HEADER)
    try:
        if version[1] == "2":
            # No include path, as texts come from anybody: drivers have one.
            return qasm2.loads(text, include_path=(), strict=True)
        return qasm3.loads(text)
    except Exception as error:
        raise JobError(f"Failed to parse QASM circuit: {error}") from error


def run_one(circuit: Circuit, payload: dict[str, Any], kind: str, backend: str, qubits: int) -> dict[str, Any]:
    """Run one circuit; give its entry of the results."""
    level = payload["meas_level"]
    width = circuit.program.num_qubits
    if kind not in ("mock", "qiskit_aer") and qubits and width > qubits:
        raise JobError(f"the circuit needs {width} qubits, the QPU has {qubits}")
    if width > SIMULATED_QUBITS:
        raise JobError(f"the circuit needs {width} qubits, simulators take {SIMULATED_QUBITS}")
    if level not in (0, 1, 2):
        raise JobError(f"meas_level must be 0, 1 or 2, not {level}")
    shots = measured(circuit, kind)
    if level == 0:
        raise NotImplementedError("raw traces come from hardware only")
    if not shots:
        return {"raw": empty_dataset(circuit, payload, backend), "shots": 0}
    # Every classical bit is a number from here on; a register's separator is none, and fails as it does there.
    [[float(bit) for bit in shot] for shot in set(shots)]
    if level == 1:
        return {"memory": iq_points(shots, payload["meas_return"]), "shots": circuit.shots}
    return {"counts": counted(shots), "shots": circuit.shots}


def measured(circuit: Circuit, kind: str) -> list[str]:
    """Run on the simulator of a kind; give each shot's bits, classical bit 0 rightmost. Empty: nothing was measured."""
    simulator, passes = prepared(kind)
    job = simulator.run(passes.run(circuit.program), shots=circuit.shots, memory=True)
    result = job.result()
    if isinstance(simulator, BasicSimulator) and not any(i.operation.name == "measure" for i in circuit.program.data):
        return []
    shots: list[str] = result.get_memory()
    return shots


def prepared(kind: str) -> tuple[BasicSimulator | AerSimulator, PassManager]:
    """Return the simulator of a kind and its transpiler, cached for the thread.

    Aer creates a new target on each access, and `transpile` accesses it a hundred and fifty times.
    """
    known: dict[str, tuple[BasicSimulator | AerSimulator, PassManager]] = _OF_THREAD.__dict__
    if kind not in known:
        simulator = simulator_for(kind)
        known[kind] = simulator, generate_preset_pass_manager(optimization_level=1, backend=simulator)
    return known[kind]


def simulator_for(kind: str) -> BasicSimulator | AerSimulator:
    """The plain simulator for mock, Aer for qiskit_aer, and for hardware kinds Aer with noise like theirs."""
    if kind == "mock":
        return BasicSimulator()
    if kind == "qiskit_aer":
        return AerSimulator()
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.001, 1), ["rz", "sx", "x", "h", "rx", "ry"])
    noise.add_all_qubit_quantum_error(depolarizing_error(0.01, 2), ["cx", "cz"])
    noise.add_all_qubit_readout_error(ReadoutError([[0.985, 0.015], [0.03, 0.97]]))
    return AerSimulator(noise_model=noise)


def counted(shots: list[str]) -> dict[str, int]:
    """Counts by bitstring, in order, states that did not occur included."""
    width = len(shots[0])
    if width > MAX_BITS:
        raise ResultTooLarge
    counts = {format(i, f"0{width}b"): 0 for i in range(2**width)}
    for shot in shots:
        counts[shot] += 1
    return counts


def iq_points(shots: list[str], meas_return: str) -> list[list[list[float]]]:
    """Points as `[shot][qubit][I, Q]`, qubit 0 first; `avg` gives one shot, their mean."""
    noise = rng()
    points = [[[noise.gauss(axis, IQ_SIGMA) for axis in IQ_CENTRES[bit]] for bit in reversed(shot)] for shot in shots]
    if meas_return != "avg":
        return points
    n = len(points)
    return [[[sum(shot[q][axis] for shot in points) / n for axis in (0, 1)] for q in range(len(points[0]))]]


def empty_dataset(circuit: Circuit, payload: dict[str, Any], backend: str) -> str:
    """What the plain driver sends of a circuit that measures nothing: the text of an empty data set."""
    facts = {
        "shots": circuit.shots,
        "n_qubits": circuit.program.num_qubits,
        "backend": backend,
        "meas_level": payload["meas_level"],
        "meas_return": payload["meas_return"],
    }
    head = "<xarray.Dataset> Size: 0B\nDimensions:  ()\nData variables:\n    *empty*\nAttributes:\n"
    return head + "\n".join(f"    {key + ':':<14}{value}" for key, value in facts.items())
