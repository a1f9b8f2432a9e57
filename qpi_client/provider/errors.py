"""Errors and warnings of the provider: the reference's kinds and Qiskit's at once."""

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
    """Shows the message itself, where Qiskit's errors show its repr."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class QPIJobError(_Plain, QPIError, JobError, RuntimeError):  # type: ignore[misc]  # Qiskit has no types
    """A job failed, was cancelled, or has no results that can be read.

    It is Qiskit's `JobError` and a `RuntimeError` too.
    """


class QPIJobTimeoutError(_Plain, QPIError, JobTimeoutError, TimeoutError):  # type: ignore[misc]  # Qiskit has no types
    """A job was not over in the time given; it goes on.

    It is Qiskit's `JobTimeoutError` and a `TimeoutError` too.
    """


class CircuitRefused(_Plain, InvalidValue, QiskitError):  # type: ignore[misc]  # Qiskit has no types
    """Something that was given to ``run`` cannot be sent. Nothing was sent.

    It is Qiskit's `QiskitError` and a `ValueError` too.
    """


class QPUUnavailable(_Plain, QPIError, QiskitError, RuntimeError):  # type: ignore[misc]  # Qiskit has no types
    """The QPU is offline, disabled or in maintenance, and ``strict=True`` was given. Nothing was sent.

    It is Qiskit's `QiskitError` and a `RuntimeError` too.
    """


class UnknownOption(QPIError, TypeError, AttributeError):
    """There is no such option; the message names one like it, or all there are.

    It is a `TypeError` and an `AttributeError` too.
    """


def unknown_option(given: str, known: Iterable[str], where: str) -> UnknownOption:
    """Return the error for an option that does not exist, naming one that is like it, else all that exist."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
    return UnknownOption(f"{where} got an unknown option {given!r}; {advice}")
