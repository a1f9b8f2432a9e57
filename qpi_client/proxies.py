"""Find the proxy for a server in the environment, as httpx and the standard library do."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from qpi_client.errors import InvalidValue
from qpi_client.proxy_variables import may_be_proxied

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy: its address and credentials."""

    scheme: str
    host: str
    port: int
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return its address without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_for(base_url: str) -> Proxy | None:
    """Return the proxy for a server, or None.

    Raises:
        InvalidValue: The environment names a proxy that is not valid or not supported.
    """
    if not may_be_proxied():
        return None
    # It takes longer to load than all of this package's connections.
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    if not proxies:
        return None
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if proxy_bypass(f"{host}:{parts.port}" if parts.port else host) or proxy_bypass(host):
        return None
    name = parts.scheme if proxies.get(parts.scheme) else "all"
    value = proxies.get(name)
    return _parsed(value, f"{name.upper()}_PROXY") if value else None


def _parsed(value: str, variable: str) -> Proxy:
    """Parse a proxy setting. Errors do not repeat it because it may contain a password."""
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if not host or parts.scheme not in _SCHEMES or not host.isascii() or any(letter.isspace() for letter in host):
        raise InvalidValue(
            f"The environment variable {variable} names no usable proxy. "
            "Set it to an address such as http://proxy.example.org:3128, or unset it."
        )
    from importlib.util import find_spec

    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        raise InvalidValue(
            f"The environment variable {variable} names a SOCKS proxy, which needs a package: "
            "pip install socksio. Or unset the variable."
        )
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    default = {"http": 80, "https": 443}.get(parts.scheme, 1080)
    return Proxy(parts.scheme, host, port or default, auth)
