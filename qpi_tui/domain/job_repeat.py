"""Repeat a job: the parts of its record that are submitted again, or why it is impossible. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SETTINGS = ("shots", "meas_level", "meas_return")


def repeat_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `submit_job` that repeat this one. Raises `ValueError` with a message if impossible."""
    if not job.get("qpu_target"):
        raise ValueError("That job has no QPU. Submit a new one.")
    payload = job.get("payload")
    if not isinstance(payload, Mapping) or not payload.get("circuits"):
        raise ValueError("The server does not return this job's circuits. Submit a new job.")
    # Level 0 is a setting too.
    settings = {key: payload[key] for key in _SETTINGS if payload.get(key) not in (None, "")}
    # After a lost answer, the original job must not be taken for its repetition.
    return {
        "circuits": payload["circuits"],
        **settings,
        "qpu_target": str(job["qpu_target"]),
        "besides": [str(job["id"])],
    }
