"""The overhead of a server: `run(...).result()` compared with the same circuits on the simulator directly.

A sandbox with an Aer QPU is started for it. Time on the QPU is the sandbox's own; what is left of the overhead is the
client's, the server's and the scheduler's. `--old FOLDER` names a folder in which the older client of PyPI is installed
(`uv pip install --target FOLDER qpi-client`), which is then measured on the same jobs. Run it from the checkout:

    python benchmarks/provider.py [--old FOLDER] [--tick SECONDS]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from qiskit import QuantumCircuit, qasm3
from qiskit_aer import AerSimulator

ROUNDS = 5
SHOTS = 1024

OLD = '''
import json, sys, time
from qiskit import qasm3
from qpi_client import QPIClient

class Targeting(QPIClient):
    """The older client never says which QPU, so that its jobs would never run."""
    def submit_job(self, *args, **more):
        response = self._session.post(self.base_url + "/api/jobs", json={**more, "qpu_target": given["qpu"]})
        response.raise_for_status()
        return response.json()["id"]

given = json.load(sys.stdin)
client = Targeting(given["url"])
client.auth_with_password(given["identity"], given["password"])
backend = client.get_backend(given["qpu"])
circuits = [qasm3.loads(text) for text in given["circuits"]]
times = []
for _ in range(given["rounds"]):
    start = time.perf_counter()
    result = backend.run(circuits, shots=given["shots"]).result(timeout=120)
    times.append(time.perf_counter() - start)
right = all(result.get_counts(i) for i in range(len(circuits))) if len(result.results) == len(circuits) else False
print(json.dumps([times, bool(right)]))
'''


def ghz(qubits: int) -> QuantumCircuit:
    """Return a GHZ state with measurements."""
    circuit = QuantumCircuit(qubits, qubits, name=f"ghz {qubits}")
    circuit.h(0)
    for qubit in range(qubits - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(qubits), range(qubits))
    return circuit


CASES: dict[str, list[QuantumCircuit]] = {
    "Bell pair": [ghz(2)],
    "GHZ of 12 qubits": [ghz(12)],
    "batch of 50 circuits": [ghz(5) for _ in range(50)],
}


def median(action: Callable[[], Any]) -> float:
    """Return the median duration in seconds of some rounds after one to warm up."""
    action()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def lab(sandbox: Any) -> tuple[dict[str, str], str]:
    """Create a user and an Aer QPU, and return the sign-in and the QPU's id."""
    with httpx.Client(base_url=sandbox.url, timeout=30) as http:
        admin = {"identity": sandbox.admin.identity, "password": sandbox.admin.password}
        answer = http.post("/api/collections/_superusers/auth-with-password", json=admin).raise_for_status()
        http.headers["Authorization"] = answer.json()["token"]
        who = {"identity": "bench@example.com", "password": "benchmark-1234"}
        body = {"email": who["identity"], "password": who["password"], "passwordConfirm": who["password"]}
        http.post("/api/collections/users/records", json={**body, "qpu_seconds": 1e6}).raise_for_status()
        qpu = http.post("/api/op/qpus/create", json={"name": "bench", "num_qubits": 20, "enabled": True}).json()["id"]
        driver = {"name": "bench", "qpu": qpu, "kind": "qiskit_aer", "language": "python"}
        token = http.post("/api/op/drivers/create", json=driver).raise_for_status().json()["token"]
        http.post("/api/op/drivers/connect", json={"token": token}).raise_for_status()
        deadline = time.monotonic() + 30
        while http.get(f"/api/qpus/{qpu}").json().get("status") != "online":
            if time.monotonic() > deadline:
                sys.exit("The sandbox's QPU does not come online.")
            time.sleep(0.05)
    return who, qpu


