"""What `login` learned beyond the configuration: servers by profile, and trusted certificates.

Stored in the data folder, because people write the configuration. Contains no secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qpi_tui.files.private_file import replace_private
from qpi_tui.settings.accounts import server_of

_FIELDS = ("url", "identity", "role")


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
        """Profiles by name: `url`, `identity`, `role`."""
        found = self._kept.get("profiles")
        profiles = found if isinstance(found, dict) else {}
        return {
            str(name): {key: str(each[key]) for key in _FIELDS if isinstance(each.get(key), str)}
            for name, each in profiles.items()
            if isinstance(each, dict)
        }

    def fingerprint(self, url: str) -> str:
        """Return the trusted fingerprint of a server, or nothing."""
        found = self._kept.get("fingerprints")
        return str(found.get(server_of(url), "")) if isinstance(found, dict) else ""

    def keep_profile(self, name: str, url: str, identity: str, role: str) -> None:
        """Store a profile, and make it the default; raises `OSError`."""
        profile = {"url": url, "identity": identity, "role": role}
        self._write({**self._kept, "current": name, "profiles": {**self.profiles, name: profile}})

    def forget_profile(self, name: str) -> None:
        """Do not use it as the default any more; raises `OSError`."""
        if self._kept.get("current") == name:
            self._write({**self._kept, "current": ""})

    def trust(self, url: str, fingerprint: str) -> None:
        """Trust this root certificate of a server from now on; raises `OSError`."""
        found = self._kept.get("fingerprints")
        known = found if isinstance(found, dict) else {}
        self._write({**self._kept, "fingerprints": {**known, server_of(url): fingerprint}})

    def method(self, account: str) -> str:
        """Return the sign-in method of an account with a stored session; empty if unknown."""
        found = self._kept.get("ways")
        return str(found.get(account, "")) if isinstance(found, dict) else ""

    def keep_method(self, account: str, method: str) -> None:
        """Store the sign-in method of an account; raises `OSError`."""
        self._write({**self._kept, "ways": {**self._methods(), account: method}})

    def forget_method(self, account: str) -> None:
        """Forget the sign-in method of an account; raises `OSError`."""
        methods = self._methods()
        if account in methods:
            del methods[account]
            self._write({**self._kept, "ways": methods})

    def _methods(self) -> dict[str, Any]:
        found = self._kept.get("ways")
        return dict(found) if isinstance(found, dict) else {}

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

    def _write(self, kept: dict[str, Any]) -> None:
        import json

        replace_private(self.file, json.dumps(kept, indent=1) + "\n")
        self._kept = kept
