"""What is particular to writing to Zoho CRM: line items, unique fields, automation, conversion, channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Result, Subscription, Window
from choai.connectors.http import ServiceSession
from choai.connectors.zoho_crm import api, reading
from choai.errors import ChoaiError
from choai.model.values import Ref, Row
from choai.sandbox import zoho_crm
from choai.sandbox.zoho_crm import channels
from contract.case import Values
from contract.test_zoho_crm import PRODUCT, account, quote
from servers import Sandbox


async def one(session: ServiceSession, object: str, op: Op, item: Item) -> Result:
    (result,) = await api.write(session, object, op, [item])
    return result


async def test_lines_that_are_not_named_any_more_go(session: ServiceSession, box: Sandbox) -> None:
    made = await one(session, "Quotes", Op.CREATE, Item("a", quote(1)))
    assert isinstance(made, Done)
    assert made.complete
    first, second = rows_of(made)
    assert (first.values["Total"], made.record.values["Grand_Total"]) == (Decimal(1500), Decimal("2091.1"))
    kept = Row(second.id, {"Quantity": Decimal(3)})
    new = Row(None, {"Product_Name": Ref(PRODUCT), "Quantity": Decimal(7), "List_Price": Decimal(10)})
    changed = await one(session, "Quotes", Op.UPDATE, Item("u", {"Quoted_Items": [kept, new]}, id=made.record.id))
    assert isinstance(changed, Done)
    after = rows_of(changed)
    assert [(r.id == second.id, r.values["Quantity"]) for r in after] == [(True, Decimal(3)), (False, Decimal(7))]
    held = box.world.state["records"]["Quotes"][made.record.id]["Quoted_Items"]
    assert first.id not in {line["id"] for line in held}
    other = await one(session, "Quotes", Op.UPDATE, Item("u", {"Subject": "件名だけ"}, id=made.record.id))
    assert isinstance(other, Done)
    assert len(box.world.state["records"]["Quotes"][made.record.id]["Quoted_Items"]) == 2


def rows_of(done: Done) -> Sequence[Row]:
    found: Any = done.record.values["Quoted_Items"]
    return list(found)


async def test_an_upsert_never_writes_over_another_record(session: ServiceSession, box: Sandbox) -> None:
    """Zoho's own upsert would find the record by any unique field that is filled."""
    old = next(row for row in box.world.state["records"]["Accounts"].values() if row["Customer_Code"] == "C00003")
    before = dict(old)
    item = Item("a", {"Account_Name": "別の会社", "Customer_Code": "C00003"}, key=("Accounting_Id", "acc-9"))
    refused = await one(session, "Accounts", Op.UPSERT, item)
    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.facts["id"]) == ("duplicate_code", old["id"])
    assert box.world.state["records"]["Accounts"][old["id"]] == before
    for name, created in (("一度目", True), ("二度目", False)):
        values: Values = {"Account_Name": name, "Customer_Code": "C90001"}
        done = await one(session, "Accounts", Op.UPSERT, Item("a", values, key=("Accounting_Id", "acc-9")))
        assert isinstance(done, Done)
        assert (done.created, done.record.values["Account_Name"]) == (created, name)
    lines = [line for line in box.world.calls if "upsert" in line]
    assert lines == []
    both: Values = {"Deal_Name": "案件", "Stage": "Proposal"}
    done = await one(session, "Deals", Op.UPSERT, Item("a", both, key=("Accounting_Id", "d-1")))
    assert isinstance(done, Done)
    assert done.created
    assert box.world.calls["POST /crm/v8/Deals/upsert"] == 1  # the key is its only unique field


async def test_a_key_must_be_unique_and_filled(session: ServiceSession) -> None:
    empty = await one(session, "Deals", Op.UPSERT, Item("a", {"Deal_Name": "x"}, key=("Accounting_Id", None)))
    assert isinstance(empty, Refused)
    assert empty.error.code == "required_missing"
    with pytest.raises(ChoaiError) as caught:
        await one(session, "Deals", Op.UPSERT, Item("a", {"Deal_Name": "x"}, key=("Deal_Name", "x")))
    assert caught.value.code == "key_field_missing"


