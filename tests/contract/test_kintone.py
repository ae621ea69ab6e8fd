"""kintone under the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from choai.connectors.http import ServiceSession
from choai.connectors.kintone import queries
from choai.model.values import Ref, Row
from choai.sandbox import kintone
from choai.sandbox.core import World
from choai.sandbox.kintone import DEAL, GUEST, PARTNER, edit, token
from connectors.session import opened
from contract.case import Case, Ring, Subject, Values
from contract.suite import contract
from servers import Sandbox

APPS = (PARTNER, DEAL)


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    listed: list[dict[str, Any]] = [{"id": app} for app in (*APPS, f"{GUEST}@{kintone.GUEST_SPACE}")]
    secrets = {"apps": [{**app, "token": token(app["id"].partition("@")[0])} for app in listed]}
    settings = {"domain": "demo.cybozu.com", "base_url": box.base_url, "apps": listed}
    async with opened("kintone", settings, secrets=secrets) as session:
        yield session


def shrinks(patch: Any, rows: int) -> None:
    patch.setattr(queries, "PAGE", rows)


def partner(n: int) -> Values:
    return {
        "取引先名": f"契約試験{n:03}商事",
        "取引先コード": f"CT-{n:03}",
        "カナ": f"ケイヤクシケン{n:03}",
        "敬称": "様",
        "都道府県": "東京都",
        "メールアドレス": f"test{n}@example.jp",
        "事業所種別": "個人",
        "同期対象": ["同期する"],
        "顧客ランク": "A",
        "備考": "一行目\n二行目",
        "担当営業": [Ref("sato"), Ref("suzuki")],
        "担当者一覧": [
            Row(None, {"氏名": "青空 花子", "部署": "経理", "内線": "12", "担当者メール": "h@example.jp"}),
            Row(None, {"氏名": "𠮷野 太郎", "部署": None, "内線": None, "担当者メール": None}),
        ],
    }


def adds_field(world: World) -> str:
    app = world.state["apps"][PARTNER]
    app["fields"]["新項目"] = {**app["fields"]["カナ"], "code": "新項目", "label": "新項目"}
    app["revision"] = int(app["revision"]) + 1
    return "新項目"


def told(kind: str, **more: Any) -> bytes:
    return json.dumps({"id": "0123", "type": kind, "app": {"id": "1", "name": "取引先"}, **more}).encode()


def count(app: str) -> Any:
    return lambda world: len(world.state["apps"][app]["records"])


KINTONE = Case(
    service="kintone",
    sandbox=kintone,
    enters=enters,
    subjects=(
        Subject(
            object=f"app:{PARTNER}",
            new=partner,
            text="カナ",
            note="備考",
            key="取引先コード",
            wrong=lambda n: {"取引先名": ""},
            rows=count(PARTNER),
            edits=lambda world, number, text: edit(world, PARTNER, number, {"カナ": text}),
            erases=lambda world, number: world.state["apps"][PARTNER]["records"].pop(number),
            shrinks=shrinks,
            drifts=adds_field,
        ),
        Subject(
            object=f"app:{GUEST}@{kintone.GUEST_SPACE}",
            new=lambda n: {"会社名": f"契約試験{n:03}工業", "担当": "青空 花子", "連絡事項": "一行目\n二行目"},
            text="担当",
            note="連絡事項",
            key="会社名",
            wrong=lambda n: {"会社名": ""},
            rows=count(GUEST),
            edits=lambda world, number, text: edit(world, GUEST, number, {"担当": text}),
            erases=lambda world, number: world.state["apps"][GUEST]["records"].pop(number),
            shrinks=shrinks,
        ),
    ),
    secrets=lambda box: [token(app) for app in APPS],
    rings=(
        Ring(told("UPDATE_RECORD", record={"$id": {"type": "__ID__", "value": "5"}}), {"app:1": ["5"]}),
        Ring(told("DELETE_RECORD", recordId="6"), {"app:1": ["6"]}),
        Ring(told("ADD_RECORD_COMMENT", recordId="6"), {}),
        Ring(
            told("UPDATE_STATUS", record={}, url="https://example.cybozu.com/k/guest/3/1/show#record=7"),
            {"app:1@3": []},
            settings={"guest_spaces": "2, 3"},
        ),
        Ring(
            told("UPDATE_RECORD", record={"$id": {"type": "__ID__", "value": "5"}}),
            {"app:1@3": ["5"]},
            settings={"apps": [{"id": "2"}, {"id": "1@3"}]},
        ),
        Ring(b'{"app": {"id": "x"}, "type": "ADD_RECORD"}', None),
        Ring(b"not JSON", None),
    ),
    lacks={
        f"app:{GUEST}@{kintone.GUEST_SPACE}: a_new_field_changes_the_schema": "shown with the first app",
        "*: the_same_header_makes_one_record": "kintone has no idempotency header",
        "*: a_stamp_is_kept": "creates are upserts by a unique field",
        "*: every_action_does_what_it_says": "an app's actions are its owner's",
        "*: an_expired_token_in_the_middle_of_the_pages": "API tokens do not expire",
    },
)

TestKintone = contract(KINTONE)
