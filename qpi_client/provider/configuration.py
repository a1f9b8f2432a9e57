"""A QPU's limits in the format of Qiskit's older backends, which mthree, pytket and others still read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_SHOTS = 100_000_000
"""Maximum shots of one circuit."""
MOST_CIRCUITS = 300
"""Circuits that packages put into one call. There is no limit: a call that is too large is split into several jobs."""


@dataclass(frozen=True)
class QPIConfiguration:
    """Return type of `QPIBackend.configuration`.

    ``coupling_map`` is None: gates are allowed on any qubits.
    """

    backend_name: str
    backend_version: str
    num_qubits: int
    basis_gates: Sequence[str]
    simulator: bool
    coupling_map: None = None
    max_shots: int = MOST_SHOTS
    max_circuits: int = MOST_CIRCUITS
    max_experiments: int = MOST_CIRCUITS
    dt: float | None = None
    local: bool = False
    conditional: bool = False
    memory: bool = True
    meas_levels: Sequence[int] = field(default=(0, 1, 2))

    @property
    def n_qubits(self) -> int:
        """The number of qubits, under its older name."""
        return self.num_qubits
