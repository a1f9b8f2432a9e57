"""Run Qiskit circuits on a backend and fetch the job again. Written for the older client; unchanged."""

import sys

from qiskit import QuantumCircuit, transpile
from qiskit.providers import JobStatus

from qpi_client import QPIBackend, QPIClient, QPIJob


def main(url, email, password, qpu):
    with QPIClient(url) as client:
        client.auth_with_password(email, password)
        backend = client.get_backend(qpu)
        assert isinstance(backend, QPIBackend)
        assert backend.max_circuits is None
        print("qubits", backend.num_qubits)
        circuit = QuantumCircuit(2, 2)
        circuit.h(0)
        circuit.cx(0, 1)
        circuit.measure([0, 1], [0, 1])
        job = backend.run(transpile([circuit, circuit], backend), shots=100, meas_level=2, meas_return="single")
        assert isinstance(job, QPIJob)
        result = job.result(timeout=60, wait=0.5)
        print("states", sorted({state for counts in result.get_counts() for state in counts}))
        print("done", job.status() is JobStatus.DONE)
        again = client.job(job.job_id())
        print("again", sum(again.result(timeout=60).get_counts(0).values()))
        print("bound", backend.job(job.id).backend().name == qpu)
        try:
            backend.run(circuit, qasm="OPENQASM 3.0;")
        except ValueError as error:
            print(error)
        try:
            client.job(job.id).result(timeout=60).get_counts(7)
        except Exception as error:
            print(type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
