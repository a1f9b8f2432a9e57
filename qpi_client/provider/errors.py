"""Errors and warnings of the provider. Each is also an error of Qiskit and a built-in one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from qiskit.exceptions import QiskitError
from qiskit.providers import JobError, JobTimeoutError

from qpi_client.errors import InvalidValue, QPIError, QPIWarning

__all__ = [
    "CircuitRefused",
    "QPIJobError",
    "QPIJobTimeoutError",
    "QPIWarning",
    "QPUUnavailable",
    "UnknownOption",
    "unknown_option",
]


class _Plain(Exception):
    """Prints the message itself; Qiskit's errors print its repr."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class QPIJobError(_Plain, QPIError, JobError, RuntimeError):  # type: ignore[misc]  # Qiskit has no types
    """A job failed, was cancelled, or has no readable results.

    It is also Qiskit's `JobError` and a `RuntimeError`.
    """


class QPIJobTimeoutError(_Plain, QPIError, JobTimeoutError, TimeoutError):  # type: ignore[misc]  # Qiskit has no types
    """A job did not finish in time. It continues.

    It is also Qiskit's `JobTimeoutError` and a `TimeoutError`.
    """


class CircuitRefused(_Plain, InvalidValue, QiskitError):  # type: ignore[misc]  # Qiskit has no types
    """An argument of ``run`` cannot be sent. Nothing was sent.

    It is also Qiskit's `QiskitError` and a `ValueError`.
    """


class QPUUnavailable(_Plain, QPIError, QiskitError, RuntimeError):  # type: ignore[misc]  # Qiskit has no types
    """The QPU is offline, disabled or in maintenance, and ``strict=True`` was given. Nothing was sent.

    It is also Qiskit's `QiskitError` and a `RuntimeError`.
    """


class UnknownOption(QPIError, TypeError, AttributeError):
    """An option does not exist. The message suggests a similar one, or lists all.

    It is also a `TypeError` and an `AttributeError`.
    """


def unknown_option(given: str, known: Iterable[str], where: str) -> UnknownOption:
    """Return the error for an unknown option, with a similar one or the list of all."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
    return UnknownOption(f"{where} got an unknown option {given!r}; {advice}")
