from __future__ import annotations

from typing import Any

import pytest

from choai.sandbox import freee
from sandbox.freee_client import Client


async def rows(client: Client, path: str, **query: Any) -> list[Any]:
    data = (await client.get(path, **query)).data
    return list(next(iter(data.values())))


async def test_tag_life(freee_admin: Client) -> None:
    assert len(await rows(freee_admin, "/tags", limit=3000)) == 64
    made = await freee_admin.post("/tags", name="夏祭り", shortcut1="S1")
    tag = made.data["tag"]
    assert (made.status, tag["shortcut1"], tag["shortcut2"]) == (201, "S1", None)
    assert (await freee_admin.post("/tags", name="夏祭り")).status == 400
    changed = await freee_admin.put(f"/tags/{tag['id']}", name="夏まつり", shortcut1="")
    assert (changed.data["tag"]["name"], changed.data["tag"]["shortcut1"]) == ("夏まつり", None)
    assert (await freee_admin.get(f"/tags/{tag['id']}")).data["tag"] == changed.data["tag"]
    assert (await freee_admin.delete(f"/tags/{tag['id']}")).status == 204
    assert (await freee_admin.get(f"/tags/{tag['id']}")).status == 404


@pytest.mark.req("FK-18")
@pytest.mark.parametrize(
    "body",
    [{"name": "あ" * 31}, {"name": "x", "shortcut1": "a" * 21}, {"name": ""}, {}, {"name": "x", "shortcut2": None}],
)
async def test_refused_tags(freee_admin: Client, body: dict[str, Any]) -> None:
    assert (await freee_admin.post("/tags", **body)).status == 400


async def test_segment_tags(freee_admin: Client) -> None:
    assert len(await rows(freee_admin, "/segments/1/tags")) == 20  # the trap: 20 unless asked for more
    assert len(await rows(freee_admin, "/segments/1/tags", limit=500)) == 30
    assert (await freee_admin.get("/segments/1/tags", limit=501)).status == 400
    first = (await rows(freee_admin, "/segments/1/tags"))[0]
    assert "company_id" not in first
    assert (await freee_admin.get(f"/segments/1/tags/{first['id']}")).status == 404
    assert (await freee_admin.get("/segments/4/tags")).status == 400
    made = await freee_admin.post("/segments/2/tags", name="新規事業", description="備考", code="NEW-1")
    assert (made.status, made.data["segment_tag"]["code"]) == (201, "NEW-1")
    assert (await freee_admin.post("/segments/3/tags", name="新規事業")).status == 201  # unique per axis
    assert (await freee_admin.post("/segments/2/tags", name="新規事業")).status == 400
    assert (await freee_admin.post("/segments/2/tags", name="別", code="NEW-1")).status == 400
    for body in ({"name": "あ" * 101}, {"name": "x", "description": "あ" * 31}, {"name": "x", "code": "日本"}):
        assert (await freee_admin.post("/segments/2/tags", **body)).status == 400


async def test_segment_codes_are_a_setting(freee_admin: Client) -> None:
    upsert = "/segments/1/tags/code/upsert"
    created = await freee_admin.put(upsert, code="U-1", segment_tag={"name": "甲"})
    updated = await freee_admin.put(upsert, code="U-1", segment_tag={"name": "乙"})
    assert (created.status, updated.status, updated.data["segment_tag"]["name"]) == (201, 200, "乙")
    freee_admin.set(segment_code=False)
    assert (await freee_admin.put(upsert, code="U-1", segment_tag={"name": "丙"})).status == 400
    assert "code" not in (await rows(freee_admin, "/segments/1/tags"))[0]


