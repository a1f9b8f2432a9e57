"""A private certificate on the sign-in screen: show it, and trust it when the user decides so."""

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
    """The certificate messages of the sign-in screen, and whether one can be trusted."""

    def __init__(self, screen: AsksSignIn) -> None:
        self._screen = screen
        self._prompt = CertificatePrompt()

    async def ask(self, sign_in: SignIn, transport: Mapping[str, Any], error: Exception) -> None:
        """Show the fingerprint at sign-in, to trust it by signing in again; a changed one is rejected."""
        said = sign_in_failed(error, sign_in.role)
        if "ca_file" not in transport:
            try:
                said = await self._prompt.ask(sign_in.url, transport, error)
            except Exception:
                # There is no root certificate to show: the first error says what is wrong.
                _log.debug("the root certificate could not be read", exc_info=True)
        self._screen.say(said)

    async def offer(self, url: str, transport: Mapping[str, Any], error: Exception) -> None:
        """Report what is wrong with an address; show a private certificate, which can be trusted.

        Before that, the server's sign-in methods are unknown, and there may be no password to send.
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
        """Whether this server's certificate was shown and can be trusted."""
        return self._prompt.offers(url)

    def settle(self, url: str, transport: Mapping[str, Any]) -> Mapping[str, Any]:
        """Trust the certificate that `ask` showed for this server. Raises `OSError` if it cannot be stored."""
        return self._prompt.settle(url, transport)

    def trust(self) -> bool:
        """Trust the certificate that `offer` showed; return whether it could be stored."""
        try:
            self._prompt.trust(self._screen.typed().url)
        except OSError as error:
            self._screen.say(explain(error))
            return False
        self._screen.say("The certificate is now trusted. Sign in.", error=False)
        return True
