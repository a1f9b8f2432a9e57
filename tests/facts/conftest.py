"""A server of each generation for a file of facts, with its own users and QPUs.

Its dispatchers poll for jobs twenty times a second. Left running after its file, it would cost as much as the tests do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facts.machine import named_by_environment
from tests.facts.server import Server, named_generation, serving
from tests.facts.world import World


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server of generation v0.1."""
    with serving("v0.1") as server:
        yield server


@pytest.fixture(scope="module")
def older_server() -> Iterator[Server]:
    """Return a server of generation v0.0."""
    with serving("v0.0") as server:
        yield server


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    """Return users and QPUs on v0.1."""
    with World(server) as world:
        yield world


@pytest.fixture(scope="module")
def older(older_server: Server) -> Iterator[World]:
    """Return users and QPUs on v0.0."""
    with World(older_server) as world:
        yield world


@pytest.fixture(scope="module")
def either(request: pytest.FixtureRequest) -> World:
    """Return users and QPUs on the server named in the environment, of either generation, or else on a v0.1
    sandbox.
    """
    name = "older" if named_by_environment() and named_generation() == "v0.0" else "world"
    world: World = request.getfixturevalue(name)
    return world


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolate the test from this machine's files, but keep the variables that select the server."""
    for name in [name for name in os.environ if name.startswith("QPI_") and not name.startswith("QPI_TEST_")]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("QPI_KEYRING", "off")


@pytest.fixture(autouse=True)
def _only_where_it_can_be_tried(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("sandbox_only") and os.environ.get("QPI_TEST_URL"):
        pytest.skip("needs what only a sandbox offers")
