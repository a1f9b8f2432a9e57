"""What is loaded, and when, checked in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys

import pytest

EVERYTHING = """
import importlib, pkgutil, sys
import qpi_tui
for found in pkgutil.walk_packages(qpi_tui.__path__, "qpi_tui."):
    if not found.name.endswith(("__main__", "circuit_drawing")):
        importlib.import_module(found.name)
print([name for name in ("qiskit", "qiskit_aer", "numpy", "qpi_sandbox") if name in sys.modules])
"""


def loaded_by(program: str) -> str:
    """Return what a program prints in a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_the_console_never_loads_qiskit_nor_the_sandbox_in_its_own_process() -> None:
    assert loaded_by(EVERYTHING) == "[]"


@pytest.mark.parametrize("module", ["qiskit", "numpy", "textual", "msgspec", "rich"])
def test_the_client_loads_no_unneeded_modules(module: str) -> None:
    # Modules that httpx itself loads for its command line do not count.
    program = (
        "import httpx, sys; before = set(sys.modules); import qpi_client, qpi_client.client; "
        f"print({module!r} in set(sys.modules) - before)"
    )
    assert loaded_by(program) == "False"


def test_the_preloaded_sign_in_does_not_load_httpx() -> None:
    assert loaded_by("import sys, qpi_client.early; print('httpx' in sys.modules)") == "False"
