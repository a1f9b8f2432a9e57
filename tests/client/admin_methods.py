"""Methods of both clients for superusers: users, the server and its themes."""

from __future__ import annotations

import pytest

from qpi_client import APIError, BadRequest, Forbidden, InvalidValue
from tests.client.scene import NUMBERS, Scene, method

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@method("request")
def sends_any_request(scene: Scene) -> None:
    answer = scene.admin.request("GET", "/api/collections/users/records?perPage=1", query={"filter": "name != ''"})
    assert len(answer["items"]) == 1
    assert scene.user.request("GET", f"{scene.sandbox.url}/api/health")["code"] == 200
    assert scene.user.request("GET", "/api/pub/root-ca.pem").startswith("-----BEGIN")
    made = scene.admin.request("POST", "/api/collections/notifications/records", body={"title": "by hand"})
    assert scene.admin.request("DELETE", f"/api/collections/notifications/records/{made['id']}") is None
    for path in ("http://127.0.0.1:9/api/health", "//127.0.0.1:9/api/health", "api/health", "/api\n", ""):
        with pytest.raises(InvalidValue):
            scene.user.request("GET", path)
    with pytest.raises(InvalidValue):
        scene.user.request("HEAD", "/api/health")


@method(
    "list_logs", "list_backups", "create_backup", "download_backup", "delete_backup", "restore_backup",
    "send_test_email", "list_collections",
)  # fmt: skip
def administers_the_server(scene: Scene) -> None:
    assert scene.admin.list_logs(level="error", words="no such thing", filter="data.status >= 400", limit=5) == []
    name = f"methods{next(NUMBERS)}.zip"
    scene.admin.create_backup(name)
    (made,) = [each for each in scene.admin.list_backups() if each["key"] == name]
    pieces = list(scene.admin.download_backup(name))
    assert sum(map(len, pieces)) == made["size"]
    assert pieces[0][:2] == b"PK"
    scene.admin.delete_backup(name)
    for call in (scene.admin.delete_backup, scene.admin.restore_backup):
        with pytest.raises(BadRequest):
            call(name)
    for bad in ("Backup.zip", "backup", "a b.zip"):
        with pytest.raises(InvalidValue):
            scene.admin.create_backup(bad)
    # It has no mail server.
    with pytest.raises(BadRequest):
        scene.admin.send_test_email("anna@lab.example")
    rules = {each["name"]: each["listRule"] for each in scene.admin.list_collections()}
    assert rules["qpus"] == ""
    with pytest.raises(Forbidden):
        scene.user.list_backups()
    with pytest.raises(APIError):
        list(scene.user.download_backup("x.zip"))


@method("list_themes", "get_active_theme", "get_theme_file", "save_theme", "activate_theme", "delete_theme")
def keeps_themes(scene: Scene) -> None:
    tokens = {"colors": {"light": {"primary": "#101010"}}}
    made = scene.admin.save_theme("lab", tokens=tokens, custom_css="p {}", logo=("a.svg", SVG))
    assert made["tokens"] == tokens
    assert scene.user.get_theme_file(made["id"], made["logo"]) == SVG
    scene.admin.activate_theme(made["id"])
    assert scene.user.get_active_theme()["id"] == made["id"]
    again = scene.admin.save_theme("lab", theme_id=made["id"], site_name="Lab")
    assert (again["site_name"], again["logo"], again["tokens"], again["is_active"]) == ("Lab", "", None, True)
    scene.admin.activate_theme(None)
    assert scene.user.get_active_theme()["id"] == "default"
    for bad in ({"custom_css": "x" * 5001}, {"logo": ("a.exe", b"MZ")}, {"favicon": ("a.png", b"x" * 600_000)}):
        with pytest.raises(InvalidValue):
            scene.admin.save_theme("lab", **bad)
    scene.admin.delete_theme(made["id"])
    assert made["id"] not in {one["id"] for one in scene.user.list_themes()}
