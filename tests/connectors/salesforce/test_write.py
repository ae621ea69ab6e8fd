"""Writing: collections with a result each, what comes back, what is set off in the org."""

from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Untried
from choai.connectors.http import ServiceSession
from choai.connectors.salesforce import api
from choai.errors import ChoaiError, Recovery
from choai.model.values import Ref
from choai.sandbox import salesforce
from choai.sandbox.salesforce import records as held_records
from choai.sandbox.salesforce.org import Org
from servers import Sandbox


def accounts(*names: str) -> list[Item]:
    return [Item(n, {"Name": n, "AccountingId__c": n}, key=("AccountingId__c", n)) for n in names]


async def test_two_hundred_go_in_one_call_and_come_back_in_another(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Account")
    before = session.calls
    results = await api.write(session, "Account", Op.UPSERT, accounts(*(f"取引先{n:03}" for n in range(200))))
    assert all(isinstance(r, Done) and r.created and r.complete for r in results)
    assert session.calls - before <= 3
    with pytest.raises(ValueError, match="200"):
        await api.write(session, "Account", Op.UPSERT, accounts(*(f"x{n}" for n in range(201))))


async def test_what_comes_back_is_what_salesforce_made_of_it(session: ServiceSession) -> None:
    item = Item("a", {"Name": "  空白商事　 ", "AnnualRevenue": 3}, key=None)
    (done,) = await api.write(session, "Account", Op.CREATE, [item])
    assert isinstance(done, Done)
    assert done.complete
    assert done.record.values["Name"] == "空白商事"
    assert done.record.changed_at is not None


async def test_somebody_elses_change_in_between_is_not_the_answer(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = held_records.save

    def saved(org: Org, held: Any, sent: Any, id: str | None = None, **more: Any) -> Any:
        made = real(org, held, sent, id, **more)
        if org.user == salesforce.USER:
            salesforce.edit(box.world, "Account", made.id, Name="人が変更")
        return made

    monkeypatch.setattr(held_records, "save", saved)
    (done,) = await api.write(session, "Account", Op.UPSERT, accounts("当社"))
    assert isinstance(done, Done)
    assert not done.complete
    assert done.record.values["Name"] == "当社"


async def test_a_failed_reading_back_is_no_failed_write(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Account")
    box.world.switch("status", match="GET .*/query", status=400, body=[{"errorCode": "MALFORMED_QUERY", "message": ""}])
    (done,) = await api.write(session, "Account", Op.UPSERT, accounts("当社"))
    assert isinstance(done, Done)
    assert not done.complete


async def test_a_locked_record_is_left_for_another_try(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Account")
    box.world.switch("lock_row", match="Account", skip=1)
    first, second = await api.write(session, "Account", Op.UPSERT, accounts("一", "二"))
    assert isinstance(first, Done)
    assert isinstance(second, Untried)
    box.world.switch("lock_row", match="Account", times=2)
    with pytest.raises(ChoaiError) as caught:
        await api.write(session, "Account", Op.UPSERT, accounts("三", "四"))
    assert caught.value.code == "locked"


async def test_a_key_that_another_record_has(session: ServiceSession, records: dict[str, Any]) -> None:
    there = next(iter(records["Account"].values()))
    values: dict[str, Any] = {"Name": "別", "CustomerCode__c": there["CustomerCode__c"].lower()}
    (refused,) = await api.write(session, "Account", Op.CREATE, [Item("a", values)])
    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.facts["id"]) == ("duplicate_code", there["Id"])


@pytest.mark.parametrize("setting", ["respect", "save"])
async def test_duplicate_rules(session: ServiceSession, box: Sandbox, records: dict[str, Any], setting: str) -> None:
    box.world.state["settings"]["duplicate_rule"] = "alert"
    session.settings["duplicate_rules"] = setting  # type: ignore[index]  # a plain dict here
    there = next(iter(records["Account"].values()))
    (result,) = await api.write(session, "Account", Op.CREATE, [Item("a", {"Name": there["Name"]})])
    if setting == "save":
        assert isinstance(result, Done)
        return
    assert isinstance(result, Refused)
    assert (result.error.code, result.error.facts["id"]) == ("duplicate_name", there["Id"])


async def test_a_parent_that_is_gone_is_not_the_record_itself(session: ServiceSession, records: dict[str, Any]) -> None:
    nobody = Ref("001000000000000AAA")
    (refused,) = await api.write(session, "Contact", Op.CREATE, [Item("a", {"LastName": "青空", "AccountId": nobody})])
    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.facts["field"]) == ("validation_rejected", "AccountId")
    (refused,) = await api.write(session, "Contact", Op.UPDATE, [Item("a", {"LastName": "x"}, id="003000000000000AAA")])
    assert isinstance(refused, Refused)
    assert refused.error.code == "record_not_found"


async def test_an_upsert_without_a_key_is_refused(session: ServiceSession, box: Sandbox) -> None:
    before = len(box.world.state["records"]["Account"])
    items = [
        Item("a", {"Name": "x"}, key=("AccountingId__c", None)),
        Item("b", {"Name": "x"}, key=("Name", "x")),
        *accounts("当社"),
    ]
    with pytest.raises(ChoaiError) as caught:
        await api.write(session, "Account", Op.UPSERT, items)
    assert caught.value.code == "key_field_missing"
    first, last = await api.write(session, "Account", Op.UPSERT, [items[0], items[2]])
    assert isinstance(first, Refused)
    assert first.error.code == "required_missing"
    assert isinstance(last, Done)
    assert len(box.world.state["records"]["Account"]) == before + 1


async def test_a_field_that_was_removed_stops_and_is_looked_for_anew(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Account")
    box.world.state["settings"]["hidden"] = {"Account": ["Fax"]}
    with pytest.raises(ChoaiError) as caught:
        await api.write(session, "Account", Op.CREATE, [Item("a", {"Name": "x", "Fax": "1"})])
    assert caught.value.recovery is Recovery.STOP
    assert "form:Account" not in session.memo


async def test_empty_clears(session: ServiceSession, records: dict[str, Any]) -> None:
    there = next(iter(records["Account"].values()))
    (done,) = await api.write(
        session, "Account", Op.UPDATE, [Item("a", {"Phone": None, "Website": ""}, id=there["Id"])]
    )
    assert isinstance(done, Done)
    assert done.record.values["Phone"] is None
    assert records["Account"][there["Id"]]["Phone"] is None


async def test_the_amount_of_a_deal_with_products_stays(session: ServiceSession, records: dict[str, Any]) -> None:
    """Salesforce answers success and keeps the sum of the lines: what is read back says so."""
    deal = next(r for r in records["Opportunity"].values() if r.get("HasOpportunityLineItem"))
    (done,) = await api.write(session, "Opportunity", Op.UPDATE, [Item("a", {"Amount": 1}, id=deal["Id"])])
    assert isinstance(done, Done)
    assert done.record.values["Amount"] == deal["Amount"] != 1
