"""An organisation of Japan at its start: taxes, accounts, currencies with rates, contacts, items, papers. The same seed gives
the same world."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.zoho import masters, papers
from choai.sandbox.zoho.accounts import USER, clients, users
from choai.sandbox.zoho.answers import Json
from choai.sandbox.zoho.books import Books, Kind
from choai.sandbox.zoho.records import save

ORGANISATION, OTHER = "90000000101", "90000000102"
START = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
CUSTOMERS, VENDORS, PAPERS = 24, 12, 12
ACCOUNTS = (
    ("小口現金", "cash", "101"), ("普通預金", "bank", "111"), ("売掛金", "accounts_receivable", "131"),
    ("売上高", "income", "400"),     ("仕入高", "cost_of_goods_sold", "500"),
    ("旅費交通費", "expense", "611"), ("通信費", "expense", "612"),
    ("会議費", "expense", "613"),
)  # fmt: skip
_ITEMS = (
    ("システム開発", "DEV", 80000, "人日"), ("保守サポート", "MNT", 30000, "月"), ("操作研修", "TRN", 50000, "回"),
    ("Cloud licence", "LIC", 1200, "ID"), ("タブレット端末", "TAB", 45800, "台"), ("書籍（軽減税率なし）", "BOK", 2200, "冊"),
)  # fmt: skip


def organisation(number: str, name: str, *, default: bool, plan: str = "PROFESSIONAL") -> Json:
    return {
        "organization_id": number, "name": name, "contact_name": "青空 花子", "email": "hanako@example.jp",
        "is_default_org": default,
        "plan_type": 130, "plan_name": plan, "plan_period": "Yearly", "tax_group_enabled": True, "language_code": "ja",
        "fiscal_year_start_month": 3, "account_created_date": "2024-04-01", "time_zone": "Asia/Tokyo", "is_org_active": True,
        "currency_id": "982000000000101", "currency_code": "JPY", "currency_symbol": "¥", "currency_format": "###,##0",
        "price_precision": 0,
    }  # fmt: skip


def empty(service: str, plan: str = "PROFESSIONAL") -> World:
    """Two organisations without records, one person, one client."""
    rows = (
        organisation(ORGANISATION, "青空商店株式会社", default=True, plan=plan),
        organisation(OTHER, "Aozora Trading LLC", default=False, plan="FREE"),
    )
    made: Json = {
        r["organization_id"]: {"organization": r, "tables": {}, "customfields": {}, "settings": {}} for r in rows
    }
    state: Json = {"organizations": made, "settings": {}, "users": users(), "oauth": {"clients": clients()}}
    return World(service, state)


def seeded(service: str, file: Path | None, seed: int, make: Callable[[int], World]) -> World:
    """What the file holds, else a world as ``make`` builds it, which is made once per seed."""
    if file is not None and file.exists():
        return World(service, {}, file=file)
    key = (service, seed)
    if key not in _MADE:
        _MADE[key] = json.dumps(make(seed).state)
    return World(service, json.loads(_MADE[key]), file=file)


_MADE: dict[tuple[str, int], str] = {}


def begin(world: World, minutes: int = 0) -> None:
    """The clock of the next seeded record."""
    world.frozen = START + timedelta(minutes=minutes)


def base(books: Books) -> None:
    """Currencies with rates, taxes, accounts and the person."""
    for number, code in enumerate(("JPY", "USD", "EUR")):
        row = {"currency_code": code, "currency_format": "1,234,567" if code == "JPY" else "1,234,567.89"}
        _put(books, masters.CURRENCIES, row, f"98200000000010{number + 1}")
    for number, (name, percentage) in enumerate((("消費税10%", 10), ("軽減税率8%", 8), ("対象外", 0))):
        _put(books, masters.TAXES, {"tax_name": name, "tax_percentage": percentage}, f"98200000000020{number + 1}")
    for number, (name, kind, code) in enumerate(ACCOUNTS):
        told = {"account_name": name, "account_type": kind, "account_code": code, "is_active": True, "is_user_created": False,
                "is_system_account": True, "parent_account_id": "", "can_show_in_ze": kind == "expense"}  # fmt: skip
        _row(books, masters.ACCOUNTS, told, f"98200000000030{number + 1}")
    who = {"name": "青空 花子", "email": "hanako@example.jp", "role_id": "982000000006005", "user_role": "admin",
           "status": "active",
           "is_current_user": True, "user_type": "zoho", "photo_url": "https://contacts.zoho.jp/file?ID=0"}  # fmt: skip
    _row(books, masters.USERS, who, USER)
    for code, days in (("USD", (("2026-01-01", 150.5), ("2026-04-01", 152.25))), ("EUR", (("2026-01-01", 162.1),))):
        own = next(r for r in books.rows("settings/currencies") if r["currency_code"] == code)
        for day, rate in days:
            more = {"currency_id": own["currency_id"], "currency_code": code}
            save(books, masters.RATES, {"effective_date": day, "rate": rate, **more}, None)
            own |= {"exchange_rate": rate, "effective_date": day}


def _put(books: Books, kind: Kind, values: Json, number: str) -> Json:
    row = save(books, kind, values, None, own_number=True)
    del books.table(kind.path)[row[kind.id]]
    row[kind.id] = number
    books.table(kind.path)[number] = row
    return row


def _row(books: Books, kind: Kind, values: Json, number: str) -> None:
    stamp = books.now()
    books.table(kind.path)[number] = {kind.id: number, **values, "created_time": stamp, "_changed": stamp}


def contacts(books: Books, seed: int, kind: str, count: int, start: int = 0) -> list[str]:
    """Companies as contacts; their ids."""
    made = []
    for n, company in enumerate(companies(seed, start + count)[start:]):
        begin(books.world, start + n)
        family, given = company.contact.split(" ")
        address = {
            "zip": company.zip,
            "state": company.prefecture,
            "city": company.city,
            "street2": company.building,
            "country": "Japan",
        }
        person = {
            "last_name": family,
            "first_name": given,
            "email": company.email,
            "phone": company.phone,
            "is_primary_contact": True,
        }
        values = {"contact_name": company.name, "company_name": company.name, "contact_type": kind, "billing_address": address,
                  "payment_terms": 30, "contact_persons": [person],
                  "contact_number": f"C{company.number + 1:05}"}  # fmt: skip
        made.append(save(books, masters.CONTACTS, values, None)["contact_id"])
    return made


def items(books: Books) -> list[str]:
    made = []
    for n, (name, sku, rate, unit) in enumerate(_ITEMS):
        begin(books.world, 200 + n)
        values = {"name": name, "sku": sku, "rate": rate, "unit": unit, "tax_id": "982000000000201", "product_type": "service",
                  "purchase_rate": rate * 0.6}  # fmt: skip
        made.append(save(books, masters.ITEMS, values, None)["item_id"])
    return made


def documents(books: Books, seed: int, kinds: Sequence[Kind], parties: dict[str, list[str]], goods: list[str]) -> None:
    """A dozen papers of each kind."""
    dice = Random(f"{seed}:zoho")
    for k, kind in enumerate(kinds):
        side = "vendor" if "vendor_id" in kind.fields else "customer"
        for n in range(PAPERS):
            begin(books.world, 1000 + k * 100 + n)
            line: Json = {"item_id": dice.choice(goods), "quantity": dice.randint(1, 9), "tax_id": "982000000000201"}
            if side == "vendor":
                line["account_id"] = "982000000000305"
            values: dict[str, Any] = {
                f"{side}_id": dice.choice(parties[side]), "date": f"2026-0{dice.randint(1, 4)}-{dice.randint(10, 28)}",
                "line_items": [line],
                "reference_number": f"REF-{k}{n:02}",
            }  # fmt: skip
            values |= {} if kind.prefix else {"bill_number": f"B-{n:04}"}
            row = save(books, kind, values, None)
            if n % 3 == 1 and kind.moves:
                row["status"] = kind.moves[0].to


def spend(books: Books, *, sales_only: bool = False) -> None:
    """Payments of two invoices and bills, and some expenses."""
    for kind, paper, side in ((papers.PAYMENTS, papers.INVOICES, "customer"), (papers.PAID, papers.BILLS, "vendor")):
        if sales_only and side == "vendor":
            return
        for n, row in enumerate(r for r in books.rows(paper.path) if r["status"] in ("sent", "open")):
            begin(books.world, 3000 + n)
            entry = {paper.id: row[paper.id], "amount_applied": row["balance"]}
            values = {f"{side}_id": row[f"{side}_id"], "amount": row["balance"], "date": "2026-04-30",
                      "payment_mode": "banktransfer",
                      "reference_number": f"PAY-{n:03}", paper.path: [entry]}  # fmt: skip
            save(books, kind, values, None)
    for n in range(6):
        begin(books.world, 4000 + n)
        values = {"account_id": "982000000000306", "paid_through_account_id": "982000000000301", "date": f"2026-04-{10 + n}",
                  "amount": 1000 + 110 * n, "description": "新幹線 東京–大阪", "reference_number": f"EXP-{n:03}"}  # fmt: skip
        save(books, papers.EXPENSES, values, None)


def finish(world: World, *paths: str) -> World:
    """The clock runs again; modules that know custom fields have one."""
    books = Books(world, ORGANISATION)
    for n, path in enumerate(paths):
        books.custom(path).append(
            {
                "customfield_id": f"98200000000040{n}",
                "api_name": "cf_note",
                "label": "社内メモ",
                "data_type": "string",
                "index": 1,
                "unique": False,
            }
        )
        books.custom(path).append(
            {
                "customfield_id": f"98200000000041{n}",
                "api_name": "cf_hub_id",
                "label": "連携ID",
                "data_type": "string",
                "index": 2,
                "unique": True,
            }
        )
    return world
