"""Rules of the freee請求書 imitation: sums, numbering, plans, filters, limits, what each answer tells."""

from __future__ import annotations

from typing import Any

import pytest

from choai.sandbox import freee_invoice
from sandbox.freee_client import Client

COMPANY = freee_invoice.ENTERPRISE
OWN = {"company_id": str(COMPANY)}


def body(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"description": "品", "quantity": 1, "unit_price": "1000", "tax_rate": 10}
    return {
        "company_id": COMPANY,
        "partner_id": 61000001,
        "partner_title": "御中",
        "billing_date": "2026-06-30",
        "tax_entry_method": "out",
        "tax_fraction": "omit",
        "withholding_tax_entry_method": "out",
        "lines": [{**plain, **line} for line in lines or ({},)],
        **more,
    }


async def post(client: Client, *lines: dict[str, Any], **more: Any) -> Any:
    answer = await client.send("POST", "/iv/invoices", json=body(*lines, **more))
    assert answer.status == 201, answer.text
    return answer.data["invoice"]


@pytest.mark.parametrize(
    ("head", "lines", "sums"),
    [
        ({}, [{"unit_price": "333.3", "quantity": 3}], (999, 99, 1098)),
        ({"tax_fraction": "round_up"}, [{"unit_price": "333.3", "quantity": 3}], (999, 100, 1099)),
        ({"line_amount_fraction": "round_up"}, [{"unit_price": "333.3", "quantity": 3}], (1000, 100, 1100)),
        ({"tax_entry_method": "in"}, [{"unit_price": "1100"}], (1000, 100, 1100)),
        ({}, [{}, {"tax_rate": 8, "reduced_tax_rate": True}, {"tax_rate": 0}], (3000, 180, 3180)),
        ({}, [{"unit_price": "15"}, {"unit_price": "15"}], (30, 3, 33)),  # one rounding per rate, not per line
    ],
)  # fmt: skip
async def test_sums(freee_admin: Client, head: Any, lines: Any, sums: tuple[int, int, int]) -> None:
    row = await post(freee_admin, *lines, **head)
    assert (row["amount_excluding_tax"], row["amount_tax"], row["amount_including_tax"]) == sums


async def test_withholding_and_the_amount_brought_forward(freee_admin: Client) -> None:
    line = {"unit_price": "1500000", "withholding": True}
    row = await post(freee_admin, line, include_amount_brought_forward=True, amount_brought_forward=1000)
    assert row["amount_withholding_tax"] == 204200
    assert row["total_amount"] == 1650000 - 204200 + 1000


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"invoice_number": "X"}, "自動採番"),
        ({"partner_id": 1}, "取引先が存在しません"),
        ({"partner_code": "C00001"}, "どちらか一方"),
        ({"memo": ""}, "社内メモ"),
        ({"billing_date": "2026-6-1"}, "請求日"),
        ({"amount_brought_forward": 1}, "繰越金額"),
        ({"partner_bank_account": "x"}, "振替の場合"),
        ({"payment_type": "card"}, "決済連携"),
        ({"template_id": 1}, "帳票テンプレート"),
        ({"partner_title": "殿"}, "敬称"),
        ({"partner_address_zipcode": "12"}, "郵便番号"),
        ({"lines": None}, "明細行"),
        ({"lines": [{"description": "x", "quantity": 1}]}, "税率"),
        ({"lines": [{"type": "text", "description": "x", "quantity": 1}]}, "テキスト行"),
        ({"lines": [{"quantity": 1, "tax_rate": 10, "unit_price": 100}]}, "単価"),
        ({"lines": [{"quantity": 1, "tax_rate": 10, "reduced_tax_rate": True}]}, "軽減税率"),
        ({"lines": [{"quantity": 1, "tax_rate": 10, "account_item_id": 1}]}, "勘定科目"),
        ({"lines": [{"quantity": 1, "tax_rate": 10, "section_id": 1070001400}]}, "親部門"),
        ({"lines": [{"quantity": 1, "tax_rate": 10, "tag_ids": list(range(1, 12))}]}, "メモタグ"),
    ],
)
async def test_what_is_refused(freee_admin: Client, more: dict[str, Any], words: str) -> None:
    answer = await freee_admin.send("POST", "/iv/invoices", json=body(**more))
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.text


