"""Names that need Qiskit, imported on first use.

Without Qiskit, each name is a placeholder class: inspecting it works, and creating an instance raises
`MissingOptionalLibraryError` with the command that installs Qiskit. So programs can import the name, and tools that
list a module's names (`help`, `inspect.getmembers`, `from qpi_client import *`) do not fail.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qpi_client.missing import INSTALL_QISKIT

if TYPE_CHECKING:
    from qpi_client.provider import QPIBackend as QPIBackend
    from qpi_client.provider import QPIJob as QPIJob
    from qpi_client.provider import QPIProvider as QPIProvider

NAMES = ("QPIBackend", "QPIJob", "QPIProvider")


class _NotInstalled(type):
    """Metaclass of the placeholder classes."""

    _reason: ImportError

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        raise cls._reason.with_traceback(None)

    def __repr__(cls) -> str:
        return f"<class 'qpi_client.{cls.__name__}', which needs Qiskit>"


def _stand_in(name: str, reason: ImportError) -> type:
    def refuse(cls: type) -> None:
        raise reason.with_traceback(None)

    body = {
        "__doc__": f"Needs Qiskit, which is not installed. Install it with: {INSTALL_QISKIT}",
        "__module__": "qpi_client",
        "__init_subclass__": classmethod(refuse),
        "_reason": reason,
    }
    return _NotInstalled(name, (), body)


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Any
    try:
        found = getattr(importlib.import_module("qpi_client.provider"), name)
    except ImportError as error:
        found = _stand_in(name, error)
    globals()[name] = found
    return found
