"""Deals and expense applications as freee keeps them: what it refuses, and what follows from what."""

from __future__ import annotations

from typing import Any

import pytest

from choai.sandbox import freee

from .freee_client import Client

COMPANY = freee.ENTERPRISE
LINE = {"account_item_id": 1070001020, "tax_code": 129, "amount": 11_000}
DEAL = {"issue_date": "2026-04-30", "type": "income", "details": [LINE]}
PAID = {
    "date": "2026-05-31",
    "from_walletable_type": "bank_account",
    "from_walletable_id": 1070001200,
    "amount": 11_000,
}
SPENT = {"description": "電車", "amount": 220}
APPLICATION = {
    "title": "出張",
    "purchase_lines": [{"transaction_date": "2026-04-28", "expense_application_lines": [SPENT]}],
}


async def made(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post("/deals", **{**DEAL, **more})
    assert answer.status == 201, answer.text
    deal: dict[str, Any] = answer.data["deal"]
    return deal


async def test_state_and_balance_follow_from_the_payments(freee_admin: Client) -> None:
    deal = await made(freee_admin)
    assert (deal["amount"], deal["due_amount"], deal["status"]) == (11_000, 11_000, "unsettled")
    assert deal["details"][0]["vat"] == 1000
    assert "payments" not in deal
    paid = (await freee_admin.post(f"/deals/{deal['id']}/payments", **PAID)).data["deal"]
    assert (paid["due_amount"], paid["status"]) == (0, "settled")
    assert (await freee_admin.post(f"/deals/{deal['id']}/payments", **PAID)).status == 400
    lowered = {**DEAL, "details": [{**LINE, "amount": 10}]}
    assert (await freee_admin.put(f"/deals/{deal['id']}", **lowered)).status == 400


async def test_rows_that_are_left_out_are_deleted(freee_admin: Client) -> None:
    deal = await made(freee_admin, details=[LINE, {**LINE, "amount": 2200}])
    first = deal["details"][0]["id"]
    answer = await freee_admin.put(f"/deals/{deal['id']}", **{**DEAL, "details": [{**LINE, "id": first}, LINE]})
    rows = answer.data["deal"]["details"]
    assert (rows[0]["id"], len(rows)) == (first, 2)
    assert rows[1]["id"] not in {line["id"] for line in deal["details"]}


@pytest.mark.parametrize("by_update", [False, True])
async def test_the_partner_of_a_deal_can_no_longer_be_deleted(freee_admin: Client, by_update: bool) -> None:
    """Shown by freee's own client: what a deal names as its partner is in use, as what its rows name."""
    partner = (await freee_admin.post("/partners", name="取引のある商事")).data["partner"]["id"]
    if by_update:
        deal = await made(freee_admin)
        await freee_admin.put(f"/deals/{deal['id']}", **DEAL, partner_id=partner)
    else:
        await made(freee_admin, partner_id=partner)
    answer = await freee_admin.delete(f"/partners/{partner}")
    assert answer.status == 400
    assert "使用されている" in answer.messages


@pytest.mark.parametrize(
    "wrong",
    [
        {"details": []},
        {"details": [LINE] * 101},
        {"details": [{**LINE, "account_item_id": 1}]},
        {"details": [{**LINE, "tax_code": 999}]},
        {"details": [{**LINE, "tax_code": 2, "vat": 10}]},
        {"details": [{**LINE, "amount": 11_000.5}]},
        {"details": [{**LINE, "account_item_code": "X"}]},
        {"details": [{**LINE, "tag_ids": [1]}]},
        {"details": [{**LINE, "segment_1_tag_id": 1}]},
        {"partner_id": 1},
        {"partner_code": "C00001"},
        {"issue_date": "2026/04/30"},
        {"type": "transfer"},
        {"payments": [{**PAID, "amount": 11_001}]},
        {"payments": [{**PAID, "from_walletable_type": "wallet"}]},
    ],
)
async def test_what_a_deal_may_not_be(freee_admin: Client, wrong: dict[str, Any]) -> None:
    before = len(freee_admin.world.state["tables"][f"{COMPANY}/deals"])
    assert (await freee_admin.post("/deals", **{**DEAL, **wrong})).status == 400
    assert len(freee_admin.world.state["tables"][f"{COMPANY}/deals"]) == before


async def test_updates_keep_the_kind_and_know_their_rows(freee_admin: Client) -> None:
    deal = await made(freee_admin)
    assert (await freee_admin.put(f"/deals/{deal['id']}", **{**DEAL, "type": "expense"})).status == 400
    assert (await freee_admin.put(f"/deals/{deal['id']}", **{**DEAL, "details": [{**LINE, "id": 5}]})).status == 400


async def test_lists_are_short_and_filtered(freee_admin: Client) -> None:
    assert (await freee_admin.get("/deals", limit=101)).status == 400
    assert len((await freee_admin.get("/deals")).data["deals"]) == 20
    income = (await freee_admin.get("/deals", type="income", limit=100)).data
    assert income["meta"]["total_count"] == len(income["deals"]) == 24
    assert {deal["type"] for deal in income["deals"]} == {"income"}
    day = sorted(deal["issue_date"] for deal in income["deals"])[10]
    later = (await freee_admin.get("/deals", type="income", start_issue_date=day, limit=100)).data["deals"]
    assert later
    assert all(deal["issue_date"] >= day for deal in later)
    assert (await freee_admin.get("/deals", type="transfer")).status == 400
    assert "item_code" not in income["deals"][0]["details"][0]  # lists tell no codes of rows


async def test_segments_outside_the_plan_are_not_told(freee_admin: Client) -> None:
    freee_admin.set(plan="advance")
    line = (await freee_admin.get("/deals")).data["deals"][0]["details"][0]
    assert "segment_1_tag_id" in line
    assert "segment_2_tag_id" not in line


async def test_the_way_to_approval(freee_box: Client) -> None:
    admin, member = freee_box.sign_in(), freee_box.sign_in(freee.USER_GENERAL)
    made = (await member.post("/expense_applications", **APPLICATION)).data["expense_application"]
    path = f"/expense_applications/{made['id']}"
    assert (made["status"], made["current_step_id"], made["total_amount"]) == ("draft", None, 220)
    sent = (await member.put(path, **APPLICATION, draft=False)).data["expense_application"]
    assert sent["status"] == "in_progress"
    step = {"target_step_id": sent["current_step_id"], "target_round": 0}
    assert (await member.put(path, **APPLICATION)).status == 400
    assert (await member.post(f"{path}/actions", approval_action="approve", **step)).status == 400
    assert (await admin.post(f"{path}/actions", approval_action="approve", **{**step, "target_round": 1})).status == 400
    done = (await admin.post(f"{path}/actions", approval_action="approve", **step)).data["expense_application"]
    assert (done["status"], done["deal_status"]) == ("approved", "unsettled")
    assert (await admin.get(f"/deals/{done['deal_id']}")).data["deal"]["amount"] == 220
    assert (await admin.post(f"{path}/actions", approval_action="reject", **step)).status == 400


async def test_people_with_workflow_rights_see_their_own(freee_box: Client) -> None:
    member = freee_box.sign_in(freee.USER_NONE)
    assert (await member.get("/expense_applications")).data["expense_applications"] == []
    assert (await member.post("/expense_applications", **APPLICATION)).status == 201
    assert len((await member.get("/expense_applications")).data["expense_applications"]) == 1
    assert (await member.get("/deals")).status == 401


async def test_only_drafts_and_those_sent_back_are_deleted(freee_admin: Client) -> None:
    rows = (await freee_admin.get("/expense_applications", limit=500)).data["expense_applications"]
    for row in rows:
        gone = await freee_admin.send(
            "DELETE", f"/api/1/expense_applications/{row['id']}", query={"company_id": str(COMPANY)}
        )
        may = row["status"] == "feedback" or (row["status"] == "draft" and row["applicant_id"] == freee.USER_ADMIN)
        assert gone.status == (204 if may else 400)


async def test_a_plan_without_expense_applications(freee_admin: Client) -> None:
    freee_admin.set(plan="personal_starter")
    assert (await freee_admin.get("/expense_applications")).status == 401
    assert (await freee_admin.get("/deals")).status == 200
