"""Stores sessions in the system's keyring, otherwise in a private file of mode 0600.

A password is stored with its session only for `login --keep-password`.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
from pathlib import Path
from typing import Any

from qpi_tui.files.paths import data_folder
from qpi_tui.files.private_file import file_lock, replace_private

_log = logging.getLogger(__name__)

SERVICE = "qpi-tui"


class CredentialStoreError(Exception):
    """Secrets that cannot be stored or read; the message says why and what to do."""


class CredentialStore:
    """Sessions by account: `where` names the store in words."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or data_folder() / "sessions.json"
        self._keyring = None if file is not None else _keyring()
        self.where = "the system's keyring" if self._keyring is not None else str(self._file)

    def get(self, account: str) -> str:
        """Return the stored session of an account, or an empty text."""
        if self._keyring is not None:
            return str(self._ask("get_password", account) or "")
        return self._read().get(account, "")

    def put(self, account: str, session: str) -> None:
        """Store a session."""
        with file_lock(self._file):
            self._put(account, session)

    def replace(self, account: str, session: str) -> bool:
        """Store a session in place of the stored one; return False, and store nothing, if there is none.

        Another process may have signed out since the session was read: it must not come back.
        """
        with file_lock(self._file):
            there = bool(self.get(account))
            if there:
                self._put(account, session)
        return there

    def forget(self, account: str) -> bool:
        """Delete the session of an account; return False if none was stored."""
        # The lock is a file: without a session there is nothing to create it for.
        if not self.get(account):
            return False
        with file_lock(self._file):
            if not self.get(account):
                return False
            if self._keyring is not None:
                self._ask("delete_password", account)
            else:
                kept = self._read()
                kept.pop(account, None)
                self._write(kept)
        return True

    def _put(self, account: str, session: str) -> None:
        if self._keyring is not None:
            self._ask("set_password", account, session)
        else:
            self._write({**self._read(), account: session})

    def _ask(self, what: str, *words: str) -> Any:
        from keyring.errors import KeyringError

        try:
            return getattr(self._keyring, what)(SERVICE, *words)
        except KeyringError as error:
            raise CredentialStoreError(
                f"The system's keyring refuses ({error}). QPI_KEYRING=off uses a private file."
            ) from None

    def _read(self) -> dict[str, str]:
        try:
            mode = self._file.stat().st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise CredentialStoreError(
                    f"{self._file} can be read by others, so it is not used. "
                    f"Run `chmod 600 {self._file}`, and sign out and in again if others could have read it."
                )
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CredentialStoreError(f"{self._file} cannot be read ({error}). Remove it and sign in again.") from None
        return {str(account): str(session) for account, session in kept.items()} if isinstance(kept, dict) else {}

    def _write(self, kept: dict[str, str]) -> None:
        try:
            replace_private(self._file, json.dumps(kept))
        except OSError as error:
            raise CredentialStoreError(f"The session cannot be kept in {self._file}: {error.strerror}.") from None


def password_of(account: str) -> str:
    """Return the key of an account's stored password."""
    return f"password:{account}"


def session_end(session: str) -> float:
    """Return a session's expiry from its token, in seconds since 1970; 0 if it has none."""
    try:
        claims = session.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0.0


def account_of(url: str, role: str, identity: str) -> str:
    """Return the key of a stored session."""
    return f"{role}:{identity}@{url.rstrip('/')}"


def _keyring() -> Any:
    """Return the system's keyring if one works, otherwise None."""
    if os.environ.get("QPI_KEYRING", "").lower() in {"0", "no", "off"}:
        return None
    try:
        import keyring
        from keyring.backends import fail, null

        backend = keyring.get_keyring()
        # A chain without members, or a null backend, stores nothing.
        if isinstance(backend, (fail.Keyring, null.Keyring)) or backend.priority < 1:
            return None
        backend.get_password(SERVICE, "probe")
    except Exception:
        _log.debug("there is no keyring", exc_info=True)
        return None
    return backend
