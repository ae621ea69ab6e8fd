"""What the imitation begins with: a company and a sole trader, their partners, items, quotes and billings; one client; two users.

Settings of the state: see app.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.moneyforward import documents, masters
from choai.sandbox.moneyforward.answers import Json
from choai.sandbox.moneyforward.books import Books, opaque, stamp
from choai.sandbox.moneyforward.documents import BILLINGS, QUOTES
from choai.sandbox.people import CompanyIdentity, companies

DEMO_CLIENT_ID, DEMO_CLIENT_SECRET = "820000000000001", "choai-demo-secret"
COMPANY, SOLE = opaque("office", "company"), opaque("office", "sole")
USER, STRANGER = "mf-user-keiri", "mf-user-without-permission"
SCOPES = "mfc/invoice/data.read mfc/invoice/data.write"
RULES = grants.Rules(
    access_seconds=3600,
    refresh_days=540,
    code_seconds=600,
    rotates=True,
    client_auth=("basic",),
    chooses=True,
    adds=lambda world, grant: {"scope": grant["scope"]},
)
_STARTED = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
_ITEMS = (
    ("SV-001", "導入支援", "式", 500_000, "ten_percent"),
    ("SV-002", "月次保守サポート", "月", 80_000, "ten_percent"),
    ("SV-003", "操作研修（半日）", "回", 60_000, "ten_percent"),
    ("LC-010", "クラウド利用料 スタンダード", "ID", 1_980, "ten_percent"),
    ("LC-020", "クラウド利用料 プロフェッショナル", "ID", 4_980, "ten_percent"),
    ("HW-100", "バーコードリーダー", "台", 38_500, "ten_percent"),
    ("BK-001", "定期刊行物", "部", 3_300, "eight_percent_as_reduced_tax_rate"),
    ("FD-001", "会議用弁当", "個", 1_250, "eight_percent_as_reduced_tax_rate"),
    ("ST-001", "収入印紙（立替）", "枚", 200, "untaxable"),
    ("EX-001", "海外向け開発", "人日", 65_000, "tax_exemption"),
    ("RN-001", "社宅家賃（転貸）", "月", 95_000, "non_taxable"),
    ("TR-001", "交通費", "式", "12340.5", "ten_percent"),
)


def new_world(file: Path | None = None, seed: int = 1) -> World:
    """State as on the first day, or as it was saved."""
    state: Json = {
        "settings": {},
        "users": {
            USER: {"name": "経理担当 / accounting", "app_link": True},
            STRANGER: {"name": "アプリ連携の権限なし / without permission", "app_link": False},
        },
        "accounts": {},
        "offices": {},
    }
    world = World("moneyforward", state, file=file)
    if not state["offices"]:
        clients = grants.books(world)["clients"]
        clients[DEMO_CLIENT_ID] = {"secret": DEMO_CLIENT_SECRET, "redirect_uris": [], "any_loopback": True}
        people = companies(seed, 130)
        _office(world, COMPANY, "法人", "株式会社帳合システム", people)
        _office(world, SOLE, "個人", "青木デザイン事務所", people[:8])
    return world


def _office(world: World, id: str, kind: str, name: str, people: list[CompanyIdentity]) -> None:
    began = stamp(_STARTED)
    own: Json = {
        "id": id, "name": name, "zip": "100-0001", "prefecture": "東京都", "address1": "千代田区千代田1-1",
        "address2": "帳合ビル5階", "tel": "03-0000-0100", "fax": "03-0000-0101", "office_type": kind, "office_code": "1102-9829",
        "registration_code": "T1990100000001", "created_at": began, "updated_at": began,
    }  # fmt: skip
    config = {
        "rounding": "round_down",
        "rounding_consumption_tax": "round_down",
        "consumption_tax_display_type": "external",
    }
    world.state["accounts"][id] = {"name": name}
    world.state["offices"][id] = {
        "office": own, "config": config, "members": {opaque(id, "member"): "営業担当"}, "counter": 0,
        "tables": {name: {} for name in ("partners", "items", "quotes", "billings", "sent_histories")},
    }  # fmt: skip
    real, world.frozen = world.frozen, _STARTED
    try:
        _fill(Books(world, id, USER), people)
    finally:
        world.frozen = real


def _fill(books: Books, people: list[CompanyIdentity]) -> None:
    dice = Random(books.id)

    def later(minutes: int) -> None:
        books.world.frozen = (books.world.frozen or _STARTED) + timedelta(minutes=minutes)

    partners = []
    for one in people:
        later(7)
        partners.append(masters.new_partner(books, _partner(one)))
    items = []
    for code, name, unit, price, excise in _ITEMS:
        later(3)
        values = {"code": code, "name": name, "unit": unit, "price": Decimal(price), "quantity": 1, "excise": excise}
        items.append(masters.new_item(books, values))
    for n in range(min(30, 4 * len(partners))):
        later(95)
        day = (books.world.now() + timedelta(hours=9)).date()
        partner = partners[n * 3 % len(partners)]
        lines = [{"item_id": one["id"], "quantity": dice.randint(1, 12)} for one in dice.sample(items, 3)]
        common = {
            "department_id": partner["departments"][0]["id"],
            "title": f"{day.month}月分 {dice.choice(['保守', '開発', '利用料'])}",
        }
        quote = {**common, "quote_date": str(day), "expired_date": str(day + timedelta(days=30)), "items": lines}
        documents.new(books, QUOTES, {**quote, "quote_number": f"Q-2026-{n + 1:04}"})
        billing = {**common, "billing_date": str(day), "due_date": str(day + timedelta(days=31)), "items": lines}
        made = documents.new(
            books, BILLINGS, {**billing, "billing_number": f"B-2026-{n + 1:04}", "note": "お振込手数料はご負担ください"}
        )
        documents.pay(books, made["id"], {"payment_status": str(n % 3)})
        if n % 4 == 0:
            _mailed(books, made, partner)


def _partner(one: CompanyIdentity) -> Json:
    address = {"zip": one.zip, "prefecture": one.prefecture, "address1": one.city, "address2": one.building}
    person = {"tel": one.phone, "email": one.email, "person_name": one.contact, "person_dept": "経理部"}
    values: Json = {
        "code": f"C{one.number + 1:05}", "name": one.name, "name_kana": one.kana, "name_suffix": one.title,
        "departments": [{**address, **person}],
    }  # fmt: skip
    if one.number % 5 == 0:
        values["departments"].append(
            {"person_name": "総務 花子", "person_dept": "総務部", "email": f"soumu@{one.romaji}.example.jp"}
        )
    if one.number % 3 == 0:
        due = {"due_month": "next_month", "due_date": -1, "contingency_day": "move_to_earlier_day"}
        values["payment_deadline_setting"] = due
    return values


def _mailed(books: Books, row: Json, partner: Json) -> None:
    """Somebody sent it by e-mail from the screens."""
    row["email_status"] = "送付済み"
    number = len(books.table("sent_histories")) + 21
    books.table("sent_histories")[str(number)] = {
        "id": number, "type": "メール", "operator_id": USER, "document_type": "請求書", "document_id": row["id"],
        "from": "do_not_reply@moneyforward.example.jp", "to": partner["departments"][0]["email"], "cc": "",
        "sender_name": "営業担当", "replay_to": "", "sent_at": f"{books.now()[:10]}T15:52:40.000+09:00",
    }  # fmt: skip


# ---------------------------------------------------------------- for tests and the demo


def sign_in(world: World, office: str = COMPANY, scope: str = SCOPES) -> Json:
    """A token answer as after a person's consent."""
    grant = grants.new_grant(world, DEMO_CLIENT_ID, user=USER, account=office, scope=scope)
    return grants.issue(world, RULES, grant)


def edit(world: World, table: str, id: str, *, office: str = COMPANY, delete: bool = False, **changes: Any) -> None:
    """A person at the screens. ``table`` "departments": ``id`` is the department's."""
    books = Books(world, office, USER)
    if table == "departments":
        found = masters.owner(books, id)
        if found is None:
            raise KeyError(id)
        partner, row = found
        if delete:
            partner["departments"].remove(row)
            return
    elif delete:
        del books.table(table)[id]
        return
    else:
        row = books.table(table)[id]
    row.update(changes, updated_at=books.now())
