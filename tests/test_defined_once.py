"""Facts with a single definition: back-off, version, statuses, kinds, tables of resources."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from qpi_client.driver_kinds import DRIVER_KINDS
from qpi_client.job_fields import ACTIVE_STATUSES, CHARGED_STATUSES, FINAL_STATUSES, JOB_STATUSES, JobStatus
from qpi_client.version import __version__
from qpi_tui.domain.driver_kinds import KINDS
from qpi_tui.resources import registry

ROOT = Path(__file__).parents[1]
PACKAGES = ("qpi_client", "qpi_sandbox", "qpi_tui")
# The kinds with their properties; a sentence for each; the qubits that each simulator accepts.
KIND_FILES = {"qpi_client/driver_kinds.py", "qpi_tui/domain/driver_kinds.py", "qpi_client/provider/device.py"}
# Features for selected resources, which a new resource does not join: the doctor, the overview, merged lists, and the
# palette's records and synonyms.
COMBINED = {
    "qpi_tui/doctor/examination.py",
    "qpi_tui/live/overview_changes.py",
    "qpi_tui/screens/merged.py",
    "qpi_tui/screens/merged_lists.py",
    "qpi_tui/screens/palette_records.py",
    "qpi_tui/screens/palette_verbs.py",
}


def text_of(node: ast.AST | None) -> str:
    """Return the string that a node is, or an empty text."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def number_of(node: ast.AST) -> float | None:
    """Return the number that a node is."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else None


def is_status_list(node: ast.AST) -> bool:
    """Whether it lists job statuses."""
    texts = {text_of(each) for each in node.elts} if isinstance(node, ast.Tuple | ast.Set | ast.List) else set()
    return len(texts & set(JOB_STATUSES)) > 1


def is_kind(node: ast.AST) -> bool:
    """Whether it is a kind of driver. `mock` and `custom` have other meanings too."""
    return text_of(node) in {*DRIVER_KINDS} - {"mock", "custom"}


def is_back_off(node: ast.AST) -> bool:
    """Whether it increases a delay: `2 ** n`, `pause = min(pause * 1.5, most)`, or jitter of one half."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return number_of(node.left) == 2 and number_of(node.right) is None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.right, ast.BinOp):
        return isinstance(node.right.op, ast.Div) and number_of(node.left) == 0.5
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
        return False
    target = ast.unparse(node.targets[0])
    grown = [each for each in node.value.args if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)]
    return ast.unparse(node.value.func) == "min" and target in {ast.unparse(each.left) for each in grown}


def is_version(node: ast.AST) -> bool:
    """Whether it is the version, or reads it from the installed metadata."""
    called = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "version"
    return text_of(node) == __version__ or (called and bool(node.args) and text_of(node.args[0]).startswith("qpi"))


def is_resource_table(node: ast.AST) -> bool:
    """Whether it maps three or more resources, by name or collection."""
    if not isinstance(node, ast.Dict):
        return False
    known = {*registry(), *(resource.collection for resource in registry().values())} - {""}
    return len({text_of(key) for key in node.keys} & known) > 2


def found(kind: Callable[[ast.AST], bool], packages: tuple[str, ...] = PACKAGES) -> set[str]:
    """Return the files that contain one."""
    return {file for package in packages for file, nodes in modules(package) if any(map(kind, nodes))}


@cache
def modules(package: str) -> list[tuple[str, list[ast.AST]]]:
    """Return every module of a package, with its nodes."""
    paths = sorted((ROOT / package).rglob("*.py"))
    return [(str(path.relative_to(ROOT)), [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]) for path in paths]


@pytest.mark.parametrize(
    ("kind", "packages", "files"),
    [
        # The sandbox does not import the client: what must agree is compared below.
        (is_status_list, ("qpi_client", "qpi_tui"), {"qpi_client/job_fields.py"}),
        (is_kind, ("qpi_client", "qpi_tui"), KIND_FILES),
        # The sandbox computes two to the power of the number of qubits.
        (is_back_off, ("qpi_client", "qpi_tui"), {"qpi_client/backoff.py"}),
        (is_version, PACKAGES, {"qpi_client/version.py"}),
        (is_resource_table, ("qpi_tui",), COMBINED),
    ],
)
def test_each_fact_is_defined_once(kind: Callable[[ast.AST], bool], packages: tuple[str, ...], files: set[str]) -> None:
    assert found(kind, packages) == files


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (is_status_list, 'job.status in {"completed", "failed"}'),
        (is_kind, 'kind == "bluefors_gen1"'),
        (is_back_off, "pause = min(pause * 2, 30)"),
        (is_back_off, "sleep(first * 2 ** failures)"),
        (is_back_off, "sleep(pause * (0.5 + jitter() / 2))"),
        (is_version, f'VERSION = "{__version__}"'),
        (is_version, 'importlib.metadata.version("qpi-tui")'),
        (is_resource_table, '_PLACES = {"jobs": "1", "qpus": "2", "slots": "3"}'),
        (is_resource_table, 'QUERIES = {"quantum_jobs": 1, "qpus": 2, "time_slots": 3}'),
    ],
)
def test_a_second_definition_is_detected(kind: Callable[[ast.AST], bool], source: str) -> None:
    assert any(map(kind, ast.walk(ast.parse(source))))


def test_the_definitions_agree_with_one_another_and_with_the_sandbox() -> None:
    assert get_args(JobStatus) == JOB_STATUSES
    assert {*ACTIVE_STATUSES, *FINAL_STATUSES} == {*JOB_STATUSES}
    assert {*CHARGED_STATUSES} < FINAL_STATUSES
    assert tuple(KINDS) == DRIVER_KINDS
    assert listed("04_quantum_jobs.js", "pending") == [*JOB_STATUSES]
    assert listed("03_drivers.js", "mock") == [*DRIVER_KINDS]
    assert 'path = "qpi_client/version.py"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def listed(migration: str, first: str) -> list[str]:
    """Return the values of a field of the sandbox, by its first value."""
    text = (ROOT / "qpi_sandbox" / "pb_migrations" / migration).read_text(encoding="utf-8")
    (values,) = re.findall(rf'values: \[("{first}".*?)\]', text, re.DOTALL)
    return re.findall(r'"(\w+)"', values)
