"""OpenQASM 3: declarations, gates and their modifiers, constants, aliases, control flow, parameters."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'

# Name, qubits, statements before the measurement of all of them, outcome.
_GATES: list[tuple[str, int, str, str | dict[str, float]]] = [
    ("broadcast", 3, "x q;", "111"),
    ("broadcast_two", 4, "x q[0:1]; cx q[0:1], q[2:3];", "1111"),
    ("ctrl", 2, "x q[0]; ctrl @ x q[0], q[1];", "11"),
    ("ctrl_of_two", 3, "x q[0:1]; ctrl(2) @ x q[0], q[1], q[2];", "111"),
    ("negctrl", 2, "negctrl @ x q[0], q[1];", "10"),
    ("inv", 1, "h q[0]; s q[0]; inv @ s q[0]; z q[0]; h q[0];", "1"),
    ("pow", 1, "h q[0]; pow(2) @ s q[0]; h q[0];", "1"),
    ("pow_half", 1, "pow(0.5) @ x q[0]; pow(0.5) @ x q[0];", "1"),
    ("modifiers_chained", 2, "x q[0]; ctrl @ inv @ pow(3) @ x q[0], q[1];", "11"),
    ("gphase", 1, "gphase(pi/3); x q[0];", "1"),
    ("builtin_u", 1, "U(pi, 0, pi) q[0];", "1"),
    ("u1_u2_u3", 1, "u2(0, pi) q[0]; u1(pi) q[0]; u2(0, pi) q[0]; u3(0, 0, 0) q[0];", "1"),
    ("phase_cphase", 2, "h q[0]; phase(pi) q[0]; h q[0]; cphase(0) q[0], q[1];", "01"),
    ("id_sx", 1, "id q[0]; sx q[0]; sx q[0];", "1"),
    ("cu_crx_cry", 2, "x q[0]; cu(pi, 0, pi, 0) q[0], q[1]; crx(0) q[0], q[1]; cry(0) q[0], q[1];", "11"),
    ("sxdg_r_u", 2, "sx q[0]; sxdg q[0]; u(pi, 0, pi) q[0]; r(pi, 0.7) q[1];", "11"),
    ("further_controlled", 4, "x q[0:1]; ccz q[0], q[1], q[2]; cs q[0], q[1]; csdg q[0], q[1]; csx q[0], q[2]; csx q[1], q[2]; cu3(pi, 0, pi) q[0], q[3]; cu1(0.3) q[0], q[1];", "1111"),
    ("further_pairs", 2, "rxx(pi) q[0], q[1]; ryy(0) q[0], q[1]; rzz(0.3) q[0], q[1]; rzx(0) q[0], q[1];", "11"),
    ("iswap_dcx_ecr", 2, "x q[0]; iswap q[0], q[1]; dcx q[1], q[0]; ecr q[0], q[1]; ecr q[0], q[1];", "01"),
    ("swap_cswap", 3, "x q[0]; swap q[0], q[1]; x q[0]; cswap q[0], q[1], q[2];", "101"),
    ("constants", 1, "rx(π) q[0]; rx(2*τ) q[0]; rx(euler*0) q[0]; rx(tau) q[0];", "1"),
    ("functions", 1, "rx(pi*cos(0) + sin(0) + log(1) + sqrt(4) - 2) q[0];", "1"),
    ("operators", 1, "rx(pi*2**2/4) q[0]; rx((7 % 7)*1.0) q[0]; rx(-(-0.0)) q[0];", "1"),
    ("number_forms", 1, "rx(3.141592653589793e0) q[0]; rx(.0) q[0]; rx(0.) q[0]; rx(1_000*0.0) q[0];", "1"),
    ("integer_forms", 4, "x q[0b1]; x q[0x2]; x q[0o3];", "1110"),
    ("barrier_reset", 2, "x q; barrier q[0], q[1]; barrier; reset q[0];", "10"),
    ("delays", 2, "x q[0]; delay[100ns] q[0]; delay[1.5us] q; delay[2 ms] q[1];", "01"),
    ("delays_in_dt", 1, "x q[0]; delay[100dt] q[0];", "1"),
    ("box", 2, "box { x q[0]; cx q[0], q[1]; }", "11"),
    ("box_of_boxes", 1, "box { box { x q[0]; } }", "1"),
    ("annotation", 1, "@note keep this\nx q[0];", "1"),
    ("index_from_the_end", 3, "x q[-1];", "100"),
    ("index_set", 4, "x q[{0, 3}];", "1001"),
    ("index_range_with_step", 5, "x q[0:2:4];", "10101"),
    ("index_range_down", 4, "x q[2:-1:1];", "0110"),
    ("index_range_to_the_end", 4, "x q[1:-1];", "1110"),
    ("index_computed", 4, "x q[1 + 2];", "1000"),
    ("alias", 4, "let a = q[1:2]; x a;", "0110"),
    ("alias_of_two", 4, "let a = q[0:0] ++ q[3:3]; x a;", "1001"),
    ("gate_definition", 1, "gate flip(t) a { rx(t/2) a; rx(t/2) a; }\nflip(pi) q[0];", "1"),
    ("gate_arguments_in_any_order", 1, "gate g(b, a) r { rx(b) r; rz(a) r; }\ng(pi, 0.4) q[0];", "1"),
    ("gate_with_ten_arguments", 1, f"gate g({', '.join(f'p{n}' for n in range(12))}) r {{ rx(p2) r; rz(p10) r; }}\ng({', '.join('pi' if n == 2 else '0.3' for n in range(12))}) q[0];", "1"),
    ("gate_that_hides_a_constant", 1, "const float a = 0.3;\ngate g(a) r { rx(a) r; }\ng(pi) q[0]; rz(a) q[0];", "1"),
    ("constant_angle", 1, "const float t = pi/2;\nrx(t) q[0]; rx(t) q[0];", "1"),
    ("constant_of_constants", 1, "const int n = 2;\nconst float t = pi/n;\nrx(n*t) q[0];", "1"),
    ("constant_angle_type", 1, "const angle[20] t = pi;\nrx(t) q[0];", "1"),
    ("variable_that_never_changes", 1, "float t = pi;\nrx(t) q[0];", "1"),
    ("constant_duration", 1, "duration d = 100ns;\ndelay[d] q[0];\nx q[0];", "1"),
    ("for_range", 3, "for int i in [0:2] { x q[i]; }", "111"),
    ("for_set", 3, "for int i in {0, 2} x q[i];", "101"),
    ("for_down", 3, "for uint i in [2:-2:0] { x q[i]; }", "101"),
    ("for_nested", 4, "for int i in [0:1] { for int j in [0:1] { x q[2*i + j]; } }", "1111"),
    ("for_angle", 1, "for int i in [1:4] { rx(i*pi/10.0) q[0]; }", "1"),
    ("for_without_its_variable", 1, "for int i in [0:2] { x q[0]; }", "1"),
    ("superposition", 2, "h q[0]; cx q[0], q[1];", {"00": 0.5, "11": 0.5}),
    ("biased", 1, "ry(2*pi/3) q[0];", {"0": 0.25, "1": 0.75}),
]  # fmt: skip

_ONE = "qubit[2] q;\nbit[2] c;\nx q[0];\nc = measure q;\n"
_END = "\nc = measure q;\n"
# Name, text, outcome.
_TEXTS: list[tuple[str, str, str | dict[str, float]]] = [
    ("single_qubit_and_bit", "qubit q;\nbit c;\nx q;\nc = measure q;\n", "1"),
    ("single_bits", "qubit[2] q;\nbit a;\nbit b;\nx q[1];\na = measure q[0];\nb = measure q[1];\n", "10"),
    ("single_bit_beside_a_register", "qubit[3] q;\nbit a;\nbit[2] b;\nx q[1];\na = measure q[0];\nb = measure q[1:2];\n", "010"),
    ("two_classical_registers", "qubit[3] q;\nbit[1] low;\nbit[2] high;\nx q[1];\nlow[0] = measure q[0];\nhigh = measure q[1:2];\n", "010"),
    ("registers_with_capitals", "qubit[2] Q;\nbit[1] Low;\nbit[1] High;\nx Q[1];\nLow[0] = measure Q[0];\nHigh[0] = measure Q[1];\n", "10"),
    ("letters_of_others", "qubit[1] ψ;\nbit[1] α;\nx ψ;\nα = measure ψ;\n", "1"),
    ("old_declarations", "qreg q[2];\ncreg c[2];\nx q[1];\nmeasure q -> c;\n", "10"),
    ("measured_where_declared", "qubit[2] q;\nx q[1];\nbit[2] c = measure q;\n", "10"),
    ("output", "qubit[2] q;\noutput bit[2] c;\nx q[1];\nc = measure q;\n", "10"),
    ("zeros_at_first", 'qubit[2] q;\nbit[2] c = "00";\nx q[1];\nc = measure q;\n', "10"),
    ("physical_qubits", "bit[2] c;\nx $3;\nc[0] = measure $0;\nc[1] = measure $3;\n", "10"),
    ("physical_gate_of_two", "bit[2] c;\nx $1;\ncx $1, $4;\nc[0] = measure $1;\nc[1] = measure $4;\n", "11"),
    ("size_computed", "qubit[1+1] q;\nbit[2*1] c;\nx q[1];\nc = measure q;\n", "10"),
    ("size_constant", "const int n = 4;\nqubit[n] q;\nbit[n] c;\nx q[n-1];\nc = measure q;\n", "1000"),
    ("size_constant_uint", "const uint[8] n = 2 ** 2;\nqubit[n/2] q;\nbit[n/2] c;\nx q[1];\nc = measure q;\n", "10"),
    ("alias_of_bits", "qubit[4] q;\nbit[4] c;\nlet a = c[0:1];\nx q[1];\na = measure q[0:1];\nc[2:3] = measure q[2:3];\n", "0010"),
    ("measured_again", "qubit q;\nbit[2] c;\nx q;\nc[0] = measure q;\nx q;\nc[1] = measure q;\n", "01"),
    ("arrow", "qubit[2] q;\nbit[2] c;\nx q[0];\nmeasure q[0] -> c[1];\n", "10"),
    ("if_bit", _ONE + "if (c[0]) x q[1];" + _END, "11"),
    ("if_not", _ONE + "if (!c[1]) { x q[1]; }" + _END, "11"),
    ("if_else", _ONE + "if (c[1]) { x q[0]; } else { x q[1]; }" + _END, "11"),
    ("if_bit_equals_number", _ONE + "if (c[0] == 1) x q[1];" + _END, "11"),
    ("if_bit_equals_true", _ONE + "if (c[0] == true) x q[1];" + _END, "11"),
    ("if_bit_differs", _ONE + "if (c[0] != 1) x q[1]; else x q[0];" + _END, "00"),
    ("if_register", _ONE + "if (c == 1) x q[1];" + _END, "11"),
    ("if_register_bits", _ONE + 'if (c == "01") x q[1];' + _END, "11"),
    ("if_register_differs", _ONE + "if (c != 2) x q[1];" + _END, "11"),
    ("if_register_less", _ONE + "if (c < 2) x q[1]; else x q[0];" + _END, "11"),
    ("if_register_at_least", _ONE + "if (c >= 2) x q[0]; else x q[1];" + _END, "11"),
    ("if_number_first", _ONE + "if (1 == c) x q[1];" + _END, "11"),
    ("if_and", _ONE + "if (c[0] && !c[1]) x q[1];" + _END, "11"),
    ("if_or", _ONE + "if (c[1] || c[0]) x q[1];" + _END, "11"),
    ("if_exclusive_or", _ONE + "if (c[1] ^ c[0]) x q[1];" + _END, "11"),
    ("if_constant", "const bool on = true;\n" + _ONE + "if (on) x q[1];" + _END, "11"),
    ("if_nested", _ONE + "if (c[0]) { if (!c[1]) { x q[1]; } }" + _END, "11"),
    ("if_of_two_registers", "qubit[2] q;\nbit[1] a;\nbit[1] b;\nx q[0];\na[0] = measure q[0];\nif (a == 1) x q[1];\nb[0] = measure q[1];\n", "11"),
    ("while_bit", "qubit q;\nbit c;\nx q;\nc = measure q;\nwhile (c) { h q; c = measure q; }\n", "0"),
    ("while_register", _ONE + "while (c == 1) { x q[1]; c = measure q; }\n", "11"),
    ("while_of_two_registers", "qubit[2] q;\nbit[1] a;\nbit[1] b;\nx q;\na[0] = measure q[0];\nwhile (a[0]) { x q[0]; a[0] = measure q[0]; }\nb[0] = measure q[1];\n", "10"),
    ("break", "qubit q;\nbit c;\nfor int i in [0:4] { x q; c = measure q; if (c) { break; } }\n", "1"),
    ("switch", _ONE + "switch (c) { case 0 { } case 1, 2 { x q[1]; } default { x q[0]; } }" + _END, "11"),
    ("switch_default", _ONE + "switch (c) { case 2 { x q[1]; } default { x q[0]; } }" + _END, "00"),
    ("switch_cast", _ONE + "switch (uint[2](c)) { case 1 { x q[1]; } }" + _END, "11"),
]  # fmt: skip

_VECTOR = "".join(f"input float[64] _v_{n}_;\n" for n in range(12))


def taken() -> Iterator[tuple[str, str, str | dict[str, float]]]:
    """Yield name, text and outcome."""
    for name, size, statements, outcome in _GATES:
        yield f"v3_{name}", f"{HEAD}qubit[{size}] q;\nbit[{size}] c;\n{statements}\nc = measure q;\n", outcome
    for name, text, outcome in _TEXTS:
        yield f"v3_{name}", HEAD + text, outcome


def with_values() -> Iterator[tuple[str, str, str, str]]:
    """Yield name, text with parameters, their values as a user types them, and the outcome."""
    turned = "".join(f"rx(_v_{n}_) q[{n}];\n" for n in range(12))
    vector = f"{HEAD}{_VECTOR}qubit[12] q;\nbit[12] c;\n{turned}c = measure q;\n"
    third = " ".join("pi" if n == 2 else "0" for n in range(12))
    yield "v3_input_vector", vector, third, "000000000100"
    yield (
        "v3_input_vector_in_two_registers",
        vector.replace("bit[12] c", "bit[5] a;\nbit[7] b").replace(
            "c = measure q;", "a = measure q[0:4];\nb = measure q[5:11];"
        ),
        third,
        "000000000100",
    )
    two = f"{HEAD}input float[64] beta;\ninput angle alpha;\nqubit[2] q;\nbit[2] c;\nrx(alpha) q[0];\nrx(beta) q[1];\nc = measure q;\n"
    yield "v3_input_by_name", two, "alpha=pi beta=0", "01"
    yield (
        "v3_input_by_order",
        two.replace("beta", "gamma").replace(
            "input float[64] gamma;\ninput angle alpha;", "input angle alpha;\ninput float gamma;"
        ),
        "0 pi",
        "10",
    )
    yield (
        "v3_input_expression",
        f"{HEAD}input float a;\nqubit q;\nbit c;\nrx(2*a - pi/2 + 0.5*pi) q;\nc = measure q;\n",
        "pi/2",
        "1",
    )
    yield (
        "v3_input_unused",
        f"{HEAD}input float a;\ninput float b;\nqubit q;\nbit c;\nrx(b) q;\nc = measure q;\n",
        "1 pi",
        "1",
    )
