"""freee請求書 under the contract: its documents. The masters that it offers beside them are tried as freee会計's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.contract import Acted, Done, Item, Op
from choai.connectors.freee_invoice import api
from choai.connectors.freee_invoice.spec import BY_NAME
from choai.connectors.http import ServiceSession
from choai.model.values import Ref, Row, Value
from choai.sandbox import freee_invoice
from choai.sandbox.core import World
from choai.sandbox.freee import oauth
from choai.sandbox.freee.screens import edit as edit_master
from connectors.session import opened
from contract.case import Act, Case, Subject, Values
from contract.suite import contract
from servers import Sandbox

COMPANY = freee_invoice.ENTERPRISE
PARTNER = "61000001"


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    box.world.state["settings"] |= {"limit_minute": 100_000, "limit_hour": 100_000}
    box.world.state["settings"]["companies"].setdefault(str(COMPANY), {})["numbering"] = "manual"
    grant = oauth.new_grant(box.world, freee_invoice.DEMO_CLIENT_ID, freee_invoice.USER_ADMIN, COMPANY)
    settings = {
        "base_url": box.base_url,
        "accounts_url": box.base_url,
        "web_url": box.base_url,
        "client_id": freee_invoice.DEMO_CLIENT_ID,
        "company_id": str(COMPANY),
        "numbering": "manual",
    }
    renew = lambda: oauth.issue(box.world, grant)["access_token"]  # noqa: E731
    secrets = {"client_secret": freee_invoice.DEMO_CLIENT_SECRET}
    async with opened("freee_invoice", settings, secrets=secrets, renew=renew) as session:
        yield session


def lines(**more: Value) -> list[Row]:
    return [
        Row(None, {"description": "開発支援", "quantity": Decimal("1.5"), "unit": "人月", "unit_price": Decimal("800000.5"),
                   "tax": "10", "withholding": True, **more}),
        Row(None, {"description": "茶菓", "quantity": Decimal(2), "unit_price": Decimal(3240), "tax": "8_reduced"}),
        Row(None, {"type": "text", "description": "以下余白"}),
    ]  # fmt: skip


def paper(prefix: str, **own: Value) -> Callable[[int], Values]:
    def new(n: int) -> Values:
        return {
            "partner": Ref(PARTNER),
            "subject": f"契約試験{n:03}",
            "branch_no": n,
            "memo": f"社内 {n}\n二行目",
            "partner_title": "様",
            "partner_display_name": "契約試験 御担当",
            "partner_address_zipcode": "100-0001",
            "partner_address_prefecture_code": "12",
            "partner_address_street_name1": "千代田区千代田1-1",
            "partner_contact_department": "経理部",
            "partner_contact_name": "青空 花子",
            "tax_entry_method": "in",
            "tax_fraction": "round",
            "line_amount_fraction": "round_up",
            "withholding_tax_entry_method": "in",
            "company_contact_name": "湯浅",
            "company_name": "帳合商会 東京支店",
            f"{prefix}_number": f"CT-{n:03}",
            f"{prefix}_note": f"備考 {n}\n二行目",
            "lines": lines(),
            **own,
        }

    return new


invoice = paper(
    "invoice",
    billing_date=date(2026, 4, 1),
    issue_date=date(2026, 3, 31),
    payment_date=date(2026, 4, 30),
    payment_type="direct_debit",
    partner_bank_account="架空銀行 1234567",
    amount_brought_forward=Decimal(1200),
    bank_account_to_transfer="例示銀行 7654321",
    lines=lines(sales_date=date(2026, 3, 15)),
)
quotation = paper(
    "quotation",
    quotation_date=date(2026, 4, 1),
    expiration_date=date(2026, 5, 1),
    delivery_deadline="別途相談",
    delivery_location="東京",
)
delivery_slip = paper("delivery_slip", delivery_slip_date=date(2026, 4, 1), issue_date=date(2026, 3, 31))


def made(object: str, new: Callable[[int], Values], *moves: str) -> Callable[[ServiceSession], Awaitable[str]]:
    async def record(session: ServiceSession) -> str:
        session.memo["tried"] = session.memo.get("tried", 500) + 1
        (result,) = await api.write(session, object, Op.CREATE, [Item("1", new(session.memo["tried"]))])
        assert isinstance(result, Done), result
        for move in moves:
            await api.act(session, object, result.record.id, move, {})
        return result.record.id

    return record


def becomes(status: str) -> Callable[[Acted], bool]:
    return lambda acted: acted.record is not None and acted.record.values["cancel_status"] == status


def at(object: str, kind: str, new: Callable[[int], Values], **more: Any) -> Subject:
    def edits(world: World, number: str, text: str) -> None:
        freee_invoice.edit(world, COMPANY, kind, int(number), {"subject": text})

    def rows(world: World) -> int:
        return sum(not row["sales_management_origin"] for row in freee_invoice.documents(world, COMPANY, kind).values())

    return Subject(
        object,
        new=new,
        text="subject",
        note=f"{object}_note",
        key=f"{object}_number",
        wrong=lambda n: {**new(n), "partner": Ref("1")},
        rows=rows,
        edits=edits,
        erases=lambda world, number: freee_invoice.edit(world, COMPANY, kind, int(number), delete=True) and None,
        shrinks=lambda patch, rows: patch.setitem(BY_NAME, object, replace(BY_NAME[object], page_size=rows)),
        acts=(
            Act("cancel", made(object, new), holds=becomes("canceled")),
            Act("uncancel", made(object, new, "cancel"), holds=becomes("uncanceled")),
        ),
        **more,
    )


def partner(n: int) -> Values:
    return {"name": f"契約試験{n:03}商事", "shortcut1": f"S{n:03}", "phone": "03-1234-5678"}


PARTNERS = Subject(
    "partner",
    new=partner,
    text="shortcut1",
    key="name",
    wrong=lambda n: {"name": "長" * 300},
    rows=lambda world: sum(1 for row in world.state["tables"][f"{COMPANY}/partners"] if not row.get("_archived")),
    edits=lambda world, number, text: (
        edit_master(world, COMPANY, "partners", int(number), {"shortcut1": text}) and None
    ),
    erases=lambda world, number: edit_master(world, COMPANY, "partners", int(number), delete=True) and None,
)

FREEE_INVOICE = Case(
    service="freee_invoice",
    sandbox=freee_invoice,
    enters=enters,
    subjects=(
        at("invoice", "invoices", invoice),
        at("quotation", "quotations", quotation),
        at("delivery_slip", "delivery_slips", delivery_slip),
        PARTNERS,
    ),
    secrets=lambda box: [freee_invoice.DEMO_CLIENT_SECRET, *box.world.state["access"], *box.world.state["refresh"]],
    expires=lambda world: world.state["access"].clear(),
    lacks={
        "*: records_are_read_again_by_id": "freee reads no list by ids",
        "*: a_stale_revision_is_refused": "freee has no revisions",
        "*: an_upsert_makes_one_record": "creates are settled by their stamp or name",
        "*: the_same_header_makes_one_record": "freee has no idempotency header",
        "*: a_new_field_changes_the_schema": "freee's fields are fixed",
        **{
            f"{name}: the_window_shows_what_changed": "freee tells no time of change of documents"
            for name in ("invoice", "quotation", "delivery_slip")
        },
        "partner: a_stamp_is_kept": "creates are settled by their unique name",
        "partner: a_long_note_is_kept_or_refused": "no field takes several lines",
        "partner: every_action_does_what_it_says": "partners have no actions",
        "partner: pages_hold_every_record_once_ties_included": "tried as freee会計's",
        "partner: an_expired_token_in_the_middle_of_the_pages": "tried as freee会計's",
    },
)  # fmt: skip

TestFreeeInvoice = contract(FREEE_INVOICE)
