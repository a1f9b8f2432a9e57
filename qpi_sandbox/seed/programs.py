"""Circuits that people run, as OpenQASM, each with the distribution that a perfect machine would give."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


@dataclass(frozen=True)
class Program:
    """A circuit, `bits` classical bits wide; `ideal` maps bitstrings (bit 0 rightmost) to probabilities."""

    name: str
    qasm: str
    bits: int
    ideal: dict[str, float]


def _program(name: str, bits: int, gates: str, ideal: dict[str, float]) -> Program:
    qasm = f"{HEAD}// {name}\nqubit[{bits}] q;\nbit[{bits}] c;\n{gates}c = measure q;\n"
    return Program(name, qasm, bits, ideal)


def bell(rng: random.Random) -> Program:
    """Two qubits, entangled."""
    return _program("Bell pair", 2, "h q[0];\ncx q[0], q[1];\n", {"00": 0.5, "11": 0.5})


def ghz(rng: random.Random) -> Program:
    """Three to five qubits, all up or all down."""
    n = rng.randint(3, 5)
    gates = "h q[0];\n" + "".join(f"cx q[{i}], q[{i + 1}];\n" for i in range(n - 1))
    return _program(f"GHZ on {n} qubits", n, gates, {"0" * n: 0.5, "1" * n: 0.5})


def qft(rng: random.Random) -> Program:
    """The quantum Fourier transform of a basis state: every outcome alike."""
    n = rng.randint(2, 4)
    start = rng.randrange(2**n)
    gates = "".join(f"x q[{i}];\n" for i in range(n) if start >> i & 1)
    for i in reversed(range(n)):
        gates += f"h q[{i}];\n"
        gates += "".join(f"cp(pi/{2 ** (i - j)}) q[{j}], q[{i}];\n" for j in reversed(range(i)))
    gates += "".join(f"swap q[{i}], q[{n - 1 - i}];\n" for i in range(n // 2))
    return _program(f"QFT of |{start:0{n}b}>", n, gates, {format(k, f"0{n}b"): 2.0**-n for k in range(2**n)})


def grover(rng: random.Random) -> Program:
    """Grover's search among four: one step finds the marked one."""
    marked = rng.randrange(4)
    flips = "".join(f"x q[{i}];\n" for i in range(2) if not marked >> i & 1)
    oracle = f"{flips}cz q[0], q[1];\n{flips}"
    both = "h q[0];\nh q[1];\n"
    diffuse = f"{both}x q[0];\nx q[1];\ncz q[0], q[1];\nx q[0];\nx q[1];\n{both}"
    return _program(f"Grover, marked {marked:02b}", 2, both + oracle + diffuse, {format(marked, "02b"): 1.0})


def vqe(rng: random.Random) -> Program:
    """One point of a VQE: a hardware-efficient ansatz on two qubits."""
    a, b = round(rng.uniform(0.2, 2.9), 4), round(rng.uniform(0.2, 2.9), 4)
    p, q = math.sin(a / 2) ** 2, math.sin(b / 2) ** 2
    ideal = {"00": (1 - p) * (1 - q), "10": (1 - p) * q, "11": p * (1 - q), "01": p * q}
    return _program("VQE ansatz, H2", 2, f"ry({a}) q[0];\nry({b}) q[1];\ncx q[0], q[1];\n", ideal)


def bernstein_vazirani(rng: random.Random) -> Program:
    """Finds a secret bitstring in one query."""
    n = rng.randint(3, 4)
    secret = rng.randrange(1, 2**n)
    every = "".join(f"h q[{i}];\n" for i in range(n))
    phase = "".join(f"z q[{i}];\n" for i in range(n) if secret >> i & 1)
    return _program(f"Bernstein-Vazirani, {n} bits", n, every + phase + every, {format(secret, f"0{n}b"): 1.0})


def ramsey(rng: random.Random) -> Program:
    """One point of a Ramsey fringe on one qubit."""
    phase = round(rng.uniform(0, 2 * math.pi), 4)
    up = math.cos(phase / 2) ** 2
    return _program("Ramsey fringe", 1, f"h q[0];\nrz({phase}) q[0];\nh q[0];\n", {"0": up, "1": 1 - up})


def rabi(rng: random.Random) -> Program:
    """One point of a Rabi oscillation on one qubit."""
    angle = round(rng.uniform(0, 2 * math.pi), 4)
    up = math.sin(angle / 2) ** 2
    return _program("Rabi amplitude", 1, f"rx({angle}) q[0];\n", {"0": 1 - up, "1": up})


def benchmarking(rng: random.Random) -> Program:
    """Randomized benchmarking: a string of gates that undoes itself."""
    gates = [rng.choice(["x", "h", "z", "y"]) for _ in range(rng.choice([4, 8, 16]))]
    there = "".join(f"{gate} q[0];\n" for gate in gates + gates[::-1])
    return _program(f"RB, {2 * len(gates)} Cliffords", 1, there, {"0": 1.0})


PROGRAMS: tuple[Callable[[random.Random], Program], ...] = (
    bell, ghz, qft, grover, vqe, bernstein_vazirani, ramsey, rabi, benchmarking,
)  # fmt: skip
WEIGHTS = (22, 16, 8, 8, 20, 6, 8, 8, 4)


def any_program(rng: random.Random) -> Program:
    """Draw a circuit, common ones more often."""
    return rng.choices(PROGRAMS, WEIGHTS)[0](rng)
