"""The query language of the kintone imitation: what each type allows, what the functions mean, which error comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from choai.sandbox.kintone import DEAL, PARTNER
from choai.sandbox.kintone.query import Call, Condition, Group, parse
from sandbox.kintone_client import Client, cells, client
from servers import Sandbox

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # a Tuesday noon in Tokyo


@pytest.fixture
async def deals(kintone_sandbox: Sandbox) -> AsyncIterator[Client]:
    """Four deals, ids 1 to 4, in an otherwise empty app."""
    world = kintone_sandbox.world
    world.frozen = NOW
    app = world.state["apps"][DEAL]
    app["records"].clear()
    app["next_record"] = 1
    rows: list[dict[str, Any]] = [
        {
            "案件名": "保守 更新",
            "状態": "受注",
            "見込日": "2026-03-10",
            "部門タグ": ["新規"],
            "担当": [{"code": "sato"}],
        },
        {"案件名": "新規 導入", "状態": "商談中", "見込日": "2026-02-28", "部門タグ": ["新規", "紹介"]},
        {"案件名": 'a"b\\c', "状態": "失注", "見込日": None, "メモ": "三行\n目"},
        {"案件名": "研修", "状態": "受注", "見込日": "2026-04-01", "次回訪問": "2026-03-09T15:00:00Z"},
    ]
    rows[0]["明細"] = [line("PC", 3), line("保守", 1)]
    rows[1]["明細"] = [line("PC", 1), line("保守", 3)]
    async with client(kintone_sandbox) as box:
        answer = await box.of(DEAL).send("POST", "records.json", app=DEAL, records=[cells(**r) for r in rows])
        assert answer.status == 200, answer.text
        yield box.of(DEAL)


def line(name: str, count: int) -> dict[str, Any]:
    return {"value": cells(品名=name, 数量=str(count), 単価="100")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [4, 3, 2, 1]),
        ("order by $id asc", [1, 2, 3, 4]),
        ('$id > "2" order by $id asc', [3, 4]),
        ("$id >= 2 and $id < 4", [3, 2]),
        ('$id in ("1","4","99")', [4, 1]),
        ('$id not in ("1")', [4, 3, 2]),
        ('レコード番号 = "2"', [2]),
        ('案件名 = "研修"', [4]),
        ('案件名 != "研修"', [3, 2, 1]),
        ('案件名 in ("研修", "保守 更新")', [4, 1]),
        ('案件名 = "a\\"b\\\\c"', [3]),
        ('案件名 like "新規"', [2]),
        ('案件名 not like "新規"', [4, 3, 1]),
        ('案件名 like "a"', []),  # one ASCII character finds nothing
        ("メモ is not empty", [3]),
        ("メモ is empty", [4, 2, 1]),
        ('状態 in ("受注") and 部門タグ in ("新規")', [1]),
        ('状態 in ("受注") or 状態 in ("失注")', [4, 3, 1]),
        ('(状態 in ("受注") or 状態 in ("失注")) and $id < "4"', [3, 1]),
        ('状態 in ("受注") or 状態 in ("失注") and $id < "2"', [4, 1]),  # and binds tighter
        ('部門タグ in ("")', [4, 3]),
        ('部門タグ not in ("紹介")', [4, 3, 1]),
        ('担当 in ("sato")', [1]),
        ('見込日 = ""', [3]),
        ('見込日 > "2026-02-28"', [4, 1]),
        ("見込日 = TODAY()", [1]),
        ("見込日 = THIS_MONTH()", [1]),
        ("見込日 = NEXT_MONTH(1)", [4]),
        ("見込日 = LAST_MONTH(LAST)", [2]),
        ("見込日 < THIS_MONTH()", [2]),
        ("見込日 > THIS_MONTH()", [4]),
        ("見込日 = THIS_WEEK(TUESDAY)", [1]),
        ("見込日 = FROM_TODAY(-10, DAYS)", [2]),
        ("見込日 >= THIS_YEAR()", [4, 2, 1]),
        ("次回訪問 = TODAY()", [4]),  # midnight in Tokyo
        ('次回訪問 = "2026-03-10T00:00:00+0900"', [4]),
        ('更新日時 >= "2026-03-10T03:00:00Z"', [4, 3, 2, 1]),
        ('更新日時 > "2026-03-10T03:00:00Z"', []),
        ("更新日時 <= NOW()", [4, 3, 2, 1]),
        ('小計 >= "400"', [2, 1]),
        ('品名 in ("PC")', [2, 1]),
        ('品名 in ("PC") and 数量 in ("3")', [1]),  # in the same row
        ('品名 not in ("PC")', []),  # every row, and at least one
        ('品名 not in ("机")', [2, 1]),
        ('品名 like "保守" and 数量 > "2"', [2]),
        ("order by 見込日 desc, $id asc limit 2 offset 1", [1, 2]),
        ("order by 小計 desc, $id asc limit 3", [1, 2, 3]),
        ('　状態\tin\n("失注")　', [3]),  # full-width spaces are spaces
    ],
)
async def test_answers(deals: Client, query: str, found: list[int]) -> None:
    assert await deals.ids(DEAL, query) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('状態 = "受注"', "GAIA_IQ03"),
        ('メモ = "x"', "GAIA_IQ03"),
        ('見込日 in ("2026-01-01")', "GAIA_IQ03"),
        ('明細 in ("x")', "GAIA_IQ03"),
        ('数量 = "3"', "GAIA_IQ07"),
        ('無い = "1"', "GAIA_IQ11"),
        ('取引先.会社 = "1"', "GAIA_IR02"),
        ("案件名 = TODAY()", "GAIA_IQ10"),
        ("見込日 = NOW()", "GAIA_IQ10"),
        ("見込日 = TODAY(1)", "GAIA_IL08"),
        ("見込日 = THIS_MONTH(40)", "GAIA_IQ23"),
        ("見込日 = FROM_TODAY(x, DAYS)", "GAIA_IQ23"),
        ("見込日 = FROM_TODAY(1, HOURS)", "GAIA_IQ25"),
        ("limit 501", "GAIA_QU01"),
        ("limit 1 offset 10001", "GAIA_QU02"),
        ("案件名 =", "CB_VA01"),
        ("案件名 = 'x'", "CB_VA01"),
        ('案件名 = "a\nb"', "CB_VA01"),  # a raw line end
        ('(案件名 = "x"', "CB_VA01"),
        ('$id = "x"', "CB_VA01"),
        ("order by", "CB_VA01"),
        ('案件名 = "x" limit', "CB_VA01"),
    ],
)
async def test_errors(deals: Client, query: str, code: str) -> None:
    answer = await deals.get("records.json", app=DEAL, query=query)
    assert (answer.status, answer.code) == (400, code)
    if code == "CB_VA01":
        assert answer.errors == {"query": ["クエリ記法が間違っています。"]}


async def test_related_records(kintone_sandbox: Sandbox) -> None:
    async with client(kintone_sandbox) as box:
        both = box.of(PARTNER, DEAL)
        found = await both.ids(PARTNER, '関連案件.状態 in ("受注") limit 500')
        deals = kintone_sandbox.world.state["apps"][DEAL]["records"].values()
        names = {d["values"]["取引先"] for d in deals if d["values"]["状態"] == "受注"}
        partners = kintone_sandbox.world.state["apps"][PARTNER]["records"].values()
        assert sorted(found) == [p["id"] for p in partners if p["values"]["取引先名"] in names]
        alone = await box.of(PARTNER).get("records.json", app=PARTNER, query='関連案件.状態 in ("受注")')
        assert alone.code == "GAIA_IA02"


async def test_a_search_that_gave_up_says_so_in_a_header(kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.switch("warning", match="records.json")
    async with client(kintone_sandbox) as box:
        answer = await box.of(PARTNER).get("records.json", app=PARTNER, query='取引先名 like "商事"')
    assert answer.status == 200
    assert "Filter aborted" in answer.headers["x-cybozu-warning"]


async def test_total_counts_and_fields(deals: Client) -> None:
    answer = await deals.get(
        "records.json", app=DEAL, query="limit 1", fields=["案件名", "品名", "無い"], totalCount="true"
    )
    assert answer.data["totalCount"] == "4"
    assert list(answer.data["records"][0]) == ["案件名"]
    assert (await deals.get("records.json", app=DEAL)).data["totalCount"] is None


def test_the_tree() -> None:
    query = parse('a = "1" and (b in (LOGINUSER(), "x") or c not like "y") order by d desc limit 5 offset 2')
    assert query.where == Group(
        "and",
        (
            Condition("a", "=", ("1",)),
            Group("or", (Condition("b", "in", (Call("LOGINUSER", ()), "x")), Condition("c", "not like", ("y",)))),
        ),
    )
    assert (query.order, query.limit, query.offset) == ([("d", True)], 5, 2)
