"""Credentials of a sandbox, and the file that keeps them in its data folder."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

ADMIN = "admin@example.com"


@dataclass(frozen=True)
class Credentials:
    """Credentials of one person. `identity` is the e-mail address, `id` the record's id ("" if unknown)."""

    identity: str
    password: str = field(repr=False)
    id: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the credentials as `qpi-tui sandbox --json` prints them. An unknown id is left out."""
        shown = {"identity": self.identity, "password": self.password}
        return {**shown, "id": self.id} if self.id else shown


@dataclass
class Secrets:
    """The passwords and the generation of a data folder."""

    admin: str
    users: str
    generation: str

    FILE = "sign-ins.json"

    @classmethod
    def load(cls, data: Path) -> Secrets | None:
        """Read what an earlier start saved in `data`, or return None."""
        try:
            kept = json.loads((data / cls.FILE).read_text(encoding="utf-8"))
            return cls(**kept)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def save(self, data: Path) -> None:
        """Save them in `data`, readable by their owner only. The file is replaced atomically."""
        target = data / self.FILE
        draft = target.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(vars(self), file)
        draft.replace(target)


def new_password() -> str:
    """Return a password of 96 random bits, in characters that are easy to copy."""
    return secrets.token_hex(12)
