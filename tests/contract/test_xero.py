"""Xero under the contract."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.contract import Acted, Done, Item, Op
from choai.connectors.http import ServiceSession
from choai.connectors.xero import api
from choai.connectors.xero.spec import BY_NAME
from choai.model.values import Ref, Row, Value
from choai.sandbox import grants, xero
from choai.sandbox.core import World
from choai.sandbox.xero.data import RULES
from connectors.session import opened
from contract.case import Act, Case, Ring, Subject, Values
from contract.suite import contract
from servers import Sandbox

TABLES = xero.new_world(None, 1).state["organisations"][xero.GLOBAL]["tables"]
KEY = "webhook-key"


def _id(table: str, **wanted: Any) -> str:
    found: str = next(id for id, row in TABLES[table].items() if all(row.get(k) == v for k, v in wanted.items()))
    return found


CUSTOMER, SALES, BANK = (
    _id("Contacts", Name="Bluebird Software GmbH"),
    _id("Accounts", Code="200"),
    _id("Accounts", Code="090"),
)
COSTS, ITEM, SECTION = _id("Accounts", Code="310"), _id("Items", Code="DEV-D"), _id("TrackingCategories", Name="部門")


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    box.world.state["settings"]["limit_minute"] = 100_000
    scope = xero.SCOPES
    grant = grants.new_grant(box.world, xero.DEMO_CLIENT_ID, user=xero.USER, account=xero.GLOBAL, scope=scope)
    settings = {"base_url": box.base_url, "web_url": box.base_url, "client_id": xero.DEMO_CLIENT_ID}
    renew = lambda: grants.issue(box.world, RULES, grant)["access_token"]  # noqa: E731
    async with opened("xero", settings, secrets={"client_secret": xero.DEMO_CLIENT_SECRET}, renew=renew) as session:
        yield session


def at(object: str, table: str, text: str, **more: Any) -> Subject:
    def shrinks(patch: Any, rows: int) -> None:
        patch.setitem(BY_NAME, object, replace(BY_NAME[object], page_size=rows))

    kind = {"invoice": "ACCREC", "bill": "ACCPAY"}.get(object)

    def rows(world: World) -> int:
        held = world.state["organisations"][xero.GLOBAL]["tables"][table].values()
        return sum(1 for row in held if kind is None or row["Type"] == kind)

    def edits(world: World, number: str, value: str) -> None:
        xero.edit(world, table, number, **{text: value})

    return Subject(object, text=text, rows=rows, edits=edits, **{"shrinks": shrinks, **more})


def contact(n: int) -> Values:
    persons: Value = [
        Row(None, {"FirstName": "花子", "LastName": "青空", "EmailAddress": "h@example.jp", "IncludeInEmails": True}),
        Row(None, {"FirstName": "太郎", "LastName": "𠮷野", "EmailAddress": None, "IncludeInEmails": False}),
    ]
    return {
        "Name": f"契約試験{n:03}商事",
        "AccountNumber": f"CT-{n:03}",
        "ContactNumber": f"crm-{n}",
        "FirstName": "花子",
        "LastName": "経理",
        "EmailAddress": f"test{n}@example.jp",
        "CompanyNumber": "1234567890123",
        "TaxNumber": "T1234567890123",
        "Phone.DEFAULT": "03-1234-5678",
        "Phone.MOBILE": "090-0000-0000",
        "POBOX.PostalCode": "100-0001",
        "POBOX.Region": "東京都",
        "POBOX.City": "千代田区",
        "POBOX.AddressLine1": "千代田1-1",
        "STREET.Region": "大阪府",
        "DefaultCurrency": "USD",
        "PaymentTerms.Sales.Day": 31,
        "PaymentTerms.Sales.Type": "OFFOLLOWINGMONTH",
        "AccountsReceivableTaxType": Ref("TAX001"),
        "ContactPersons": persons,
    }


def paper(number: str, prefix: str, account: str, tax: str, **more: Value) -> Callable[[int], Values]:
    def new(n: int) -> Values:
        lines: Value = [
            Row(None, {"Item": Ref(ITEM), "Description": "開発\n二行目", "Quantity": Decimal("1.5"), "UnitAmount": Decimal(80000),
                       "Account": Ref(account), "TaxType": Ref(tax), f"tracking:{SECTION}": "開発部"}),
            Row(None, {"Description": "値引き", "Quantity": Decimal(1), "UnitAmount": Decimal("-1000.25"),
                       "Account": Ref(account), "TaxType": Ref(tax)}),
        ]  # fmt: skip
        return {
            number: f"{prefix}-{n:03}",
            "Contact": Ref(CUSTOMER),
            "Date": date(2026, 4, 1),
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": "USD",
            "CurrencyRate": Decimal("0.0067"),
            "LineItems": lines,
            **more,
        }

    return new


def wrong_paper(n: int) -> Values:
    return {"Contact": Ref(CUSTOMER), "CurrencyCode": "CHF", "LineItems": []}


invoice = paper(
    "InvoiceNumber", "CI", SALES, "TAX001", Reference="参照", DueDate=date(2026, 4, 30), Url="https://example.jp/1"
)
bill = paper("InvoiceNumber", "CB", COSTS, "TAX003", DueDate=date(2026, 4, 30), Url="https://example.jp/1")
quote = paper(
    "QuoteNumber", "CQ", SALES, "TAX001", Reference="参照", ExpiryDate=date(2026, 5, 1), Title="件名", Summary="概要"
)
order = paper(
    "PurchaseOrderNumber", "CP", COSTS, "TAX003", Reference="参照", DeliveryDate=date(2026, 5, 1), AttentionTo="倉庫"
)
credit = paper("CreditNoteNumber", "CC", SALES, "TAX001", Reference="参照", Type="ACCRECCREDIT")


def item(n: int) -> Values:
    return {
        "Code": f"CT-{n:03}",
        "Name": "試験品目",
        "Description": "一行目\n二行目",
        "PurchaseDescription": "仕入用",
        "SalesDetails.UnitPrice": Decimal("1200.5"),
        "SalesDetails.AccountCode": "200",
        "SalesDetails.TaxType": Ref("TAX001"),
        "PurchaseDetails.UnitPrice": Decimal(800),
    }


def account(n: int) -> Values:
    return {
        "Code": f"9{n:03}",
        "Name": f"試験科目{n}",
        "Type": "EXPENSE",
        "Description": "説明",
        "TaxType": Ref("TAX003"),
    }


# ---------------------------------------------------------------- actions

Made = Callable[[ServiceSession], Awaitable[str]]


def made(object: str, new: Callable[[int], Values], *moves: str, **more: Value) -> Made:
    """A record, moved on by actions."""

    async def record(session: ServiceSession) -> str:
        session.memo["tried"] = session.memo.get("tried", 500) + 1
        values = {**new(session.memo["tried"]), **more}
        (result,) = await api.write(session, object, Op.CREATE, [Item("1", values)])
        assert isinstance(result, Done), result
        for move in moves:
            await api.act(session, object, result.record.id, move, {})
        return result.record.id

    return record


def becomes(field: str, value: Value) -> Callable[[Acted], bool]:
    return lambda acted: acted.record is not None and acted.record.values[field] == value


def moves(object: str, new: Callable[[int], Values], *rows: tuple[str, str, str]) -> tuple[Act, ...]:
    """Act for each (action, status afterwards, the actions before it)."""
    return tuple(
        Act(name, made(object, new, *before.split()), holds=becomes(BY_NAME[object].state or "", status))
        for name, status, before in rows
    )


PDF = {"holds": lambda acted: acted.document is not None and acted.document.content.startswith(b"%PDF")}
INVOICE_MOVES = (
    ("submit", "SUBMITTED", ""),
    ("authorise", "AUTHORISED", "submit"),
    ("void", "VOIDED", "authorise"),
    ("delete", "DELETED", ""),
)
INVOICE_ID = _id("Invoices", Type="ACCREC", Status="AUTHORISED")
OWED = TABLES["Invoices"][INVOICE_ID]


async def credit_of_the_same_contact(session: ServiceSession) -> str:
    contact_id = OWED["Contact"]["ContactID"]
    change: dict[str, Value] = {"Contact": Ref(contact_id), "CurrencyCode": "JPY", "CurrencyRate": None}
    return await made("credit_note", credit, "authorise", **change)(session)


def signed(body: dict[str, Any], **more: Any) -> Ring:
    content = json.dumps(body).encode()
    signature = base64.b64encode(hmac.new(KEY.encode(), content, hashlib.sha256).digest()).decode()
    return Ring(content, headers={"x-xero-signature": signature}, secrets={"webhook_key": KEY}, **more)


def event(category: str, number: str, tenant: str = xero.GLOBAL) -> dict[str, Any]:
    return {"eventCategory": category, "resourceId": number, "tenantId": tenant, "eventType": "UPDATE"}


FIXED = "only its lines follow the organisation's tracking categories"
XERO = Case(
    service="xero",
    sandbox=xero,
    enters=enters,
    subjects=(
        at(
            "contact", "Contacts", "CompanyNumber", new=contact, key="Name", wrong=lambda n: {"Name": "<誤>"},
            erases=lambda world, number: xero.edit(world, "Contacts", number, ContactStatus="ARCHIVED"),
            acts=moves("contact", contact, ("archive", "ARCHIVED", ""), ("restore", "ACTIVE", "archive")),
        ),
        at(
            "invoice", "Invoices", "Reference", new=invoice, key="InvoiceNumber", wrong=wrong_paper,
            erases=lambda world, number: xero.edit(world, "Invoices", number, Status="DELETED"),
            acts=(
                *moves("invoice", invoice, *INVOICE_MOVES),
                Act("email", made("invoice", invoice, "authorise")),
                Act("pdf", made("invoice", invoice), **PDF),
            ),
        ),
        at(
            "bill", "Invoices", "Url", new=bill, key="InvoiceNumber", wrong=wrong_paper,
            erases=lambda world, number: xero.edit(world, "Invoices", number, Status="DELETED"),
            acts=moves("bill", bill, *INVOICE_MOVES),
        ),
        at(
            "quote", "Quotes", "Reference", new=quote, note="Terms", key="QuoteNumber", wrong=wrong_paper, shrinks=None,
            erases=lambda world, number: xero.edit(world, "Quotes", number, Status="DELETED"),
            acts=(
                *moves("quote", quote, ("send", "SENT", ""), ("accept", "ACCEPTED", "send"), ("decline", "DECLINED", "send"),
                       ("delete", "DELETED", "")),
                Act("invoice", made("quote", quote, "send", "accept"),
                    holds=lambda acted: (acted.made or ("",))[0] == "invoice" and becomes("Status", "INVOICED")(acted)),
                Act("pdf", made("quote", quote), **PDF),
            ),
        ),
        at(
            "purchase_order", "PurchaseOrders", "Reference", new=order, note="DeliveryAddress", key="PurchaseOrderNumber",
            wrong=wrong_paper,
            erases=lambda world, number: xero.edit(world, "PurchaseOrders", number, Status="DELETED"),
            acts=(
                *moves("purchase_order", order, *INVOICE_MOVES[:2], ("bill", "BILLED", "authorise"), ("delete", "DELETED", "")),
                Act("pdf", made("purchase_order", order), **PDF),
            ),
        ),
        at(
            "credit_note", "CreditNotes", "Reference", new=credit, key="CreditNoteNumber", wrong=wrong_paper,
            erases=lambda world, number: xero.edit(world, "CreditNotes", number, Status="DELETED"),
            acts=(
                *moves("credit_note", credit, *INVOICE_MOVES),
                Act("allocate", credit_of_the_same_contact,
                    args={"invoice": INVOICE_ID, "amount": Decimal(500), "date": date(2026, 5, 1)},
                    holds=becomes("RemainingCredit", Decimal("130399.72"))),
                Act("pdf", made("credit_note", credit), **PDF),
            ),
        ),
        at(
            "item", "Items", "Name", new=item, note="Description", key="Code", wrong=lambda n: {"Code": "長" * 31}, shrinks=None,
            erases=lambda world, number: xero.edit(world, "Items", number, delete=True),
        ),
        at(
            "account", "Accounts", "Description", new=account, note="Description", key="Code", wrong=lambda n: {"Name": "x"},
            shrinks=None, linked=False,
            acts=moves("account", account, ("archive", "ARCHIVED", ""), ("restore", "ACTIVE", "archive")),
        ),
    ),
    secrets=lambda box: [
        xero.DEMO_CLIENT_SECRET, *box.world.state["oauth"]["access"], *box.world.state["oauth"]["refresh"]
    ],
    expires=grants.expire,
    rings=(
        signed({"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "A"}, changed={}),
        signed(
            {"events": [event("CONTACT", "c1"), event("INVOICE", "i1"), event("CREDITNOTE", "n1"), event("SUBSCRIPTION", "s1")]},
            changed={"contact": ["c1"], "invoice": ["i1"], "bill": ["i1"], "credit_note": ["n1"]},
        ),
        signed(
            {"events": [event("CONTACT", "c1", xero.STARTER), event("CONTACT", "c2")]},
            changed={"contact": ["c2"]}, settings={"tenant_id": xero.GLOBAL},
        ),
        Ring(b'{"events": []}', None, headers={"x-xero-signature": "bm8="}, secrets={"webhook_key": KEY}),
        Ring(b'{"events": []}', None, secrets={"webhook_key": KEY}),
    ),
    lacks={
        "*: a_stale_revision_is_refused": "Xero has no revisions",
        "*: an_upsert_makes_one_record": "creates carry an Idempotency-Key",
        "*: a_stamp_is_kept": "creates carry an Idempotency-Key",
        "*: a_new_field_changes_the_schema": FIXED,
        "contact: a_long_note_is_kept_or_refused": "contacts have no field of several lines",
        "invoice: a_long_note_is_kept_or_refused": "only lines have several lines",
        "bill: a_long_note_is_kept_or_refused": "only lines have several lines",
        "credit_note: a_long_note_is_kept_or_refused": "only lines have several lines",
        "account: an_update_of_a_record_that_is_gone_is_refused": "accounts in use are archived, see its actions",
        "account: a_deleted_record_shows_as_the_spec_says": "as above",
        "item: every_action_does_what_it_says": "items have no status",
        "account: a_link_opens_the_record": "Xero documents no address of an account",
        **{
            f"{name}: {test}": "not by pages, or by Xero's own hundred"
            for name in ("quote", "item", "account")
            for test in (
                "pages_hold_every_record_once_ties_included",
                "an_expired_token_in_the_middle_of_the_pages",
            )
        },
        **{
            f"{name}: records_are_read_again_by_id": "no list of ids, found one by one"
            for name in ("quote", "purchase_order", "credit_note", "item", "account")
        },
    },
)  # fmt: skip

TestXero = contract(XERO)
