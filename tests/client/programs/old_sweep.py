"""Sweep an angle, with circuits of Qiskit and with OpenQASM text. Written for the older client; unchanged."""

import math
import sys

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qpi_client.client import QPIClient
from qpi_client.provider import QPIBackend

TEXT = (
    'OPENQASM 3.0; include "stdgates.inc"; input float[64] theta; qubit[1] q; bit[1] c; rx(theta) q[0]; '
    "c[0] = measure q[0];"
)


def main(url, email, password, qpu):
    client = QPIClient(url)
    client.auth_with_password(email, password)
    backend = QPIBackend(client, qpu)
    theta = Parameter("theta")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(theta, 0)
    circuit.measure(0, 0)
    angles = [0.0, math.pi]
    job = backend.run([circuit] * len(angles), shots=50, parameter_values=[{theta: angle} for angle in angles])
    print("circuits", job.result(timeout=60).get_counts())
    job = backend.run(qasm=TEXT, parameter_values=[[angle] for angle in angles], shots=50)
    print("text", job.result(timeout=60).get_counts())
    job = backend.run(qasm=TEXT, parameter_values=[math.pi], shots=50)
    print("one", job.result(timeout=60).get_counts())


if __name__ == "__main__":
    main(*sys.argv[1:])
