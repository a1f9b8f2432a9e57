"""Normalize a job's results to counts, IQ points or an error message, for any driver and without Qiskit.

The server stores whatever JSON a driver sends. Parsing never raises: an entry in an unknown format has an error and
keeps its raw value. In bitstrings, classical bit 0 is the rightmost, as in Qiskit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TypedDict, TypeGuard

from qpi_client.circuit_note import MAX_WIDTH, CircuitNote, Registers, registers_from
from qpi_client.outcomes import IQ, Counts, read_counts, read_iq, read_shot_number, read_shots
from qpi_client.submitted import Submitted, read_submitted

NOT_UNDERSTOOD = "The driver's answer for this circuit cannot be read. It is kept as received."
NO_OUTCOMES = "The driver returned no outcomes for this circuit; does it measure anything?"
_DATA = ("counts", "hex_counts", "memory", "raw", "circuit_results")


@dataclass(frozen=True, slots=True)
class CircuitResult:
    """Result of one circuit, or of one of its parameter sets.

    Attributes:
        index: Position in the job's results.
        raw: The entry as the driver sent it.
        name: Name of the circuit; None if unknown.
        registers: Classical registers as (name, size), from bit 0 upwards; empty if unknown.
        width: Number of classical bits.
        counts: Bitstring of ``width`` bits, bit 0 rightmost, to number of shots, without zeros; None without counts.
        memory: IQ points as complex numbers, ``[shot][qubit]`` or, averaged, ``[qubit]``; None at level 2.
        outcomes: Bitstring of each shot if the driver sends them; None otherwise.
        shots: Number of shots.
        error: Why there are neither counts nor points, as a sentence; None if there are.
        circuit: Position of the circuit in the submitted list; None if unknown.
        parameter_set: Position of the parameter set in its circuit; None without parameters.
        parameter_values: The values of the parameter set; None without parameters.
        header: The driver's own header.
    """

    index: int
    raw: object
    name: str | None = None
    registers: Registers = ()
    width: int | None = None
    counts: Counts | None = None
    memory: IQ | None = None
    outcomes: list[str] | None = None
    shots: int | None = None
    error: str | None = None
    circuit: int | None = None
    parameter_set: int | None = None
    parameter_values: tuple[object, ...] | None = None
    header: dict[str, object] = field(default_factory=dict)

    @property
    def averaged(self) -> bool:
        """Whether ``memory`` has one averaged point per qubit."""
        return bool(self.memory) and isinstance((self.memory or [0j])[0], complex)

    def split(self, bitstring: str) -> list[tuple[str, str]]:
        """Split a bitstring into its registers.

        Args:
            bitstring: Bits without spaces, bit 0 rightmost.

        Returns:
            (register, bits) pairs, first register first; empty if the registers are unknown.
        """
        if sum(size for _, size in self.registers) != len(bitstring):
            return []
        ends = accumulate(size for _, size in self.registers)
        length = len(bitstring)
        return [
            (name, bitstring[length - end : length - end + size])
            for (name, size), end in zip(self.registers, ends, strict=True)
        ]

    def spaced(self, bitstring: str) -> str:
        """Insert a space between registers, last register first, as Qiskit prints bitstrings.

        Args:
            bitstring: Bits without spaces, bit 0 rightmost.

        Returns:
            The text, such as ``"001 10"``.
        """
        return " ".join(bits for _, bits in reversed(self.split(bitstring))) or bitstring

    def register_counts(self) -> dict[str, Counts]:
        """Return the counts of each register, summed over the others.

        Returns:
            Counts by name of the register.
        """
        totals: dict[str, Counts] = {name: {} for name, _ in self.registers}
        for bitstring, count in (self.counts or {}).items():
            for name, bits in self.split(bitstring):
                totals[name][bits] = totals[name].get(bits, 0) + count
        return totals


@dataclass(frozen=True, slots=True)
class JobResults:
    """Results of a job: one entry for each circuit and parameter set, or an error message.

    Iterate over it to get the entries.

    Attributes:
        raw: The results as the server returned them.
        entries: One `CircuitResult` for each circuit and parameter set.
        error: Error message of the driver or the server; None without an error.
        echo: Whether the server returned the submitted payload. The results are then in the job's record, which
            requires a session.
        meas_level: 2 for counts, 1 for IQ points, 0 for raw data; None if unknown.
        meas_return: "single" or "avg"; None if unknown.
    """

    raw: object
    entries: tuple[CircuitResult, ...] = ()
    error: str | None = None
    echo: bool = False
    meas_level: int | None = None
    meas_return: str | None = None

    def __iter__(self) -> Iterator[CircuitResult]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class _Due(TypedDict):
    circuit: int | None
    parameter_set: int | None
    parameter_values: tuple[object, ...] | None


def parse_results(record_or_payload: object, payload: object = None) -> JobResults:
    """Parse a job's record, or its results, into entries. Never raises, whatever the driver sent.

    Args:
        record_or_payload: A job from `QPIClient.get_job`, or its ``results``.
        payload: The submitted payload, if ``record_or_payload`` contains the results only. It provides names, registers
            and widths.

    Returns:
        The results.

    Examples:
        >>> for entry in parse_results(client.get_job(job_id)):
        ...     print(entry.name, entry.counts or entry.error)
    """
    results, status = record_or_payload, None
    stated: object = None
    if is_record(record_or_payload):
        results, status = record_or_payload.get("results"), record_or_payload.get("status")
        payload = record_or_payload.get("payload") if payload is None else payload
        stated = record_or_payload.get("error")
    results = _decoded(results)
    level, kind = _measurement(payload)
    if is_echo(results, payload):
        return JobResults(results, error=_text(stated), echo=True, meas_level=level, meas_return=kind)
    error = _error_of(results) or _text(stated)
    if error is None and status == "failed" and isinstance(results, str):
        error = _text(results)
    found = _found(results)
    submitted = read_submitted(payload)
    if len(submitted) < len(found):
        # There are more entries than expected, so they cannot be assigned to circuits, unless there was only one
        # circuit.
        one = submitted[0] if {item.circuit for item in submitted} == {0} else Submitted()
        submitted = [replace(one, parameter_set=None, values=None)] * len(found)
    entries = tuple(_entry(index, raw, submitted[index], level, kind) for index, raw in enumerate(found))
    return JobResults(results, entries, error, False, level, kind)


def is_record(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is a job's record, not its results.

    Args:
        value: Any value.

    Returns:
        Whether it is a record.
    """
    return (
        isinstance(value, Mapping) and "results" in value and any(key in value for key in ("status", "payload", "id"))
    )


