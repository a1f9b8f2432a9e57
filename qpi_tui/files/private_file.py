"""Private files: mode 0600, in folders of mode 0700. Everything private is written here."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_log = logging.getLogger(__name__)
# Seconds to wait for a lock, and between two tries. A frozen process that holds it must not stop this one.
_PATIENCE, _BETWEEN = 2.0, 0.01


@contextmanager
def new_private(path: Path) -> Iterator[IO[str]]:
    """Open a new file; delete it if it cannot be completed, because a partial file would look complete.

    Raises:
        FileExistsError: A file or a link exists already.
        OSError: It cannot be written.
    """
    with _new(path) as descriptor, os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def new_private_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a new binary file, like `new_private`."""
    with _new(path) as descriptor, os.fdopen(descriptor, "wb") as file:
        yield file


@contextmanager
def _new(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield descriptor
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def create_private(path: Path, text: str) -> None:
    """Write `text` to a new file.

    Raises:
        ValueError: The file exists already or cannot be written; the message is a sentence for people.
    """
    try:
        with new_private(path) as file:
            file.write(text)
    except FileExistsError:
        raise ValueError(f"{path} exists already. Choose another name.") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from None


def replace_private(path: Path, text: str) -> None:
    """Write a file next to the old one, then replace that atomically. Creates the folder if needed.

    Raises:
        OSError: It cannot be written; the old file is unchanged.
    """
    # Not needed for the first frame.
    import tempfile

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp creates files of mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def append_private(path: Path) -> IO[str]:
    """Open a file to append lines; create it and its folder if needed. The caller closes it.

    Raises:
        OSError: It cannot be opened.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def open_lock_file(path: Path) -> int:
    """Open a file for locking, and return its descriptor; create it and its folder if needed.

    Raises:
        OSError: It cannot be opened.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Keep other processes from changing a file while it is read, changed and replaced. Not reentrant.

    The lock is a file beside it, because a lock on the file itself would be gone when the file is replaced. Where files
    cannot be locked, and if another process holds the lock for more than 2 s, continue without it.
    """
    descriptor = None
    try:
        try:
            descriptor = open_lock_file(path.with_name(f".{path.name}.lock"))
            _take_lock(descriptor, path)
        except (ImportError, OSError):
            _log.debug("%s cannot be locked; continuing without the lock", path, exc_info=True)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _take_lock(descriptor: int, path: Path) -> None:
    # Missing on some systems.
    import fcntl

    until = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not until:
                until = time.monotonic() + _PATIENCE
                _log.debug("another process is changing %s; waiting for it", path)
            elif time.monotonic() >= until:
                _log.debug("another process has locked %s for %g s; continuing without the lock", path, _PATIENCE)
                return
        time.sleep(_BETWEEN)


def append_line(path: Path, text: str, *, sync: bool) -> None:
    """Append a line in one write; a truncated line before it is ended first.

    Args:
        path: The file; it and its folder are created if needed.
        text: The line, without its line end.
        sync: Return only once the line is on disk.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = f"{chr(10) if cut else ''}{text}\n".encode()
        while data:
            data = data[os.write(descriptor, data) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new and sync:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def typed_path(text: str) -> Path:
    """Return a typed path, with `~` expanded.

    Raises:
        ValueError: It is not a valid path; the message is a sentence for people.
    """
    if not text.strip():
        raise ValueError("Type a file name.")
    if "\0" in text:
        raise ValueError("A file name cannot contain that character.")
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise ValueError("Cannot find the home folder for `~`. Type the whole path.") from None
