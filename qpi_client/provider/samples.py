"""Convert counts of experiments to the bit arrays of a sampler."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit.primitives import BitArray, DataBin, SamplerPubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.result import Result

from qpi_client.provider.errors import QPIJobError


def sampled(result: Result, pub: SamplerPub, first: int) -> SamplerPubResult:
    """Return the result of a pub whose experiments start at ``first``; ``QPIJobError`` if one has no counts."""
    registers = list(pub.circuit.cregs)
    rows: dict[str, list[Any]] = {register.name: [] for register in registers}
    for index in range(pub.size):
        outcomes, counts = read_counts(result, first + index)
        if counts.sum() != pub.shots:
            raise QPIJobError(
                f"Circuit {pub.circuit.name!r} came back with {counts.sum():,} shots instead of {pub.shots:,}."
            )
        # Drivers return counts only: the order of the shots is arbitrary.
        order = np.random.default_rng(first + index).permutation(pub.shots)
        # By position: registers may share bits, and bits may be in none.
        flat = [outcome.replace(" ", "")[::-1] for outcome in outcomes]
        for register in registers:
            places = [pub.circuit.find_bit(bit).index for bit in reversed(register)]
            words = ["".join(outcome[place] for place in places) for outcome in flat]
            packed = np.array([_packed(word, register.size) for word in words], dtype=np.uint8)
            rows[register.name].append(np.repeat(packed, counts, axis=0)[order])
    arrays = {
        register.name: BitArray(np.stack(rows[register.name]).reshape(*pub.shape, pub.shots, -1), register.size)
        for register in registers
    }
    metadata = {"shots": pub.shots, "circuit_metadata": pub.circuit.metadata}
    return SamplerPubResult(DataBin(**arrays, shape=pub.shape), metadata)


def read_counts(result: Result, index: int) -> tuple[list[str], Any]:
    """Return outcomes, with spaces between registers, and their counts; ``QPIJobError`` if there are none."""
    experiment = result.results[index]
    if not experiment.success:
        raise QPIJobError(f"Experiment {index} of job {result.job_id} has no result: {experiment.status}")
    counts = {bits: count for bits, count in result.get_counts(index).items() if count}
    return list(counts), np.fromiter(counts.values(), dtype=np.int64, count=len(counts))


def _packed(bits: str, size: int) -> list[int]:
    """Return the bits of a register as bytes, most significant first."""
    return list(int(bits or "0", 2).to_bytes((size + 7) // 8, "big"))
