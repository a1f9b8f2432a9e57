"""Files that only their owner may read: mode 0600, in folders of mode 0700. Everything private is written here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def new_private(path: Path) -> Iterator[IO[str]]:
    """Open a new file; what could not be finished is deleted again, since half a file would be taken for a whole one.

    Raises:
        FileExistsError: There is a file, or a link that somebody put there, already.
        OSError: It cannot be written.
    """
    with _new(path) as descriptor, os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def new_private_bytes(path: Path) -> Iterator[IO[bytes]]:
    """As `new_private`, for what is no text."""
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
        raise ValueError(f"{path} is there already: choose another name.") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from None


def replace_private(path: Path, text: str) -> None:
    """Write a file whole, beside the old one, then move it over that one. The folder is made where there is none.

    Raises:
        OSError: It cannot be written; the old file is as it was.
    """
    # Not needed for the first frame.
    import tempfile

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes files of mode 0600.
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
    """Open a file to append lines to; it and its folder are made where there are none. The caller closes it.

    Raises:
        OSError: It cannot be opened.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def open_lock_file(path: Path) -> int:
    """Open a file whose bytes are locked, and return its descriptor; it and its folder are made where there are none.

    Raises:
        OSError: It cannot be opened.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def append_line(path: Path, text: str, *, sync: bool) -> None:
    """Append a line in one write; a line before it that was cut off is ended first.

    Args:
        path: The file; it and its folder are made where there are none.
        text: The line, without its end.
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
    """Return a path as typed, `~` expanded.

    Raises:
        ValueError: There is none; the message is a sentence for people.
    """
    if not text.strip():
        raise ValueError("Where to? Type the name of a file.")
    if "\0" in text:
        raise ValueError("A file's name cannot hold that character.")
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise ValueError("The home folder that `~` stands for is not known. Type the whole path.") from None
