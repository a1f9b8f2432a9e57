"""Run options: defaults, and validation that the server does not do."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from operator import index as whole
from typing import Any

from qpi_client.job_limits import MAX_BITS
from qpi_client.provider.errors import CircuitRefused, QPIWarning, unknown_option

DEFAULTS: dict[str, Any] = {
    "shots": 1024,
    "meas_level": 2,
    "meas_return": "single",
    "memory": False,
    "strict": False,
    "max_classical_bits": MAX_BITS,
    "seed_simulator": None,
    "rep_delay": None,
    "job_tags": None,
}
"""Options of a backend.

``max_classical_bits`` counts on QPUs whose drivers list all 2^n outcomes: the server loses results over 1 MiB.
Qiskit's primitives pass ``seed_simulator``, and mthree passes ``rep_delay`` and ``job_tags``, though no server takes
them.
"""

_UNHEARD = {"seed_simulator": "seed", "rep_delay": "delay between shots", "job_tags": "tags"}


def merged(options: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the options updated with those given (not None), validated; ``TypeError`` for unknown ones."""
    result = dict(options)
    for name, value in given.items():
        if name not in DEFAULTS:
            raise unknown_option(name, (*DEFAULTS, "parameter_values", "qasm", "circuit", "run_input"), where)
        if value is not None:
            result[name] = checked(name, value)
    return result


def checked(name: str, value: Any) -> Any:
    """Validate an option and return its value as a plain type; ``CircuitRefused`` (a ``ValueError``) if invalid."""
    if name == "shots":
        if _several(value):
            return [positive(item, f"shots[{i}]") for i, item in enumerate(value)]
        return positive(value, "shots")
    if name == "meas_level":
        level = _whole(value)
        if level not in (0, 1, 2):
            raise CircuitRefused(f"meas_level must be 0, 1 or 2, not {value!r}.")
        return level
    if name == "meas_return":
        word = str(getattr(value, "value", value))
        if word not in ("single", "avg"):
            raise CircuitRefused(f"meas_return must be 'single' or 'avg', not {value!r}.")
        return word
    if name == "max_classical_bits":
        return positive(value, name)
    if name in ("memory", "strict"):
        if value not in (True, False):
            raise CircuitRefused(f"{name} must be True or False, not {value!r}.")
        return bool(value)
    if name in _UNHEARD and value:
        warnings.warn(f"{name} has no effect: the server takes no {_UNHEARD[name]}.", QPIWarning, stacklevel=4)
    return value


def positive(value: Any, where: str) -> int:
    """Validate a positive integer of any type and return it as an int; ``CircuitRefused`` for anything else."""
    number = _whole(value)
    if number is None or number < 1:
        raise CircuitRefused(f"{where} must be a positive whole number, not {value!r}.")
    return number


def shots_for_each(shots: int | Sequence[int], circuits: int) -> list[int]:
    """Return the shots of each circuit; ``CircuitRefused`` if a list of shots has a different length."""
    if isinstance(shots, int):
        return [shots] * circuits
    if len(shots) != circuits:
        raise CircuitRefused(f"There are {len(shots)} numbers of shots for {circuits} circuits; give one or as many.")
    return list(shots)


def _several(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return whole(value)
    except TypeError:
        return None
