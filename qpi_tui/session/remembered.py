"""What `login` learned and the configuration does not say: servers by profile, and the certificates that were trusted.

Kept in the data folder, because the configuration is for people to write. No secrets are in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qpi_tui.files.private_file import replace_private
from qpi_tui.settings.accounts import server_of

_FIELDS = ("url", "identity", "role")


class RememberedServers:
    """Profiles that `login` made, which of them is used when none is named, and fingerprints by server."""

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            from qpi_tui.files.paths import data_folder

            file = data_folder() / "servers.json"
        self.file = file
        self._kept = self._read()

    @property
    def current(self) -> str:
        """The profile that was signed in to last."""
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
        """The fingerprint that was trusted for a server, or nothing."""
        found = self._kept.get("fingerprints")
        return str(found.get(server_of(url), "")) if isinstance(found, dict) else ""

    def keep_profile(self, name: str, url: str, identity: str, role: str) -> None:
        """Keep a profile, and use it when none is named; raises `OSError`."""
        profile = {"url": url, "identity": identity, "role": role}
        self._write({**self._kept, "current": name, "profiles": {**self.profiles, name: profile}})

    def forget_profile(self, name: str) -> None:
        """Do not use it any more when none is named; raises `OSError`."""
        if self._kept.get("current") == name:
            self._write({**self._kept, "current": ""})

    def trust(self, url: str, fingerprint: str) -> None:
        """Trust this root certificate for a server from now on; raises `OSError`."""
        found = self._kept.get("fingerprints")
        known = found if isinstance(found, dict) else {}
        self._write({**self._kept, "fingerprints": {**known, server_of(url): fingerprint}})

    def method(self, account: str) -> str:
        """How somebody signed in to an account whose session is kept; empty where that is not known."""
        found = self._kept.get("ways")
        return str(found.get(account, "")) if isinstance(found, dict) else ""

    def keep_method(self, account: str, method: str) -> None:
        """Remember how somebody signed in to an account; raises `OSError`."""
        self._write({**self._kept, "ways": {**self._methods(), account: method}})

    def forget_method(self, account: str) -> None:
        """The session of the account is gone; raises `OSError`."""
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
            # Without such a file nothing needs it, and the first frame does not wait for it.
            import json

            kept = json.loads(text)
        except (OSError, ValueError):
            # Nothing learned yet; what is damaged is learned anew. A lost pin is asked about again.
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: dict[str, Any]) -> None:
        import json

        replace_private(self.file, json.dumps(kept, indent=1) + "\n")
        self._kept = kept
