"""A process of its own that draws circuits: `python -m qpi_tui.plots.circuit_drawing`, JSON lines in and out.

In: `{"qasm": text, "width": columns}`; out: `{"drawn": text}` or `{"error": sentence}`. It is apart because Qiskit
takes a second to load and circuits come from anybody: it reads no files, and its memory and time are bounded.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import warnings
from typing import Any

_log = logging.getLogger(__name__)

MOST_BYTES = 300_000
_MEMORY = 4 << 30
_SECONDS = 20  # of processor time for one circuit


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
        resource.setrlimit(resource.RLIMIT_CPU, (used + _SECONDS, used + _SECONDS))


def draw(qasm: str, width: int) -> str:
    """The circuit in lines of at most `width` columns. Raises whatever Qiskit raises."""
    from qiskit import qasm2, qasm3  # type: ignore[import-not-found,unused-ignore]  # an extra

    if re.search(r"^\s*OPENQASM\s+2", qasm, re.MULTILINE):
        # No include path: only what Qiskit brings along.
        circuit = qasm2.loads(qasm, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    else:
        circuit = qasm3.loads(qasm)
    return str(circuit.draw("text", fold=max(width, 20), cregbundle=True))


def answer(line: str) -> dict[str, Any]:
    """The answer to a line."""
    try:
        asked = json.loads(line)
        qasm, width = str(asked["qasm"]), int(asked["width"])
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"the question is not understood ({error})"}
    if len(qasm) > MOST_BYTES:
        return {"error": f"the circuit has {len(qasm):,} characters; {MOST_BYTES:,} are drawn at most"}
    _limit()
    try:
        return {"drawn": draw(qasm, width)}
    except ImportError as error:
        return {"error": f"Qiskit is not installed ({error.name}): pip install 'qpi-tui[qiskit]' draws circuits"}
    except MemoryError:
        return {"error": "the circuit is too large to be drawn"}
    except Exception as error:
        _log.debug("a circuit could not be drawn", exc_info=True)
        said = " ".join(str(error).split())[:300]
        return {"error": f"{type(error).__name__}: {said}"}


def main() -> None:
    """Answer until there are no more questions."""
    warnings.simplefilter("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # nothing that Qiskit prints may come between the answers
    for line in sys.stdin:
        out.write(json.dumps(answer(line)) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
