"""Write the corpus: `python -m tests.qasm.make`. Each case gives the expected outcome of its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.qasm import headers, openqasm2, openqasm3, refused, written

FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Case:
    """A text with the probability of each outcome (registers without spaces between them), or the text of its
    error.

    `values` are its parameter values as a user types them. `kind` is the driver's.

    `values` are those of its parameters, as a person types them; `kind` is the driver's.
    """

    name: str
    text: str
    outcomes: dict[str, float] = field(default_factory=dict)
    refused: str = ""
    values: str = ""
    kind: str = "qiskit_aer"


def cases() -> Iterator[Case]:
    """Return every case, by name."""
    for name, text, outcome in [*headers.taken(), *openqasm2.taken(), *openqasm3.taken()]:
        yield Case(name, text, outcome if isinstance(outcome, dict) else {outcome: 1.0})
    for name, text, values, outcome in openqasm3.with_values():
        yield Case(name, text, {outcome: 1.0}, values=values)
    for name, text, outcomes in written.texts():
        yield Case(name, text, outcomes)
    for name, text, words, *more in refused.texts():
        yield Case(name, text, refused=words, **dict(zip(("values", "kind"), more, strict=False)))


def expectations() -> dict[str, dict[str, object]]:
    """Return what the tests read besides the texts; only values that differ from the default."""
    found: dict[str, dict[str, object]] = {}
    for case in cases():
        if case.name in found:
            raise ValueError(f"there are two cases named {case.name}")
        fields = {"outcomes": case.outcomes, "refused": case.refused, "values": case.values}
        found[case.name] = {name: value for name, value in fields.items() if value}
        if case.kind != "qiskit_aer":
            found[case.name]["kind"] = case.kind
    return dict(sorted(found.items()))


def main() -> None:
    """Write the texts and their expectations."""
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.qasm"):
        file.unlink()
    for case in cases():
        (FOLDER / f"{case.name}.qasm").write_bytes(case.text.encode())
    (FOLDER / "expected.json").write_text(json.dumps(expectations(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
