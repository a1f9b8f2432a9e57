"""Kinds of drivers on servers of generation v0.1."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

DriverKind: TypeAlias = Literal["mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1", "custom"]
DRIVER_KINDS: tuple[DriverKind, ...] = get_args(DriverKind)
"""Every kind of driver that servers of generation v0.1 know."""
SIMULATOR_KINDS: frozenset[str] = frozenset({"mock", "qiskit_aer"})
"""Kinds of driver that simulate: every instruction but a delay takes 0 s there, and none errs."""
HARDWARE_KINDS: frozenset[str] = frozenset({"quantify", "qblox", "presto"})
"""Kinds of driver of a device, with a fixed number of qubits."""
DYNAMIC_KINDS: frozenset[str] = frozenset({"qiskit_aer"})
"""Kinds of driver that run control flow."""
STATIC_KINDS: frozenset[str] = (SIMULATOR_KINDS | HARDWARE_KINDS) - DYNAMIC_KINDS
"""Kinds of driver that reject control flow or fail on it; for other kinds it is unknown."""
PADDING_KINDS: frozenset[str] = frozenset({*SIMULATOR_KINDS, "quantify", "qblox"})
"""Kinds of driver that list all 2^n outcomes, zeros included; the server drops results over 1 MiB."""
MONITOR_KINDS: frozenset[str] = frozenset({"bluefors_gen1"})
"""Kinds of driver that only report readings. A custom driver is a monitor too when it takes no `JobDispatch`."""
