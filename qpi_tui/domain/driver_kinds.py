"""The kinds of drivers, their languages and their events, as on servers of v0.1."""

from __future__ import annotations

KINDS = {
    "mock": "mock driver: simulates without a QPU",
    "qiskit_aer": "the Aer simulator",
    "quantify": "hardware, through quantify",
    "qblox": "Qblox instruments",
    "presto": "Presto instruments",
    "bluefors_gen1": "reads a Bluefors cryostat; runs no jobs",
    "custom": "your own program, with the events that you list",
}
LANGUAGES = ("python", "typescript", "go")
EVENTS = {
    "JobDispatch": "takes jobs",
    "JobResult": "sends results",
    "CryostatReading": "sends readings",
}