async def test_somebody_elses_change_in_between_is_not_taken_for_ours(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reading.by_ids

    async def late(session: Any, module: str, names: Any, ids: Any, *, whole: bool) -> Any:
        box.world.shift += timedelta(seconds=2)
        for id in ids:
            zoho_crm.edit(box.world, module, id, Kana="ヒトガヘンコウ")
        return await real(session, module, names, ids, whole=whole)

    monkeypatch.setattr(api, "by_ids", late)
    made = await one(session, "Accounts", Op.CREATE, Item("a", account(1)))
    assert isinstance(made, Done)
    assert not made.complete
    assert made.record.values["Kana"] == "ケイヤク"


async def test_what_the_service_says_of_a_record(session: ServiceSession, box: Sandbox) -> None:
    first = next(iter(box.world.state["records"]["Accounts"]))
    box.world.state["settings"]["blueprint"] = [first]
    items = [
        Item("process", {"Kana": "x"}, id=first),
        Item("gone", {"Kana": "x"}, id="5843104000000999999"),
        Item("mandatory", {"Account_Name": None}, id=sorted(box.world.state["records"]["Accounts"])[1]),
        Item(
            "reference",
            {"Parent_Account": Ref("5843104000000999999")},
            id=sorted(box.world.state["records"]["Accounts"])[2],
        ),
    ]
    results = await api.write(session, "Accounts", Op.UPDATE, items)
    codes = [r.error.code for r in results if isinstance(r, Refused)]
    assert codes == ["validation_rejected", "record_not_found", "required_missing", "validation_rejected"]
    assert box.world.calls["PUT /crm/v8/Accounts"] == 1


@pytest.mark.parametrize(("setting", "sent"), [("none", []), ("workflow", ["workflow"]), ("all", None)])
async def test_automation_runs_as_the_setting_says(
    session: ServiceSession, monkeypatch: pytest.MonkeyPatch, setting: str, sent: list[str] | None
) -> None:
    session.settings = {**session.settings, "triggers": setting}
    bodies: list[Any] = []
    real = ServiceSession.call

    async def seen(self: ServiceSession, method: str, path: str, **more: Any) -> Any:
        bodies.append(more.get("json"))
        return await real(self, method, path, **more)

    monkeypatch.setattr(ServiceSession, "call", seen)
    assert isinstance(await one(session, "Accounts", Op.CREATE, Item("a", account(1))), Done)
    (body,) = [b for b in bodies if b]
    assert body.get("trigger") == sent


async def test_a_quote_is_converted_once(session: ServiceSession, box: Sandbox) -> None:
    id = next(iter(box.world.state["records"]["Quotes"]))
    acted = await api.act(session, "Quotes", id, "convert_to_invoice", {})
    assert acted.made is not None
    (held,) = (await api.read(session, "Invoices", Window(ids=[acted.made[1]]), None)).records
    assert held.values["Subject"] == box.world.state["records"]["Quotes"][id]["Subject"]
    with pytest.raises(ChoaiError) as caught:
        await api.act(session, "Quotes", id, "convert_to_invoice", {})
    assert caught.value.code == "validation_rejected"


async def test_a_channel_is_made_replaced_and_taken_back(session: ServiceSession, box: Sandbox) -> None:
    address = "https://hub.example.jp/hooks/1/secret"
    made = await api.subscribe(session, ["Accounts@1", "Accounts", "Deals", "users"], address, "t", None)
    (held,) = channels.alive(box.world)
    assert (held["events"], held["token"]) == (["Accounts.all", "Deals.all"], "t")
    assert made.expires_at is not None
    again = await api.subscribe(session, ["Accounts"], address, "t", made)
    assert again.id == made.id
    assert [c["events"] for c in channels.alive(box.world)] == [["Accounts.all"]]
    box.world.state["channels"].clear()
    other = await api.subscribe(session, ["Accounts"], address, "t", again)
    assert other.expires_at is not None
    await api.unsubscribe(session, other)
    await api.unsubscribe(session, Subscription("1"))
    assert channels.alive(box.world) == []
    with pytest.raises(ChoaiError) as caught:
        await api.subscribe(session, ["Accounts"], f"https://hub.example.jp/{'x' * 300}", "t", None)
    assert caught.value.code == "validation_rejected"
