from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from choai.sandbox.freee.screens import edit
from sandbox.freee_client import Client


async def made(client: Client, name: str = "青空商事", **more: Any) -> Any:
    answer = await client.post("/partners", name=name, **more)
    assert answer.status == 201, answer.text
    return answer.data["partner"]


async def everyone(client: Client, **query: Any) -> list[Any]:
    return list((await client.get("/partners", limit=3000, **query)).data["partners"])


async def test_seed_is_the_same_for_the_same_seed(freee_admin: Client) -> None:
    rows = await everyone(freee_admin)
    assert len(rows) >= 520
    assert len({r["name"] for r in rows}) == len(rows)
    assert [r["id"] for r in rows] == sorted(r["id"] for r in rows)


async def test_create_gives_defaults_and_jst_date(freee_admin: Client) -> None:
    freee_admin.world.frozen = datetime.fromisoformat("2026-03-01T15:30:00+00:00")
    row = await made(freee_admin.sign_in())
    assert (row["update_date"], row["available"], row["country_code"]) == ("2026-03-02", True, "JP")
    assert (row["code"], row["transfer_fee_handling_side"]) == (None, "payer")
    assert not {"address_attributes", "partner_bank_account_attributes", "payment_term_attributes"} & set(row)


async def test_unknown_keys_are_ignored_and_own_keys_stay_inside(freee_admin: Client) -> None:
    row = await made(freee_admin, nonsense=1, _archived=True)
    assert not [k for k in row if k.startswith("_")]
    assert "nonsense" not in row
    assert await everyone(freee_admin, keyword="青空商事")


@pytest.mark.req("FK-18")
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "取引先名を入力してください。"),
        ({"name": " "}, "取引先名を入力してください。"),
        ({"name": "あ" * 256}, "取引先名は255文字以内で入力してください。"),
        ({"name": 1}, "取引先名の形式が正しくありません。"),
        ({"name": "x", "org_code": 3}, "事業所種別の値が不正です。"),
        ({"name": "x", "invoice_registration_number": "T012"}, "登録番号の形式が正しくありません。"),
        ({"name": "x", "address_attributes": {"prefecture_code": 47}}, "都道府県コードは指定できる範囲"),
        ({"name": "x", "address_attributes": {"zipcode": "123-45678"}}, "郵便番号は8文字以内"),
        ({"name": "x", "payment_term_attributes": {"cutoff_day": 1}}, "支払月を入力してください。"),
        ({"name": "x", "payer_walletable_id": 1070001202}, "銀行口座を指定"),
        ({"name": "x", "qualified_invoice_issuer": "true"}, "適格請求書発行事業者の形式"),
        ({"name": "x", "code": "C1"}, "取引先コードは指定できません"),
    ],
)
async def test_refused_bodies(freee_admin: Client, body: dict[str, Any], text: str) -> None:
    before = len(await everyone(freee_admin))
    answer = await freee_admin.post("/partners", **body)
    assert answer.status == 400
    assert text in answer.messages
    assert len(await everyone(freee_admin)) == before


async def test_names_are_unique_also_against_archived_ones(freee_admin: Client) -> None:
    row = await made(freee_admin)
    assert "すでに使用" in (await freee_admin.post("/partners", name="青空商事")).messages
    other = await made(freee_admin, "夕焼商事")
    assert "すでに使用" in (await freee_admin.put(f"/partners/{other['id']}", name="青空商事")).messages
    edit(freee_admin.world, freee_admin.company, "partners", row["id"], {"_archived": True})
    assert (await freee_admin.post("/partners", name="青空商事")).status == 400