def is_echo(results: object, payload: object = None) -> bool:
    """Return whether results are the submitted payload, which ``GET /api/jobs/{id}`` returns in their place.

    Args:
        results: The results as the server returned them.
        payload: The submitted payload.

    Returns:
        Whether they are the payload.
    """
    if not isinstance(results, Mapping):
        return False
    if isinstance(results.get("circuits"), list) and not any(key in results for key in (*_DATA, "error")):
        return True
    try:
        return bool(results) and results == payload
    except RecursionError:
        return False


def _decoded(results: object) -> object:
    """Decode results that a driver sent as a JSON string."""
    if isinstance(results, (str, bytes)):
        try:
            return json.loads(results)
        except (ValueError, RecursionError):
            return results
    return results


def _measurement(source: object) -> tuple[int | None, str | None]:
    if not isinstance(source, Mapping):
        return None, None
    level, kind = source.get("meas_level"), source.get("meas_return")
    return level if type(level) is int else None, kind if isinstance(kind, str) else None


def _text(value: object) -> str | None:
    """Return any message as text; None if there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("message"), str):
        return str(value["message"])
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        return "an error that cannot be shown"


def _error_of(entry: object) -> str | None:
    if not isinstance(entry, Mapping):
        return None
    text = _text(entry.get("error"))
    if text is None and entry.get("success") is False:
        text = (
            _text(entry.get("message"))
            or _text(entry.get("status"))
            or "The driver reports a failure without saying why."
        )
    return text


def _found(results: object) -> list[object]:
    """Return the result entries in order, from any of the known formats."""
    if isinstance(results, list):
        return results
    if isinstance(results, Mapping):
        several = results.get("circuit_results")
        if isinstance(several, list) and several:
            return several
        if not results or ("error" in results and not any(key in results for key in _DATA)):
            return []
        return [results]
    return [] if results in (None, "") else [results]


def _entry(index: int, raw: object, submitted: Submitted, level: int | None, kind: str | None) -> CircuitResult:
    """Parse one entry. If its format is unknown, keep it in ``raw`` and set ``error``."""
    due: _Due = {
        "circuit": submitted.circuit,
        "parameter_set": submitted.parameter_set,
        "parameter_values": submitted.values,
    }
    if not isinstance(raw, Mapping):
        return CircuitResult(index, raw, submitted.note.name, error=NOT_UNDERSTOOD, **due)
    header = raw.get("header")
    header = dict(header) if isinstance(header, Mapping) else {}
    note = _with_header(submitted.note, header)
    own_level, own_kind = _measurement(raw)
    level, kind = (own_level if own_level is not None else level), own_kind or kind
    histogram = read_counts(raw.get("counts"), note.width) or read_counts(
        raw.get("hex_counts"), note.width, hexadecimal=True
    )
    counts, spacing = histogram or (None, "")
    shots = read_shot_number(raw.get("shots"))
    outcomes = read_shots(raw.get("memory"), note.width) if level in (None, 2) else None
    memory = None
    if outcomes is None:
        averaged = kind == "avg" or (kind is None and shots is not None and shots > 1)
        memory = read_iq(raw.get("memory"), averaged=averaged)
    error = _error_of(raw)
    if error is None and not counts and memory is None and outcomes is None:
        error = NO_OUTCOMES if _is_empty(raw, shots) else NOT_UNDERSTOOD
    if shots is None or (shots == 0 and counts):
        shots = sum(counts.values()) if counts else submitted.shots
    width = len(next(iter(counts))) if counts else len(outcomes[0]) if outcomes else note.width
    return CircuitResult(
        index,
        raw,
        note.name,
        _registers(note, width, spacing),
        width,
        counts or None,
        memory,
        outcomes,
        shots,
        error,
        header=header,
        **due,
    )


def _is_empty(raw: Mapping[str, object], shots: int | None) -> bool:
    return not any(raw.get(key) for key in ("counts", "hex_counts", "memory")) and (not shots or "raw" in raw)


def _with_header(note: CircuitNote, header: Mapping[str, object]) -> CircuitNote:
    """Fill gaps in the circuit's data from the driver's header."""
    name, slots = header.get("name"), header.get("memory_slots")
    registers = note.registers or registers_from(header.get("creg_sizes"))
    width = note.width or (slots if type(slots) is int and 0 < slots <= MAX_WIDTH else None)
    return CircuitNote(
        note.name or (name if isinstance(name, str) else None),
        registers,
        width or sum(size for _, size in registers) or None,
    )


def _registers(note: CircuitNote, width: int | None, spacing: str) -> Registers:
    """Return the registers whose sizes add up to the width: the circuit's, or those in the driver's keys."""
    if note.registers and sum(size for _, size in note.registers) == width:
        return note.registers
    sizes = [len(part) for part in reversed(spacing.split())]
    return tuple((f"c{i}", size) for i, size in enumerate(sizes)) if sum(sizes) == width else ()
