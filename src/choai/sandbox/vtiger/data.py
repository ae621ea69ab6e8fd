"""The installation: users, currencies, taxes, and records written through the web service itself.

``new_world(None)`` is a company in Tokyo that keeps its books in yen; ``fresh`` a new installation in dollars without records,
with the users of the recorded transcripts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.vtiger import records
from choai.sandbox.vtiger.catalog import MODULES, Json
from choai.sandbox.vtiger.site import Site

USER, ACCESS_KEY = "keiri", "DemoKeyVtiger016"


def _user(name: str, first: str, last: str, key: str, *, admin: bool = True, **more: Any) -> Json:
    return {
        "user_name": name, "first_name": first, "last_name": last, "email1": f"{name}@example.test",
        "is_admin": "on" if admin else "off", "status": "Active", "accesskey": key, "time_zone": "UTC",
        "hour_format": "24", "date_format": "yyyy-mm-dd", "decimals": 2, **more,
    }  # fmt: skip


def _currency(name: str, code: str, sign: str, rate: str, *, base: bool = False) -> Json:
    return {"currency_name": name, "currency_code": code, "currency_symbol": sign, "conversion_rate": rate,
            "currency_status": "Active", "defaultid": "-11" if base else "0", "deleted": "0"}  # fmt: skip


def _tax(n: int, label: str, rate: str) -> Json:
    return {"taxname": f"tax{n}", "taxlabel": label, "percentage": rate, "deleted": "0", "method": "Simple", "type": "Fixed",
            "compoundon": "[]", "regions": "[]"}  # fmt: skip


def fresh(world: World) -> World:
    """The state of a new installation: nothing but users, groups, a currency and three taxes."""
    groups = ("Team Selling", "Group Related to Sales"), ("Marketing Group", "Group Related to Marketing Activities")
    support = ("Support Group", "Group Related to providing Support to Customers")
    world.state.update(
        settings={"version": "8.2.0"}, sequence=1, numbers={}, records={m: {} for m in MODULES}, off=[], added={},
        challenges={}, sessions={},
        users={
            "1": _user("admin", "First", "Administrator", "AdminKey00000016", hour_format="12"),
            "5": _user("user_ny", "Test", "User_ny", "NewYorkKey000016", admin=False, time_zone="America/New_York",
                       date_format="dd-mm-yyyy", decimals=3),
            "6": _user("user_tokyo", "Test", "User_tokyo", "TokyoKey00000016", admin=False, time_zone="Asia/Tokyo",
                       date_format="mm-dd-yyyy"),
        },
        currencies={"1": _currency("USA, Dollars", "USD", "$", "1.00000", base=True)},
        taxes={"1": _tax(1, "VAT", "4.500"), "2": _tax(2, "Sales", "10.000"), "3": _tax(3, "Service", "12.500")},
        tables={
            "Groups": {str(n): {"groupname": a, "description": b} for n, (a, b) in enumerate((*groups, support), 2)},
            "LineItem": {}, "ProductTaxes": {},
            "CompanyDetails": {"1": {"organizationname": "vtiger", "country": "", "website": "www.vtiger.com"}},
        },
    )  # fmt: skip
    return world


def new_world(file: Path | None, seed: int = 1) -> World:
    world = World("vtiger", {}, file=file)
    if not world.state:
        _company(fresh(world), seed)
    return world


def person(world: World, user: str = "1") -> Site:
    """A person at the screens."""
    return Site(world, {**world.state["users"][user], "id": user}, cloud=True)


def edit(world: World, id: str, **values: Any) -> None:
    """A person changes a record."""
    records.revise(person(world), {"id": id, **values})


def erase(world: World, id: str) -> None:
    """A person puts a record into the recycle bin."""
    records.delete(person(world), id)


def add_field(world: World, module: str, name: str, label: str, kind: str = "string") -> None:
    """An administrator adds a custom field."""
    made = {"name": name, "label": label, "mandatory": False, "type": {"name": kind}, "isunique": False, "nullable": True,
            "editable": True, "default": ""}  # fmt: skip
    world.state["added"].setdefault(module, []).append(made)


# ---------------------------------------------------------------- a company in Tokyo


def _company(world: World, seed: int) -> None:
    state, now = world.state, world.now()
    state["users"]["1"] = _user(USER, "花子", "青空", ACCESS_KEY, time_zone="Asia/Tokyo")
    state["currencies"] = {
        "1": _currency("Japan, Yen", "JPY", "¥", "1.00000", base=True),
        "2": _currency("USA, Dollars", "USD", "$", "0.00670"),
        "3": _currency("Euro", "EUR", "€", "0.00610"),
    }
    state["taxes"] = {"1": _tax(1, "消費税10%", "10.000"), "2": _tax(2, "軽減8%", "8.000")}
    state["tables"]["CompanyDetails"]["1"] = {
        "organizationname": "株式会社見本商事", "country": "日本", "website": "www.example.jp"
    }  # fmt: skip
    add_field(world, "Accounts", "cf_851", "登録番号")
    add_field(world, "Accounts", "cf_853", "取引先コード")
    add_field(world, "Accounts", "cf_855", "会計取引先ID")
    began = now - timedelta(days=300)
    keep, world.frozen = world.frozen, began
    dice = Random(seed)
    accounts = _accounts(world, seed, began, dice)
    items = _items(world)
    _papers(world, accounts, items, dice, began)
    world.frozen = keep
    world.dirty = True


def _make(world: World, module: str, **element: Any) -> str:
    return str(records.create(person(world), module, {"assigned_user_id": "19x1", **element})["id"])


def _accounts(world: World, seed: int, began: datetime, dice: Random) -> list[str]:
    made = []
    for n, company in enumerate(companies(seed, 24)):
        world.frozen = began + timedelta(days=n, minutes=dice.randint(0, 600))
        place = {"bill_street": f"{company.city}{company.building}", "bill_code": company.zip, "bill_state": company.prefecture,
                 "bill_country": "日本"}  # fmt: skip
        if n % 6 != 5:
            made.append(
                _make(
                    world, "Accounts", accountname=company.spelling(n % 7), phone=company.phone, email1=company.email,
                    industry=dice.choice(["Manufacturing", "Retail", "Technology", ""]), accounttype="Customer",
                    website=f"https://{company.romaji}.example.jp/", employees=str(dice.choice([0, 12, 80])),
                    cf_851=company.registration, cf_853=f"C{company.number + 1:05}", **place,
                )
            )  # fmt: skip
            family, _, given = company.contact.partition(" ")
            _make(world, "Contacts", lastname=family, firstname=given, email=company.email, account_id=made[-1],
                  department="経理部", title="課長")  # fmt: skip
        else:
            _make(world, "Vendors", vendorname=company.name, email=company.email, phone=company.phone,
                  street=place["bill_street"], postalcode=company.zip, state=company.prefecture)  # fmt: skip
    return made


ITEMS = (
    ("Products", "ノートPC 14型", "NPC-14", 148_000),
    ("Products", "Docking station", "DOC-1", 24_800),
    ("Products", "お茶（ケース）", "TEA-24", 2_400),
    ("Products", "USB-C cable 2m", "USB-2", 1_280),
    ("Products", "コピー用紙 A4", "PPC-A4", 3_980),
    ("Services", "導入支援", "", 80_000),
    ("Services", "Maintenance (monthly)", "", 15_000),
)


def _items(world: World) -> list[str]:
    made = []
    for module, name, code, price in ITEMS:
        rate = {"tax2": "8"} if "お茶" in name else {"tax1": "10"}
        own = {"productname": name, "productcode": code, "usageunit": "Each", "qtyinstock": "40"}
        named = own if module == "Products" else {"servicename": name, "service_usageunit": "Hours"}
        made.append(_make(world, module, unit_price=str(price), discontinued="1", currency_id="21x1", **named, **rate))
    return made


def line_item(world: World) -> str:
    """The service that stands for lines without an item."""
    return next(f"26x{n}" for n, row in world.state["records"]["Services"].items() if row["servicename"] == "導入支援")


def _papers(world: World, accounts: list[str], items: list[str], dice: Random, began: datetime) -> None:
    kinds = (("Invoice", {"invoicestatus": "Sent"}, 6), ("Quotes", {"quotestage": "Delivered"}, 3),
             ("SalesOrder", {"sostatus": "Approved", "invoicestatus": "AutoCreated"}, 2))  # fmt: skip
    for module, status, count in kinds:
        for n in range(count):
            world.frozen = began + timedelta(days=60 + 9 * n, minutes=dice.randint(0, 600))
            lines = [
                {"productid": i, "quantity": str(dice.randint(1, 5)), "tax1": "10"} for i in (items[n % 2], items[-2])
            ]
            day = {"invoicedate": world.frozen.date().isoformat()} if module == "Invoice" else {}
            _paper(
                world, module, lines, account_id=accounts[n], subject=f"{module[:1]}-{2026_001 + n}", **status, **day
            )
    vendor = next(f"2x{n}" for n in world.state["records"]["Vendors"])
    _paper(world, "PurchaseOrder", [{"productid": items[0], "quantity": "2"}], vendor_id=vendor, subject="発注 1",
           postatus="Created")  # fmt: skip
    for n in range(8):
        _make(world, "Potentials", potentialname=f"案件 {n + 1}", related_to=accounts[n], sales_stage="Qualification",
              closingdate=(began.date() + timedelta(days=120 + n)).isoformat(), amount=str(100_000 * (n + 1)))  # fmt: skip


def _paper(world: World, module: str, lines: list[Json], **more: Any) -> str:
    return _make(world, module, bill_street="千代田区一番町1-1", ship_street="千代田区一番町1-1", currency_id="21x1",
                 conversion_rate="1", hdnTaxType="group", productid=lines[0]["productid"], LineItems=lines, **more)  # fmt: skip
