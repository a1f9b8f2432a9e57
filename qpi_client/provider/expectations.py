"""Expectation values: the circuits that measure them, and their values from counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from qiskit.circuit import ClassicalRegister, QuantumCircuit
from qiskit.primitives import DataBin, PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import Pauli, PauliList, SparseObservable, SparsePauliOp
from qiskit.result import Result

from qpi_client.provider.samples import read_counts

_REGISTER = "__qpi_estimator"


@dataclass
class _Group:
    """Terms that one circuit measures, each with the positions of its qubits among the measured ones."""

    index: int
    terms: dict[str, list[int]]


@dataclass
class _Setting:
    """One set of parameter values: the circuit, the observables that need it, and the groups that measure them."""

    circuit: QuantumCircuit
    observables: dict[int, dict[str, float]] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=list)


class Estimation:
    """A pub of an estimator: the circuits to run, each with ``shots``, and its values from their counts."""

    def __init__(self, pub: EstimatorPub, shots: int) -> None:
        self.shots = shots
        self.circuits: list[QuantumCircuit] = []
        self._pub = pub
        shape = pub.shape
        sizes = (pub.parameter_values.size, pub.observables.size)
        shapes = (pub.parameter_values.shape, pub.observables.shape)
        self._places, self._observed = (
            np.broadcast_to(np.arange(size).reshape(own), shape) for size, own in zip(sizes, shapes, strict=True)
        )
        bound = np.asarray(pub.parameter_values.bind_all(pub.circuit), dtype=object).reshape(-1)
        observables = [_paulis(each) for each in np.asarray(pub.observables).reshape(-1)]
        self._settings = {int(at): _Setting(bound[at]) for at in np.unique(self._places)}
        for at, observed in zip(self._places.reshape(-1), self._observed.reshape(-1), strict=True):
            self._settings[int(at)].observables[int(observed)] = observables[int(observed)]
        for setting in self._settings.values():
            self._measure(setting)

    def result(self, result: Result | None, first: int) -> PubResult:
        """Return the values from a result in which this pub's experiments start at ``first``."""
        found = {
            (at, observed): _value(setting, terms, result, first)
            for at, setting in self._settings.items()
            for observed, terms in setting.observables.items()
        }
        pairs = [
            found[int(at), int(observed)]
            for at, observed in zip(self._places.reshape(-1), self._observed.reshape(-1), strict=True)
        ]
        shape = self._pub.shape
        values = np.array([value for value, _ in pairs], dtype=float).reshape(shape)
        variances = np.array([variance for _, variance in pairs], dtype=float).reshape(shape)
        data = DataBin(evs=values, stds=np.sqrt(variances / self.shots), shape=shape)
        metadata = {
            "target_precision": self._pub.precision,
            "shots": self.shots,
            "circuits": len(self.circuits),
            "circuit_metadata": self._pub.circuit.metadata,
        }
        return PubResult(data, metadata)

    def _measure(self, setting: _Setting) -> None:
        """Add the circuits that measure a setting's observables."""
        labels = list(
            dict.fromkeys(label for terms in setting.observables.values() for label in terms if label.strip("I"))
        )
        if not labels:
            return
        for paulis in PauliList(labels).group_commuting(qubit_wise=True):
            qubits, circuit = _measured(setting.circuit, paulis)
            place = {qubit: at for at, qubit in enumerate(qubits)}
            terms = {pauli.to_label(): [place[qubit] for qubit in _support(pauli)] for pauli in paulis}
            setting.groups.append(_Group(len(self.circuits), terms))
            self.circuits.append(circuit)


def _paulis(observable: Any) -> dict[str, float]:
    """Return an observable as Pauli labels with real coefficients; projectors are expanded."""
    sparse = SparsePauliOp.from_sparse_observable(SparseObservable.from_list(list(dict(observable).items())))
    return {label: float(np.real(coefficient)) for label, coefficient in sparse.simplify().to_list()}


def _support(pauli: Pauli) -> list[int]:
    """Return the qubits on which a Pauli is not the identity."""
    return [int(qubit) for qubit in np.flatnonzero(pauli.x | pauli.z)]


def _measured(circuit: QuantumCircuit, paulis: PauliList) -> tuple[list[int], QuantumCircuit]:
    """Return the qubits that a group measures, and the circuit that measures them in the group's bases."""
    x, z = np.any(paulis.x, axis=0), np.any(paulis.z & paulis.x, axis=0)
    qubits = [int(qubit) for qubit in np.flatnonzero(np.any(paulis.x | paulis.z, axis=0))]
    measured = circuit.copy()
    register = ClassicalRegister(len(qubits), _REGISTER)
    measured.add_register(register)
    for at, qubit in enumerate(qubits):
        if z[qubit]:
            measured.sdg(qubit)
        if x[qubit]:
            measured.h(qubit)
        measured.measure(qubit, register[at])
    return qubits, measured


def _value(setting: _Setting, terms: dict[str, float], result: Result | None, first: int) -> tuple[float, float]:
    """Return an observable's value, and the variance of one shot of each group."""
    value = sum(coefficient for label, coefficient in terms.items() if not label.strip("I"))
    variance = 0.0
    for group in setting.groups:
        own = {label: places for label, places in group.terms.items() if label in terms}
        if not own or result is None:
            continue
        outcomes, counts = read_counts(result, first + group.index)
        # The register was added last, so it comes first.
        bits = np.array([[int(bit) for bit in reversed(outcome.split(" ")[0])] for outcome in outcomes], dtype=np.int64)
        each = np.zeros(len(outcomes))
        for label, places in own.items():
            each += terms[label] * (1 - 2 * (bits[:, places].sum(axis=1) % 2))
        weights = counts / counts.sum()
        mean = float(weights @ each)
        value += mean
        variance += float(weights @ (each - mean) ** 2)
    return value, variance
