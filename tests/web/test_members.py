"""Users of a workspace."""

from __future__ import annotations

import pytest

from web.site import PASSWORD, Cast, Person


def by_name(cast: Cast) -> dict[str, int]:
    return {u["name"]: u["id"] for u in cast.owner.get("/api/users").data["rows"]}


def test_roles_take_effect_at_once(cast: Cast) -> None:
    viewer = by_name(cast)["viewer"]
    assert cast.viewer.post("/api/masters/partner/disable").code == "forbidden"
    assert cast.owner.patch(f"/api/users/{viewer}", {"role": "configurer"}).data["role"] == "configurer"
    assert cast.viewer.post("/api/masters/partner/disable").code == "not_linked"
    trail = cast.owner.get("/api/audit", action="user.role").data["rows"][0]
    assert (trail["before"], trail["after"], trail["subject"]) == (
        {"role": "viewer"}, {"role": "configurer"}, "viewer@example.com",
    )  # fmt: skip


def test_the_last_administrator_stays(cast: Cast) -> None:
    owner = by_name(cast)["持ち主"]
    assert cast.owner.patch(f"/api/users/{owner}", {"role": "viewer"}).code == "last_administrator"
    assert cast.owner.delete(f"/api/users/{owner}").code == "last_administrator"
    operator = by_name(cast)["operator"]
    cast.owner.patch(f"/api/users/{operator}", {"role": "administrator"})
    assert cast.owner.delete(f"/api/users/{owner}").status == 200
    assert cast.owner.get("/api/users").code == "forbidden"


def test_adding_people(cast: Cast) -> None:
    body = {"email": "New@example.com", "name": "新人", "role": "viewer", "password": PASSWORD}
    assert cast.owner.post("/api/users", body).data["email"] == "new@example.com"
    assert cast.owner.post("/api/users", body).code == "already_member"
    assert Person(cast.base).sign_in("new@example.com").status == 200
    assert cast.owner.post("/api/users", {**body, "email": "b@example.com", "password": None}).code == "weak_password"


@pytest.mark.req("CC-02")
def test_a_person_of_two_workspaces_keeps_name_and_password(cast: Cast) -> None:
    body = {"email": "stranger@example.com", "name": "別名", "role": "viewer", "password": "their-password-now"}
    added = cast.owner.post("/api/users", body).data
    assert added["name"] == "よそ者"
    assert Person(cast.base).sign_in("stranger@example.com").status == 200
    refused = cast.owner.patch(f"/api/users/{added['id']}", {"password": "their-password-now"})
    assert refused.code == "forbidden"


def test_an_administrator_resets_a_password(cast: Cast) -> None:
    viewer = by_name(cast)["viewer"]
    assert cast.owner.patch(f"/api/users/{viewer}", {"password": "a-whole-new-one"}).status == 200
    assert cast.viewer.get("/api/runs").code == "not_signed_in"
    assert Person(cast.base).sign_in("viewer@example.com", "a-whole-new-one").status == 200


def test_addresses_of_others_are_for_administrators(cast: Cast) -> None:
    shown = {u["name"]: u["email"] for u in cast.viewer.get("/api/users").data["rows"]}
    assert shown == {"持ち主": "", "operator": "", "viewer": "viewer@example.com"}
