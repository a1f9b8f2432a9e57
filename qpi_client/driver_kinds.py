"""Kinds of drivers on servers of generation v0.1."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

DriverKind: TypeAlias = Literal["mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1", "custom"]
DRIVER_KINDS: tuple[DriverKind, ...] = get_args(DriverKind)
"""Every kind of driver that servers of generation v0.1 know."""
MONITOR_KINDS: frozenset[str] = frozenset({"bluefors_gen1"})
"""Kinds of driver that only report readings. A custom driver is a monitor too when it takes no `JobDispatch`."""
