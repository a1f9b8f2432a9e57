"""Reads circuits for the console, in the drawing process: what to send of a text, and why not.

`answer` takes the fields of `qpi_tui.domain.circuit_check.Question`, and returns those of its `Reading`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_BYTES = 2_000_000


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to send of a text, or `refused`: a sentence. Raises `ImportError` without Qiskit or its importer."""
    from qpi_client.provider.errors import CircuitRefused
    from qpi_client.provider.submission import check_width, counts_problem
    from qpi_client.provider.texts import facts_of, text_experiments

    qasm, where = str(asked["qasm"]), str(asked["where"])
    if len(qasm) > MOST_BYTES:
        return {"refused": f"{where} has {len(qasm):,} characters; at most {MOST_BYTES:,} are read."}
    kind = str(asked["kind"]) or None
    found: dict[str, Any] = {}
    try:
        facts = facts_of(qasm, where)
        found = {"qubits": facts.qubits, "registers": list(facts.registers), "inputs": list(facts.inputs)}
        experiments, remarks = text_experiments(qasm, asked["values"] or None, 1, kind, where)
        remark = check_width(experiments, int(asked["qubits"]), kind, str(asked["qpu"])) if asked["qubits"] else ""
    except CircuitRefused as error:
        return {**found, "refused": str(error)}
    found["too_many_bits"] = counts_problem(experiments, kind, int(asked["max_bits"]))
    said = [*remarks, *([remark] if remark else [])]
    return {**found, "circuits": [one.payload for one in experiments], "remarks": said, "checked": True}
