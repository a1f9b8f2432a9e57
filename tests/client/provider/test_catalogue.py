"""The QPUs of a server as backends, with a client that lists only those that are online."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.providers.exceptions import QiskitBackendNotFoundError

from qpi_client import QPIClient
from qpi_client.http import httpx
from qpi_client.provider import QPIBackend, QPIProvider, QPIWarning, QPUUnavailable
from qpi_sandbox import Credentials, Sandbox
from tests.conftest import connect_driver

QPUS = [
    {"id": "c" * 15, "name": "small", "num_qubits": 5, "status": "online", "enabled": True},
    {"id": "a" * 15, "name": "large", "num_qubits": 20, "status": "online", "enabled": True},
    {"id": "b" * 15, "name": "asleep", "num_qubits": 50, "status": "online", "enabled": False},
]


@pytest.fixture
def provider(four_methods: Callable) -> QPIProvider:
    client = four_methods()
    client.list_qpus = lambda: list(QPUS)

    def get_qpu(name: str) -> dict[str, Any]:
        return next(qpu for qpu in QPUS if name in (qpu["id"], qpu["name"]))

    client.get_qpu = get_qpu
    return QPIProvider(client)


def test_backends_are_filtered_by_name_state_and_size(provider: QPIProvider) -> None:
    def names(**wanted: Any) -> list[str]:
        return [backend.name for backend in provider.backends(**wanted)]

    assert names() == ["asleep", "large", "small"]
    assert names(online=True) == ["large", "small"]
    assert names(online=False) == ["asleep"]
    assert names(min_num_qubits=20) == ["asleep", "large"]
    assert names(name="small") == ["small"]
    assert names(filters=lambda backend: backend.num_qubits < 10) == ["small"]


def test_a_backend_is_found_by_name_or_id(provider: QPIProvider) -> None:
    backend = provider.get_backend("small", shots=3)
    assert (backend.name, backend.num_qubits, backend.qpu_id) == ("small", 5, "c" * 15)
    assert (backend.options.shots, backend.provider) == (3, provider)
    assert provider.get_backend("a" * 15).name == "large"
    with pytest.raises(QiskitBackendNotFoundError, match="did you mean 'large'"):
        provider.get_backend("lrage")
    with pytest.raises(QiskitBackendNotFoundError, match="there are asleep, large, small"):
        provider.get_backend("quantum")


def test_the_least_busy_is_online_and_large_enough(provider: QPIProvider) -> None:
    assert provider.least_busy().name == "large"
    with pytest.raises(QiskitBackendNotFoundError, match="21 qubits"):
        provider.least_busy(min_num_qubits=21)


def test_a_qpu_with_monitors_only_is_never_chosen(
    sandbox: Sandbox, user: Credentials, admin_http: httpx.Client, new_qpu: Callable[..., dict[str, Any]]
) -> None:
    runs = new_qpu(num_qubits=4)
    watched = new_qpu(online=False, num_qubits=40)
    connect_driver(admin_http, watched["id"], "bluefors_gen1")
    silent = new_qpu(online=False, num_qubits=50)
    off = new_qpu(num_qubits=60)
    admin_http.post("/api/op/drivers/toggle", json={"id": off["driver"], "enabled": False}).raise_for_status()
    for qpu in (watched, silent, off):
        changed = admin_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json={"status": "online"})
        changed.raise_for_status()
    with QPIClient(sandbox.url) as client:
        client.auth_with_password(user.identity, user.password)
        provider = QPIProvider(client)
        ids = {watched["id"], silent["id"], off["id"]}
        assert ids.isdisjoint(backend.qpu_id for backend in provider.backends(online=True))
        assert ids <= {backend.qpu_id for backend in provider.backends(online=False)}
        assert provider.least_busy(min_num_qubits=4).qpu_id not in ids
        with pytest.raises(QiskitBackendNotFoundError, match="40 qubits"):
            provider.least_busy(min_num_qubits=40)
        assert client.get_backend(runs["id"]).name == runs["name"]
        assert client.get_backend(runs["name"]).name == runs["name"]
        assert client.get_backend(runs["id"]).job("job000000000000").backend().name == runs["name"]


def test_informational_flags_are_not_reported_as_blocking(four_methods: Callable, bell: QuantumCircuit) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"enabled": False}, "disabled"),
        ({"status": "maintenance"}, "in maintenance"),
        ({"status": "offline"}, "offline"),
    ]
    for marks, words in cases:
        backend = QPIBackend(four_methods(**marks), "alice")
        with pytest.warns(QPIWarning, match=f"'alice' is {words}. The server still accepts a job,"):
            backend.run(bell)
        with pytest.raises(QPUUnavailable, match="Nothing was sent"):
            backend.run(bell, strict=True)
