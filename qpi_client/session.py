"""Who is signed in, until when, and when to ask for a new session."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from qpi_client.errors import ProtocolError
from qpi_client.masking import Secret, travels

USERS = "users"
SUPERUSERS = "_superusers"
# A session is renewed when less than this is left, or a quarter of its life if that is less.
_MARGIN = timedelta(hours=6)


@dataclass(frozen=True, repr=False)
class Session:
    """Somebody who is signed in.

    Attributes:
        collection: "users" or "_superusers".
        record: The record of who is signed in.
        token: The token, which neither `repr` nor a pickle shows.
        expires_at: When the session ends, in UTC; None where the token does not say.
        renew_at: When the client renews it; None where it does not.
        method: How it began: "password", "oauth2" or "otp"; empty for one that was resumed.
    """

    collection: str
    record: dict[str, Any]
    token: Secret
    expires_at: datetime | None = None
    renew_at: datetime | None = field(default=None)
    method: str = ""

    @property
    def identity(self) -> str:
        """The e-mail address of who is signed in."""
        return str(self.record.get("email") or self.record.get("username") or "")

    @property
    def user_id(self) -> str:
        """The id of the record that is signed in."""
        return str(self.record.get("id") or "")

    @property
    def is_superuser(self) -> bool:
        """Whether a superuser is signed in."""
        return self.collection == SUPERUSERS

    def __repr__(self) -> str:
        until = self.expires_at.isoformat() if self.expires_at else None
        return (
            f"Session(collection={self.collection!r}, identity={self.identity!r}, user_id={self.user_id!r}, "
            f"expires_at={until!r}, token=***)"
        )

    def due(self, now: datetime) -> bool:
        """Return whether it is time to renew the session.

        Args:
            now: The present time at the server.

        Returns:
            Whether `renew_at` is reached.
        """
        return self.renew_at is not None and now >= self.renew_at


def session_from(answer: Any, collection: str, now: datetime, method: str = "") -> Session:
    """The session that an answer to a sign-in or to `auth-refresh` gives; `ProtocolError` if it gives none."""
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not travels(token):
        del answer, token
        raise ProtocolError("The server's answer to the sign-in holds no session.")
    record = answer.get("record")
    record = dict(record) if isinstance(record, dict) else {}
    claims = _claims(token)
    expires_at = _moment(claims.get("exp"))
    # A session that a superuser took of somebody ends when it ends.
    lasting = expires_at is None or claims.get("refreshable") is False
    renew_at = None if expires_at is None or lasting else expires_at - min(_MARGIN, (expires_at - now) / 4)
    return Session(str(record.get("collectionName") or collection), record, Secret(token), expires_at, renew_at, method)


def _claims(token: str) -> dict[str, Any]:
    """What a JSON web token says; nothing where it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _moment(seconds: Any) -> datetime | None:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
