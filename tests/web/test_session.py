"""First start, signing in and out, throttling, passwords, CSRF."""

from __future__ import annotations

import pytest

from web.site import PASSWORD, Cast, Person

FIRST = {"workspace": "見本商事", "name": "持ち主", "email": "Owner@Example.com", "password": PASSWORD}


def test_first_start_makes_the_owner_once(site: str) -> None:
    person = Person(site)
    before = person.get("/api/session").data
    assert before["first_start"]
    assert not before["signed_in"]
    assert before["user"] is None
    started = person.post("/api/first-start", FIRST)
    assert started.status == 200
    assert started.data["signed_in"]
    assert not started.data["first_start"]
    assert started.data["role"] == "administrator"
    assert set(started.data["rights"]) == {"view", "run", "schedule", "configure", "connect", "administer"}
    assert person.get("/api/session").data["user"]["email"] == "owner@example.com"
    again = Person(site)
    again.get("/api/session")
    refused = again.post("/api/first-start", {**FIRST, "email": "second@example.com"})
    assert (refused.status, refused.code) == (403, "forbidden")


@pytest.mark.parametrize("password", ["short", "1234567890", "password123", "owner@example.com"])
def test_a_weak_password_is_refused(site: str, password: str) -> None:
    person = Person(site)
    person.get("/api/session")
    refused = person.post("/api/first-start", {**FIRST, "password": password})
    assert (refused.status, refused.code) == (422, "weak_password")
    assert person.get("/api/session").data["first_start"]


def test_sign_in_and_out(cast: Cast) -> None:
    person = Person(cast.base)
    wrong = person.sign_in("owner@example.com", "not-the-password")
    assert (wrong.status, wrong.code) == (401, "wrong_sign_in")
    right = person.sign_in("OWNER@example.com ")
    assert right.status == 200
    assert right.data["signed_in"]
    assert person.get("/api/users").status == 200
    assert not person.delete("/api/session").data["signed_in"]
    assert person.get("/api/users").code == "not_signed_in"


def test_wrong_passwords_in_a_row_pause_signing_in(cast: Cast) -> None:
    person = Person(cast.base)
    codes = [person.sign_in("viewer@example.com", "wrong-password-x").code for _ in range(5)]
    assert codes == ["wrong_sign_in"] * 5
    paused = person.sign_in("viewer@example.com")  # even the right one
    assert (paused.status, paused.code) == (429, "throttled_sign_in")
    assert "until" in paused.data["facts"]
    assert "–" not in paused.data["cause"]
    assert person.sign_in("operator@example.com").status == 200  # somebody else from the same place


def test_the_pause_ends(cast: Cast) -> None:
    from datetime import timedelta

    from choai.clock import now, set_clock

    person = Person(cast.base)
    for _ in range(5):
        person.sign_in("viewer@example.com", "wrong-password-x")
    later = now() + timedelta(minutes=16)
    set_clock(lambda: later)
    try:
        assert person.sign_in("viewer@example.com").status == 200
    finally:
        set_clock(None)


def test_a_new_password_ends_the_other_sessions(cast: Cast) -> None:
    elsewhere = Person(cast.base)
    elsewhere.sign_in("viewer@example.com")
    refused = cast.viewer.patch(
        "/api/me", {"current_password": "wrong-one-here", "new_password": "another-long-secret"}
    )
    assert refused.code == "wrong_sign_in"
    changed = cast.viewer.patch("/api/me", {"current_password": PASSWORD, "new_password": "another-long-secret"})
    assert changed.status == 200
    assert cast.viewer.get("/api/runs").status == 200
    assert elsewhere.get("/api/runs").code == "not_signed_in"
    assert Person(cast.base).sign_in("viewer@example.com").code == "wrong_sign_in"
    assert Person(cast.base).sign_in("viewer@example.com", "another-long-secret").status == 200


def test_a_cookie_alone_changes_nothing(cast: Cast) -> None:
    cast.owner.csrf = False
    for answer in (
        cast.owner.patch("/api/workspace", {"name": "乗っ取り"}),
        cast.owner.delete("/api/session"),
        cast.owner.post("/api/session", {"email": "a@b.c", "password": "x"}),
    ):
        assert (answer.status, answer.code) == (403, "csrf_failed")
    assert cast.owner.get("/api/workspace").data["name"] == "見本商事"


def test_entering_another_workspace(cast: Cast) -> None:
    refused = cast.owner.post(f"/api/workspaces/{cast.other_id}/enter")
    assert (refused.status, refused.code) == (404, "not_found")
    from choai.store.models import Member

    Member.objects.create(workspace_id=cast.other_id, user_id=cast.owner_id, role="viewer")
    entered = cast.owner.post(f"/api/workspaces/{cast.other_id}/enter").data
    assert entered["workspace"]["name"] == "他社"
    assert entered["role"] == "viewer"
    assert cast.owner.get("/api/workspace").data["name"] == "他社"
    assert cast.owner.get("/api/audit").code == "forbidden"


def test_a_member_who_was_removed_sees_nothing(cast: Cast) -> None:
    users = {u["name"]: u["id"] for u in cast.owner.get("/api/users").data["rows"]}
    assert cast.owner.delete(f"/api/users/{users['viewer']}").status == 200
    assert cast.viewer.get("/api/runs").code == "forbidden"
    assert cast.viewer.get("/api/session").data["workspace"] is None


def test_the_language_of_a_refusal(cast: Cast) -> None:
    cast.nobody.language = "en"
    assert cast.nobody.get("/api/runs").data["title"] == "You are not signed in"
    cast.nobody.language = "ja"
    assert cast.nobody.get("/api/runs").data["title"] == "ログインしていません"
    cast.nobody.language = "en-GB,en;q=0.9"
    assert cast.nobody.get("/api/runs").data["title"] == "You are not signed in"
    cast.owner.patch("/api/me", {"language": "en"})
    cast.owner.language = "ja,en;q=0.5"  # the person's own wish is stronger than the browser's
    assert cast.owner.get("/api/runs/99").data["title"] == "Not found"


def test_input_faults_name_their_fields(cast: Cast) -> None:
    refused = cast.owner.post("/api/users", {"email": "nonsense", "name": "", "role": "king"})
    assert (refused.status, refused.code) == (422, "bad_request")
    assert {f["field"] for f in refused.data["fields"]} == {"email", "name", "role"}
    assert refused.data["id"]


def test_a_session_tells_which_services_the_syncs_of_its_workspace_tie(cast: Cast) -> None:
    from web.furniture import a_sync, connections

    assert cast.owner.get("/api/session").data["ties"] == []
    kintone, freee = connections(cast.workspace_id, cast.owner_id)
    sync = a_sync(cast.workspace_id, cast.owner_id, kintone, freee)
    ties = [{"sync": sync.id, "left": "kintone", "right": "freee"}]
    assert cast.owner.get("/api/session").data["ties"] == ties
    assert cast.viewer.get("/api/session").data["ties"] == ties
    assert cast.stranger.get("/api/session").data["ties"] == []
