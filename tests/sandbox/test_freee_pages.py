from __future__ import annotations

import json
from pathlib import Path

from choai.sandbox import freee
from sandbox.freee_client import Client


async def test_control_page_shows_counts_faults_and_calls(freee_admin: Client) -> None:
    await freee_admin.get("/tags")
    freee_admin.world.switch("maintenance", match="never-asked", times=None)
    page = await freee_admin.send("GET", "/_sandbox")
    for text in ("操作盤", "never-asked", "GET /api/1/tags", "法人エンタープライズ", "531"):
        assert text in page.text
    freee_admin.world.faults.clear()


async def test_settings_by_post(freee_admin: Client) -> None:
    body = {"companies": {str(freee.ENTERPRISE): {"use_partner_code": True}}}
    assert (await freee_admin.send("POST", "/_sandbox/state", json=body)).status == 200
    assert (await freee_admin.get("/partners", limit=1)).data["partners"][0]["code"] == "C00001"


async def test_a_person_edits_a_partner_on_its_page(freee_admin: Client) -> None:
    listed = await freee_admin.send("GET", "/partners", query={"company_id": str(freee.ENTERPRISE)})
    assert "/partners/61000001?company_id=1070001" in listed.text
    path = "/partners/61000001?company_id=1070001"
    page = await freee_admin.send("GET", path)
    assert 'name="address_attributes.zipcode"' in page.text
    saved = await freee_admin.send("POST", path, form={"name": "改名商事", "address_attributes.zipcode": "999-0001"})
    assert saved.status == 303
    row = (await freee_admin.get("/partners/61000001")).data["partner"]
    assert (row["name"], row["address_attributes"]["zipcode"]) == ("改名商事", "999-0001")
    archived = await freee_admin.send("POST", path, form={"action": "archive"})
    assert archived.status == 303
    assert not (await freee_admin.get("/partners", keyword="改名商事")).data["partners"]


async def test_name_taken_or_empty_is_not_saved(freee_admin: Client) -> None:
    names = [r["name"] for r in (await freee_admin.get("/tags")).data["tags"][:2]]
    for name in (names[1], ""):
        answer = await freee_admin.send("POST", "/tags/41000001", form={"name": name})
        assert answer.status == 400
    assert (await freee_admin.get("/tags/41000001")).data["tag"]["name"] == names[0]


async def test_address_of_one_tag_leads_to_its_page(freee_admin: Client) -> None:
    answer = await freee_admin.send("GET", "/segments/1", query={"company_id": "1070001", "id": "30100001"})
    assert (answer.status, answer.headers["location"]) == (303, "/segments/1/30100001?company_id=1070001")
    assert (await freee_admin.send("GET", "/segments/1/30100001")).status == 200
    assert (await freee_admin.send("GET", "/tags/999")).status == 404


async def test_texts_of_records_are_escaped(freee_admin: Client) -> None:
    made = await freee_admin.post("/tags", name="<script>alert(1)")
    page = await freee_admin.send("GET", f"/tags/{made.data['tag']['id']}")
    assert "<script>alert(1)" not in page.text


async def test_edit_of_a_test(freee_admin: Client) -> None:
    make = {"company": freee.ENTERPRISE, "kind": "segments/1", "values": {"name": "手で作成"}}
    made = (await freee_admin.send("POST", "/_sandbox/edit", json=make)).data
    assert made in (await freee_admin.get("/segments/1/tags", limit=500)).data["segment_tags"]
    gone = {"company": freee.ENTERPRISE, "kind": "segments/1", "id": made["id"], "delete": True}
    assert (await freee_admin.send("POST", "/_sandbox/edit", json=gone)).status == 200
    assert (await freee_admin.send("POST", "/_sandbox/edit", json=gone)).status == 400


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "freee.json"
    world = freee.new_world(file, 3)
    world.state["settings"]["maintenance"] = True
    world.save()
    again = freee.new_world(file, 3)
    assert again.state == json.loads(json.dumps(world.state))
    assert freee.new_world(None, 3).state["tables"].keys() == again.state["tables"].keys()
