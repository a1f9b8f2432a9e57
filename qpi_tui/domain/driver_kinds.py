"""The kinds of drivers, their languages and their events, as servers of v0.1 know them."""

from __future__ import annotations

KINDS = {
    "mock": "answers without a machine: the plain simulator",
    "qiskit_aer": "the Aer simulator",
    "quantify": "hardware through quantify",
    "qblox": "Qblox instruments",
    "presto": "Presto instruments",
    "bluefors_gen1": "reads a Bluefors cryostat; runs no jobs",
    "custom": "your own program; say which events it exchanges",
}
LANGUAGES = ("python", "typescript", "go")
EVENTS = {
    "JobDispatch": "takes jobs",
    "JobResult": "sends results",
    "CryostatReading": "sends readings",
}
