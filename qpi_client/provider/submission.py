"""Experiments to the jobs that carry them: bodies under the server's limit, results that it will not lose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qpi_client.circuit_note import CircuitNote
from qpi_client.provider.errors import CircuitRefused

MAX_BODY = 1024 * 1024
"""Bytes of a job's payload, and of its results, that the server keeps."""
_ENVELOPE = 512
"""Bytes kept free for what surrounds the circuits."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One circuit with its values as it is sent, and what is needed to show its result.

    ``expected`` is the number of results it gives: more than 1 for OpenQASM text with several sets of values.
    """

    payload: dict[str, Any]
    shots: int
    where: str
    note: CircuitNote | None = None
    metadata: Any = None
    num_qubits: int = 0
    expected: int = 1


@dataclass(slots=True)
class Load:
    """The experiments of one job, with the bytes they take on the way there and, at worst, back."""

    experiments: list[Experiment] = field(default_factory=list)
    sent: int = _ENVELOPE
    returned: int = _ENVELOPE


def split(experiments: Sequence[Experiment], *, max_bits: int | None, meas_level: int, meas_return: str) -> list[Load]:
    """Return the experiments in as few jobs as fit, in order; ``CircuitRefused`` when one alone does not.

    ``max_bits``: for a driver that lists all outcomes, zeros included, the classical bits whose results the server
    still keeps; None for a driver that does not.
    """
    loads = [Load()]
    for experiment in experiments:
        sent = len(json.dumps(experiment.payload).encode()) + 2
        if sent + _ENVELOPE > MAX_BODY:
            raise CircuitRefused(
                f"{experiment.where} takes {sent / MAX_BODY:.1f} MiB as OpenQASM; a job's limit is 1 MiB. "
                "A lower optimization or fewer gates may help; a single circuit cannot be split."
            )
        bits = experiment.note.width if experiment.note else None
        if max_bits is not None and meas_level == 2 and bits is not None and bits > max_bits:
            raise CircuitRefused(
                f"{experiment.where} measures {bits} classical bits; this server loses results of more than "
                f"{max_bits}, because its driver lists all 2^{bits} outcomes. Measure fewer bits in a circuit, or give "
                "max_classical_bits if this server keeps more."
            )
        returned = 0 if max_bits is None else _returned(bits or 0, experiment, meas_level, meas_return)
        load = loads[-1]
        # The first circuit's results are repeated at the top.
        first = 0 if load.experiments else returned
        if load.experiments and (load.sent + sent > MAX_BODY or load.returned + returned > MAX_BODY):
            load = Load()
            loads.append(load)
            first = returned
        load.experiments.append(experiment)
        load.sent += sent
        load.returned += returned + first
    return loads


def job_arguments(load: Load, meas_level: int, meas_return: str, qpu_id: str | None) -> dict[str, Any]:
    """Return the keywords of ``submit_job`` for a load; shots beside a circuit only where they differ."""
    shots = max(experiment.shots for experiment in load.experiments)
    circuits = [
        experiment.payload if experiment.shots == shots else {**experiment.payload, "shots": experiment.shots}
        for experiment in load.experiments
    ]
    arguments: dict[str, Any] = {
        "circuits": circuits,
        "shots": shots,
        "meas_level": meas_level,
        "meas_return": meas_return,
    }
    if qpu_id is not None:
        arguments["qpu_target"] = qpu_id
    return arguments


def _returned(bits: int, experiment: Experiment, meas_level: int, meas_return: str) -> int:
    """Bytes of one circuit's results at worst, as compact JSON."""
    if meas_level == 2:
        outcomes = 1 << bits
        return outcomes * (bits + 5) + min(outcomes, experiment.shots) * len(str(experiment.shots)) + 64
    shots = experiment.shots if meas_return == "single" else 1
    return shots * (bits * 45 + 3) + 64
