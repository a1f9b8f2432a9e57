"""Themes of the dashboard."""

from __future__ import annotations

from tests.facts.facts import fact
from tests.facts.world import RECORDS, World

THEMES = RECORDS.format("themes")


@fact("themes.routes", "themes.collection")
def test_themes_are_written_by_superusers_and_at_most_one_is_active(world: World) -> None:
    before = world.nobody.get("/api/theme/active").json()
    assert set(world.nobody.get("/api/theme/defaults").json()["tokens"]) == {
        "colors", "fonts", "spacing", "radius", "shadows",
    }  # fmt: skip
    body = {"is_active": True, "tokens": {"colors": {"light": {"primary": "#000"}}}, "custom_css": "p { color: red }"}
    assert world.person().http.post(THEMES, json={"name": "mine", **body}).status_code in (400, 403)
    first = world.create("themes", name="first", **body)
    second = world.create("themes", name="second", **{**body, "custom_css": ""})
    try:
        active = world.nobody.get("/api/theme/active").json()
        assert active["id"] == second["id"]
        assert set(active) >= {"name", "site_name", "tagline", "logo", "favicon", "tokens", "custom_css", "custom_js"}
        assert active["tokens"] is None  # its record contains them
        assert world.get("themes", first["id"])["is_active"] is False
        assert world.nobody.get("/api/theme/css").status_code == 204
        world.patch("themes", first["id"], is_active=True).raise_for_status()
        css = world.nobody.get("/api/theme/css")
        assert (css.status_code, css.text) == (200, "p { color: red }")
        assert css.headers["content-type"].startswith("text/css")
        assert world.nobody.get("/api/theme/js").status_code == 204
        assert world.get("themes", second["id"])["is_active"] is False
    finally:
        for theme in (first, second):
            world.admin.delete(f"{THEMES}/{theme['id']}").raise_for_status()
    assert before["name"] == world.nobody.get("/api/theme/active").json()["name"] or before["id"] != "default"
