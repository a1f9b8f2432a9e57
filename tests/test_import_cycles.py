"""No module of a package imports itself through others: at the top, in a function or for types alone."""

from __future__ import annotations

import grimp
import pytest

PACKAGES = ("qpi_client", "qpi_tui", "qpi_sandbox")


def cycles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return every set of modules that import one another, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for other in sorted(graph.find_modules_directly_imported_by(module)):
            if other not in index:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], index[other])
        if lowest[module] == index[module]:
            at = stack.index(module)
            members = stack[at:]
            del stack[at:]
            if len(members) > 1:
                found.append(sorted(members))

    for module in sorted(graph.modules):
        if module not in index:
            visit(module)
    return found


def graph_of(package: str) -> grimp.ImportGraph:
    """Return the package's import graph, including imports for type checkers."""
    return grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_cycle(package: str) -> None:
    assert cycles(graph_of(package)) == []


def test_a_cycle_is_detected() -> None:
    graph = graph_of("qpi_client")
    graph.add_import(importer="qpi_client.errors", imported="qpi_client.exchange")
    (found,) = cycles(graph)
    assert {"qpi_client.errors", "qpi_client.exchange"} <= set(found)
