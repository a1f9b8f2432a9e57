"""Convert parsed results to Qiskit's ``ExperimentResult``."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qiskit.result.models import ExperimentResult, ExperimentResultData

from qpi_client.provider.errors import QPIJobError
from qpi_client.results import CircuitResult, JobResults

MISSING = "The server returned no result for this circuit."


def experiments_of(
    results: JobResults,
    due: int,
    *,
    metadata: Sequence[Any] = (),
    names: Sequence[str | None] = (),
    memory: bool = False,
    seed: str = "",
) -> list[ExperimentResult]:
    """Return an experiment for each entry, and a failed one for each missing one of ``due``; at least one.

    ``memory``: the outcome of every shot. Drivers return counts only, so the shots are those of the counts in an
    arbitrary order (``memory_order`` in the header is ``"unspecified"``), which is the same for the same ``seed``.
    """
    found = [_experiment(entry, results, memory=memory, seed=seed) for entry in results]
    for position, experiment in enumerate(found):
        if position < len(metadata):
            experiment.header["metadata"] = metadata[position]
    reason = results.error or MISSING
    for position in range(len(found), max(due, 1)):
        header: dict[str, Any] = {"name": names[position]} if position < len(names) and names[position] else {}
        found.append(failed_experiment(reason, header))
    return found


class NoData(ExperimentResultData):  # type: ignore[misc]  # Qiskit has no types
    """Data of an experiment without results: reading its memory raises an error that states why.

    Qiskit's ``BackendSamplerV2`` reads nothing else, and interprets missing memory as a circuit without measurements.
    """

    def __init__(self, reason: str) -> None:
        super().__init__()
        self._reason = reason

    @property
    def memory(self) -> list[Any]:
        """Raise ``QPIJobError`` with the reason."""
        raise QPIJobError(self._reason)


def failed_experiment(reason: str, header: dict[str, Any] | None = None) -> ExperimentResult:
    """Return an experiment without data that states why."""
    return ExperimentResult(shots=0, success=False, data=NoData(reason), status=reason, header=header or {})


def _experiment(entry: CircuitResult, results: JobResults, *, memory: bool, seed: str) -> ExperimentResult:
    header = _header(entry)
    points = _points(entry, results)
    details: dict[str, Any] = {"success": True, "status": "DONE", "header": header}
    if entry.error is None and (entry.counts or entry.outcomes):
        shown = [hex(int(bits, 2)) for bits in entry.outcomes or []]
        counts = {hex(int(bits, 2)): count for bits, count in (entry.counts or Counter(entry.outcomes)).items()}
        if memory and not shown:
            shown = _shots_in_some_order(counts, f"{seed}/{entry.index}")
            header["memory_order"] = "unspecified"
        data = ExperimentResultData(counts=counts, memory=shown or None)
        return ExperimentResult(shots=entry.shots or sum(counts.values()), data=data, **details)
    if points is not None:
        details["meas_level"] = 1 if entry.memory is not None else 0
        details["meas_return"] = "avg" if entry.averaged or results.meas_return == "avg" else "single"
        return ExperimentResult(shots=entry.shots or 0, data=ExperimentResultData(memory=points), **details)
    return failed_experiment(entry.error or MISSING, header)


def _points(entry: CircuitResult, results: JobResults) -> list[Any] | None:
    """Return IQ points as nested [I, Q] lists, as Qiskit expects; level 0 unchanged."""
    if entry.memory is not None:
        if entry.averaged:
            return [[point.real, point.imag] for point in entry.memory if isinstance(point, complex)]
        return [[[point.real, point.imag] for point in row] for row in entry.memory if isinstance(row, list)]
    raw = entry.raw.get("memory") if isinstance(entry.raw, Mapping) else None
    return raw if results.meas_level == 0 and isinstance(raw, list) and raw else None


def _header(entry: CircuitResult) -> dict[str, Any]:
    """Return the driver's header, with gaps filled from the circuit."""
    header: dict[str, Any] = {}
    if entry.name is not None:
        header["name"] = entry.name
    if entry.width is not None:
        header["memory_slots"] = entry.width
        header["creg_sizes"] = [list(register) for register in entry.registers]
    return {**entry.header, **header}


def _shots_in_some_order(counts: Mapping[str, int], seed: str) -> list[str]:
    """Return each outcome as often as it was counted, shuffled, so that a slice of the list is a fair sample."""
    outcomes = list(counts)
    shots = np.repeat(np.arange(len(outcomes)), list(counts.values()))
    np.random.default_rng(zlib.crc32(seed.encode())).shuffle(shots)
    return [outcomes[position] for position in shots]
