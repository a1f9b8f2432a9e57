"""Repeat a job: the parts of its record that are submitted again, or why it is impossible. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SETTINGS = ("shots", "meas_level", "meas_return")


def repeat_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `submit_job` that repeat this one. `ValueError` with a sentence where it cannot be."""
    if not job.get("qpu_target"):
        raise ValueError("That job named no QPU: submit a new one.")
    payload = job.get("payload")
    if not isinstance(payload, Mapping) or not payload.get("circuits"):
        raise ValueError("The server does not return this job's circuits: submit a new job.")
    # Level 0 is a setting too.
    settings = {key: payload[key] for key in _SETTINGS if payload.get(key) not in (None, "")}
    # The job itself must not be taken for its repetition, where the answer is lost.
    return {
        "circuits": payload["circuits"],
        **settings,
        "qpu_target": str(job["qpu_target"]),
        "besides": [str(job["id"])],
    }
