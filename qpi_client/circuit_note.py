"""Read and write a circuit's name and classical registers in its OpenQASM text.

Devices take one classical register, and the server keeps only known fields. So the name and the registers of a circuit
are stored in a comment of its text: ``// qpi:{"name": "bell", "creg_sizes": [["c", 2]]}``. It is at the end of the text
because drivers search for the version line from the start.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_WIDTH = 4096
"""Maximum classical bits of a plausible declaration: bitstrings are padded to their width."""
MAX_METADATA = 16 * 1024
"""Maximum bytes of a circuit's metadata that are stored with it."""

_NOTE = re.compile(r"^[ \t]*//[ \t]*qpi:(\{.*\})[ \t\r]*$", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BITS = re.compile(
    r"(?:^|[;{}])\s*(?:"
    r"(?:output\s+)?bit\s*(?:\[\s*(?P<size3>\d{1,6})\s*\])?\s+(?P<name3>[^\W\d]\w*)\s*[;=]"
    r"|creg\s+(?P<name2>[^\W\d]\w*)\s*(?:\[\s*(?P<size2>\d{1,6})\s*\])?\s*(?=;)"
    r")"
)

Registers = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CircuitNote:
    """A circuit's name, classical registers (name, size) from bit 0 upwards, number of classical bits, and metadata."""

    name: str | None = None
    registers: Registers = ()
    width: int | None = None
    metadata: Mapping[str, Any] | None = None


def write_note(qasm: str, note: CircuitNote) -> str:
    """Return the OpenQASM text with the note as its last line."""
    fields: dict[str, object] = {
        "name": note.name,
        "creg_sizes": [list(register) for register in note.registers],
    }
    if note.width is not None and note.width != sum(size for _, size in note.registers):
        fields["memory_slots"] = note.width
    if (metadata := _keepable(note.metadata)) is not None:
        fields["metadata"] = metadata
    # Drivers search the whole text for "OPENQASM 2.0;", so a name must not contain a version line.
    text = json.dumps(fields, separators=(",", ":")).replace("OPENQASM", "\\u004fPENQASM")
    return f"{qasm.rstrip()}\n// qpi:{text}\n"


def read_note(qasm: object) -> CircuitNote:
    """Return the data from a text's note, or from the registers that it declares. Never raises."""
    if not isinstance(qasm, str):
        return CircuitNote()
    for match in reversed(list(_NOTE.finditer(qasm))):
        note = _from_json(match.group(1))
        if note is not None:
            return note
    return _from_declarations(qasm)


def registers_from(value: object) -> Registers:
    """Return (name, size) pairs from a JSON ``creg_sizes``; () for anything else."""
    if not isinstance(value, list):
        return ()
    pairs: list[tuple[str, int]] = []
    for item in value:
        if not (isinstance(item, (list, tuple)) and len(item) == 2):
            return ()
        name, size = item
        if not isinstance(name, str) or type(size) is not int or not 0 <= size <= MAX_WIDTH:
            return ()
        pairs.append((name, size))
    return tuple(pairs) if sum(size for _, size in pairs) <= MAX_WIDTH else ()


def _from_json(text: str) -> CircuitNote | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    name, slots = fields.get("name"), fields.get("memory_slots")
    registers = registers_from(fields.get("creg_sizes"))
    width = slots if type(slots) is int and 0 <= slots <= MAX_WIDTH else sum(size for _, size in registers)
    metadata = fields.get("metadata")
    return CircuitNote(
        name if isinstance(name, str) else None,
        registers,
        width or None,
        metadata if isinstance(metadata, dict) and metadata else None,
    )


def _keepable(metadata: Mapping[str, Any] | None) -> Any:
    """Return the metadata as JSON, arrays as lists; None if it is not serializable or too large."""
    if not metadata:
        return None
    try:
        text = json.dumps(metadata, allow_nan=False, default=lambda value: value.tolist())
    except (TypeError, ValueError, AttributeError, RecursionError):
        return None
    return json.loads(text) if len(text) <= MAX_METADATA else None


def _from_declarations(qasm: str) -> CircuitNote:
    pairs = [
        (match["name3"] or match["name2"], int(match["size3"] or match["size2"] or 1))
        for match in _BITS.finditer(_overlapping(_COMMENT.sub(" ", qasm)))
    ]
    width = sum(size for _, size in pairs)
    if not 0 < width <= MAX_WIDTH:
        return CircuitNote()
    return CircuitNote(None, tuple(pairs), width)


def _overlapping(text: str) -> str:
    """Double every semicolon, so that one can end a declaration and the next one can start another."""
    return text.replace(";", ";;")
