"""The older generation of the server: what it supports and how the rest is reported. Also one client on several event
loops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from qpi_client import AsyncQPIClient, NotOnThisGeneration
from qpi_sandbox import Sandbox
from tests.client.conftest import Open


@pytest.fixture(scope="module")
def older() -> Iterator[Sandbox]:
    with Sandbox(generation="v0.0", worker=False) as running:
        yield running


def test_the_older_generation_reports_what_it_lacks(older: Sandbox, connect: Open) -> None:
    admin = connect(older.url)
    admin.auth_with_password(older.admin.identity, older.admin.password, "_superusers")
    made = admin.create_qpu(f"old {admin.kind}", executor_type="mock", num_qubits=3, enabled=True)
    assert admin.connect_qpu(made["name"], made["access_token"], "mock")["status"] == "success"
    qpu = admin.get_qpu(f"old {admin.kind}")
    assert qpu["id"] == made["id"]
    assert "access_token" not in qpu
    assert all("access_token" not in one for one in [*admin.list_all_qpus(), *admin.list_qpus()])
    for ask in (
        admin.list_drivers,
        admin.list_events,
        lambda: admin.create_driver("d", made["id"], "mock"),
        lambda: admin.toggle_driver("d", True),
        lambda: admin.delete_driver("d"),
    ):
        with pytest.raises(NotOnThisGeneration, match=r"generation v0\.0") as caught:
            ask()
        assert caught.value.generation == "v0.0"
    assert admin.generation() == "v0.0"


def test_an_async_client_can_be_used_on_one_event_loop_after_another(sandbox: Sandbox) -> None:
    client = AsyncQPIClient(sandbox.url)
    for _ in range(2):
        assert asyncio.run(client.health())["code"] == 200
    asyncio.run(client.aclose())
