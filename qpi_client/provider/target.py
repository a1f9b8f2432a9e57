"""The transpiler's target for a QPU: the gates that its drivers support, on any qubits."""

from __future__ import annotations

from qiskit.circuit import (
    BoxOp,
    BreakLoopOp,
    ContinueLoopOp,
    Delay,
    ForLoopOp,
    Gate,
    IfElseOp,
    Measure,
    Parameter,
    Reset,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.library import standard_gates as gates
from qiskit.transpiler import Target

from qpi_client.driver_kinds import DYNAMIC_KINDS
from qpi_client.provider.durations import target_class

CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
    "break_loop": BreakLoopOp,
    "continue_loop": ContinueLoopOp,
}


def portable_gates() -> list[Gate]:
    """Return the gates that all known drivers support."""
    a, b, c = (Parameter(name) for name in "abc")
    return [
        gates.XGate(), gates.YGate(), gates.ZGate(), gates.HGate(), gates.SGate(), gates.SdgGate(),
        gates.TGate(), gates.TdgGate(), gates.SXGate(), gates.RXGate(a), gates.RYGate(a), gates.RZGate(a),
        gates.PhaseGate(a), gates.UGate(a, b, c), gates.CXGate(), gates.CZGate(), gates.CPhaseGate(a),
        gates.CRZGate(a), gates.SwapGate(), gates.CCXGate(),
    ]  # fmt: skip


def further_gates() -> list[Gate]:
    """Return the other gates of OpenQASM's standard library, which only simulators support."""
    a, b, c, d = (Parameter(name) for name in "abcd")
    return [
        gates.CYGate(), gates.CHGate(), gates.CRXGate(a), gates.CRYGate(a), gates.CUGate(a, b, c, d),
        gates.CSwapGate(), gates.IGate(),
    ]  # fmt: skip


def build_target(num_qubits: int, kind: str | None, *, control_flow: bool | None = None) -> Target:
    """Return a target of global, ideal instructions, on which a circuit keeps its width.

    ``control_flow``: include it for any kind of driver.
    """
    dynamic = kind in DYNAMIC_KINDS
    target = target_class(kind)(f"A QPU of kind {kind}" if kind else "A QPU of unknown kind", num_qubits=num_qubits)
    for gate in portable_gates() + (further_gates() if dynamic else []):
        target.add_instruction(gate)
    target.add_instruction(Measure())
    target.add_instruction(Reset())
    target.add_instruction(Delay(Parameter("duration")))
    # A box controls nothing; it is expanded before it is sent.
    target.add_instruction(BoxOp, name="box")
    if dynamic if control_flow is None else control_flow:
        for name, operation in CONTROL_FLOW.items():
            target.add_instruction(operation, name=name)
    return target
