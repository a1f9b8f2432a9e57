"""Read a text file that a user named: a regular file of limited size, in UTF-8.

A named pipe or a device would block, or never end.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_bytes(path: Path, *, most: int) -> bytes:
    """Return the content of a file.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: It is not a regular file, larger than `most` bytes, or cannot be read; the message says so.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe blocks until it has a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise ValueError(f"{path} is a folder.")
            if not stat.S_ISREG(mode):
                raise ValueError(f"{path} is not a regular file.")
            held = bytearray()
            while piece := os.read(descriptor, 1 << 20):
                held += piece
                if len(held) > most:
                    raise ValueError(f"{path} is larger than {most:,} bytes, the limit.")
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    return bytes(held)


def read_text(path: Path, *, most: int) -> str:
    """Return the text of a file, without a byte order mark.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: It is not a regular file, larger than `most` bytes, not UTF-8, or cannot be read; the message says
            so.
    """
    held = read_bytes(path, most=most)
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} cannot be read: it is not UTF-8 text.") from None
