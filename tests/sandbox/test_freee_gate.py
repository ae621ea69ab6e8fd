from __future__ import annotations

from datetime import timedelta

import pytest

from choai.sandbox import freee
from sandbox.freee_client import Client


def codes(answer: object) -> list[str]:
    data = answer.data  # type: ignore[attr-defined]  # an Answer
    return [data["code"]] if "code" in data else [c for e in data["errors"] for c in e.get("codes", [])]


async def test_every_answer_has_a_request_id(freee_admin: Client) -> None:
    good, bad = await freee_admin.get("/tags"), await freee_admin.get("/nowhere")
    freee_admin.world.switch("maintenance")
    down = await freee_admin.get("/tags")
    assert [a.status for a in (good, bad, down)] == [200, 404, 503]
    assert len({a.headers["x-freee-request-id"] for a in (good, bad, down)}) == 3


async def test_the_three_shapes_of_401(freee_box: Client) -> None:
    assert (await freee_box.get("/tags")).data == {
        "message": "ログインをして下さい",
        "messages": "ログインをして下さい",
    }
    freee_box.token = "nonsense"
    assert set((await freee_box.get("/tags")).data) == {"message", "code"}
    admin = freee_box.sign_in()
    listed = await admin.get("/tags", company_id=999)
    assert listed.data["errors"][0]["codes"] == ["company_not_found"]
    admin.set(unauthorized_shape="plain")
    freee_box.world.state["settings"]["unauthorized_shape"] = "plain"
    assert set((await admin.get("/tags", company_id=999)).data) == {"message", "messages"}


async def test_missing_company_is_a_401_and_a_wrong_type_a_400(freee_admin: Client) -> None:
    assert codes(await freee_admin.send("GET", "/api/1/tags")) == ["company_not_found"]
    answer = await freee_admin.send("POST", "/api/1/tags", json={"company_id": "1070001", "name": "x"})
    assert answer.status == 400


async def test_user_rights(freee_box: Client) -> None:
    nobody, general = freee_box.sign_in(freee.USER_NONE), freee_box.sign_in(freee.USER_GENERAL)
    answer = await nobody.get("/partners")
    assert (answer.status, codes(answer)) == (401, ["user_do_not_have_permission"])
    assert (await general.post("/tags", name="新しいタグ")).status == 201
    assert codes(await general.delete("/tags/41000001")) == ["user_do_not_have_permission"]
    assert (await general.get("/users/capabilities")).data["partners"] == {
        "read": True, "create": True, "update": True, "destroy": False,
    }  # fmt: skip
    assert (await nobody.get("/users/capabilities")).data["partners"]["read"] is False


@pytest.mark.parametrize("segment", [1, 2, 3])
async def test_plan_without_segments(freee_box: Client, segment: int) -> None:
    starter = freee_box.sign_in(company=freee.STARTER)
    answer = await starter.get(f"/segments/{segment}/tags")
    assert (answer.status, codes(answer)) == (401, ["freee_plan_limit"])
    starter.set(segment_gate=400)
    assert (await starter.get(f"/segments/{segment}/tags")).status == 400


async def test_advance_has_one_segment(freee_admin: Client) -> None:
    freee_admin.set(plan="advance")
    assert [(await freee_admin.get(f"/segments/{n}/tags")).status for n in (1, 2, 3)] == [200, 401, 401]


async def test_address_restriction(freee_admin: Client) -> None:
    freee_admin.set(allow_ips=["203.0.113.0/24"])
    assert codes(await freee_admin.get("/tags")) == ["source_ip_address_limit"]
    freee_admin.set(allow_ips=["127.0.0.0/8"])
    assert (await freee_admin.get("/tags")).status == 200


async def test_changed_app_permissions_need_new_consent(freee_admin: Client) -> None:
    freee_admin.world.state["settings"]["permissions_version"] = 2
    assert codes(await freee_admin.get("/tags")) == ["re_authorization_required"]
    assert (await freee_admin.sign_in().get("/tags")).status == 200


async def test_app_permission_and_burst_are_both_403(freee_admin: Client) -> None:
    freee_admin.set(app_permissions={"tags": "read", "partners": "none"})
    assert (await freee_admin.get("/tags")).status == 200
    refused = [await freee_admin.post("/tags", name="x"), await freee_admin.get("/partners")]
    assert [a.status for a in refused] == [403, 403]
    assert all("権限" in a.data["message"] for a in refused)
    freee_admin.world.switch("burst")
    burst = await freee_admin.get("/items")
    assert (burst.status, "権限" in burst.data["message"]) == (403, False)
    assert (await freee_admin.get("/companies")).status == 403
    freee_admin.world.shift += timedelta(minutes=10, seconds=1)
    assert (await freee_admin.get("/items")).status == 200


async def test_daily_limit_by_plan(freee_admin: Client) -> None:
    freee_admin.set(daily_limit=2)
    assert [(await freee_admin.get("/tags")).status for _ in range(3)] == [200, 200, 429]
    answer = await freee_admin.get("/tags")
    assert answer.headers["x-ratelimit-reset"] == answer.data["meta"]["reset"]
    assert answer.data["meta"]["reset"].endswith("T00:00:00+09:00")
    freee_admin.world.shift += timedelta(days=1)
    assert (await freee_admin.sign_in().get("/tags")).status == 200


async def test_standing_maintenance(freee_admin: Client) -> None:
    freee_admin.world.state["settings"]["maintenance"] = True
    assert (await freee_admin.get("/tags")).status == 503
    assert (await freee_admin.send("POST", "/public_api/token", form={})).status == 503


async def test_damaged_lists(freee_admin: Client) -> None:
    whole = len((await freee_admin.get("/tags", limit=3000)).data["tags"])
    freee_admin.world.switch("empty_page", match="/tags")
    assert (await freee_admin.get("/tags", limit=3000)).data == {"tags": []}
    freee_admin.world.switch("partial", match="/tags")
    assert len((await freee_admin.get("/tags", limit=3000)).data["tags"]) == whole // 2


async def test_body_that_is_no_object(freee_admin: Client) -> None:
    for text in ("", "[]", "{"):
        answer = await freee_admin.send("POST", "/api/1/tags", form=text.encode() or None)
        assert answer.status == 400
