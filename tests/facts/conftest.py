"""One server for all facts of a generation, and fresh people and QPUs for each file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.facts.server import Server, serving
from tests.facts.world import World


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of generation v0.1."""
    with serving("v0.1") as server:
        yield server


@pytest.fixture(scope="session")
def older_server() -> Iterator[Server]:
    """A server of generation v0.0."""
    with serving("v0.0") as server:
        yield server


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    """People and QPUs on v0.1."""
    with World(server) as world:
        yield world


@pytest.fixture(scope="module")
def older(older_server: Server) -> Iterator[World]:
    """People and QPUs on v0.0."""
    with World(older_server) as world:
        yield world


@pytest.fixture(autouse=True)
def _only_where_it_can_be_tried(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("sandbox_only") and os.environ.get("QPI_TEST_URL"):
        pytest.skip("needs what only a sandbox offers")