async def test_update_merges_and_blanks_nothing(freee_admin: Client) -> None:
    address = {"zipcode": "100-0001", "prefecture_code": 12, "street_name1": "千代田区"}
    row = await made(freee_admin, phone="03-0", org_code=1, address_attributes=address)
    answer = await freee_admin.put(
        f"/partners/{row['id']}", name="青空商事", phone="", org_code=None, address_attributes={"street_name2": "2F"}
    )
    changed = answer.data["partner"]
    assert (changed["phone"], changed["org_code"]) == ("03-0", None)
    assert changed["address_attributes"] == {**address, "street_name2": "2F"}
    assert (await freee_admin.put(f"/partners/{row['id']}", phone="1")).status == 400  # the name is demanded


async def test_registration_number_gets_its_t(freee_admin: Client) -> None:
    assert (await made(freee_admin, invoice_registration_number="1234567890123"))["invoice_registration_number"] == (
        "T1234567890123"
    )


async def test_terms_come_whole_go_by_null_and_stay_out_of_lists(freee_admin: Client) -> None:
    term = {"cutoff_day": 32, "additional_months": 1, "fixed_day": 10}
    row = await made(freee_admin, payment_term_attributes=term)
    assert row["payment_term_attributes"] == term
    assert "payment_term_attributes" not in (await everyone(freee_admin, keyword="青空商事"))[0]
    answer = await freee_admin.put(f"/partners/{row['id']}", name="青空商事", payment_term_attributes=None)
    assert "payment_term_attributes" not in answer.data["partner"]


async def test_lower_plans_ignore_and_hide_their_keys(freee_admin: Client) -> None:
    freee_admin.set(plan="minimum")
    row = await made(freee_admin, transfer_fee_handling_side="payee", payment_term_attributes=None)
    assert not {"transfer_fee_handling_side", "payer_walletable_id", "payment_term_attributes"} & set(row)
    freee_admin.set(plan="enterprise")
    shown = (await freee_admin.get(f"/partners/{row['id']}")).data["partner"]
    assert shown["transfer_fee_handling_side"] == "payer"


@pytest.mark.req("FK-20")
async def test_code_mode(freee_admin: Client) -> None:
    assert {r["code"] for r in await everyone(freee_admin)} == {None}
    assert (await freee_admin.put("/partners/upsert_by_code", code="X1", partner={"name": "n"})).status == 400
    assert (await freee_admin.put("/partners/code/C00001", name="n")).status == 400
    freee_admin.set(use_partner_code=True)
    assert "取引先コードを入力" in (await freee_admin.post("/partners", name="青空商事")).messages
    row = await made(freee_admin, code="X/1 あ")
    assert row["code"] == "X/1 あ"
    assert "コードはすでに" in (await freee_admin.post("/partners", name="別", code="X/1 あ")).messages
    assert (await freee_admin.put(f"/partners/{row['id']}", name="青空商事", code="Y")).status == 400
    path = "/partners/code/" + quote("X/1 あ", safe="")
    assert (await freee_admin.put(path, name="青空商事", phone="1")).data["partner"]["phone"] == "1"
    assert (await freee_admin.put(path, name="青空商事", id=1)).status == 400
    assert (await freee_admin.put("/partners/code/none", name="n")).status == 404


async def test_upsert_tells_created_from_updated(freee_admin: Client) -> None:
    freee_admin.set(use_partner_code=True)
    first = await freee_admin.put("/partners/upsert_by_code", code="U1", partner={"name": "甲", "phone": "1"})
    second = await freee_admin.put("/partners/upsert_by_code", code="U1", partner={"name": "乙"})
    assert (first.status, second.status) == (201, 200)
    assert second.data["partner"] == {**first.data["partner"], "name": "乙"}
    inside = await freee_admin.put("/partners/upsert_by_code", code="U2", partner={"name": "丙", "code": "U2"})
    assert inside.status == 400
    assert (await freee_admin.put("/partners/upsert_by_code", code="U3", partner={})).status == 400


