"""Kinds of drivers on servers of generation v0.1."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

DriverKind: TypeAlias = Literal["mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1", "custom"]
DRIVER_KINDS: tuple[DriverKind, ...] = get_args(DriverKind)
"""Every kind of driver that servers of generation v0.1 know."""
SIMULATOR_KINDS: frozenset[str] = frozenset({"mock", "qiskit_aer"})
"""Kinds of driver that simulate: every instruction but a delay takes 0 s there, and none errs."""
HARDWARE_KINDS: frozenset[str] = frozenset({"quantify", "qblox", "presto"})
"""Kinds of driver of a device, which has no more qubits than it says."""
DYNAMIC_KINDS: frozenset[str] = frozenset({"qiskit_aer"})
"""Kinds of driver that run control flow."""
STATIC_KINDS: frozenset[str] = (SIMULATOR_KINDS | HARDWARE_KINDS) - DYNAMIC_KINDS
"""Kinds of driver that refuse control flow or fail on it; of any other kind nobody knows."""
PADDING_KINDS: frozenset[str] = frozenset({*SIMULATOR_KINDS, "quantify", "qblox"})
"""Kinds of driver that list all 2^n outcomes, zeros included; the server drops results over 1 MiB."""
MONITOR_KINDS: frozenset[str] = frozenset({"bluefors_gen1"})
"""Kinds of driver that only report readings. A custom driver is a monitor too when it takes no `JobDispatch`."""
