"""Text that no driver accepts, and the error message, which is the same wherever the text comes from."""

from __future__ import annotations

from collections.abc import Iterator

HEAD_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'
HEAD_3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\n'
END_2, END_3 = "\nmeasure q -> c;\n", "\nc = measure q;\n"


def texts() -> Iterator[tuple[str, ...]]:
    """Yield name, text and error message, with values and the driver's kind if they differ from the default."""
    yield "version_4", "OPENQASM 4.0;\nqubit q;\n", "OpenQASM 4.0 is unknown"
    yield "version_2.1", f"OPENQASM 2.1;{HEAD_2[13:]}x q;{END_2}", "OpenQASM 2.1 is unknown"
    yield "version_without_semicolon", "OPENQASM 3.0\nqubit q;\n", "a semicolon is missing after the version"
    yield "version_twice", f"{HEAD_3}OPENQASM 2.0;{END_3}", "a second version line"
    yield "comment_without_end", f"{HEAD_3}/* and so on", "has no end"
    yield "control_characters", f"{HEAD_3}x q;\x1b[2J{END_3}", "control characters"
    yield "only_a_comment", "// nothing\n", "declares no qubits"
    yield "prose", "this is not OpenQASM\n", "'not' is not expected here"
    yield "json", '{"circuit": []}\n', "is JSON, not OpenQASM"
    yield from _of_both_versions()
    yield from _of_openqasm_2()
    yield from _of_openqasm_3()
    yield from _of_values_and_drivers()


def _of_both_versions() -> Iterator[tuple[str, ...]]:
    for version, head, end in ((2, HEAD_2, END_2), (3, HEAD_3, END_3)):
        yield f"v{version}_semicolon_missing", f"{head}x q[0]\nx q[1];{end}", "a semicolon is missing"
        yield f"v{version}_gate_unknown", f"{head}foo q[0];{end}", "gate 'foo' is not defined"
        yield (
            f"v{version}_include_missing",
            f"{head.replace('include', '// include')}h q[0];{end}",
            '.inc" before it is used',
        )
        yield (
            f"v{version}_include_of_a_file",
            f'include "/etc/passwd";\n{head}x q;{end}'.replace(head.split("\n")[0], "")
            if version == 3
            else f'{head}include "/etc/passwd";{end}',
            "can be included",
        )
        yield f"v{version}_divided_by_zero", f"{head}rx(1/0) q[0];{end}", "divides by zero"
        yield f"v{version}_qubit_out_of_range", f"{head}x q[7];{end}", "which starts at 0"
        yield f"v{version}_same_qubit_twice", f"{head}cx q[0], q[0];{end}", "the same qubit twice"
        yield f"v{version}_declared_twice", f"{head}{'qreg q[2]' if version == 2 else 'qubit[2] q'};{end}", "is taken"
        yield f"v{version}_measures_nothing", f"{head}x q[0];\n", "measures nothing"
        yield f"v{version}_too_few_arguments", f"{head}rx() q[0];{end}", ""
        yield f"v{version}_brace_missing", f"{head}gate g a {{ x a;{end}", ""


def _of_openqasm_2() -> Iterator[tuple[str, ...]]:
    yield "v2_logarithm_of_zero", f"{HEAD_2}rx(ln(0)) q[0];{END_2}", "not a finite number"
    yield "v2_if_of_one_bit", f"{HEAD_2}measure q -> c;\nif (c[0] == 1) x q[0];{END_2}", "compares a whole register"
    yield "v2_gate_of_another_program", f"{HEAD_2}cnot q[0], q[1];{END_2}", "or write cx"
    yield "v2_opaque_used", f"{HEAD_2}opaque magic a;\nmagic q[0];{END_2}", "magic has no equivalent"
    yield "v2_qubits_of_openqasm_3", f"{HEAD_2}qubit[2] r;{END_2}", ""


