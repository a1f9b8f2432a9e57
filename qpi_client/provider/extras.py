"""Backend features for packages and notebooks, besides running circuits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qiskit.transpiler import CouplingMap

from qpi_client.driver_kinds import SIMULATOR_KINDS
from qpi_client.provider.configuration import QPIConfiguration
from qpi_client.provider.device import Device
from qpi_client.provider.html import table
from qpi_client.provider.primitives import DEFAULT_PRECISION, QPIEstimator, QPISampler
from qpi_client.provider.session import QPISession


class BackendExtras:
    """Mixin of `QPIBackend`: further Qiskit properties, primitives, sessions, and notebook display."""

    if TYPE_CHECKING:

        @property
        def num_qubits(self) -> int:
            """The number of qubits."""

    _device: Device
    name: str
    operation_names: list[str]
    backend_version: str | None
    options: Any

    @property
    def coupling_map(self) -> CouplingMap | None:
        """All pairs of qubits: servers publish no layout, and drivers allow gates on any qubits.

        Qiskit's transpiler gets None, which has the same meaning. With a map it rejects three-qubit gates and expands
        every circuit to the size of the QPU.
        """
        caller = str(sys._getframe(1).f_globals.get("__name__", ""))
        if caller.startswith(("qiskit.transpiler", "qiskit.compiler")):
            return None
        return CouplingMap.from_full(self.num_qubits)

    def qubit_properties(self, qubit: int | list[int]) -> list[None] | None:
        """Return None for each qubit: servers publish neither coherence times nor frequencies.

        Args:
            qubit: A qubit, or several.

        Returns:
            None, or a list of None.
        """
        asked = [qubit] if isinstance(qubit, int) else list(qubit)
        for each in asked:
            if not 0 <= each < self.num_qubits:
                raise IndexError(f"QPU '{self.name}' has qubits 0 to {self.num_qubits - 1}, not {each}.")
        return None if isinstance(qubit, int) else [None] * len(asked)

    def configuration(self) -> QPIConfiguration:
        """Return the QPU's limits in the format of older backends, for packages that read it.

        Returns:
            Name, size, gates and limits.
        """
        return QPIConfiguration(
            backend_name=self.name,
            backend_version=self.backend_version or "",
            num_qubits=self.num_qubits,
            basis_gates=tuple(self.operation_names),
            simulator=self._kind() in SIMULATOR_KINDS,
        )

    def properties(self) -> None:
        """Return None: servers publish no calibration."""

    def sampler(self, *, default_shots: int | None = None) -> QPISampler:
        """Return a `SamplerV2` that sends all pubs of a call together.

        Args:
            default_shots: Shots of a pub without its own. Default: the backend's option.

        Returns:
            The sampler.
        """
        return QPISampler(self, default_shots=default_shots)

    def estimator(self, *, default_precision: float | None = None) -> QPIEstimator:
        """Return an `EstimatorV2` that sends all pubs of a call together.

        Args:
            default_precision: Target standard error of a pub without its own. Default: 1/64, which takes 4096 shots.

        Returns:
            The estimator.
        """
        chosen = DEFAULT_PRECISION if default_precision is None else default_precision
        return QPIEstimator(self, default_precision=chosen)

    def session(self, **options: Any) -> QPISession:
        """Return a context manager that waits for its jobs or cancels them together.

        Args:
            **options: Run options of its jobs, see `QPIBackend.run`.

        Returns:
            The session, to use in a ``with`` block.
        """
        return QPISession(self, **options)

    def _kind(self) -> str | None:
        """The kind of driver that runs the jobs."""
        # Creating the target sends one request.
        _ = self.operation_names
        return self._device.kind

    def _facts(self) -> list[tuple[str, object]]:
        """Return the properties that are known without a request."""
        device = self._device
        state = "disabled" if device.enabled is False else device.status
        facts = [("id", device.id), ("qubits", self.num_qubits), ("state", state), ("driver", device.kind)]
        return [*facts, ("shots", self.options.shots)]

    def _repr_html_(self) -> str:
        return table(f"QPU {self.name}", self._facts())

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        yield "name", self.name
        yield from ((word, value) for word, value in self._facts() if value is not None)
