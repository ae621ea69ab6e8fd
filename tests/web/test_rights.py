"""Hidden means hidden (CC-15): every route as everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from web.site import Cast, Person

OPEN = {"get_session", "sign_in", "sign_out", "first_start", "oauth_callback"}
ROLE_RIGHTS = {
    "owner": {"view", "run", "schedule", "configure", "connect", "administer"},
    "operator": {"view", "run", "schedule"},  # schedule: open_configuration is on (FK-41)
    "viewer": {"view", "schedule"},
}


def routes() -> Iterator[tuple[str, str, str, str | None]]:
    """operation id, method, path with every id 999999, the right asked for (None: open to all)."""
    from choai.web.api import api

    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                name = operation.view_func.__name__
                rights = {auth.right for auth in operation.auth_callbacks}
                assert len(rights) <= 1, name
                for method in operation.methods:
                    yield name, method, f"/api{prefix}{path}", next(iter(rights), None)


def filled(path: str) -> str:
    for name, value in (("kind", "partner"), ("connection_id", "999999"), ("run_id", "999999"), ("item_id", "999999"),
                        ("sync_id", "999999"), ("binding_id", "999999"), ("user_id", "999999"), ("token_id", "999999"),
                        ("reconciliation_id", "999999"),
                        ("workspace_id", "999999"), ("entry_id", "record-999999")):  # fmt: skip
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path


def test_every_route_is_either_open_on_purpose_or_asks_for_a_right() -> None:
    found = list(routes())
    assert len(found) > 60
    assert {name for name, _, _, right in found if right is None} == OPEN


@pytest.mark.req("CC-15", "CC-14")
def test_nobody_gets_in_and_each_role_gets_as_far_as_its_rights(cast: Cast) -> None:
    for name, method, path, right in routes():
        if right is None or path.endswith("/events"):
            continue
        body: Any = None if method == "GET" else {}
        answer = cast.nobody.send(method, filled(path), body)
        assert (answer.status, answer.code) == (401, "not_signed_in"), f"{method} {path} as nobody"
        for role, rights in ROLE_RIGHTS.items():
            answer = getattr(cast, role).send(method, filled(path), body)
            refused = answer.status == 403 and answer.code == "forbidden"
            assert refused == (right not in rights), f"{name} as {role}: {answer.status} {answer.body[:200]!r}"


@pytest.mark.req("CC-02")
def test_a_stranger_finds_nothing_of_another_workspace(cast: Cast, furnished: dict[str, int]) -> None:
    """The stranger may do everything in a workspace of their own; ids of this one are not there for them."""
    checked = 0
    for name, method, path, right in routes():
        if right is None or "{" not in path or name == "enter_workspace":
            continue
        ids = {n: v for n, v in furnished.items() if f"{{{n}}}" in path}
        if not ids:
            continue  # addressed by kind: the stranger's own, looked at below
        for id_name, value in ids.items():
            path = path.replace(f"{{{id_name}}}", str(value))
        answer = cast.stranger.send(
            method, path, BODIES.get(name, None if method == "GET" else {}), **QUERIES.get(name, {})
        )
        assert (answer.status, answer.code) == (404, "not_found"), f"{name}: {answer.status} {answer.body[:300]!r}"
        checked += 1
    assert checked > 25


BODIES: dict[str, Any] = {
    "subscribe_hook": {"on": True},
    "patch_connection": {"name": "x", "version": 1},
    "choose_account": {"account_id": "1"},
    "authorise_connection": {"back": "/"},
    "patch_sync": {"name": "x", "version": 1},
    "preview_settings": {"version": 1},
    "put_mapping": {"rows": [], "match_keys": [], "version": 1},
    "check_mapping": {"rows": []},
    "create_binding": {"left_id": "1", "right_id": "2"},
    "patch_user": {"role": "viewer"},
    "put_timing": {"enabled": False, "version": 1},
}
QUERIES = {"get_schema": {"object": "partner"}, "refresh_schema": {"object": "partner"}}


@pytest.mark.req("CC-02")
def test_a_strangers_lists_are_empty(cast: Cast, furnished: dict[str, int]) -> None:
    for path in ("/api/connections", "/api/syncs", "/api/runs", "/api/bindings", "/api/reconciliations"):
        assert cast.owner.get(path).data["rows"], path
        assert cast.stranger.get(path).data["rows"] == [], path
    assert {r["state"] for r in cast.stranger.get("/api/masters").data["rows"]} == {"unlinked"}
    assert not any(r["linked"] for r in cast.stranger.get("/api/schedules").data["rows"])
    assert cast.stranger.get("/api/dashboard").data["recent_runs"] == []
    assert "見本商事" not in cast.stranger.get("/api/audit").body.decode()
    assert "1001" not in cast.stranger.get("/api/bindings.csv").body.decode()
    assert [u["name"] for u in cast.stranger.get("/api/users").data["rows"]] == ["よそ者"]


def test_the_secret_never_comes_back(cast: Cast, furnished: dict[str, int]) -> None:
    cast.owner.patch(
        f"/api/connections/{furnished['connection_id']}", {"settings": {"client_secret": "s3cr3t-now"}, "version": 1}
    )
    for path in ("/api/connections", f"/api/connections/{furnished['connection_id']}", "/api/audit", "/api/health"):
        body = cast.owner.get(path).body.decode()
        assert "s3cr3t" not in body, path
    assert cast.owner.get(f"/api/connections/{furnished['connection_id']}").data["secrets"] == ["client_secret"]


# ------------------------------------------------------------------ tokens


def test_a_token_has_the_same_rights_as_its_person(cast: Cast) -> None:
    made = cast.operator.post("/api/tokens", {"name": "夜間", "role": "operator"})
    assert made.status == 200
    assert made.data["token"].startswith("choai_")
    script = Person(cast.base, token=made.data["token"])
    assert script.get("/api/runs").status == 200
    assert script.patch("/api/workspace", {"name": "x"}).code == "forbidden"
    assert script.post("/api/tokens", {"name": "子", "role": "viewer"}).code == "forbidden"
    listed = cast.operator.get("/api/tokens")
    assert made.data["token"] not in listed.body.decode()
    assert cast.viewer.delete(f"/api/tokens/{made.data['id']}").code == "not_found"
    assert cast.owner.delete(f"/api/tokens/{made.data['id']}").status == 200
    assert script.get("/api/runs").code == "not_signed_in"


def test_a_token_is_never_above_its_person(cast: Cast) -> None:
    assert cast.viewer.post("/api/tokens", {"name": "x", "role": "operator"}).code == "forbidden"
    made = cast.owner.post("/api/tokens", {"name": "x", "role": "administrator"}).data
    script = Person(cast.base, token=made["token"])
    assert script.get("/api/audit").status == 200
    from choai.store.models import Member

    Member.objects.filter(user_id=cast.owner_id).update(role="viewer")
    assert script.get("/api/audit").code == "forbidden"
    assert script.get("/api/runs").status == 200


def test_an_expired_token_is_no_token(cast: Cast) -> None:
    body = {"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}
    made = cast.owner.post("/api/tokens", body).data
    assert Person(cast.base, token=made["token"]).get("/api/runs").code == "not_signed_in"
    assert Person(cast.base, token="choai_nonsense").get("/api/runs").code == "not_signed_in"


@pytest.mark.req("FK-41")
def test_configuration_may_be_closed(cast: Cast) -> None:
    assert "schedule" in cast.viewer.get("/api/session").data["rights"]
    closed = cast.owner.patch("/api/workspace", {"settings": {"open_configuration": False}})
    assert closed.data["settings"]["open_configuration"] is False
    assert "schedule" not in cast.viewer.get("/api/session").data["rights"]
    body = {"enabled": False, "direction": "to_left", "frequency": "daily", "version": 1}
    assert cast.viewer.put("/api/schedules/partner", body).code == "forbidden"
    assert cast.owner.put("/api/schedules/partner", body).status == 200
