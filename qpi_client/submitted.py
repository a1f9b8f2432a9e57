"""Parse a job's submitted payload into one item per expected result. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qpi_client.circuit_note import CircuitNote, read_note
from qpi_client.outcomes import read_shot_number

_NOTHING = CircuitNote()


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submitted circuit and parameter set."""

    note: CircuitNote = _NOTHING
    circuit: int | None = None
    parameter_set: int | None = None
    values: tuple[object, ...] | None = None
    shots: int | None = None


def _circuits(payload: object) -> list[object]:
    circuits = payload.get("circuits") if isinstance(payload, Mapping) else None
    return circuits if isinstance(circuits, list) else []


def read_submitted(payload: object) -> list[Submitted]:
    """Parse a payload into one item per circuit and, if any, parameter set. Never raises."""
    items: list[Submitted] = []
    for position, circuit in enumerate(_circuits(payload)):
        fields = circuit if isinstance(circuit, Mapping) else {}
        note = read_note(fields.get("circuit"))
        shots = read_shot_number(fields.get("shots"))
        sets = fields.get("parameter_values")
        if not isinstance(sets, list) or not sets:
            items.append(Submitted(note, position, None, None, shots))
            continue
        for number, values in enumerate(sets):
            row = tuple(values) if isinstance(values, list) else (values,)
            items.append(Submitted(note, position, number, row, shots))
    return items