async def test_segments_go_by_the_plan(freee_admin: Client) -> None:
    freee_admin.set(plan="advance")
    assert (await post(freee_admin, {"segment_1_tag_id": 30100001}))["lines"][0]["segment_1_tag_id"] == 30100001
    answer = await freee_admin.send("POST", "/iv/invoices", json=body({"segment_2_tag_id": 30200001}))
    assert answer.status == 400


async def test_an_update_replaces_the_whole(freee_admin: Client) -> None:
    row = await post(freee_admin, {"account_item_id": 1070001021}, subject="件名", payment_date="2026-07-31")
    put = (await freee_admin.send("PUT", f"/iv/invoices/{row['id']}", json=body())).data["invoice"]
    assert (put["subject"], put["payment_date"], put["lines"][0]["account_item_id"]) == ("", None, None)
    assert (put["invoice_number"], put["created_at"]) == (row["invoice_number"], row["created_at"])


async def test_filters_and_pages(freee_admin: Client) -> None:
    row = await post(freee_admin, subject="絞り込み", partner_id=61000005)

    async def ids(**query: str) -> list[int]:
        answer = await freee_admin.send("GET", "/iv/invoices", query={**OWN, **query})
        assert answer.status == 200, answer.text
        return [one["id"] for one in answer.data["invoices"]]

    assert await ids(subject="絞り") == [row["id"]]
    assert row["id"] in await ids(partner_ids="61000005,61000006")
    assert row["id"] not in await ids(deal_status="registered")
    assert row["id"] not in await ids(start_billing_date="2026-07-01")
    assert len(await ids(limit="2", offset="1")) == 2
    with_sales, without = await ids(limit="100", sales_management_origin="true"), await ids(limit="100")
    assert len(with_sales) == len(without) + 1
    assert (await freee_admin.send("GET", "/iv/invoices", query={**OWN, "partner_ids": "1,2,3,4"})).status == 400


async def test_the_three_answers_differ(freee_admin: Client) -> None:
    row = await post(freee_admin, {"tax_code": 129}, partner_contact_email_to="a@example.jp")
    one = (await freee_admin.send("GET", f"/iv/invoices/{row['id']}", query=OWN)).data["invoice"]
    listed = (await freee_admin.send("GET", "/iv/invoices", query=OWN)).data["invoices"][0]
    assert row["lines"][0]["tax_code"] == 129
    assert "tax_code" not in one["lines"][0]
    assert "partner_contact_email_to" not in one
    assert "lines" not in listed
    assert listed["id"] == row["id"]


async def test_limits_have_headers_of_their_own(freee_admin: Client) -> None:
    freee_admin.world.state["settings"]["limit_minute"] = 2
    first = await freee_admin.send("GET", "/iv/invoices", query=OWN)
    assert (first.headers["x-ratelimit-limit-minute"], first.headers["x-ratelimit-remaining-minute"]) == ("2", "1")
    assert first.headers["x-ratelimit-limit"] == "1500"
    assert first.headers["x-ratelimit-limit-day"] == "10000"
    await freee_admin.send("GET", "/iv/invoices", query=OWN)
    over = await freee_admin.send("GET", "/iv/invoices", query=OWN)
    assert over.status == 429
    assert over.headers["x-ratelimit-remaining-minute"] == "0"
    assert (await freee_admin.get("/tags")).status == 200, "freee会計 counts apart"


