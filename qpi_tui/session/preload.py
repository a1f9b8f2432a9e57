"""What is sent to the server while libraries are being loaded: the sign-in, and the first reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import COLLECTIONS
from qpi_tui.settings.accounts import Kind, normal_url

if TYPE_CHECKING:
    from qpi_client.early import EarlyRequests
    from qpi_tui.settings.config import Settings


def early_requests(settings: Settings) -> EarlyRequests | None:
    """What sends the first requests once it is started; None where there is more to do first."""
    sign_in, transport = settings.sign_in, settings.transport
    if not sign_in.complete or transport.get("fingerprint"):
        return None
    from qpi_client.early import EarlyRequests
    from qpi_tui.session.first_reads import expected_reads

    url, ca_file = normal_url(sign_in.url), transport.get("ca_file")
    expected = expected_reads(sign_in, settings.screen)
    if sign_in.role is Role.TOKEN:
        token = sign_in.secret_for(Kind.API_TOKEN, url)
        return EarlyRequests(url, api_token=token, ca_file=ca_file, expected=expected)
    return EarlyRequests(
        url,
        COLLECTIONS[sign_in.role],
        identity=sign_in.identity,
        password=sign_in.secret_for(Kind.PASSWORD, url),
        session=sign_in.secret_for(Kind.SESSION, url),
        ca_file=ca_file,
        expected=expected,
    )
