"""Vtiger under the contract, by the door of the open-source product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.http import ServiceSession
from choai.connectors.vtiger import api
from choai.model.values import Ref, Row
from choai.sandbox import vtiger
from choai.sandbox.core import World
from connectors.session import opened
from contract.case import Case, Subject, Values
from contract.suite import contract
from servers import Sandbox

ROWS = vtiger.new_world(None, 1).state["records"]
ACCOUNT = f"11x{next(iter(ROWS['Accounts']))}"
PRODUCT, SERVICE = f"14x{next(iter(ROWS['Products']))}", f"26x{next(iter(ROWS['Services']))}"


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    settings = {"site": box.base_url, "username": vtiger.USER, "line_item": vtiger.line_item(box.world)}
    async with opened("vtiger", settings, secrets={"access_key": vtiger.ACCESS_KEY}, auth="session") as session:
        yield session


def shrinks(patch: Any, rows: int) -> None:
    patch.setattr(api, "rows_per_page", rows)


def at(object: str, text: str, new: Callable[[int], Values], wrong: Values, **more: Any) -> Subject:
    def rows(world: World) -> int:
        return sum("_deleted" not in row for row in world.state["records"][object].values())

    def drifts(world: World) -> str:
        vtiger.add_field(world, object, "cf_999", "新項目")
        return "cf_999"

    return Subject(
        object,
        new,
        text,
        rows,
        edits=lambda world, number, told: vtiger.edit(world, number, **{text: told}),
        erases=vtiger.erase,
        wrong=lambda n: {**new(n), **wrong},
        shrinks=shrinks,
        drifts=drifts,
        linked=False,
        **more,
    )


def account(n: int) -> Values:
    return {
        "accountname": f"契約試験{n:03}商事",
        "phone": "03-0000-0001",
        "website": "https://test.example.jp/",
        "email1": f"test{n}@example.jp",
        "employees": 30,
        "industry": "Retail",
        "account_id": Ref(ACCOUNT),
        "annual_revenue": Decimal("1234567.89"),
        "emailoptout": True,
        "bill_street": "千代田区一番町1-1\nビル2階",
        "bill_city": "東京",
        "bill_code": "102-0082",
        "cf_853": f"CT-{n:03}",
        "cf_855": f"会計-{n:03}",
    }


def contact(n: int) -> Values:
    return {
        "lastname": "青空",
        "firstname": f"花子{n}",
        "account_id": Ref(ACCOUNT),
        "email": f"hanako{n}@example.jp",
        "birthday": date(1980, 12, 5),
        "donotcall": True,
        "title": "課長",
        "leadsource": "Trade Show",
    }


def product(n: int) -> Values:
    return {
        "productname": f"試験品{n:03}",
        "productcode": f"CT-{n:03}",
        "unit_price": Decimal("1980.5"),
        "usageunit": "Box",
        "qtyinstock": Decimal("12.5"),
        "mfr_part_no": "M-1",
    }


def invoice(n: int) -> Values:
    lines = [
        Row(None, {"productid": Ref(PRODUCT), "quantity": Decimal(2), "listprice": Decimal(1000), "tax1": Decimal(10),
                   "comment": "一行目\n二行目"}),
        Row(None, {"productid": Ref(SERVICE), "quantity": Decimal("1.5"), "listprice": Decimal("333.335"), "tax1": Decimal(10),
                   "discount_percent": Decimal(5)}),
    ]  # fmt: skip
    return {
        "subject": f"CT-{n:03}",
        "account_id": Ref(ACCOUNT),
        "invoicedate": date(2026, 4, 1),
        "duedate": date(2026, 4, 30),
        "invoicestatus": "Sent",
        "currency_id": "JPY",
        "customerno": "N1",
        "txtAdjustment": Decimal(-2),
        "LineItems": lines,
    }


VTIGER = Case(
    service="vtiger",
    sandbox=vtiger,
    enters=enters,
    subjects=(
        at("Accounts", "tickersymbol", account, {"accountname": ""}, key="accountname", note="description"),
        at("Contacts", "department", contact, {"account_id": Ref("12x1")}, key="email", note="description"),
        at("Products", "serial_no", product, {"vendor_id": Ref("11x1")}, key="productcode", note="description"),
        at("Invoice", "vtiger_purchaseorder", invoice, {"LineItems": []}, key="subject", note="description"),
    ),
    secrets=lambda box: [vtiger.ACCESS_KEY, *box.world.state["sessions"]],
    expires=lambda world: world.state["sessions"].clear(),
    lacks={
        "*: a_link_opens_the_record": "pages are opened by the number behind the x; tests/connectors/vtiger looks at it",
        "*: a_stale_revision_is_refused": "Vtiger has no revisions: the last write wins",
        "*: an_upsert_makes_one_record": "there is no upsert",
        "*: the_same_header_makes_one_record": "there is no idempotency header",
        "*: a_stamp_is_kept": "there is no standard field for it",
        "*: every_action_does_what_it_says": "records are only read and written",
    },
)

TestVtiger = contract(VTIGER)
