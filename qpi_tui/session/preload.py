"""What is asked of the server while the client is being loaded: the sign-in, and the list that is shown first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.screens import first_screen
from qpi_tui.session.connection import COLLECTIONS
from qpi_tui.settings.accounts import Kind, normal_url

if TYPE_CHECKING:
    from qpi_client.early import Asked, EarlySignIn
    from qpi_tui.settings.config import Settings

# As the client asks for them: `tests/tui/terminal/test_preload.py` fails where it asks otherwise.
_JOBS: Asked = (
    "/api/collections/quantum_jobs/records",
    {
        "perPage": 1000,
        "page": 1,
        "skipTotal": 1,
        "sort": "-created,-id",
        "expand": "user_id,qpu_target",
        "fields": "id,created,user_id,qpu_target,status,updated,finished_at,duration,payload.shots,"
        "payload.circuits.shots,expand.user_id.id,expand.user_id.name,expand.user_id.email,expand.qpu_target.id,"
        "expand.qpu_target.name",
    },
)
_REQUESTS: Asked = (
    "/api/collections/qpu_time_requests/records",
    {"perPage": 1000, "page": 1, "sort": "@rowid", "expand": "user,handled_by"},
)
_FIRST = {
    (Role.ADMIN, "requests"): _REQUESTS,
    (Role.ADMIN, "jobs"): _JOBS,
    (Role.USER, "jobs"): _JOBS,
}


def head_start(settings: Settings) -> EarlySignIn | None:
    """What signs in once it is started; None where there is nothing yet to do it with, or more to do first."""
    sign_in, transport = settings.sign_in, settings.transport
    if not sign_in.complete or sign_in.role not in COLLECTIONS:
        return None
    if transport.get("fingerprint"):
        return None
    from qpi_client.early import EarlySignIn

    url = normal_url(sign_in.url)
    first = _FIRST.get((sign_in.role, settings.screen or first_screen(sign_in.role)))
    return EarlySignIn(
        url,
        COLLECTIONS[sign_in.role],
        first,
        identity=sign_in.identity,
        password=sign_in.secret_for(Kind.PASSWORD, url),
        session=sign_in.secret_for(Kind.SESSION, url),
        ca_file=transport.get("ca_file"),
    )
