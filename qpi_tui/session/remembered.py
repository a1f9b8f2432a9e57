"""What `login` learned beyond the configuration: servers by profile, and trusted certificates.

Stored in the data folder, because people write the configuration. Contains no secrets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qpi_tui.files.private_file import file_lock, replace_private
from qpi_tui.settings.accounts import server_of

_FIELDS = ("url", "identity", "role", "ca_file")


class RememberedServers:
    """Profiles created by `login`, the default one of them, and fingerprints by server."""

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            from qpi_tui.files.paths import data_folder

            file = data_folder() / "servers.json"
        self.file = file
        self._kept = self._read()

    @property
    def current(self) -> str:
        """The profile of the last sign-in."""
        name = self._kept.get("current")
        return name if isinstance(name, str) and name in self.profiles else ""

    @property
    def profiles(self) -> Mapping[str, Mapping[str, str]]:
        """Profiles by name: `url`, `identity`, `role`, and `ca_file` where the server needs one."""
        return {
            str(name): {key: str(each[key]) for key in _FIELDS if isinstance(each.get(key), str)}
            for name, each in _table(self._kept, "profiles").items()
            if isinstance(each, dict)
        }

    def fingerprint(self, url: str) -> str:
        """Return the trusted fingerprint of a server, or nothing."""
        return str(_table(self._kept, "fingerprints").get(server_of(url), ""))

    def keep_profile(self, name: str, url: str, identity: str, role: str, ca_file: str = "") -> None:
        """Store a profile, and make it the default; raises `OSError`.

        Without a `ca_file`, a profile of the same server keeps the one that it has.
        """
        with self._changing() as kept:
            before = _table(kept, "profiles").get(name)
            if isinstance(before, dict) and server_of(str(before.get("url", ""))) == server_of(url):
                ca_file = ca_file or str(before.get("ca_file", ""))
            profile = {"url": url, "identity": identity, "role": role}
            if ca_file:
                profile["ca_file"] = ca_file
            kept["current"] = name
            kept["profiles"] = {**_table(kept, "profiles"), name: profile}

    def forget_profile(self, name: str) -> None:
        """Do not use it as the default any more; raises `OSError`."""
        if self._kept.get("current") == name:
            with self._changing() as kept:
                if kept.get("current") == name:
                    kept["current"] = ""

    def trust(self, url: str, fingerprint: str) -> None:
        """Trust this root certificate of a server from now on; raises `OSError`."""
        with self._changing() as kept:
            kept["fingerprints"] = {**_table(kept, "fingerprints"), server_of(url): fingerprint}

    def method(self, account: str) -> str:
        """Return the sign-in method of an account with a stored session; empty if unknown."""
        return str(_table(self._kept, "ways").get(account, ""))

    def keep_method(self, account: str, method: str) -> None:
        """Store the sign-in method of an account; raises `OSError`."""
        with self._changing() as kept:
            kept["ways"] = {**_table(kept, "ways"), account: method}

    def forget_method(self, account: str) -> None:
        """Forget the sign-in method of an account; raises `OSError`."""
        if account in _table(self._kept, "ways"):
            with self._changing() as kept:
                kept["ways"] = {name: each for name, each in _table(kept, "ways").items() if name != account}

    def _read(self) -> dict[str, Any]:
        try:
            text = self.file.read_text(encoding="utf-8")
            # Nothing needs it without such a file, and the first frame does not wait for it.
            import json

            kept = json.loads(text)
        except (OSError, ValueError):
            # Nothing learned yet; a damaged file counts as empty. A lost pin is asked for again.
            return {}
        return kept if isinstance(kept, dict) else {}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """Return what the file contains now, and write it back as changed; raises `OSError`.

        Another process may have changed the file since this one read it.
        """
        import json

        with file_lock(self.file):
            kept = self._read()
            yield kept
            replace_private(self.file, json.dumps(kept, indent=1) + "\n")
            self._kept = kept


def _table(kept: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table of the file; a damaged one counts as empty."""
    found = kept.get(name)
    return found if isinstance(found, dict) else {}
