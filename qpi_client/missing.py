"""The error for an optional library that is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from qpi_client.errors import QPIError

# Two distributions contain this package: with the console, and without it.
_DISTRIBUTION = "qpi-tui" if find_spec("qpi_tui") is not None else "qpi-tui-client"
INSTALL_QISKIT = f'pip install "{_DISTRIBUTION}[qiskit]"'
"""The command that installs the libraries for Qiskit's backends and jobs."""


class MissingOptionalLibraryError(QPIError, ImportError):
    """An optional library is required and not installed.

    It has the parameters and the message of `qiskit.exceptions.MissingOptionalLibraryError` and replaces it if Qiskit
    itself is missing. If Qiskit is installed and another library is missing, Qiskit's own class is raised. Both are
    `ImportError`.

    Attributes:
        libname: Name of the missing library.
        name: The feature that needs it.
        pip_install: Command that installs it, or None.
        message: The full message.
    """

    def __init__(self, libname: str, name: str, pip_install: str | None = None, msg: str | None = None) -> None:
        """Create the error for a missing library.

        Args:
            libname: Name of the missing library.
            name: The feature that needs it.
            pip_install: Command that installs it.
            msg: An additional sentence.
        """
        sentences = [f"The '{libname}' library is required to use '{name}'."]
        if pip_install:
            sentences.append(f"You can install it with '{pip_install}'.")
        if msg:
            sentences.append(f"{msg.rstrip('.')}.")
        self.message = " ".join(sentences)
        super().__init__(self.message, name=name)
        self.libname = libname
        self.pip_install = pip_install


def missing_library(error: ImportError, name: str) -> ImportError:
    """Return the error for a library that could not be imported.

    Args:
        error: The import error.
        name: The feature that needs the library.

    Returns:
        Qiskit's `MissingOptionalLibraryError` if Qiskit can be imported, otherwise `MissingOptionalLibraryError` of
        this package.
    """
    libname = (error.name or "qiskit").partition(".")[0]
    try:
        from qiskit.exceptions import MissingOptionalLibraryError as QiskitError
    except ImportError:
        return MissingOptionalLibraryError(libname, name, INSTALL_QISKIT)
    found: ImportError = QiskitError(libname, name, INSTALL_QISKIT)
    return found
