"""Zoho CRM under the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from choai.connectors.contract import Done, Item, Op
from choai.connectors.http import ServiceSession
from choai.connectors.zoho_crm import api, spec
from choai.model.values import Ref, Row
from choai.sandbox import grants, zoho_crm
from connectors.session import opened
from contract.case import Act, Case, Ring, Subject, Values
from contract.suite import contract
from servers import Sandbox

RECORDS = zoho_crm.new_world(None, 1).state["records"]
ACCOUNT, PRODUCT, DEAL = (next(iter(RECORDS[name])) for name in ("Accounts", "Products", "Deals"))
SCOPES = ",".join(spec.SPEC.oauth.scopes) if spec.SPEC.oauth else ""


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    grant = grants.new_grant(box.world, zoho_crm.DEMO_CLIENT_ID, user=zoho_crm.USER, scope=SCOPES)
    settings = {"base_url": box.base_url, "web_url": box.base_url, "client_id": zoho_crm.DEMO_CLIENT_ID}
    renew = lambda: grants.issue(box.world, zoho_crm.RULES, grant)["access_token"]  # noqa: E731
    secrets = {"client_secret": zoho_crm.DEMO_CLIENT_SECRET}
    async with opened("zoho_crm", settings, secrets=secrets, renew=renew) as session:
        yield session


def shrinks(patch: Any, rows: int) -> None:
    patch.setattr(spec, "PAGE", rows)
    patch.setattr(spec, "DETAILED", rows)


def at(object: str, text: str, **more: Any) -> Subject:
    usual: dict[str, Any] = {
        "rows": lambda world: len(world.state["records"][object]),
        "edits": lambda world, number, told: zoho_crm.edit(world, object, number, **{text: told}),
        "erases": lambda world, number: zoho_crm.edit(world, object, number, delete=True),
        "drifts": lambda world: zoho_crm.add_field(world, object, "Added 新項目 text 50"),
        "shrinks": shrinks, "text": text, "note": "Description", "key": "Accounting_Id",
    }  # fmt: skip
    return Subject(object, **{**usual, **more})


def account(n: int) -> Values:
    return {
        "Account_Name": f"契約試験{n:03}商事", "Account_Number": 123456789012 + n, "Accounting_Id": f"acc-{n}",
        "Customer_Code": f"CT-{n:03}", "Phone": "03-1234-5678", "Website": "https://example.jp/", "Account_Type": "顧客",
        "Billing_Code": "100-0001", "Billing_State": "東京都", "Billing_Street": "千代田1-1\nビル2階".replace("\n", " "),
        "Employees": 12, "Annual_Revenue": Decimal(1000000), "Parent_Account": Ref(ACCOUNT), "Key_Account": True,
        "Regions": ["東日本", "海外"], "Contract_Date": date(2026, 4, 1), "Checked_At": datetime(2026, 4, 1, 1, 2, 3, tzinfo=UTC),
        "Rank_Point": Decimal("4.5"), "Billing_Email": f"test{n}@example.jp", "Registration_Number": "T1234567890123",
        "Description": "一行目\n二行目", "Kana": "ケイヤク",
    }  # fmt: skip


def quote(n: int) -> Values:
    lines = [
        Row(
            None,
            {
                "Product_Name": Ref(PRODUCT),
                "Quantity": Decimal("1.5"),
                "List_Price": Decimal(1000),
                "Description": "4月分",
            },
        ),
        Row(None, {"Product_Name": Ref(PRODUCT), "Quantity": Decimal(2), "List_Price": Decimal("200.5")}),
    ]
    return {"Subject": f"見積{n:03}", "Account_Name": Ref(ACCOUNT), "Deal_Name": Ref(DEAL), "Valid_Till": date(2026, 5, 31),
            "Quoted_Items": lines, "Accounting_Id": f"q-{n}"}  # fmt: skip


async def _quoted(session: ServiceSession) -> str:
    quoted = quote(len(session.memo) + session.calls)
    (made,) = await api.write(session, "Quotes", Op.CREATE, [Item("q", quoted)])
    assert isinstance(made, Done)
    return made.record.id


NOTICE = {
    "module": "Accounts",
    "operation": "update",
    "ids": ["5843104000000425007"],
    "channel_id": "1",
    "token": "n0tice",
}


def ring(changed: dict[str, list[str]] | None, *, secrets: dict[str, str] | None = None, **more: Any) -> Ring:
    return Ring(
        json.dumps({**NOTICE, **more}).encode(),
        changed,
        secrets={"hook_token": "n0tice"} if secrets is None else secrets,
    )


ZOHO_CRM = Case(
    service="zoho_crm",
    sandbox=zoho_crm,
    enters=enters,
    subjects=(
        at("Accounts", "Kana", new=account, wrong=lambda n: {**account(n), "Billing_Email": "x"}),
        at("Quotes", "Subject", new=quote, wrong=lambda n: {**quote(n), "Quoted_Items": [Row(None, {"Quantity": Decimal(1)})]},
           acts=(Act("convert_to_order", _quoted), Act("convert_to_invoice", _quoted))),
    ),
    secrets=lambda box: [
        zoho_crm.DEMO_CLIENT_SECRET, *box.world.state["oauth"]["access"], *box.world.state["oauth"]["refresh"]
    ],
    expires=grants.expire,
    rings=(
        ring({"Accounts": ["5843104000000425007"]}),
        ring(None, token="another"),
        ring(None, token=None),
        ring(None, secrets={}),
    ),
    lacks={
        "*: a_stale_revision_is_refused": "If-Unmodified-Since is a condition of a whole call, not of a record",
        "*: the_same_header_makes_one_record": "creates carry a unique external id",
        "*: a_stamp_is_kept": "creates carry a unique external id",
        "Accounts: every_action_does_what_it_says": "it has no actions",
    },
)  # fmt: skip

TestZohoCrm = contract(ZOHO_CRM)
