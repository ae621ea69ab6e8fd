"""Writing: the forms of a deal, what answers tell, what a lost reply leaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Result, Unknown
from choai.connectors.http import ServiceSession
from choai.connectors.senses import api
from choai.errors import ChoaiError
from choai.model.values import Ref
from servers import Sandbox

Enter = Callable[..., AbstractAsyncContextManager[ServiceSession]]
DEAL: dict[str, Any] = {
    "name": "新しい案件",
    "dealType": "1",
    "customer": Ref("1001"),
    "phase": "101",
    "product": "121",
    "probability": "141",
    "channel": "161",
    "user": Ref("51"),
    "expectedContractDate": date(2026, 4, 11),
    "amount": Decimal(1_200_000),
}


async def one(session: ServiceSession, object: str, op: Op, values: dict[str, Any], id: str | None = None) -> Result:
    (result,) = await api.write(session, object, op, [Item("a", values, id=id)])
    return result


@pytest.mark.parametrize(("setting", "known"), [("mixed", ""), ("nested", "nested"), ("flat", "flat")])
async def test_deals_are_written_in_the_form_that_is_set(enter: Enter, box: Sandbox, setting: str, known: str) -> None:
    """``known``: the only form that the service knows."""
    box.world.state["settings"]["form"] = known
    async with enter(deal_form=setting) as session:
        made = await one(session, "deal", Op.CREATE, DEAL)
        assert isinstance(made, Done)
        changed = await one(session, "deal", Op.UPDATE, {"phase": "104", "user": Ref("52")}, made.record.id)
        assert isinstance(changed, Done)
        assert (changed.record.values["phase"], changed.record.values["user"]) == ("104", Ref("52"))


async def test_a_form_that_is_not_known_is_a_refusal_and_no_record(
    enter: Enter, box: Sandbox, tables: dict[str, Any]
) -> None:
    box.world.state["settings"]["form"] = "flat"
    before = len(tables["deals"])
    async with enter() as session:
        assert isinstance(await one(session, "deal", Op.CREATE, DEAL), Refused)
    assert len(tables["deals"]) == before


@pytest.mark.parametrize("missing", ["phase", "product", "probability", "channel", "user", "expectedContractDate"])
async def test_the_service_wants_all_nine_fields_of_a_deal(session: ServiceSession, missing: str) -> None:
    result = await one(session, "deal", Op.CREATE, {k: v for k, v in DEAL.items() if k != missing})
    assert isinstance(result, Refused)
    assert (result.error.code, result.error.facts["field"]) == ("validation_rejected", missing)
    schema = await api.describe(session, "deal")
    assert missing in {f.name for f in schema.fields if f.required}


async def test_masters_of_another_deal_type_are_refused(session: ServiceSession) -> None:
    result = await one(session, "deal", Op.CREATE, {**DEAL, "phase": "202"})
    assert isinstance(result, Refused)
    assert result.error.facts["field"] == "phase"


async def test_the_amount_follows_the_product_details(session: ServiceSession, tables: dict[str, Any]) -> None:
    """What the service made of the value comes back, so that nobody believes ours."""
    row = next(d for d in tables["deals"].values() if d["dealProductDetails"])
    result = await one(session, "deal", Op.UPDATE, {"amount": Decimal(1)}, str(row["id"]))
    assert isinstance(result, Done)
    assert result.record.values["amount"] == sum(line["subtotal"] for line in row["dealProductDetails"])


@pytest.mark.parametrize("reads", [True, False])
async def test_an_update_without_an_answer_is_read_again_where_that_works(
    enter: Enter, box: Sandbox, reads: bool
) -> None:
    box.world.state["settings"].update(patch_answer=204, single_read=reads)
    async with enter() as session:
        result = await one(session, "customer", Op.UPDATE, {"address": "新住所"}, "1001")
    assert isinstance(result, Done)
    assert result.complete is reads
    assert result.record.values["address"] == "新住所"
    assert ("name" in result.record.values) is reads


async def test_a_failed_reading_back_is_no_failed_write(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["settings"]["patch_answer"] = 204
    box.world.switch("status", match="GET /v1/customers/1001", status=400, body=None)
    result = await one(session, "customer", Op.UPDATE, {"address": "新住所"}, "1001")
    assert isinstance(result, Done)
    assert not result.complete


async def test_a_create_that_tells_the_id_alone_is_read_again(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["settings"].update(create_answer="id", create_status=200)
    result = await one(session, "customer", Op.CREATE, {"name": "株式会社新規"})
    assert isinstance(result, Done)
    assert result.complete
    assert result.record.values["name"] == "株式会社新規"


async def test_a_create_that_tells_no_id_is_unknown(session: ServiceSession, box: Sandbox) -> None:
    box.world.switch("status", match="POST", status=200, body={"message": "ok"})
    with pytest.raises(ChoaiError) as caught:
        await one(session, "customer", Op.CREATE, {"name": "株式会社新規"})
    assert caught.value.code == "unknown_result"


async def test_one_lost_reply_leaves_the_rest_untouched(
    session: ServiceSession, box: Sandbox, tables: dict[str, Any]
) -> None:
    await api.describe(session, "customer")
    before = len(tables["customers"])
    box.world.switch("lost_reply", match="POST", skip=1)
    items = [Item(str(n), {"name": f"会社{n}"}) for n in range(4)]
    results = await api.write(session, "customer", Op.CREATE, items)
    assert [type(r).__name__ for r in results] == ["Done", "Unknown", "Untried", "Untried"]
    assert isinstance(results[1], Unknown)
    assert len(tables["customers"]) == before + 2


async def test_texts_and_the_owner_role_can_be_emptied(session: ServiceSession) -> None:
    result = await one(session, "customer", Op.UPDATE, {"address": None, "ownerRole": "21"}, "1001")
    assert isinstance(result, Done)
    assert (result.record.values["address"], result.record.values["ownerRole"]) == (None, "21")
    emptied = await one(session, "customer", Op.UPDATE, {"ownerRole": None}, "1001")
    assert isinstance(emptied, Done)
    assert emptied.record.values["ownerRole"] is None
    schema = await api.describe(session, "customer")
    assert {f.name for f in schema.fields if f.on_update and f.clearable} == {
        "address", "telNo", "webUrl", "ownerRole", "companyNum"
    }  # fmt: skip


async def test_an_update_of_one_custom_item_leaves_the_others(enter: Enter) -> None:
    async with enter(custom_writes="yes") as session:
        result = await one(
            session, "customer", Op.UPDATE, {"custom:70008": "クレジットカード", "custom:70009": ["電機"]}, "1001"
        )
    assert isinstance(result, Done)
    values = result.record.values
    assert (values["custom:70008"], values["custom:70009"], values["custom:70001"]) == (
        "クレジットカード",
        ["電機"],
        "C00001",
    )


async def test_choai_deletes_nothing(session: ServiceSession, box: Sandbox) -> None:
    await one(session, "customer", Op.CREATE, {"name": "残る会社"})
    assert not [line for line in box.world.calls if line.startswith("DELETE")]
