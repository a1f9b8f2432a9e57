"""Durations of instructions: zero on simulators, unpublished on devices."""

from __future__ import annotations

from typing import Any, NoReturn

from qiskit.transpiler import InstructionDurations, InstructionProperties, Target

from qpi_client.driver_kinds import SIMULATOR_KINDS
from qpi_client.provider.errors import CircuitRefused


def target_class(kind: str | None) -> type[Target]:
    """Return the target class for a kind of driver. Copies and pickles preserve only the class of a target."""
    return InstantTarget if kind in SIMULATOR_KINDS else UnpublishedTarget


class InstantTarget(Target):  # type: ignore[misc]  # Qiskit has no types
    """A target whose global instructions take 0 s.

    Qiskit looks durations up by qubits, and finds none on a target of global instructions. These methods return them
    for any qubits.
    """

    def durations(self) -> InstructionDurations:
        """Return 0 s for every instruction except delays."""
        return InstructionDurations([(name, None, 0.0, "s") for name in self.operation_names if name != "delay"])

    def get(self, key: str, default: Any = None) -> Any:
        """Return the properties of an instruction by its qubits."""
        if key in self.operation_names and key != "delay":
            return _AnyQubits({None: InstructionProperties(duration=0.0, error=0.0)})
        return super().get(key, default)


class UnpublishedTarget(Target):  # type: ignore[misc]  # Qiskit has no types
    """A target of a QPU without published durations."""

    def durations(self) -> InstructionDurations:
        """Return durations that raise an explanatory error when they are looked up."""
        return _Unpublished(self.description)


class _AnyQubits(dict[Any, InstructionProperties]):
    """Properties of a global instruction: equal for all qubits."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key, super().get(None, default))


class _Unpublished(InstructionDurations):  # type: ignore[misc]  # Qiskit has no types
    """Durations of a QPU without published durations."""

    def __init__(self, whose: str = "This QPU") -> None:
        super().__init__()
        self._whose = whose

    def get(self, *_: Any, **__: Any) -> NoReturn:
        raise CircuitRefused(
            f"{self._whose} publishes no gate durations, so nothing can be scheduled. Leave scheduling_method out: the "
            "driver schedules the circuit."
        )
