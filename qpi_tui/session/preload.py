"""What is asked of the server while the client is being loaded: the sign-in, and the list that is shown first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.resources import first_screen, registry
from qpi_tui.session.connection import COLLECTIONS
from qpi_tui.settings.accounts import Kind, normal_url

if TYPE_CHECKING:
    from qpi_client.early import Asked, EarlySignIn
    from qpi_tui.settings.config import Settings

# As many jobs as the newest page has (`live.job_reader`), which is not loaded before the first frame.
JOBS_PAGE = 100


# How the client asks for the lists that a screen can be painted from: their order, and what is expanded. A user's
# requests and announcements are more than a list.
_LISTS: dict[tuple[Role, str], dict[str, str]] = {
    (Role.ADMIN, "requests"): {"sort": "@rowid", "expand": "user,handled_by"},
    (Role.ADMIN, "users"): {"sort": "@rowid"},
    (Role.ADMIN, "announcements"): {"sort": "-@rowid", "expand": "target_users"},
    (Role.ADMIN, "drivers"): {"sort": "@rowid", "expand": "qpu"},
    (Role.USER, "drivers"): {"sort": "@rowid", "expand": "qpu"},
    (Role.ADMIN, "themes"): {"sort": "@rowid"},
}


def _first_list(role: Role, screen: str) -> Asked | None:
    """The list that is shown first, as the client asks for it; None where it cannot be painted from one list.

    `tests/tui/terminal/test_preload.py` fails where the client asks otherwise.
    """
    if screen == "tokens":
        return "/api/tokens", {}
    resource = registry()[screen]
    path = f"/api/collections/{resource.collection}/records"
    query: dict[str, str | int] = {"page": 1, "skipTotal": 1}
    if screen != "jobs":
        how = _LISTS.get((role, screen))
        return None if how is None else (path, {"perPage": 1000, **query, **how})
    # The newest page of the window. The client puts the id first.
    fields = ",".join(dict.fromkeys(["id", *resource.query["fields"].split(",")]))
    query = {"perPage": JOBS_PAGE, **query, "sort": "-@rowid", "expand": resource.query["expand"], "fields": fields}
    return path, query


def preloaded_sign_in(settings: Settings) -> EarlySignIn | None:
    """What signs in once it is started; None where there is nothing yet to do it with, or more to do first."""
    sign_in, transport = settings.sign_in, settings.transport
    if not sign_in.complete or sign_in.role not in COLLECTIONS:
        return None
    if transport.get("fingerprint"):
        return None
    from qpi_client.early import EarlySignIn

    url = normal_url(sign_in.url)
    first = _first_list(sign_in.role, settings.screen or first_screen(sign_in.role))
    return EarlySignIn(
        url,
        COLLECTIONS[sign_in.role],
        first,
        identity=sign_in.identity,
        password=sign_in.secret_for(Kind.PASSWORD, url),
        session=sign_in.secret_for(Kind.SESSION, url),
        ca_file=transport.get("ca_file"),
    )
