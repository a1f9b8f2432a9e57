"""OpenQASM 2: gates, definitions, registers, conditions."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
HALF = {"0": 0.5, "1": 0.5}

# Name, qubits, statements before the measurement of all of them, outcome.
_GATES: list[tuple[str, int, str, str | dict[str, float]]] = [
    ("x", 1, "x q[0];", "1"),
    ("y", 1, "y q[0];", "1"),
    ("broadcast", 3, "x q;", "111"),
    ("broadcast_two", 4, "x q[0]; x q[1]; cx q[0], q[2]; cx q[1], q[3];", "1111"),
    ("h_z_h", 1, "h q[0]; z q[0]; h q[0];", "1"),
    ("s_sdg", 1, "h q[0]; s q[0]; s q[0]; sdg q[0]; s q[0]; h q[0];", "1"),
    ("t_tdg", 1, "h q[0]; t q[0]; t q[0]; tdg q[0]; t q[0]; t q[0]; t q[0]; h q[0];", "1"),
    ("rx_ry_rz", 1, "rx(pi/2) q[0]; rz(pi) q[0]; rx(-pi/2) q[0]; ry(2*pi) q[0];", "1"),
    ("u1_u2_u3", 1, "u2(0, pi) q[0]; u1(pi) q[0]; u2(0, pi) q[0]; u3(0, 0, 0) q[0];", "1"),
    ("builtin_u_cx", 2, "U(pi, 0, pi) q[0]; CX q[0], q[1];", "11"),
    ("id", 1, "id q[0]; x q[0];", "1"),
    ("cz_cy_ch", 3, "x q[0]; cy q[0], q[1]; h q[2]; cz q[0], q[2]; h q[2];", "111"),
    ("ccx", 3, "x q[0]; x q[1]; ccx q[0], q[1], q[2];", "111"),
    ("crz_cu1_cu3", 2, "x q[0]; crz(0) q[0], q[1]; cu1(0) q[0], q[1]; cu3(pi, 0, pi) q[0], q[1];", "11"),
    ("swap", 2, "x q[0]; swap q[0], q[1];", "10"),
    ("cswap", 3, "x q[0]; x q[1]; cswap q[0], q[1], q[2];", "101"),
    ("sx_sxdg", 1, "sx q[0]; sx q[0]; sx q[0]; sxdg q[0];", "1"),
    ("p_u_cp", 2, "h q[0]; p(pi) q[0]; h q[0]; u(pi, 0, pi) q[1]; cp(0) q[0], q[1];", "11"),
    ("rxx_rzz", 2, "rxx(pi) q[0], q[1]; rzz(0.3) q[0], q[1];", "11"),
    ("gphase", 1, "gphase(0.3) q[0]; x q[0];", "1"),
    ("functions", 1, "rx(pi*cos(0)+sin(0)*2+ln(exp(0))+sqrt(4)-2) q[0];", "1"),
    ("powers", 1, "rx(pi*2^2/4) q[0];", "1"),
    ("barrier_reset", 2, "x q; barrier q[0], q[1]; reset q[0]; barrier q;", "10"),
    ("superposition", 1, "h q[0];", HALF),
]  # fmt: skip

_TEXTS: list[tuple[str, str, str | dict[str, float]]] = [
    ("gate_definition", "gate flip(t) a { rx(t/2) a; rx(t/2) a; }\nqreg q[1];\ncreg c[1];\nflip(pi) q[0];\nmeasure q -> c;\n", "1"),
    ("gate_of_gates", "gate one a { x a; }\ngate two a, b { one a; cx a, b; }\nqreg q[2];\ncreg c[2];\ntwo q[0], q[1];\nmeasure q -> c;\n", "11"),
    ("gate_arguments_in_any_order", "gate g(b, a) q { rx(b) q; rz(a) q; }\nqreg q[1];\ncreg c[1];\ng(pi, 0.4) q[0];\nmeasure q -> c;\n", "1"),
    ("gate_redefined", "gate swap a, b { cx a, b; cx b, a; cx a, b; }\nqreg q[2];\ncreg c[2];\nx q[0];\nswap q[0], q[1];\nmeasure q -> c;\n", "10"),
    ("opaque_unused", "opaque magic(t) a, b;\nqreg q[1];\ncreg c[1];\nx q[0];\nmeasure q -> c;\n", "1"),
    ("two_quantum_registers", "qreg a[1];\nqreg b[2];\ncreg c[3];\nx b[1];\nmeasure a[0] -> c[0];\nmeasure b[0] -> c[1];\nmeasure b[1] -> c[2];\n", "100"),
    ("two_classical_registers", "qreg q[3];\ncreg low[1];\ncreg high[2];\nx q[1];\nmeasure q[0] -> low[0];\nmeasure q[1] -> high[0];\nmeasure q[2] -> high[1];\n", "010"),
    ("three_classical_registers", "qreg q[3];\ncreg a[1];\ncreg b[1];\ncreg c[1];\nx q[2];\nmeasure q[0] -> a[0];\nmeasure q[1] -> b[0];\nmeasure q[2] -> c[0];\n", "100"),
    ("bits_left_over", "qreg q[1];\ncreg c[3];\nx q[0];\nmeasure q[0] -> c[1];\n", "010"),
    ("if_register", "qreg q[2];\ncreg c[2];\nx q[0];\nmeasure q[0] -> c[0];\nif (c == 1) x q[1];\nmeasure q[1] -> c[1];\n", "11"),
    ("if_of_two_registers", "qreg q[2];\ncreg a[1];\ncreg b[1];\nx q[0];\nmeasure q[0] -> a[0];\nif (a == 1) x q[1];\nmeasure q[1] -> b[0];\n", "11"),
    ("measured_again", "qreg q[1];\ncreg c[2];\nx q[0];\nmeasure q[0] -> c[0];\nx q[0];\nmeasure q[0] -> c[1];\n", "01"),
]  # fmt: skip


def taken() -> Iterator[tuple[str, str, str | dict[str, float]]]:
    """Yield name, text and outcome."""
    for name, size, statements, outcome in _GATES:
        yield f"v2_{name}", f"{HEAD}qreg q[{size}];\ncreg c[{size}];\n{statements}\nmeasure q -> c;\n", outcome
    for name, text, outcome in _TEXTS:
        yield f"v2_{name}", HEAD + text, outcome
