"""What a server keeps of a job: bytes of its circuits and of its results, and bits of an outcome. Needs no Qiskit."""

from __future__ import annotations

MAX_BODY = 1024 * 1024
"""Bytes of a job's payload, and of its results, that the server keeps."""
ENVELOPE = 512
"""Bytes reserved for the rest of the payload."""
MAX_BITS = 14
"""Classical bits of a circuit whose counts the server keeps, where its driver lists all outcomes."""


def returned_bytes(bits: int, shots: int, meas_level: int, meas_return: str) -> int:
    """Return the bytes of one circuit's results at worst, as compact JSON, where the driver lists all outcomes."""
    if meas_level == 2:
        outcomes = 1 << bits
        return outcomes * (bits + 5) + min(outcomes, shots) * len(str(shots)) + 64
    kept = shots if meas_return == "single" else 1
    return kept * (bits * 45 + 3) + 64


def too_many_bits(bits: int, most: int) -> str:
    """Return why a circuit that measures so many bits is refused, as the rest of a sentence."""
    return (
        f"measures {bits} classical bits; this server loses results of more than {most}, because its driver lists all "
        f"2^{bits} outcomes. Measure fewer bits in a circuit, or give max_classical_bits if this server keeps more."
    )