async def test_cancelled_documents_and_their_page(freee_admin: Client) -> None:
    row = await post(freee_admin)
    freee_invoice.edit(freee_admin.world, COMPANY, "invoices", row["id"], {"deal_status": "registered"})
    at = f"/iv/invoices/{row['id']}"
    answer = await freee_admin.send("PUT", f"{at}/cancel", json={"company_id": COMPANY})
    assert answer.data == {"invoice": {"id": row["id"], "cancel_status": "canceled"}}
    held = (await freee_admin.send("GET", at, query=OWN)).data["invoice"]
    assert (held["deal_status"], held["deal_id"]) == ("unregistered", None)
    assert (await freee_admin.send("PUT", at, json=body())).status == 400
    assert row["invoice_number"] in (await freee_admin.send("GET", f"/reports/invoices/{row['id']}")).text
    assert (await freee_admin.send("DELETE", at, query=OWN)).status == 404
    assert (await freee_admin.send("GET", "/iv/partners", query=OWN)).status == 404


async def test_a_registered_document_has_a_deal_of_its_own(freee_admin: Client) -> None:
    row = await post(freee_admin, {"tax_code": 129, "item_id": COMPANY * 1000 + 300}, payment_date="2026-07-31")
    deal = await _registered(freee_admin, row["id"])
    assert deal["deal_origin_name"] == "freee請求書"
    assert (deal["type"], deal["partner_id"], deal["due_date"]) == ("income", row["partner_id"], "2026-07-31")
    assert (deal["amount"], deal["due_amount"]) == (row["amount_including_tax"], row["amount_including_tax"])
    (line,) = deal["details"]
    assert (line["item_id"], line["tax_code"], line["vat"]) == (COMPANY * 1000 + 300, 129, row["amount_tax"])
    paid = {"date": "2026-07-31", "amount": deal["amount"], "from_walletable_type": "bank_account"}
    sent = {"company_id": COMPANY, "from_walletable_id": COMPANY * 1000 + 200, **paid}
    assert (await freee_admin.send("POST", f"/api/1/deals/{deal['id']}/payments", json=sent)).status == 201
    assert (await _shown(freee_admin, row["id"]))["payment_status"] == "settled"


async def test_deal_and_document_go_together(freee_admin: Client) -> None:
    first, second = await post(freee_admin), await post(freee_admin)
    one, other = await _registered(freee_admin, first["id"]), await _registered(freee_admin, second["id"])
    await freee_admin.send("PUT", f"/iv/invoices/{first['id']}/cancel", json={"company_id": COMPANY})
    assert (await freee_admin.send("GET", f"/api/1/deals/{one['id']}", query=OWN)).status == 404
    assert (await freee_admin.send("DELETE", f"/api/1/deals/{other['id']}", query=OWN)).status == 204
    held = await _shown(freee_admin, second["id"])
    assert (held["deal_status"], held["deal_id"], held["payment_status"]) == ("unregistered", None, "unsettled")


@pytest.mark.parametrize("method", ["in", "out"])
async def test_the_rows_of_a_deal_add_up_to_the_document(freee_admin: Client, method: str) -> None:
    sent = body(tax_entry_method=method)
    sent["lines"] = [{**sent["lines"][0], "unit_price": "335", "quantity": 1, "tax_rate": 10} for _ in range(3)]
    row = (await freee_admin.send("POST", "/iv/invoices", json=sent)).data["invoice"]
    deal = await _registered(freee_admin, row["id"])
    assert sum(line["amount"] for line in deal["details"]) == row["amount_including_tax"]
    assert {line["account_item_id"] for line in deal["details"]} == {COMPANY * 1000 + 20}


async def _shown(client: Client, id: int) -> dict[str, Any]:
    return dict((await client.send("GET", f"/iv/invoices/{id}", query=OWN)).data["invoice"])


async def _registered(client: Client, id: int) -> dict[str, Any]:
    freee_invoice.edit(client.world, COMPANY, "invoices", id, {"deal_status": "registered"})
    number = (await _shown(client, id))["deal_id"]
    return dict((await client.send("GET", f"/api/1/deals/{number}", query=OWN)).data["deal"])