async def test_item_put_is_a_full_replace(freee_admin: Client) -> None:
    made = await freee_admin.post("/items", name="部材", shortcut1="S", code="P-1")
    item = made.data["item"]
    replaced = (await freee_admin.put(f"/items/{item['id']}", name="部材2")).data["item"]
    assert (replaced["shortcut1"], replaced["code"], replaced["available"]) == (None, None, True)
    freee_admin.set(item_code=False)
    silent = await freee_admin.post("/items", name="部品", code="P-2")
    assert (silent.status, "code" in silent.data["item"]) == (201, False)
    freee_admin.set(item_code=True)
    assert (await freee_admin.get(f"/items/{silent.data['item']['id']}")).data["item"]["code"] is None
    used = next(r for r in freee_admin.world.state["tables"]["1070001/items"] if r.get("_used"))
    assert (await freee_admin.delete(f"/items/{used['id']}")).status == 400


async def test_sections_have_no_paging_and_a_tree_by_plan(freee_box: Client) -> None:
    admin, starter = freee_box.sign_in(), freee_box.sign_in(company=freee.STARTER)
    assert len(await rows(admin, "/sections", limit=1)) == 14
    assert {"indent_count", "parent_id"} <= set((await rows(admin, "/sections"))[0])
    assert not {"indent_count", "parent_id"} & set((await rows(starter, "/sections"))[0])
    parent = (await rows(admin, "/sections"))[1]
    made = await admin.post("/sections", name="新課", parent_id=parent["id"])
    assert made.data["section"]["indent_count"] == parent["indent_count"] + 1
    moved = await admin.put("/sections/code/upsert", code="D002", section={"name": "管理本部", "parent_code": "D001"})
    assert (moved.status, moved.data["section"]["parent_id"]) == (200, (await rows(admin, "/sections"))[0]["id"])
    assert (await admin.post("/sections", name="孤児", parent_id=1)).status == 400


async def test_read_only_masters(freee_admin: Client) -> None:
    taxes = await rows(freee_admin, f"/taxes/companies/{freee.ENTERPRISE}")
    assert {t["code"] for t in taxes} >= {0, 2, 21, 34, 129, 136}
    only = await rows(freee_admin, f"/taxes/companies/{freee.ENTERPRISE}", display_category="tax_10", available="true")
    assert {t["code"] for t in only} == {129, 136}
    assert {w["type"] for w in await rows(freee_admin, "/walletables", type="wallet")} == {"wallet"}
    assert "walletable_balance" in (await rows(freee_admin, "/walletables", with_balance="true"))[0]
    assert "walletable_balance" not in (await rows(freee_admin, "/walletables"))[0]
    accounts = await rows(freee_admin, "/account_items")
    assert all("code" not in a and a["categories"] for a in accounts)
    templates = await rows(freee_admin, "/expense_application_line_templates", limit=100)
    singles = [
        (await freee_admin.get(f"/expense_application_line_templates/{t['id']}")).status
        for t in (templates[0], templates[-1])
    ]
    assert singles == [200, 404]  # the last one has settings of the screens only


async def test_company_and_its_flags(freee_admin: Client) -> None:
    path = f"/api/1/companies/{freee.ENTERPRISE}"
    plain = (await freee_admin.send("GET", path)).data["company"]
    assert (plain["use_partner_code"], plain["role"], "partners" in plain) == (False, "admin", False)
    whole = (await freee_admin.send("GET", path, query={"details": "true"})).data["company"]
    assert {"account_items", "tax_codes", "items", "partners", "sections", "tags", "walletables"} <= set(whole)
    assert "items" in (await freee_admin.send("GET", path, query={"items": "true"})).data["company"]
    assert (await freee_admin.send("GET", path, query={"items": "false"})).status == 400
    assert (await freee_admin.send("GET", "/api/1/companies/999")).status == 400


async def test_me(freee_admin: Client) -> None:
    assert "companies" not in (await freee_admin.send("GET", "/api/1/users/me")).data["user"]
    flagged = await freee_admin.send("GET", "/api/1/users/me", query={"companies": "false"})
    assert len(flagged.data["user"]["companies"]) == 2  # flags work by presence
    assert (await freee_admin.send("GET", "/api/1/users/me", query={"advisor": "true"})).status == 400
    assert len(await rows(freee_admin, "/users")) == 3
