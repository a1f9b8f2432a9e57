"""The package without Qiskit: it can be inspected, and reports what is missing when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Hides libraries from the import system, as if they were not installed.
BLOCK = """
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""
LOOKING = """
import inspect, pydoc, typing
import qpi_client

assert hasattr(qpi_client, "QPIBackend")
names = {}
exec("from qpi_client import *", names)
assert set(qpi_client.__all__) <= set(names)
assert {"QPIBackend", "QPIJob", "QPIProvider"} <= {name for name, _ in inspect.getmembers(qpi_client)}
for thing in (qpi_client, qpi_client.QPIBackend, qpi_client.QPIClient, qpi_client.AsyncQPIClient):
    assert pydoc.render_doc(thing, renderer=pydoc.plaintext)
assert 'pip install "qpi-tui[qiskit]"' in pydoc.render_doc(qpi_client.QPIBackend, renderer=pydoc.plaintext)
assert inspect.isclass(qpi_client.QPIBackend)
assert not isinstance(3, qpi_client.QPIBackend)
assert qpi_client.QPIBackend is qpi_client.QPIBackend
assert typing.get_type_hints(qpi_client.QPIClient.get_backend)["return"] is qpi_client.QPIBackend
"""
USES = """
import qpi_client
client = qpi_client.QPIClient("http://127.0.0.1:9")

def extend():
    class Mine(qpi_client.QPIBackend):
        pass

def load():
    import qpi_client.provider

for use in (
    lambda: client.get_backend("alice"),
    lambda: client.job("abc"),
    lambda: qpi_client.QPIBackend(client, "alice"),
    lambda: qpi_client.QPIProvider(client),
    extend,
    load,
):
    try:
        use()
    except {error} as error:
        assert isinstance(error, ImportError)
        words = "The '{library}' library is required to use 'qpi_client.provider'."
        assert error.message.startswith(words), error.message
        assert error.message.endswith("You can install it with 'pip install \\"qpi-tui[qiskit]\\"'."), error.message
        assert error.message in str(error).replace("\\\\'", "'")
    else:
        raise AssertionError(use)
assert client.base_url == "http://127.0.0.1:9"
"""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_qiskit_the_package_can_be_inspected() -> None:
    run(BLOCK.format(blocked=("qiskit", "numpy")) + LOOKING)


def test_without_qiskit_a_backend_names_what_to_install() -> None:
    error = "qpi_client.MissingOptionalLibraryError"
    run(BLOCK.format(blocked=("qiskit", "numpy")) + USES.format(error=error, library="qiskit"))


def test_if_only_a_part_is_missing_qiskits_own_error_is_raised() -> None:
    # Qiskit is installed, but something that its providers import is not.
    spoil = BLOCK.format(blocked=("spare",)) + (
        "import qiskit.exceptions, sys\n"
        "class Spare(Missing):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'qiskit.qasm3':\n"
        "            raise ModuleNotFoundError('No module', name='openqasm3')\n"
        "for name in [each for each in sys.modules if each.startswith('qiskit.qasm3')]:\n"
        "    del sys.modules[name]\n"
        "if hasattr(qiskit, 'qasm3'):\n"
        "    del qiskit.qasm3\n"
        "sys.meta_path.insert(0, Spare())\n"
    )
    run(spoil + USES.format(error="qiskit.exceptions.MissingOptionalLibraryError", library="openqasm3"))


@pytest.mark.parametrize("name", ["QPIBackend", "QPIJob", "QPIProvider"])
def test_with_qiskit_the_names_are_the_real_ones(name: str) -> None:
    import qpi_client
    from qpi_client import optional, provider

    assert getattr(qpi_client, name) is getattr(provider, name) is getattr(optional, name)
