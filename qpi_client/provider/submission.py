"""Pack experiments into jobs below the server's size limit, with results that the server does not lose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qpi_client.circuit_note import CircuitNote
from qpi_client.driver_kinds import PADDING_KINDS
from qpi_client.job_limits import ENVELOPE, MAX_BODY, returned_bytes, too_many_bits
from qpi_client.openqasm import at_line
from qpi_client.provider.device import width_problem
from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.export import LineOf, line_with


@dataclass(frozen=True, slots=True)
class Experiment:
    """One circuit with its values as sent, and the data needed to display its result.

    ``expected`` is its number of results: more than 1 for OpenQASM text with several sets of values.
    ``line_of`` finds the line of a text on which something becomes too much.
    """

    payload: dict[str, Any]
    shots: int
    where: str
    note: CircuitNote | None = None
    metadata: Any = None
    num_qubits: int = 0
    expected: int = 1
    line_of: LineOf | None = None


@dataclass(slots=True)
class Load:
    """The experiments of one job, with their size in bytes when sent and, at most, when returned."""

    experiments: list[Experiment] = field(default_factory=list)
    sent: int = ENVELOPE
    returned: int = ENVELOPE


def split(experiments: Sequence[Experiment], *, max_bits: int | None, meas_level: int, meas_return: str) -> list[Load]:
    """Split the experiments into as few jobs as possible, in order; ``CircuitRefused`` if one alone is too large.

    ``max_bits``: for a driver that lists all outcomes, zeros included, the number of classical bits whose results the
    server still stores; None for other drivers.
    """
    loads = [Load()]
    for experiment in experiments:
        sent = len(json.dumps(experiment.payload).encode()) + 2
        if sent + ENVELOPE > MAX_BODY:
            raise CircuitRefused(
                f"{experiment.where} takes {sent / MAX_BODY:.1f} MiB as OpenQASM; a job's limit is 1 MiB. "
                "A lower optimization or fewer gates may help; a single circuit cannot be split."
            )
        bits = experiment.note.width if experiment.note else None
        if max_bits is not None and meas_level == 2 and bits is not None and bits > max_bits:
            line = line_with(experiment.line_of, lambda part: part.num_clbits > max_bits)
            raise CircuitRefused(f"{experiment.where}{at_line(line)} {too_many_bits(bits, max_bits)}")
        returned = 0 if max_bits is None else returned_bytes(bits or 0, experiment.shots, meas_level, meas_return)
        load = loads[-1]
        # The first circuit's results are repeated at the top level.
        first = 0 if load.experiments else returned
        if load.experiments and (load.sent + sent > MAX_BODY or load.returned + returned > MAX_BODY):
            load = Load()
            loads.append(load)
            first = returned
        load.experiments.append(experiment)
        load.sent += sent
        load.returned += returned + first
    return loads


def counts_problem(experiments: Sequence[Experiment], kind: str | None, max_bits: int) -> str:
    """Return why the server would lose the counts of one of these; "" where it keeps them all."""
    if kind not in PADDING_KINDS:
        return ""
    try:
        split(experiments, max_bits=max_bits, meas_level=2, meas_return="single")
    except CircuitRefused as error:
        return str(error)
    return ""


def check_width(experiments: Sequence[Experiment], size: int, kind: str | None, name: str) -> str:
    """Return what is worth a warning of the widest experiment; ``CircuitRefused`` when the QPU cannot take it."""
    widest = max(experiments, key=lambda one: one.num_qubits)
    refusal, remark = width_problem(widest.num_qubits, size, kind, name)
    if refusal:
        line = line_with(widest.line_of, lambda part: width_problem(part.num_qubits, size, kind, name)[0])
        raise CircuitRefused(f"{widest.where}{at_line(line)} {refusal}")
    return f"{widest.where} {remark}" if remark else ""


def job_arguments(load: Load, meas_level: int, meas_return: str, qpu_id: str | None) -> dict[str, Any]:
    """Return the arguments of ``submit_job`` for a load, with shots per circuit only if they differ."""
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
