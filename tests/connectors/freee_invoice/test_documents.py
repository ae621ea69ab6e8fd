"""What is special about freee請求書: whole replacements, what only a write tells, registered deals, numbering, its own limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors import http
from choai.connectors.contract import Done, Item, Op, Refused, Reply, Window
from choai.connectors.freee_invoice import api
from choai.connectors.http import ServiceSession
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref, Row, Value
from choai.sandbox import freee_invoice
from choai.sandbox.freee import oauth
from connectors.session import opened
from servers import Sandbox

COMPANY = freee_invoice.ENTERPRISE
LEDGER: dict[str, Value] = {
    "account_item_id": Ref("1070001021"),
    "tax_code": Ref("129"),
    "item_id": Ref("1070001300"),
    "tag_ids": [Ref("41000001"), Ref("41000002")],
    "segment_1_tag_id": Ref("30100001"),
}


@asynccontextmanager
async def entered(box: Sandbox, **settings: str) -> AsyncIterator[ServiceSession]:
    grant = oauth.new_grant(box.world, freee_invoice.DEMO_CLIENT_ID, freee_invoice.USER_ADMIN, COMPANY)
    known = {"base_url": box.base_url, "company_id": str(COMPANY), **settings}
    renew = lambda: oauth.issue(box.world, grant)["access_token"]  # noqa: E731
    async with opened("freee_invoice", known, renew=renew) as session:
        yield session


def line(**more: Value) -> Row:
    values: dict[str, Value] = {
        "description": "導入支援",
        "quantity": Decimal(2),
        "unit_price": Decimal("50000.5"),
        "tax": "10",
    }
    return Row(None, {**values, **more})


def new(**more: Value) -> dict[str, Value]:
    values: dict[str, Value] = {"partner": Ref("61000001"), "billing_date": date(2026, 6, 30), "lines": [line()]}
    return {**values, **more}


async def write(session: ServiceSession, op: Op, values: dict[str, Value], **more: Any) -> Record:
    (result,) = await api.write(session, "invoice", op, [Item("1", values, **more)])
    assert isinstance(result, Done), result
    return result.record


def kept(box: Sandbox, record: Record, kind: str = "invoices") -> dict[str, Any]:
    return freee_invoice.documents(box.world, COMPANY, kind)[record.id]


async def test_a_create_brings_what_freee_demands(box: Sandbox) -> None:
    async with entered(box, tax_fraction="round", partner_title="様") as session:
        made = await write(session, Op.CREATE, new(), stamp="choai:1")
    row = kept(box, made)
    assert (row["tax_entry_method"], row["tax_fraction"], row["partner_title"], row["memo"]) == (
        "out",
        "round",
        "様",
        "choai:1",
    )
    assert made.values["total_amount"] == Decimal(110001)
    assert made.values["invoice_number"] == row["invoice_number"]
    assert made.values["invoice_note"] == "お振込手数料は貴社にてご負担ください。"


async def test_an_empty_note_stays_empty(box: Sandbox) -> None:
    async with entered(box) as session:
        made = await write(session, Op.CREATE, new(invoice_note=None))
        assert made.values["invoice_note"] is None
        changed = await write(session, Op.UPDATE, {"subject": "訂正"}, id=made.id)
        assert changed.values["invoice_note"] is None
        filled = await write(session, Op.UPDATE, {"invoice_note": "備考"}, id=made.id)
        assert filled.values["invoice_note"] == "備考"
        assert (await write(session, Op.UPDATE, {"invoice_note": None}, id=made.id)).values["invoice_note"] is None


async def test_an_update_repeats_the_rest_and_lines_bring_their_accounts(box: Sandbox) -> None:
    async with entered(box) as session:
        rows: list[Row] = [line(**LEDGER), Row(None, {"type": "text", "description": "以下余白"})]
        values = new(payment_date=date(2026, 7, 31), amount_brought_forward=Decimal(500), lines=rows)
        made = await write(session, Op.CREATE, values)
        assert kept(box, made)["lines"][0]["tag_ids"] == [41000001, 41000002]
        changed = await write(session, Op.UPDATE, {"subject": "訂正", "lines": rows}, id=made.id)
        row = kept(box, changed)
        assert row["lines"][0]["account_item_id"] == 1070001021
        assert (row["payment_date"], row["amount_brought_forward"], row["subject"]) == ("2026-07-31", 500, "訂正")
        assert changed.values["invoice_number"] == made.values["invoice_number"]
        emptied = await write(session, Op.UPDATE, {"payment_date": None, "amount_brought_forward": None}, id=made.id)
        assert emptied.values["payment_date"] is None
        assert emptied.values["amount_brought_forward"] is None
        # freee tells accounts to nobody but the writer: an update without lines empties them
        assert kept(box, changed)["lines"][0]["account_item_id"] is None


async def test_another_partner_brings_its_own_address(box: Sandbox) -> None:
    async with entered(box) as session:
        made = await write(session, Op.CREATE, new(partner_display_name="旧宛名 御担当", partner_title="様"))
        changed = await write(session, Op.UPDATE, {"partner": Ref("61000002")}, id=made.id)
    assert changed.values["partner"] == Ref("61000002")
    assert changed.values["partner_display_name"] != "旧宛名 御担当"
    assert changed.values["partner_title"] == "様"


@pytest.mark.parametrize("setting", ["refuse", "allow"])
async def test_a_registered_deal_is_left_alone_unless_allowed(box: Sandbox, setting: str) -> None:
    async with entered(box, registered_updates=setting) as session:
        made = await write(session, Op.CREATE, new())
        freee_invoice.edit(box.world, COMPANY, "invoices", int(made.id), {"deal_status": "registered"})
        (result,) = await api.write(session, "invoice", Op.UPDATE, [Item("1", {"subject": "訂正"}, id=made.id)])
    if setting == "allow":
        assert isinstance(result, Done)
        assert result.record.values["deal_status"] == "registered"
    else:
        assert isinstance(result, Refused)
        assert result.error.code == "registered_as_deal"
        assert kept(box, made)["subject"] == ""


async def test_statuses_come_with_lists_and_cancelling_takes_the_deal(box: Sandbox) -> None:
    async with entered(box) as session:
        made = await write(session, Op.CREATE, new())
        told = {"deal_status": "registered", "payment_status": "settled", "sending_status": "sent"}
        freee_invoice.edit(box.world, COMPANY, "invoices", int(made.id), told)
        listed = next(r for r in (await api.read(session, "invoice", Window(), None)).records if r.id == made.id)
        assert {name: listed.values[name] for name in told} == told
        assert listed.values["deal_id"]
        assert "lines" not in listed.values
        acted = await api.act(session, "invoice", made.id, "cancel", {})
        assert acted.record is not None
        assert (acted.record.values["cancel_status"], acted.record.values["deal_id"]) == ("canceled", None)


async def test_lines_are_read_when_they_are_asked_for(box: Sandbox) -> None:
    async with entered(box, read_lines="yes") as session:
        before = session.calls
        page = await api.read(session, "quotation", Window(fields=["lines"]), None)
        assert all(record.values["lines"] for record in page.records)
        assert session.calls - before == 1 + len(page.records)
        before = session.calls
        await api.read(session, "quotation", Window(fields=["subject"]), None)
        assert session.calls - before == 1


async def test_numbers_are_freees_or_ours(box: Sandbox) -> None:
    async with entered(box) as session:
        schema = await api.describe(session, "invoice")
        assert not schema.fields[1].writable
        made = await write(session, Op.CREATE, new())
        part = str(made.values["invoice_number"])[:-2]
        assert await api.find(session, "invoice", "invoice_number", [part]) == []
    async with entered(box, numbering="manual") as session:
        assert (await api.describe(session, "invoice")).fields[1].required
        (result,) = await api.write(session, "invoice", Op.CREATE, [Item("1", new(invoice_number="X-1"))])
        assert isinstance(result, Refused), "the company numbers by itself"
        assert result.error.code == "validation_rejected"


async def test_a_company_without_freee_invoice(box: Sandbox) -> None:
    box.world.state["settings"]["companies"][str(COMPANY)] = {"invoice_registered": False}
    async with entered(box) as session:
        assert session.account is not None
        assert session.account.capabilities["invoice"] is False
        offered = {info.name: info for info in await api.catalogue(session)}
    assert offered["invoice"].reason == "freee_invoice_not_ready"
    assert not offered["invoice_template"].available
    assert offered["partner"].available


async def test_a_spent_minute_says_until_when(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.0)
    box.world.frozen = datetime(2026, 6, 1, 3, 0, 20, tzinfo=UTC)
    async with entered(box) as session:
        box.world.state["settings"]["limit_minute"] = 3
        for _ in range(2):  # and one call of the connection's own test
            await api.read(session, "quotation", Window(), None)
        with pytest.raises(ChoaiError) as caught:
            await api.read(session, "quotation", Window(), None)
    assert caught.value.code == "throttled"
    assert caught.value.facts["until"] == "2026-06-01T03:01:00+00:00"


def test_the_last_of_the_periods_that_are_used_up_is_waited_for() -> None:
    headers = {
        "x-ratelimit-remaining-minute": "0", "x-ratelimit-reset-minute": "2026-06-01T00:01:00.000000Z",
        "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-06-01T01:00:00.000000Z",
        "x-ratelimit-remaining-day": "7", "x-ratelimit-reset-day": "2026-06-02T00:00:00.000000Z",
    }  # fmt: skip
    error = api.fault(Reply(429, headers, None, "", "GET", "/iv/invoices"))
    assert error.facts["until"] == "2026-06-01T01:00:00+00:00"


async def test_templates_and_masters(box: Sandbox) -> None:
    async with entered(box) as session:
        forms = (await api.read(session, "quotation_template", Window(), None)).records
        assert [form.values["name"] for form in forms] == ["見積書（標準）", "見積書（英文併記）"]
        (found,) = await api.find(session, "quotation_template", "id", [forms[1].id])
        made = await write(session, Op.CREATE, new(template_id=Ref("107000102")))
        assert made.values["template_id"] == Ref("107000102")
        assert found.id == forms[1].id
        assert (await api.find(session, "tax_code", "id", ["129"]))[0].values["name"] == "課税売上10%"
        assert (
            api.link({}, session.account, "partner", "1")
            == f"https://secure.freee.co.jp/partners/1?company_id={COMPANY}"
        )
