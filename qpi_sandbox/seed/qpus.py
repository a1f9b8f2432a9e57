"""The laboratory's QPUs and their drivers: one of every state that an operator meets, simulators first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Driver:
    """A driver; `seen` is how long ago it connected (None: never), `hosted` whether the sandbox's worker plays it."""

    name: str
    kind: str
    language: str = "python"
    online: bool = True
    enabled: bool = True
    seen: timedelta | None = timedelta(days=3)
    hosted: bool = True


@dataclass(frozen=True)
class Qpu:
    """A QPU with its drivers."""

    name: str
    qubits: int
    status: str
    enabled: bool
    drivers: tuple[Driver, ...]


QPUS = (
    Qpu("aer-sim", 20, "online", True, (Driver("aer", "qiskit_aer", seen=timedelta(days=30)),)),
    Qpu("mock-5", 5, "online", True, (Driver("mock", "mock", seen=timedelta(days=30)),)),
    Qpu(
        "sisu-20", 20, "online", True,
        (
            Driver("sisu-qblox", "qblox", seen=timedelta(days=12)),
            Driver("sisu-fridge", "bluefors_gen1", seen=timedelta(days=12)),
        ),
    ),
    Qpu(
        "tuuli-7", 7, "maintenance", True,
        (
            Driver("tuuli-presto", "presto", online=False, seen=timedelta(days=1, hours=4)),
            Driver("tuuli-fridge", "bluefors_gen1", seen=timedelta(hours=9)),
        ),
    ),
    Qpu(
        "revontuli-54", 54, "offline", True,
        (Driver("revontuli-qblox", "qblox", language="go", online=False, seen=timedelta(hours=3), hosted=False),),
    ),
    Qpu(
        "testbench-2", 2, "offline", False,
        (Driver("testbench-quantify", "quantify", online=False, enabled=False, seen=None, hosted=False),),
    ),
)  # fmt: skip