def old_client(folder: Path, url: str, who: dict[str, str], qpu: str, circuits: list[QuantumCircuit]) -> str:
    """Return the older client's seconds on the same circuits, and whether its counts arrived."""
    given = {
        "url": url, **who, "qpu": qpu, "rounds": 2, "shots": SHOTS,
        "circuits": [qasm3.dumps(circuit) for circuit in circuits],
    }  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", OLD], input=json.dumps(given), capture_output=True, text=True, env=environment,
        cwd=folder, check=False,
    )  # fmt: skip
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1]}"
    times, right = json.loads(done.stdout)
    return f"{statistics.median(times):.3f} s, counts {'there' if right else 'missing'}"


def primitives(backend: Any, client: Any) -> None:
    """Print jobs and seconds of Qiskit's generic primitives and of this client's, for the same pubs of different
    precisions.
    """
    from qiskit.circuit import Parameter
    from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
    from qiskit.quantum_info import SparsePauliOp

    theta = Parameter("theta")
    ansatz = QuantumCircuit(2)
    ansatz.ry(theta, 0)
    ansatz.cx(0, 1)
    energy = SparsePauliOp(["ZZ", "XX"], [1.0, 0.5])
    angles = [0.1 * step for step in range(10)]
    estimates = [(ansatz, energy, angles, precision) for precision in (0.1, 0.05, 0.04, 0.03)]
    samples = [(ghz(3), None, shots) for shots in (100, 200, 400, 800)]
    cases: list[tuple[str, Callable[[], Any], list[Any]]] = [
        ("estimator, Qiskit", lambda: BackendEstimatorV2(backend=backend), estimates),
        ("estimator, qpi-client", backend.estimator, estimates),
        ("sampler, Qiskit", lambda: BackendSamplerV2(backend=backend), samples),
        ("sampler, qpi-client", backend.sampler, samples),
    ]
    print(f"\n{'four pubs':24}{'jobs':>10}{'server':>10}")
    for name, make, pubs in cases:
        before = len(client.list_jobs())
        begun = time.perf_counter()
        make().run(pubs).result()
        seconds = time.perf_counter() - begun
        print(f"{name:24}{len(client.list_jobs()) - before:>10}{seconds:9.3f}s")


def main() -> None:
    """Print a line for each case."""
    from qpi_client import QPIClient
    from qpi_client.provider import QPIBackend
    from qpi_sandbox import Sandbox

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--old", type=Path, help="folder with the older client of PyPI")
    arguments.add_argument("--tick", type=float, default=0.1, help="polling interval of the scheduler in seconds")
    given = arguments.parse_args()
    simulator = AerSimulator()
    with Sandbox(tick=given.tick, telemetry_interval=60) as sandbox:
        who, qpu = lab(sandbox)
        with QPIClient(sandbox.url) as client:
            client.auth_with_password(who["identity"], who["password"])
            backend = QPIBackend(client, "bench", qpu_id=qpu)
            print(f"{'':24}{'direct':>10}{'server':>10}{'ratio':>9}{'QPU':>12}{'overhead':>10}")
            for name, circuits in CASES.items():

                def direct(circuits: list[QuantumCircuit] = circuits) -> None:
                    simulator.run(circuits, shots=SHOTS).result()

                def through(circuits: list[QuantumCircuit] = circuits) -> float:
                    job = backend.run(circuits, shots=SHOTS)
                    job.result(timeout=120)
                    return job.duration or 0.0

                spent: list[float] = []
                alone, whole = median(direct), median(lambda: spent.append(through()))  # noqa: B023  # used at once
                on_qpu = statistics.median(spent[1:])
                times = f"{alone:9.3f}s{whole:9.3f}s{whole / alone:8.1f}x{on_qpu:11.3f}s{whole - on_qpu:9.3f}s"
                print(f"{name:24}{times}")
                if given.old:
                    print(f"{'  older client':24}{old_client(given.old, sandbox.url, who, qpu, circuits)}")
            primitives(backend, client)
            if not given.old:
                print("The older client was not measured: use --old FOLDER.")


if __name__ == "__main__":
    main()