def _of_openqasm_3() -> Iterator[tuple[str, ...]]:
    yield "v3_angle_infinite", f"{HEAD_3}rx(1e400) q[0];{END_3}", "angles must be finite"
    yield "v3_angle_no_number", f"{HEAD_3}rx(sqrt(-1)) q[0];{END_3}", "not a finite number"
    yield "v3_logarithm_of_zero", f"{HEAD_3}rx(log(0)) q[0];{END_3}", "not a finite number"
    yield "v3_delays_in_dt_and_seconds", f"{HEAD_3}delay[10dt] q;\ndelay[1us] q;{END_3}", "delays in dt and in us"
    yield "v3_measured_nowhere", f"{HEAD_3}measure q;{END_3}", "a measurement is not kept"
    yield "v3_subroutine", f"{HEAD_3}def f(qubit a) {{ x a; }}\nf(q[0]);{END_3}", "has no SubroutineDefinition"
    yield "v3_pragma", f"{HEAD_3}pragma something\n{END_3}", "has no Pragma"
    yield "v3_calibration", f"{HEAD_3}cal {{ }}\n{END_3}", ""
    yield "v3_extern", f"{HEAD_3}extern f(int) -> int;{END_3}", "has no ExternDeclaration"
    yield "v3_variable_that_changes", f"{HEAD_3}int n = 1;\nn = 2;{END_3}", "of type 'int' changes"
    yield "v3_size_zero", f"{HEAD_3}qubit[0] r;{END_3}", "a size must be a whole number above 0"
    yield "v3_bit_equals_two", f"{HEAD_3}if (c[0] == 2) x q[0];{END_3}", "a bit is compared with 2"
    yield "v3_input_named_like_a_gate", f"input float x;\n{HEAD_3[14:]}rx(x) q[0];{END_3}", "is taken"
    yield "v3_input_integer", f"{HEAD_3}input int n;{END_3}", "declare it as input float"


def _of_values_and_drivers() -> Iterator[tuple[str, ...]]:
    yield "v3_input_without_values", f"{HEAD_3}input float a;\nrx(a) q[0];{END_3}", "the parameter a has no value"
    yield "v3_values_without_input", f"{HEAD_3}x q[0];{END_3}", "has no parameters", "0.5"
    yield (
        "v3_values_too_many",
        f"{HEAD_3}input float a;\nrx(a) q[0];{END_3}",
        "has 1 parameter, in this order",
        "0.5 0.6",
    )
    yield (
        "v3_values_of_another_order",
        f"{HEAD_3}input float b;\ninput float a;\nrx(a+b) q[0];{END_3}",
        "Give the values by name",
        "0.5 0.6",
    )
    yield (
        "v3_values_of_no_parameter",
        f"{HEAD_3}input float alpha;\nrx(alpha) q[0];{END_3}",
        "did you mean 'alpha'",
        "alpah=1",
    )
    yield "v3_wider_than_any_simulator", f"{HEAD_3}qubit[60] r;{END_3}", "choose another QPU"
    yield (
        "mock_while",
        f"{HEAD_3}while (c[0]) {{ x q[0]; c = measure q; }}\n",
        "has control flow (while_loop), which a mock",
        "",
        "mock",
    )
    yield (
        "mock_if",
        f"{HEAD_3}c = measure q;\nif (c[0]) x q[1];{END_3}",
        "has control flow (if_else), which a mock QPU has not",
        "",
        "mock",
    )
    yield "mock_wide", f"{HEAD_3}qubit[30] r;{END_3}", "its simulator takes at most 24", "", "mock"
    yield (
        "v3_input_that_divides_by_zero",
        f"{HEAD_3}input float a;\nrx(1/a) q[0];{END_3}",
        "no finite angle for these values",
        "0",
    )
    yield "v3_fifteen_bits", f"{HEAD_3[:38]}qubit[15] q;\nbit[15] c;\nx q;{END_3}", "measures 15 classical bits"
