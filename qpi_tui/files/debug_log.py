"""The debug log: what the client, the console and the sandbox report through `logging`, in a private file.

Everything is silent by default. `--debug FILE` or `QPI_DEBUG=FILE` turns it on. A line is one record; server text is
sanitized, and credentials never get this far: requests are logged without headers and bodies.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from qpi_tui.domain.sanitize import clean
from qpi_tui.files.private_file import append_private, typed_path

ROOTS = ("qpi_client", "qpi_tui", "qpi_sandbox")
OPTION = "--debug"
VARIABLE = "QPI_DEBUG"
# Records are cut at this length: one answer of a broken server must not fill the disk.
LONGEST = 4000


class _Lines(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Format one line; a traceback follows on lines that start with two spaces."""
        shown = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        lines = [clean(super().format(shown), LONGEST)]
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            lines += [f"  {clean(line, 400)}" for line in trace[-60:]]
        return "\n".join(lines)


def requested(words: Sequence[str]) -> Path | None:
    """Return the debug log's path from the command line or the environment; None without one.

    Raises:
        ValueError: It is not a path; the message is a sentence.
    """
    for number, word in enumerate(words):
        if word == "--":
            break
        name, given, value = word.partition("=")
        if name == OPTION:
            value = value if given else "".join(words[number + 1 : number + 2])
            return typed_path(value) if value else None
    value = os.environ.get(VARIABLE, "")
    return typed_path(value) if value else None


def start(path: Path) -> None:
    """Write all logging of the three packages to a file of mode 0600.

    Raises:
        OSError: The file cannot be opened.
    """
    handler = logging.StreamHandler(append_private(path))
    handler.setFormatter(_Lines())
    for name in ROOTS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
        # The root logger may print to the screen.
        logger.propagate = False
    logging.getLogger("qpi_tui").debug("Python %s, %s", sys.version.split()[0], sys.platform)
