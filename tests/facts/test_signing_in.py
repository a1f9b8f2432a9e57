"""Other ways of signing in than by password."""

from __future__ import annotations

import pytest

from tests.facts.facts import fact
from tests.facts.world import World


@fact("auth.methods")
@pytest.mark.parametrize("collection", ["users", "_superusers"])
def test_a_server_says_which_ways_there_are(world: World, collection: str) -> None:
    methods = world.nobody.get(f"/api/collections/{collection}/auth-methods").json()
    assert set(methods) >= {"password", "oauth2", "otp", "mfa"}
    assert methods["password"]["enabled"] is True
    assert isinstance(methods["oauth2"]["providers"], list)
    assert {"enabled", "duration"} <= set(methods["otp"])
