"""The QPUs of a server as backends, with a client that can list those online only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qiskit.providers.exceptions import QiskitBackendNotFoundError

from qpi_client.provider import QPIProvider

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


def test_backends_by_name_state_and_size(provider: QPIProvider) -> None:
    def names(**wanted: Any) -> list[str]:
        return [backend.name for backend in provider.backends(**wanted)]

    assert names() == ["asleep", "large", "small"]
    assert names(online=True) == ["large", "small"]
    assert names(online=False) == ["asleep"]
    assert names(min_num_qubits=20) == ["asleep", "large"]
    assert names(name="small") == ["small"]
    assert names(filters=lambda backend: backend.num_qubits < 10) == ["small"]


def test_one_backend(provider: QPIProvider) -> None:
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
