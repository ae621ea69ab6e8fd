"""The account: masters, custom items, users, customers, contacts, deals with their lines, actions.

Everything is kept in the form in which the API shows it; ids are whole numbers, one row of numbers per table.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.people import companies

Json = dict[str, Any]
JST = timezone(timedelta(hours=9))
DEMO_KEY = "choai-demo-senses-key"
NOUNS = {"customers": "customer", "contacts": "contact", "deals": "deal"}
EMPTY: dict[str, list[Any]] = {"multi_select": []}
VALUE_KEYS = {
    "text": "text", "number": "number", "decimal_number": "decimalNumber", "date": "datetime", "url": "url",
    "single_select": "selectedOption", "multi_select": "selectedOptions",
}  # fmt: skip
_STATES = {"アプローチ": 1, "提案": 1, "見積提出": 1, "受注": 2, "失注": 3, "保留": 3}


def stamp(moment: datetime) -> str:
    return moment.astimezone(JST).isoformat(timespec="seconds")


def new_world(file: Path | None, seed: int = 1) -> World:
    world = World("senses", {}, file=file)
    if not world.state:
        world.state.update(_state(seed, world.now()))
    return world


def rows(world: World, table: str) -> dict[str, Json]:
    held: dict[str, Json] = world.state["tables"][table]
    return held


def next_id(world: World, table: str) -> int:
    numbers = world.state["numbers"]
    numbers[table] = numbers.get(table, 0) + 1
    return int(numbers[table])


def edit(world: World, table: str, id: str, changes: Json) -> None:
    """A person changes a record on the screens."""
    rows(world, table)[id].update(changes, updatedAt=stamp(world.now()))


def erase(world: World, table: str, id: str) -> None:
    """A record goes for good; a customer takes its deals, contacts and their actions along."""
    rows(world, table).pop(id)
    children = {"customers": (("contacts", "customer"), ("deals", "customer")), "deals": (("actions", "deal"),)}
    for child, name in children.get(table, ()):
        for number in [n for n, row in rows(world, child).items() if str((row[name] or {}).get("id")) == id]:
            erase(world, child, number)


# ---------------------------------------------------------------- masters


def _named(first: int, *names: str) -> list[Json]:
    return [{"id": first + n, "name": name} for n, name in enumerate(names)]


def _type(id: int, name: str, phases: tuple[str, ...], products: tuple[str, ...]) -> Json:
    base = id * 100
    return {
        "id": id,
        "name": name,
        "phases": [{**row, "status": _STATES[row["name"]]} for row in _named(base + 1, *phases)],
        "products": _named(base + 21, *products),
        "probabilities": _named(base + 41, "A", "B", "C"),
        "channels": _named(base + 61, "Web", "紹介", "展示会"),
    }


def _item(noun: str, id: int, name: str, type: str, *options: str) -> Json:
    more = {"options": [{"id": id * 10 + n, "label": label} for n, label in enumerate(options, 1)]} if options else {}
    return {f"{noun}CustomItemId": id, "name": name, "itemType": type, **more}


def _customs() -> dict[str, list[Json]]:
    return {
        "customer": [
            _item("customer", 70001, "取引先コード", "text"),
            _item("customer", 70002, "適格請求書発行事業者登録番号", "text"),
            _item("customer", 70003, "郵便番号", "text"),
            _item("customer", 70004, "与信限度額", "number"),
            _item("customer", 70005, "割引率", "decimal_number"),
            _item("customer", 70006, "取引開始日", "date"),
            _item("customer", 70007, "採用ページ", "url"),
            _item("customer", 70008, "支払方法", "single_select", "振込", "口座振替", "クレジットカード"),
            _item("customer", 70009, "取扱分野", "multi_select", "機械", "電機", "食品"),
            _item("customer", 70010, "与信残高", "formula"),
            _item("customer", 70011, "請求に関する項目", "label"),
        ],
        "contact": [_item("contact", 75001, "備考", "text"), _item("contact", 75002, "名刺交換日", "date")],
        "deal": [
            _item("deal", 80085, "請求日", "date"),
            _item("deal", 80086, "支払期限", "date"),
            _item("deal", 80087, "請求書番号", "text"),
            _item("deal", 80088, "請求方法", "single_select", "メール", "郵送"),
        ],
        "dealProductDetail": [_item("dealProductDetail", 90001, "利用開始月", "text")],
    }


LINE_MASTERS = (
    {"id": 501, "name": "クラウド利用料", "price": 30_000, "cost": 9_000, "unit": "か月", "billingCycle": "月額"},
    {"id": 502, "name": "初期導入支援", "price": 200_000, "cost": 120_000, "unit": "式", "billingCycle": "一括"},
    {"id": 503, "name": "保守", "price": 120_000, "cost": 40_000, "unit": "年", "billingCycle": "年額"},
)


def element(definition: Json, value: Any = None) -> Json:
    """How a record shows one custom item."""
    key = VALUE_KEYS.get(definition["itemType"], "value")
    shown = {k: v for k, v in definition.items() if k != "options"}
    return shown if definition["itemType"] == "label" else {**shown, key: value or EMPTY.get(definition["itemType"])}


def blank(world: World, noun: str) -> list[Json]:
    return [element(one) for one in world.state["customs"][noun]]


# ---------------------------------------------------------------- seed


def _state(seed: int, now: datetime) -> Json:
    dice = Random(f"{seed}:senses")
    state: Json = {
        "settings": {},
        "keys": [DEMO_KEY],
        "types": [
            _type(1, "新規", ("アプローチ", "提案", "見積提出", "受注", "失注", "保留"), ("本体", "クラウド")),
            _type(2, "既存・更新", ("提案", "受注", "失注"), ("更新", "追加")),
        ],
        "industries": _named(11, "製造業", "情報通信業", "卸売業", "小売業", "建設業", "サービス業"),
        "roles": _named(21, "東日本営業部", "西日本営業部"),
        "customs": _customs(),
        "tables": {"users": {}, "customers": {}, "contacts": {}, "deals": {}, "actions": {}},
        "numbers": {},
    }
    began = now - timedelta(days=400)
    people = (("青空 花子", "hanako", False), ("海野 太郎", "taro", False), ("元 社員", "moto", True))
    for id, (name, mail, deleted) in enumerate(people, 51):
        user = {"id": id, "name": name, "email": f"{mail}@aozora.example.jp", "deleted": deleted}
        state["tables"]["users"][str(id)] = user
    for n, company in enumerate(companies(seed, 60)):
        made = began + timedelta(days=n * 5, minutes=dice.randint(0, 600))
        customer = _customer(state, company, n, dice, made)
        if n % 3 != 2:
            _contact(state, company, customer, made)
        if n % 2 == 0:
            _deal(state, customer, n, dice, made)
    state["numbers"] = {name: max(map(int, table), default=0) for name, table in state["tables"].items()}
    return state


def _filled(state: Json, noun: str, values: dict[int, Any]) -> list[Json]:
    return [element(one, values.get(one[f"{noun}CustomItemId"])) for one in state["customs"][noun]]


def _times(made: datetime) -> Json:
    return {"createdAt": stamp(made), "updatedAt": stamp(made + timedelta(days=2))}


def _customer(state: Json, company: Any, n: int, dice: Random, made: datetime) -> Json:
    values = {
        70001: f"C{company.number + 1:05}",
        70002: company.registration,
        70003: company.zip,
        70004: dice.choice([None, 500_000, 3_000_000]),
        70005: dice.choice([None, 2.5]),
        70006: f"{made.date().isoformat()}T00:00:00+09:00" if n % 4 else None,
        70008: {"id": 700081, "label": "振込"} if n % 3 else None,
        70010: "1,234,000",
    }
    row = {
        "id": 1001 + n,
        "name": company.spelling(n % 7),
        "address": f"{company.prefecture}{company.city} {company.building}".strip(),
        "telNo": company.phone,
        "webUrl": f"https://{company.romaji}.example.jp/",
        "employee": dice.choice([None, 12, 80, 450]),
        "capital": dice.choice([None, 10_000_000, 50_000_000]),
        "closingMonth": dice.choice([None, 3, 9, 12]),
        "establishYear": dice.choice([None, 1958, 1999]),
        "industry": dice.choice([None, *state["industries"]]),
        "ownerRole": dice.choice([None, *state["roles"]]),
        "companyNum": None,
        "customerCustoms": _filled(state, "customer", values),
        **_times(made),
    }
    state["tables"]["customers"][str(row["id"])] = row
    return row


def _contact(state: Json, company: Any, customer: Json, made: datetime) -> None:
    number = 3001 + len(state["tables"]["contacts"])
    state["tables"]["contacts"][str(number)] = {
        "id": number,
        "name": company.contact,
        "customer": {"id": customer["id"], "name": customer["name"]},
        "email": company.email,
        "tel": company.phone,
        "mobileTel": None,
        "dept": "経理部",
        "position": "課長",
        "address": None,
        "contactCustoms": _filled(state, "contact", {}),
        **_times(made),
    }


def _deal(state: Json, customer: Json, n: int, dice: Random, made: datetime) -> None:
    number, kind = 5001 + len(state["tables"]["deals"]), state["types"][n % 4 // 2]
    lines = (
        [_line(state, one, number * 10 + m, dice) for m, one in enumerate(LINE_MASTERS[: n % 3 + 1])] if n % 6 else []
    )
    row = {
        "id": number,
        "name": f"{customer['name']} {dice.choice(['導入', '更新', '追加発注'])}",
        "dealCode": f"D-{number:05}",
        "dealType": {"id": kind["id"], "name": kind["name"]},
        "customer": {"id": customer["id"], "name": customer["name"]},
        **{name: _of(dice.choice(kind[plural])) for name, plural in MASTERS.items()},
        "user": {"id": 51 + n % 2, "name": state["tables"]["users"][str(51 + n % 2)]["name"]},
        "expectedContractDate": (made + timedelta(days=60)).date().isoformat(),
        "amount": sum(line["subtotal"] for line in lines) or dice.choice([None, 480_000, 1_200_000]),
        "totalCost": sum(line["cost"] * line["quantity"] for line in lines) if lines else None,
        "totalProfit": None,
        "reason": {"id": 1, "name": "予算"} if n % 7 == 0 else None,
        "phaseStayDays": [],
        "closingLeadtime": None,
        "fromEmail": None,
        "dealCustoms": _filled(state, "deal", {80085: f"{made.date().isoformat()}T00:00:00+09:00"}),
        "dealProductDetails": lines,
        **_times(made),
    }
    state["tables"]["deals"][str(number)] = row
    state["tables"]["actions"][str(number)] = {
        "id": number,
        "startDatetime": stamp(made),
        "endDatetime": stamp(made + timedelta(hours=1)),
        "active": True,
        "syncCalendar": False,
        "preNote": "見積の確認",
        "result": None,
        "extraResult": None,
        "pattern": {"id": 1, "name": "訪問"},
        "purpose": {"id": 1, "name": "提案"},
        "deal": {"id": number, "name": row["name"]},
        "creator": {"id": 51, "name": "青空 花子"},
        "invitees": [],
        **_times(made),
    }


MASTERS = {"phase": "phases", "product": "products", "probability": "probabilities", "channel": "channels"}


def _of(master: Json) -> Json:
    return {"id": master["id"], "name": master["name"]}


def _line(state: Json, master: Json, number: int, dice: Random) -> Json:
    quantity = dice.choice([1, 2, 12]) if master["billingCycle"] == "月額" else 1
    return {
        "id": number,
        "dealProductDetailTypeId": master["id"],
        **{k: master[k] for k in ("name", "price", "cost", "unit", "billingCycle")},
        "quantity": quantity,
        "subtotal": master["price"] * quantity,
        "dealProductDetailCustoms": _filled(state, "dealProductDetail", {90001: "2026-10"}),
    }
