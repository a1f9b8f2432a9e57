"""A separate process that draws and reads circuits: `python -m qpi_tui.plots.circuit_drawing`, JSON lines in and out.

In: `{"qasm": text, "width": columns}`; out: `{"drawn": text}` or `{"error": sentence}`. In: `{"read": {…}}`; out: see
`circuit_reading`. It is separate because Qiskit takes a second to load and circuits come from anybody: it reads no
files, and its memory and time are bounded.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import warnings
from typing import Any

from qpi_tui.plots import circuit_reading

_log = logging.getLogger(__name__)

MOST_BYTES = 300_000
_MEMORY = 4 << 30
_SECONDS = 20  # CPU seconds for one circuit.


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
        # Only the soft limit, which the next circuit raises again.
        resource.setrlimit(resource.RLIMIT_CPU, (used + _SECONDS, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def draw(qasm: str, width: int) -> str:
    """Return the circuit in lines of at most `width` columns. Raises whatever Qiskit raises."""
    from qpi_client.provider.reading import read_openqasm

    return str(read_openqasm(qasm).draw("text", fold=max(width, 20), cregbundle=True))


def answer(line: str) -> dict[str, Any]:
    """Return the answer to a line."""
    try:
        asked = json.loads(line)
        reading = asked.get("read")
        qasm, width = ("", 0) if reading is not None else (str(asked["qasm"]), int(asked["width"]))
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"the question is not understood ({error})"}
    if len(qasm) > MOST_BYTES:
        return {"error": f"the circuit has {len(qasm):,} characters; {MOST_BYTES:,} are drawn at most"}
    _limit()
    try:
        return circuit_reading.answer(reading) if reading is not None else {"drawn": draw(qasm, width)}
    except ImportError as error:
        missing = error.name or getattr(error, "libname", "qiskit")
        return {"error": f"Qiskit is not installed ({missing}): pip install 'qpi-tui[qiskit]' reads and draws circuits"}
    except MemoryError:
        return {"error": "the circuit is too large to be read or drawn"}
    except Exception as error:
        _log.debug("a circuit could not be read or drawn", exc_info=True)
        said = " ".join(str(error).split())[:300]
        return {"error": said if said.startswith("The OpenQASM text") else f"{type(error).__name__}: {said}"}


def main() -> None:
    """Answer lines until the end of input."""
    warnings.simplefilter("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # Qiskit's output must not get between the answers.
    for line in sys.stdin:
        out.write(json.dumps(answer(line)) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
