from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Result, Session
from choai.connectors.freee import api
from choai.errors import ChoaiError
from choai.model.check import check
from choai.model.values import Ref, Value
from choai.sandbox import freee
from choai.sandbox.freee.screens import edit

from .conftest import Link


async def put(session: Session, object: str, op: Op, values: dict[str, Value], **more: Any) -> Result:
    (result,) = await api.write(session, object, op, [Item("r1", values, **more)])
    assert result.ref == "r1"
    return result


async def done(session: Session, object: str, op: Op, values: dict[str, Value], **more: Any) -> Done:
    result = await put(session, object, op, values, **more)
    assert isinstance(result, Done), result
    assert result.complete
    return result


def held(box: Any, kind: str, id: str) -> dict[str, Any]:
    return next(r for r in box.world.state["tables"][f"1070001/{kind}"] if r["id"] == int(id))


PARTNER: dict[str, Value] = {
    "name": "青空商事",
    "phone": "03-1234-5678",
    "org_code": "1",
    "address_attributes.zipcode": "100-0001",
    "address_attributes.prefecture_code": "12",
    "invoice_registration_number": "1234567890123",
    "payer_walletable_id": Ref("1070001200"),
    "email": None,
}


async def test_create_answers_what_freee_keeps(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        result = await done(session, "partner", Op.CREATE, PARTNER)
        assert result.created
        assert result.record.values["invoice_registration_number"] == "T1234567890123"
        assert result.record.values["address_attributes.prefecture_code"] == "12"
        row = held(freee_sandbox, "partners", result.record.id)
        assert (row["org_code"], row["payer_walletable_id"]) == (1, 1070001200)
        assert dict(freee_sandbox.world.calls) == {"POST /api/1/partners": 1}


async def test_update_sends_only_what_changed(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = (await done(session, "partner", Op.CREATE, PARTNER)).record.id
        freee_sandbox.world.calls.clear()
        changed: dict[str, Value] = {"name": "青空商事", "address_attributes.street_name1": "千代田区"}
        result = await done(session, "partner", Op.UPDATE, changed, id=made)
        assert not result.created
        assert result.record.values["address_attributes.zipcode"] == "100-0001"
        assert result.record.values["phone"] == "03-1234-5678"
        assert sum(freee_sandbox.world.calls.values()) == 1


async def test_an_update_without_the_name_takes_the_present_one(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = (await done(session, "partner", Op.CREATE, PARTNER)).record.id
        edit(freee_sandbox.world, freee.ENTERPRISE, "partners", int(made), {"name": "改名商事"})
        result = await done(session, "partner", Op.UPDATE, {"phone": "03-9"}, id=made)
        assert (result.record.values["name"], result.record.values["phone"]) == ("改名商事", "03-9")


async def test_an_update_of_a_tag_carries_all_its_fields(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for name, kind, more in (
            ("tag", "tags", {}),
            ("segment_1", "segments/1", {"description": "備考", "code": "Q1"}),
        ):
            values: dict[str, Value] = {"name": "甲", "shortcut1": "S1", "shortcut2": "S2", **more}
            made = (await done(session, name, Op.CREATE, values)).record.id
            result = await done(session, name, Op.UPDATE, {"shortcut2": "S3"}, id=made)
            assert {k: result.record.values[k] for k in values} == {**values, "shortcut2": "S3"}
            emptied = await done(session, name, Op.UPDATE, {"shortcut1": None}, id=made)
            assert emptied.record.values["shortcut1"] is None
            assert held(freee_sandbox, kind, made)["shortcut2"] == "S3"


@pytest.mark.req("FK-22")
async def test_what_can_be_emptied_and_what_cannot(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        schema = await api.describe(session, "partner")
        made = (await done(session, "partner", Op.CREATE, PARTNER)).record.id
        changes: dict[str, Value] = {f.name: None for f in schema.fields if f.on_update and f.clearable}
        result = await done(session, "partner", Op.UPDATE, {"name": "青空商事", **changes}, id=made)
        assert all(result.record.values[name] is None for name in changes)
        kept: dict[str, Value] = {f.name: None for f in schema.fields if f.on_update and not f.clearable}
        assert {e.code for e in check(kept, schema, creating=False)} == {"cannot_be_cleared", "required_missing"}


async def test_payment_terms_are_completed_before_they_are_sent(link: Link) -> None:
    async with link() as session:
        term: dict[str, Value] = {
            "payment_term_attributes.cutoff_day": 15,
            "payment_term_attributes.additional_months": 1,
            "payment_term_attributes.fixed_day": 32,
        }
        made = await done(session, "partner", Op.CREATE, {"name": "甲", **term})
        changed: dict[str, Value] = {"name": "甲", "payment_term_attributes.fixed_day": 10}
        result = await done(session, "partner", Op.UPDATE, changed, id=made.record.id)
        assert {k: result.record.values[k] for k in term} == {**term, "payment_term_attributes.fixed_day": 10}


@pytest.mark.req("FK-20")
async def test_code_mode(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["use_partner_code"] = True
    async with link() as session:
        created = await done(session, "partner", Op.CREATE, {"name": "甲", "code": "K-1"})
        assert created.record.values["code"] == "K-1"
        upserted = await done(session, "partner", Op.UPSERT, {"name": "乙", "code": "K-1"}, key=("code", "K-1"))
        assert (upserted.created, upserted.record.id) == (False, created.record.id)
        fresh = await done(session, "partner", Op.UPSERT, {"name": "丙", "code": "K-2"}, key=("code", "K-2"))
        assert fresh.created
        refused = await put(session, "partner", Op.UPDATE, {"name": "丁", "code": "K-9"}, id=fresh.record.id)
        assert isinstance(refused, Refused)
        assert refused.error.code == "not_writable"
    freee_sandbox.world.state["settings"]["use_partner_code"] = False
    async with link() as session:
        assert "code" not in (await done(session, "partner", Op.CREATE, {"name": "戊"})).record.values
        with pytest.raises(ChoaiError, match="key_field_missing"):
            await put(session, "partner", Op.UPSERT, {"name": "己"}, key=("code", "K-3"))


async def test_segment_upsert(link: Link) -> None:
    async with link() as session:
        values: dict[str, Value] = {"name": "甲", "code": "U-1"}
        first = await done(session, "segment_3", Op.UPSERT, values, key=("code", "U-1"))
        second = await done(session, "segment_3", Op.UPSERT, {**values, "name": "乙"}, key=("code", "U-1"))
        assert (first.created, second.created, second.record.id) == (True, False, first.record.id)


@pytest.mark.req("FK-18")
async def test_the_schema_finds_what_freee_would_refuse(link: Link) -> None:
    """FK-18: checked before sending. Each of these is refused by freee as well."""
    wrong: list[tuple[str, dict[str, Value], str]] = [
        ("partner", {"name": "あ" * 256}, "too_long"),
        ("partner", {"name": "x", "invoice_registration_number": "T0123"}, "too_short"),
        ("partner", {"name": "x", "invoice_registration_number": "T0123456789012"}, "pattern_mismatch"),
        ("partner", {"name": "x", "address_attributes.prefecture_code": "47"}, "not_a_choice"),
        ("partner", {"name": "x", "address_attributes.zipcode": "123-45678"}, "too_long"),
        ("tag", {"name": "あ" * 31}, "too_long"),
        ("tag", {"name": "x", "shortcut1": "a" * 21}, "too_long"),
        ("segment_1", {"name": "あ" * 101}, "too_long"),
        ("segment_1", {"name": "x", "description": "あ" * 31}, "too_long"),
        ("segment_1", {"name": "x", "code": "日本"}, "pattern_mismatch"),
        ("segment_1", {}, "required_missing"),
    ]
    async with link() as session:
        for name, values, code in wrong:
            schema = await api.describe(session, name)
            assert code in {e.code for e in check(values, schema, creating=True)}, (name, values)
            refused = await put(session, name, Op.CREATE, values)
            assert isinstance(refused, Refused)
            assert refused.error.code == "validation_rejected"
            assert refused.error.facts["detail"]


async def test_names_of_255_hostile_characters(freee_sandbox: Any, link: Link) -> None:
    name = ("𠮷😀👨‍👩‍👧<&\"'﷽\u202e" * 40)[:255]
    async with link() as session:
        assert check({"name": name}, await api.describe(session, "partner"), creating=True) == []
        result = await done(session, "partner", Op.CREATE, {"name": name})
        assert result.record.values["name"] == name
        assert [r.id for r in await api.find(session, "partner", "name", [name])] == [result.record.id]


async def test_a_duplicate_name_is_this_records_refusal(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for name in ("partner", "tag", "segment_2"):
            await done(session, name, Op.CREATE, {"name": "重複"})
            refused = await put(session, name, Op.CREATE, {"name": "重複"})
            assert isinstance(refused, Refused)
            assert (refused.error.code, "すでに使用" in str(refused.error.facts["detail"])) == (
                "validation_rejected",
                True,
            )


@pytest.mark.req("FK-21")
async def test_an_archived_partner_says_so(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = (await done(session, "partner", Op.CREATE, PARTNER)).record.id
        other = await put(session, "partner", Op.UPDATE, {"name": "あ" * 256}, id=made)
        assert isinstance(other, Refused)
        assert other.error.code == "validation_rejected"
        edit(freee_sandbox.world, freee.ENTERPRISE, "partners", int(made), {"_archived": True})
        refused = await put(session, "partner", Op.UPDATE, {"name": "青空商事", "phone": "1"}, id=made)
        assert isinstance(refused, Refused)
        assert (refused.error.code, refused.error.facts["id"]) == ("archived_on_accounting_side", made)


async def test_a_record_that_is_gone(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for name, values in (
            ("partner", {"name": "x"}),
            ("partner", {"phone": "1"}),
            ("tag", {"name": "x"}),
            ("segment_1", {"name": "x"}),
        ):
            refused = await put(session, name, Op.UPDATE, values, id="7")  # type: ignore[arg-type]  # a dict of texts
            assert isinstance(refused, Refused)
            assert refused.error.code == "record_not_found"


async def test_a_lost_reply_is_unknown_and_can_be_asked_about(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for name, kind in (("partner", "partners"), ("tag", "tags"), ("segment_1", "segments/1")):
            freee_sandbox.world.switch("lost_reply", match="POST")
            with pytest.raises(ChoaiError, match="unknown_result"):
                await put(session, name, Op.CREATE, {"name": "行方不明"})
            (found,) = await api.find(session, name, "name", ["行方不明"])
            assert held(freee_sandbox, kind, found.id)["name"] == "行方不明"


@pytest.mark.parametrize("fault", ["garbage", "status"])
async def test_a_good_status_without_a_record_is_unknown(freee_sandbox: Any, link: Link, fault: str) -> None:
    options: dict[str, Any] = {"status": 201, "body": {}} if fault == "status" else {}
    async with link() as session:
        freee_sandbox.world.switch(fault, match="POST", **options)
        with pytest.raises(ChoaiError, match="unknown_result"):
            await put(session, "tag", Op.CREATE, {"name": "x"})


async def test_rewritten_values_come_back_in_the_answer(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        freee_sandbox.world.switch("rewrite", match="POST")
        result = await done(session, "partner", Op.CREATE, {"name": " 青空　商事 ", "phone": "０３"})
        assert (result.record.values["name"], result.record.values["phone"]) == ("青空 商事", "03")


async def test_failures_of_the_whole_call_are_raised(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for fault, code in (("maintenance", "maintenance"), ("ip_block", "ip_blocked"), ("burst", "burst_blocked")):
            freee_sandbox.world.switch(fault, match="POST")
            with pytest.raises(ChoaiError, match=code):
                await put(session, "tag", Op.CREATE, {"name": "x"})
        for name in ("item", "tax_code", "unknown"):
            with pytest.raises(ChoaiError, match="not_writable"):
                await put(session, name, Op.CREATE, {"name": "x"})


@pytest.mark.req("FK-58")
async def test_missing_rights_while_writing(link: Link) -> None:
    async with link(user=freee.USER_NONE) as session:
        with pytest.raises(ChoaiError, match="no_permission"):
            await put(session, "tag", Op.CREATE, {"name": "x"})
