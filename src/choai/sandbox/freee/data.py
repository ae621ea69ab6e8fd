"""The imitated companies at their start: two companies, three users, one client, and invented masters.

The same seed gives the same names; update dates are spread over the months before the day of creation. Numbers of partners,
tags and segments agree with what people.py shares with the CRM imitations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.freee import charts
from choai.sandbox.freee.booked import booked
from choai.sandbox.freee.books import Row, books
from choai.sandbox.freee.partners import EMPTY
from choai.sandbox.people import CompanyIdentity, companies, segment_names, tag_names

DEMO_CLIENT_ID = "choai-demo-client"
DEMO_CLIENT_SECRET = "choai-demo-secret"
ENTERPRISE = 1070001
STARTER = 1070002
USER_ADMIN = 501
USER_GENERAL = 502
USER_NONE = 503
PARTNERS = 520
TAGS = 64
SEGMENT_TAGS = 30

Rows = list[Row]


def new_world(file: Path | None, seed: int = 1) -> World:
    """A fresh world, or the one saved in ``file``."""
    world = World("freee", {}, file=file)
    if "tables" not in world.state:
        world.state.update(_state())
        today = books(world).today()
        world.state["tables"] = _tables(seed, today)
        world.dirty = True
    return world


def _state() -> dict[str, Any]:
    return {
        "settings": {
            "access_seconds": 21600,
            "refresh_days": 90,
            "single_access_token": True,
            "maintenance": False,
            "permissions_version": 1,
            "companies": {},
        },
        "clients": {
            DEMO_CLIENT_ID: {
                "secret": DEMO_CLIENT_SECRET,
                "name": "帳合（デモ）",
                "redirect_uris": [],
                "any_loopback": True,
            },
            "registered-client": {
                "secret": "registered-secret",
                "name": "帳合（本番の例）",
                "redirect_uris": ["https://choai.example.jp/oauth/callback"],
                "any_loopback": False,
            },
        },
        "users": {
            str(USER_ADMIN): _user(USER_ADMIN, ("湯浅", "佳乃"), ("ユアサ", "ヨシノ"), ("admin", "admin")),
            str(USER_GENERAL): _user(USER_GENERAL, ("笹森", "亮太"), ("ササモリ", "リョウタ"), ("simple_accounting",)),
            str(USER_NONE): _user(USER_NONE, ("戸川", "美咲"), ("トガワ", "ミサキ"), ("workflow",)),
        },
        "companies": {
            str(ENTERPRISE): _company(ENTERPRISE, "株式会社帳合商会", "チョウアイショウカイ", "enterprise", True),
            str(STARTER): _company(STARTER, "合同会社すみれ文具", "スミレブング", "starter", False),
        },
        "codes": {},
        "grants": {},
        "access": {},
        "refresh": {},
        "daily": {},
        "sequence": 90_000_000,
    }


def _user(number: int, name: tuple[str, str], kana: tuple[str, str], roles: tuple[str, ...]) -> Row:
    (last, first), (last_kana, first_kana) = name, kana
    return {
        "id": number,
        "email": f"user{number}@example.jp",
        "display_name": f"{last} {first}",
        "first_name": first,
        "last_name": last,
        "first_name_kana": first_kana,
        "last_name_kana": last_kana,
        "roles": dict(zip(map(str, (ENTERPRISE, STARTER)), roles, strict=False)),
    }


def _company(number: int, name: str, kana: str, plan: str, codes: bool) -> Row:
    """Settings may be overridden under ``settings`` (see books.py)."""
    return {
        **charts.COMPANY,
        "id": number,
        "name": name,
        "name_kana": kana,
        "display_name": name,
        "company_number": f"99{number}0",
        "fiscal_years": [charts.fiscal_year(number)],
        "settings": {
            "plan": plan,
            "use_partner_code": False,
            "item_code": codes,
            "section_code": codes,
            "segment_code": codes,
            "account_item_code": False,
        },
    }


def _tables(seed: int, today: date) -> dict[str, Rows]:
    tables: dict[str, Rows] = {}
    people = companies(seed, PARTNERS + 40)
    for company, own, first in ((ENTERPRISE, people[:PARTNERS], 61_000_001), (STARTER, people[PARTNERS:], 71_000_001)):
        days = _Days(f"{seed}:{company}", today)
        partners = [_partner(company, first + i, who, days) for i, who in enumerate(own)]
        if company == ENTERPRISE:
            partners += _branches(company, first + len(own), own, days)
        count = TAGS if company == ENTERPRISE else 12
        tables[f"{company}/partners"] = partners
        tables[f"{company}/tags"] = _tags(company, tag_names()[:count], days)
        for axis in (1, 2, 3):
            names = segment_names(axis)[:SEGMENT_TAGS] if company == ENTERPRISE else []
            tables[f"{company}/segments/{axis}"] = _segments(axis, names, days)
        for kind, rows in charts.masters(company).items():
            tables[f"{company}/{kind}"] = [{**row, "update_date": days.some()} for row in rows]
        counts, start = ((24, 16, 10), 50_000_001) if company == ENTERPRISE else ((5, 3, 2), 55_000_001)
        for kind, rows in booked(company, start, partners[:40], counts, today).items():
            tables[f"{company}/{kind}"] = rows
    return tables


class _Days:
    """Days of the past months, the same ones for the same seed and day."""

    def __init__(self, seed: str, today: date) -> None:
        self.dice = Random(seed)
        self.today = today

    def some(self) -> str:
        return (self.today - timedelta(days=self.dice.randint(1, 280))).isoformat()


def _partner(company: int, number: int, who: CompanyIdentity, days: _Days) -> Row:
    dice = days.dice
    variant = dice.random() < 0.45
    row: Row = {
        "id": number,
        "company_id": company,
        **EMPTY,
        "name": who.spelling(dice.randint(0, 6)) if variant else who.name,
        "code": f"C{who.number + 1:05d}" if dice.random() < 0.9 else None,
        "long_name": who.name if variant or dice.random() < 0.5 else None,
        "name_kana": who.kana,
        "org_code": 1 if who.form else 2,
        "default_title": who.title,
        "phone": who.phone if dice.random() < 0.92 else None,
        "contact_name": who.contact if dice.random() < 0.75 else None,
        "email": who.email if dice.random() < 0.85 else None,
        "shortcut1": who.romaji[:20].upper() if dice.random() < 0.3 else None,
        "qualified_invoice_issuer": bool(who.registration),
        "invoice_registration_number": who.registration or None,
        "available": dice.random() > 0.02,
        "update_date": days.some(),
        "_used": dice.random() < 0.4,
    }
    if dice.random() < 0.88:
        row["address_attributes"] = {
            "zipcode": who.zip if dice.random() < 0.8 else who.zip.replace("-", ""),
            "prefecture_code": who.prefecture_index,
            "street_name1": who.city,
            "street_name2": who.building or None,
        }
    if dice.random() < 0.3:
        sending = dice.choice(["email", "posting", "email_and_posting"])
        row["partner_doc_setting_attributes"] = {"sending_method": sending}
    if dice.random() < 0.2:
        row["partner_bank_account_attributes"] = _bank(who, dice)
    if dice.random() < 0.3:
        row["invoice_payment_term_attributes"] = {"cutoff_day": 32, "additional_months": 1, "fixed_day": 32}
    return row


def _bank(who: CompanyIdentity, dice: Random) -> Row:
    name, kana, code = dice.choice(
        [("架空みらい銀行", "カクウミライ", "9901"), ("例示中央信用金庫", "レイジチユウオウ", "9902")]
    )
    return {
        "bank_name": name,
        "bank_name_kana": kana,
        "bank_code": code,
        "branch_name": "本店営業部",
        "branch_kana": "ホンテン",
        "branch_code": "001",
        "account_type": "ordinary",
        "account_number": f"{dice.randint(0, 9_999_999):07d}",
        "account_name": who.kana,
        "long_account_name": who.name,
    }


def _branches(company: int, first: int, people: Sequence[CompanyIdentity], days: _Days) -> Rows:
    """Branches of some partners, and three archived ones that no list shows."""
    rows = []
    for place, who in enumerate(people[:11]):
        name = f"{who.name} {('札幌', '仙台', '名古屋', '大阪', '福岡')[place % 5]}支店"
        row = _partner(company, first + place, who, days)
        row |= {"name": name, "long_name": None, "code": None}
        if place >= 8:
            row |= {"name": f"{name}（旧）", "_archived": True}
        rows.append(row)
    return rows


def _tags(company: int, names: list[str], days: _Days) -> Rows:
    first = 41_000_001 if company == ENTERPRISE else 42_000_001
    return [
        {
            "id": first + place,
            "company_id": company,
            "name": name,
            "shortcut1": f"T{place + 1:03d}" if days.dice.random() < 0.6 else None,
            "shortcut2": None,
            "update_date": days.some(),
        }
        for place, name in enumerate(names)
    ]


def _segments(axis: int, names: list[str], days: _Days) -> Rows:
    """Axis 1 has codes throughout, axis 2 on every other tag, axis 3 none."""
    return [
        {
            "id": 30_000_000 + axis * 100_000 + place + 1,
            "name": name,
            "description": f"{name[:20]}の集計用" if days.dice.random() < 0.3 else None,
            "shortcut1": f"S{axis}{place + 1:03d}" if days.dice.random() < 0.4 else None,
            "shortcut2": None,
            "code": f"SEG{axis}-{place + 1:03d}" if axis == 1 or (axis == 2 and place % 2 == 0) else None,
            "update_date": days.some(),
        }
        for place, name in enumerate(names)
    ]
