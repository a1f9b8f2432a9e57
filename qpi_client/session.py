"""The signed-in account, its token's expiry, and when to renew the session."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from qpi_client.errors import ProtocolError
from qpi_client.masking import Secret, travels

USERS = "users"
SUPERUSERS = "_superusers"
# A session is renewed when less than this is left, or less than a quarter of its lifetime if that is shorter.
_MARGIN = timedelta(hours=6)


class Session(NamedTuple):
    """A signed-in session.

    Attributes:
        collection: "users" or "_superusers".
        record: Record of the signed-in account.
        token: The session token. `repr` and pickles omit it.
        expires_at: Expiry in UTC; None if the token does not state one.
        renew_at: Time of renewal by the client; None if the client does not renew it.
        method: Sign-in method: "password", "oauth2" or "otp". Empty for a resumed session.
    """

    collection: str
    record: dict[str, Any]
    token: Secret
    expires_at: datetime | None = None
    renew_at: datetime | None = None
    method: str = ""

    @property
    def identity(self) -> str:
        """E-mail address of the signed-in account."""
        return str(self.record.get("email") or self.record.get("username") or "")

    @property
    def user_id(self) -> str:
        """Id of the signed-in account's record."""
        return str(self.record.get("id") or "")

    @property
    def is_superuser(self) -> bool:
        """Whether the signed-in account is a superuser."""
        return self.collection == SUPERUSERS

    def __repr__(self) -> str:
        until = self.expires_at.isoformat() if self.expires_at else None
        return (
            f"Session(collection={self.collection!r}, identity={self.identity!r}, user_id={self.user_id!r}, "
            f"expires_at={until!r}, token=***)"
        )

    def due(self, now: datetime) -> bool:
        """Return whether to renew the session now.

        Args:
            now: Current time of the server.

        Returns:
            Whether `renew_at` is reached.
        """
        return self.renew_at is not None and now >= self.renew_at


def session_from(answer: Any, collection: str, now: datetime, method: str = "") -> Session:
    """Return the session in an answer to a sign-in or to `auth-refresh`; `ProtocolError` if there is none."""
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not travels(token):
        del answer, token
        raise ProtocolError("The server's answer to the sign-in contains no session.")
    record = answer.get("record")
    record = dict(record) if isinstance(record, dict) else {}
    claims = _claims(token)
    expires_at = _moment(claims.get("exp"))
    # A session that a superuser created for another user cannot be renewed.
    lasting = expires_at is None or claims.get("refreshable") is False
    renew_at = None if expires_at is None or lasting else expires_at - min(_MARGIN, (expires_at - now) / 4)
    return Session(str(record.get("collectionName") or collection), record, Secret(token), expires_at, renew_at, method)


def _claims(token: str) -> dict[str, Any]:
    """Return the claims of a JSON web token; empty if it is not one."""
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