@pytest.mark.req("FK-21")
async def test_archived_partners_vanish_from_lists_and_refuse_changes(freee_admin: Client) -> None:
    row = await made(freee_admin)
    edit(freee_admin.world, freee_admin.company, "partners", row["id"], {"_archived": True})
    assert not await everyone(freee_admin, keyword="青空商事")
    assert (await freee_admin.get(f"/partners/{row['id']}")).status == 200
    assert "アーカイブ" in (await freee_admin.put(f"/partners/{row['id']}", name="青空商事")).messages
    assert (await freee_admin.delete(f"/partners/{row['id']}")).status == 400


async def test_delete(freee_admin: Client) -> None:
    row = await made(freee_admin)
    assert (await freee_admin.delete(f"/partners/{row['id']}")).status == 204
    assert (await freee_admin.delete(f"/partners/{row['id']}")).status == 404
    used = next(r for r in freee_admin.world.state["tables"]["1070001/partners"] if r.get("_used"))
    assert "使用されている" in (await freee_admin.delete(f"/partners/{used['id']}")).messages


@pytest.mark.req("FK-28")
async def test_date_filter_is_inclusive_and_paging_holds(freee_admin: Client) -> None:
    rows = await everyone(freee_admin)
    days = sorted({r["update_date"] for r in rows})
    low, high = days[10], days[20]
    wanted = [r["id"] for r in rows if low <= r["update_date"] <= high]
    found = await everyone(freee_admin, start_update_date=low, end_update_date=high)
    assert [r["id"] for r in found] == wanted
    assert len((await freee_admin.get("/partners")).data["partners"]) == 50
    page = (await freee_admin.get("/partners", offset=500, limit=10)).data["partners"]
    assert [r["id"] for r in page] == [r["id"] for r in rows[500:510]]
    for bad in ({"limit": 3001}, {"limit": 0}, {"offset": -1}, {"start_update_date": "2026/01/01"}):
        assert (await freee_admin.get("/partners", **bad)).status == 400


async def test_an_edit_moves_the_date_and_the_view(freee_admin: Client) -> None:
    today = (freee_admin.world.now() + timedelta(hours=9)).date().isoformat()
    assert not await everyone(freee_admin, start_update_date=today)
    row = (await everyone(freee_admin))[7]
    await freee_admin.put(f"/partners/{row['id']}", name=row["name"], phone="03-1")
    assert [r["id"] for r in await everyone(freee_admin, start_update_date=today)] == [row["id"]]


async def test_keyword_is_an_and_search_over_names(freee_admin: Client) -> None:
    await made(freee_admin, "北の 青空商事", name_kana="アオゾラ", shortcut1="AOZORA")
    for words in ("北の 青空", "北の\u3000アオゾラ", "AOZ\t青空"):
        assert [r["name"] for r in await everyone(freee_admin, keyword=words)] == ["北の 青空商事"]
    assert not await everyone(freee_admin, keyword="北の 存在しない語")


async def test_rewritten_values(freee_admin: Client) -> None:
    freee_admin.world.switch("rewrite", match="POST /api/1/partners")
    row = await made(freee_admin, " ｱｵｿﾞﾗ　商事 ", phone="０３－１")
    assert (row["name"], row["phone"]) == ("アオゾラ 商事", "031")


async def test_lost_reply_has_acted_and_refused_has_not(freee_admin: Client) -> None:
    import aiohttp

    freee_admin.world.switch("lost_reply", match="POST")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await freee_admin.post("/partners", name="青空商事")
    assert len(await everyone(freee_admin, keyword="青空商事")) == 1
    freee_admin.world.switch("refuse", match="POST")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await freee_admin.post("/partners", name="夕焼商事")
    assert not await everyone(freee_admin, keyword="夕焼商事")


async def test_hostile_texts_come_back_as_they_went(freee_admin: Client) -> None:
    name = "𠮷野家😀👨‍👩‍👧 <b>&\"' ﷽ \u202e𝒳"
    row = await made(freee_admin, name, long_name="あ" * 255)
    assert row["name"] == name
    assert [r["id"] for r in await everyone(freee_admin, keyword="𠮷野家😀")] == [row["id"]]
