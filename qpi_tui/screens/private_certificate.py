"""A server with a private certificate, at the sign-in screen: shown, and trusted when a person says so."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qpi_tui.session.connection import explain, sign_in_failed
from qpi_tui.session.known_servers import CertificatePrompt

if TYPE_CHECKING:
    from qpi_tui.screens.sign_in_methods import AsksSignIn
    from qpi_tui.settings.accounts import SignIn

_log = logging.getLogger(__name__)


class PrivateCertificate:
    """What the sign-in screen says of certificates, and whether a person may trust one."""

    def __init__(self, screen: AsksSignIn) -> None:
        self._screen = screen
        self._prompt = CertificatePrompt()

    async def ask(self, sign_in: SignIn, transport: Mapping[str, Any], error: Exception) -> None:
        """Show the fingerprint to somebody who signs in, and does so again; one that changed is refused."""
        said = sign_in_failed(error, sign_in.role)
        if "ca_file" not in transport:
            try:
                said = await self._prompt.ask(sign_in.url, transport, error)
            except Exception:
                # There is no root certificate to show: the first error says what is wrong.
                _log.debug("the root certificate could not be read", exc_info=True)
        self._screen.say(said)

    async def offer(self, url: str, transport: Mapping[str, Any], error: Exception) -> None:
        """Say what is wrong with an address; a private certificate is shown, and can be trusted.

        Where it is not trusted the server does not say how one signs in, and there may be no password to send.
        """
        from qpi_client import CertificateMismatch

        said = explain(error)
        if isinstance(error, CertificateMismatch) and "ca_file" not in transport:
            try:
                said = await self._prompt.offer(url, transport, error)
            except Exception:
                _log.debug("the root certificate could not be read", exc_info=True)
        self._screen.say(said)

    def offers(self, url: str) -> bool:
        """Whether the certificate of this server was shown, and may be trusted."""
        return self._prompt.offers(url)

    def settle(self, url: str, transport: Mapping[str, Any]) -> Mapping[str, Any]:
        """Trust what `ask` showed for this server, if it did. Raises `OSError` where that cannot be kept."""
        return self._prompt.settle(url, transport)

    def trust(self) -> bool:
        """Trust what `offer` showed; whether that could be kept."""
        try:
            self._prompt.trust(self._screen.typed().url)
        except OSError as error:
            self._screen.say(explain(error))
            return False
        self._screen.say("The certificate is trusted from now on. Sign in.", error=False)
        return True
