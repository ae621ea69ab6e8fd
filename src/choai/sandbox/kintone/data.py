"""The demo environment: users, tokens, OAuth client and believable records, always the same for one seed.

Logins (password ``choai-demo``): ``sato`` is an administrator, ``suzuki`` a user, ``tanaka`` may only look and may not use the
OAuth client. Every app has one API token (``token(app)``) that may view, add and edit; ``token(app, "view")`` may only view.
The OAuth client takes any loopback redirect address.
"""

from __future__ import annotations

import string
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.kintone import calc, catalog, fields
from choai.sandbox.kintone.site import SYSTEM, Json, stamp
from choai.sandbox.people import CompanyIdentity, companies, segment_names, tag_names

PASSWORD = "choai-demo"
DEMO_CLIENT_ID = "l.1.choai7demo3kq9wz5m2x8b4t"
DEMO_CLIENT_SECRET = "zV4mT8qYc2NwK7xJ5bRf9LhG3sPd6EaU1oWi0yXtQnBvMrCk8HjZ2lAg7SeDpF4u"
SHARED, OWN, FREEE = 380, 100, 520  # partners on both sides; ours alone; where ours alone begin
SALES = ("sato", "suzuki", "tanaka")


def token(app: str, kind: str = "edit") -> str:
    """The demo's API token of an app; the same in every world."""
    return "".join(Random(f"token:{app}:{kind}").choices(string.ascii_letters + string.digits, k=40))


def new_world(file: Path | None, seed: int = 1) -> World:
    """A fresh environment, or the one saved in ``file``."""
    saved = file is not None and file.exists()
    return World("kintone", {} if saved else seeded(seed), file=file)


def seeded(seed: int) -> Json:
    now = datetime.now(UTC)
    state = empty(now)
    people = companies(seed, FREEE + OWN)
    _partners(state, [*people[:SHARED], *people[FREEE:]], seed, now)
    tags = tag_names()
    _names(state, catalog.TAG, [*tags[:40], *tags[64:88]], seed, now)
    for axis, app in catalog.SEGMENT.items():
        names = segment_names(axis)
        _names(state, app, [*names[:20], *names[30:36]], seed, now)
    _deals(state, people[:SHARED], seed, now)
    _guests(state, people[FREEE + 60 :], now)
    return state


def empty(now: datetime) -> Json:
    """The environment without records."""
    apps = {
        n: _app(n, *definition, now=now) for n, definition in sorted(catalog.apps().items(), key=lambda a: int(a[0]))
    }
    tokens = {token(n): {"app": n, "permissions": ["view", "add", "edit"]} for n in apps}
    tokens |= {token(n, "view"): {"app": n, "permissions": ["view"]} for n in apps}
    return {
        "apps": apps,
        "tokens": tokens,
        "users": {
            "Administrator": {"code": "Administrator", "name": "Administrator"},
            "sato": {"code": "sato", "name": "佐藤 花子", "password": PASSWORD, "admin": True, "guest_spaces": ["3"]},
            "suzuki": {"code": "suzuki", "name": "鈴木 一郎", "password": PASSWORD, "guest_spaces": []},
            "tanaka": {
                "code": "tanaka",
                "name": "田中 美咲",
                "password": PASSWORD,
                "apps": {n: ["view"] for n in apps},
            },
        },
        "clients": {
            DEMO_CLIENT_ID: {
                "name": "Choai（帳合）",
                "secret": DEMO_CLIENT_SECRET,
                "redirect_uris": [],
                "any_loopback": True,
                "users": ["sato", "suzuki"],
            }
        },
        "codes": {},
        "access": {},
        "refresh": {},
        "settings": {},
    }


def _app(id: str, name: str, english: str, description: str, definition: list[Any], *, now: datetime) -> Json:
    labels = {f[0]: f[2] for f in definition}
    for field in definition:
        labels |= {inner[0]: inner[2] for inner in (field[3] if len(field) > 3 else ())}
    states = [{"name": n, "assignee": {"type": "ONE", "entities": []}} for n in ("未処理", "承認待ち", "承認済")]
    actions = [
        {"name": "申請する", "from": "未処理", "to": "承認待ち", "filterCond": "", "type": "PRIMARY"},
        {"name": "承認する", "from": "承認待ち", "to": "承認済", "filterCond": "", "type": "PRIMARY"},
    ]
    return {
        "id": id,
        "name": name,
        "name_en": english,
        "code": "",
        "description": description,
        "guest_space": catalog.GUEST_SPACE if id == catalog.GUEST else None,
        "revision": 4,
        "fields": {f[0]: f[1] for f in definition},
        "en": labels,
        "records": {},
        "next_record": 1,
        "next_row": 0,
        "status": {"enable": False, "first": "未処理", "states": states, "actions": actions},
        "pending": None,
        "created": stamp(now - timedelta(days=420)),
        "modified": stamp(now - timedelta(days=40)),
    }


def put(app: Json, values: Json, updated: datetime, user: str = "sato") -> Json:
    """Add a record as it stands, without checks: what is not given is empty or the default."""
    full = {}
    for code, props in app["fields"].items():
        if props["type"] in SYSTEM or props["type"] in ("REFERENCE_TABLE", "CATEGORY"):
            continue
        full[code] = values.get(code, copy(props.get("defaultValue")) or fields.empty(props))
    for code, props in app["fields"].items():
        if props["type"] == "SUBTABLE":
            full[code] = [{"id": _row(app), "value": row} for row in values.get(code, [])]
    calc.fill(app["fields"], full)
    number = app["next_record"]
    record = {
        "id": number,
        "rev": 1,
        "created": stamp(updated - timedelta(days=number % 90)),
        "updated": stamp(updated),
        "creator": user,
        "modifier": user,
        "values": full,
    }
    app["records"][str(number)] = record
    app["next_record"] += 1
    return record


