"""An organisation of Japan at its start. The same seed gives the same world."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.zoho.accounts import clients, users
from choai.sandbox.zoho_crm import channels
from choai.sandbox.zoho_crm.metadata import currency, number_of
from choai.sandbox.zoho_crm.records import erase, save
from choai.sandbox.zoho_crm.schema import Json, modules

ORGANISATION = "90000000777"
OTHER = "982000000554052"
ACCOUNTS, VENDORS = 12, 6
VIEW = number_of("view", "Accounts", "顧客のみ")
_PRODUCTS = (
    ("DEV-01", "システム開発", 80_000, "人日"), ("MNT-01", "保守サポート", 30_000, "式"), ("TRN-01", "操作研修", 50_000, "時間"),
    ("TAB-01", "タブレット端末", 45_800, "個"), ("LIC-01", "Cloud licence", 1_200, "個"),
)  # fmt: skip


def new_world(file: Path | None, seed: int = 1) -> World:
    """A fresh organisation, or the one of the file."""
    return World("zoho_crm", copy.deepcopy(_state(seed)), file=file)


def edit(world: World, module: str, id: str, *, delete: bool = False, **values: Any) -> None:
    """Somebody else at Zoho's own screens."""
    if delete:
        erase(world, module, id, by=OTHER)
    else:
        save(world, module, values, id, by=OTHER)
    channels.tell(world, module, "delete" if delete else "update", [id])


@lru_cache(maxsize=4)
def _state(seed: int) -> Json:
    state: Json = {
        "settings": {}, "zgid": ORGANISATION, "company": "青空商店株式会社", "counter": 0, "records": {}, "deleted": {},
        "pages": {}, "channels": {}, "jobs": {},
        "users": {**users(), OTHER: {"name": "営業 太郎", "email": "taro@example.jp"}},
        "oauth": {"clients": clients()},
        "modules": {name: {"id": number_of("module", name), **held} for name, held in modules().items()},
        "views": [{"id": VIEW, "module": "Accounts", "name": "顧客のみ", "field": "Account_Type", "value": "顧客"}],
        "currencies": [
            currency("JPY", "日本 円", "¥", "1.000000000", is_base=True,
                     format={"numeral_system": "International", "decimal_places": "0", "decimal_separator": "Period",
                             "thousand_separator": "Comma"}),
            currency("USD", "US Dollar", "$", "0.006666667"),
        ],
    }  # fmt: skip
    world = World("zoho_crm", state)
    world.frozen = datetime(2026, 2, 2, 0, 0, tzinfo=UTC)
    _records(world, seed)
    return state


Put = Callable[..., Json]


def _records(world: World, seed: int) -> None:
    dice = Random(seed)

    def put(module: str, **values: Any) -> Json:
        assert world.frozen is not None  # noqa: S101  (set above)
        world.frozen += timedelta(minutes=7)
        made = save(world, module, values, None, by=OTHER)
        return {"id": made["id"]}

    firms = companies(seed, ACCOUNTS + VENDORS)
    accounts = [
        put("Accounts", Account_Name=c.name, Customer_Code=f"C{c.number + 1:05}", Phone=c.phone, Billing_Code=c.zip,
            Billing_State=c.prefecture, Billing_Street=c.city, Registration_Number=c.registration or None, Kana=c.kana,
            Billing_Email=c.email, Account_Type=dice.choice(("顧客", "見込み客")), Website=f"https://{c.romaji}.example.jp")
        for c in firms[:ACCOUNTS]
    ]  # fmt: skip
    for c, account in zip(firms, accounts, strict=False):
        family, _, given = c.contact.partition(" ")
        put("Contacts", Last_Name=family, First_Name=given, Account_Name=account, Email=c.email, Title="課長")
    vendors = [
        put("Vendors", Vendor_Name=c.name, Phone=c.phone, Email=c.email, Zip_Code=c.zip, State=c.prefecture, Street=c.city)
        for c in firms[ACCOUNTS:]
    ]  # fmt: skip
    _papers(put, dice, accounts, vendors)
    put("Projects", Name="案件A", Code="P-0001", Account=accounts[0], Budget=500_000, Note="一行目\n二行目")


def _papers(put: Put, dice: Random, accounts: list[Json], vendors: list[Json]) -> None:
    products = [
        put("Products", Product_Name=name, Product_Code=code, Unit_Price=price, Usage_Unit=unit, Product_Active=True)
        for code, name, price, unit in _PRODUCTS
    ]  # fmt: skip

    def lines() -> list[Json]:
        picked = dice.sample(products, 2)
        return [{"Product_Name": p, "Quantity": dice.randint(1, 5), "Description": "4月分"} for p in picked]

    for n, account in enumerate(accounts[:6], 1):
        stage, ends = dice.choice(("Proposal", "Negotiation", "Closed Won")), "2026-04-30"
        put(
            "Deals",
            Deal_Name=f"基幹刷新 第{n}期",
            Stage=stage,
            Account_Name=account,
            Amount=n * 100_000,
            Closing_Date=ends,
        )
        quote = {
            "Subject": f"見積 {n}",
            "Account_Name": account,
            "Quote_Stage": "Delivered",
            "Valid_Till": "2026-05-31",
        }
        put("Quotes", **quote, Quoted_Items=lines())
    for n, account in enumerate(accounts[:4], 1):
        put("Sales_Orders", Subject=f"受注 {n}", Account_Name=account, Status="Created", Ordered_Items=lines())
        order = {"Subject": f"発注 {n}", "Vendor_Name": vendors[n], "PO_Number": f"PO-{n:04}", "Status": "Created"}
        put("Purchase_Orders", **order, Purchase_Items=lines())
        invoice = {"Subject": f"請求 {n}", "Account_Name": account, "Status": "Created", "Invoice_Date": "2026-02-10"}
        put("Invoices", **invoice, Due_Date="2026-03-31", Invoiced_Items=lines())