def _row(app: Json) -> str:
    app["next_row"] += 1
    return str(app["next_row"])


def _partners(state: Json, people: list[CompanyIdentity], seed: int, now: datetime) -> None:
    """None is linked yet. Of those that freee also has, every second one is spelled or filled in differently."""
    app = state["apps"][catalog.PARTNER]
    dice = Random(f"{seed}:kintone:partners")
    taken: set[str] = set()
    for person in people:
        shared = person.number < SHARED
        name = person.name if not shared or dice.random() < 0.5 else person.spelling(dice.randrange(7))
        if name in taken:
            name = person.name
        taken.add(name)
        values = _partner(state, person, name, dice)
        if shared and dice.random() < 0.3:
            _differ(values, dice)
        put(
            app,
            values,
            now - timedelta(days=dice.randint(1, 150), minutes=dice.randint(0, 1400)),
            dice.choice(SALES[:2]),
        )


def _partner(state: Json, person: CompanyIdentity, name: str, dice: Random) -> Json:
    seller = dice.choice(SALES)
    contacts = [
        {
            "氏名": person.contact,
            "部署": dice.choice(["経理部", "総務部", "営業部", "購買部"]),
            "内線": "",
            "担当者メール": person.email,
        }
    ]
    return {
        "取引先名": name,
        "取引先コード": f"C{person.number + 1:05d}" if dice.random() < 0.6 else "",
        "カナ": person.kana,
        "正式名称": person.name,
        "敬称": person.title,
        "郵便番号": person.zip,
        "都道府県": person.prefecture,
        "市区町村番地": person.city,
        "建物名": person.building,
        "電話番号": person.phone,
        "メールアドレス": person.email,
        "担当者名": person.contact,
        "登録番号": person.registration,
        "事業所種別": "法人" if person.form else "個人",
        "顧客ランク": person.rank,
        "備考": dice.choice(
            ["", "", "", "月末締め翌月末払い\n請求書は郵送", "担当変更あり。次回訪問時に挨拶", "検収書の控えが必要"]
        ),
        "担当営業": [{"code": seller, "name": state["users"][seller]["name"]}],
        "担当者一覧": contacts if dice.random() < 0.4 else [],
    }


def _differ(values: Json, dice: Random) -> None:
    """What people leave out or type differently."""
    for code in dice.sample(["カナ", "建物名", "電話番号", "担当者名", "登録番号", "メールアドレス"], k=2):
        values[code] = ""
    if values["電話番号"]:
        values["電話番号"] = values["電話番号"].replace("-", "")
    if dice.random() < 0.3:
        values["郵便番号"] = values["郵便番号"].replace("-", "")


def _names(state: Json, app: str, names: list[str], seed: int, now: datetime) -> None:
    dice = Random(f"{seed}:kintone:{app}")
    segment = app != catalog.TAG
    for at, name in enumerate(names):
        values: Json = {
            "名前": name,
            "ショートカット1": f"{'s' if segment else 't'}{at + 1:02d}" if at % 3 == 0 else "",
        }
        if segment and at % 4 == 0:
            values["備考"] = "期初に見直し"
        put(state["apps"][app], values, now - timedelta(days=dice.randint(1, 120), minutes=dice.randint(0, 1400)))


_GOODS = (
    ("システム保守（月額）", "式", 48000),
    ("導入支援", "時間", 12000),
    ("ノートパソコン", "台", 138000),
    ("ネットワーク工事", "式", 220000),
    ("操作研修", "回", 65000),
    ("コピー用紙A4", "箱", 2480),
    ("名刺印刷", "組", 3300),
    ("ライセンス（年額）", "本", 19800),
)


def _deals(state: Json, people: list[CompanyIdentity], seed: int, now: datetime) -> None:
    app = state["apps"][catalog.DEAL]
    partners = list(state["apps"][catalog.PARTNER]["records"].values())
    dice = Random(f"{seed}:kintone:deals")
    for _ in range(60):
        partner = partners[dice.randrange(len(people))]["values"]
        expected = (now + timedelta(days=dice.randint(-60, 90))).date()
        status = dice.choice(["商談中", "商談中", "受注", "納品済", "請求済", "失注"])
        seller = dice.choice(SALES)
        values = {
            "案件名": f"{partner['取引先名']} {dice.choice(['保守更新', '新規導入', '増設', '研修', '消耗品納入'])}",
            "取引先": partner["取引先名"],
            "連絡先電話": partner["電話番号"],
            "請求先敬称": partner["敬称"],
            "状態": status,
            "見込日": expected.isoformat(),
            "受注日": (expected - timedelta(days=7)).isoformat() if status not in ("商談中", "失注") else None,
            "請求予定日": (expected + timedelta(days=20)).isoformat() if status in ("受注", "納品済") else None,
            "部門タグ": dice.sample(["新規", "継続", "紹介", "展示会"], k=dice.randint(0, 2)),
            "担当": [{"code": seller, "name": state["users"][seller]["name"]}],
            "明細": [_line(dice) for _ in range(dice.randint(1, 4))],
        }
        put(app, values, now - timedelta(days=dice.randint(1, 50), minutes=dice.randint(0, 1400)))


def _line(dice: Random) -> Json:
    name, unit, price = dice.choice(_GOODS)
    return {"品名": name, "数量": str(dice.randint(1, 12)), "単位": unit, "単価": str(price), "税率": "10%"}


def _guests(state: Json, people: list[CompanyIdentity], now: datetime) -> None:
    for person in people[:12]:
        values = {"会社名": person.name, "担当": person.contact, "連絡事項": "作業日程をご確認ください。"}
        put(state["apps"][catalog.GUEST], values, now - timedelta(days=person.number % 30 + 1))
