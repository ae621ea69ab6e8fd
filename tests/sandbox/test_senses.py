"""The imitation of Mazrica Sales: what it enforces, seen by a plain client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from choai.sandbox import senses
from servers import Sandbox, sandbox

Json = dict[str, Any]
NESTED: Json = {
    "name": "A社 導入", "dealType": {"id": 1}, "customer": {"id": 1001}, "phase": {"id": 101}, "product": {"id": 121},
    "probability": {"id": 141}, "channel": {"id": 161}, "user": {"id": 51},
    "expectedContractDate": "2026-04-11", "amount": 1_200_000,
}  # fmt: skip
FLAT: Json = {
    k if not isinstance(v, dict) else f"{k}Id": v["id"] if isinstance(v, dict) else v for k, v in NESTED.items()
}


class Client:
    def __init__(self, http: aiohttp.ClientSession, box: Sandbox) -> None:
        self.http, self.box, self.key = http, box, senses.DEMO_KEY

    async def __call__(self, method: str, path: str, json: Any = None, **query: Any) -> tuple[int, Any]:
        address = f"{self.box.base_url}/v1/{path}"
        params = {k: str(v) for k, v in query.items()}
        async with self.http.request(
            method, address, json=json, params=params, headers={"x-api-key": self.key}
        ) as response:
            return response.status, await response.json() if await response.read() else None


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(senses) as running:
        yield running


@pytest.fixture
async def call(box: Sandbox) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, box)


async def test_a_key_opens_and_the_plan_must_have_the_api(call: Client, box: Sandbox) -> None:
    assert (await call("GET", "domains/settings"))[0] == 200
    call.key = "other"
    assert await call("GET", "domains/settings") == (403, {"message": "Forbidden"})
    call.key = senses.DEMO_KEY
    box.world.state["settings"]["plan"] = "starter"
    assert (await call("GET", "customers"))[0] == 403


async def test_pages_totals_and_the_usual_order(call: Client) -> None:
    status, told = await call("GET", "customers", page=2, limit=25)
    assert (status, told["page"], told["totalCount"], len(told["customers"])) == (200, 2, 60, 25)
    _, first = await call("GET", "customers")
    assert len(first["customers"]) == 60
    stamps = [row["updatedAt"] for row in first["customers"]]
    assert stamps == sorted(stamps, reverse=True)
    assert all(stamp.endswith("+09:00") for stamp in stamps)
    assert (await call("GET", "customers", page=9))[1]["customers"] == []
    assert (await call("GET", "customers", page=0))[0] == 400


async def test_sorting_by_several_keys(call: Client) -> None:
    _, told = await call("GET", "deals", sort="-createdAt,id")
    keys = [(row["createdAt"], -row["id"]) for row in told["deals"]]
    assert keys == sorted(keys, reverse=True)
    assert (await call("GET", "deals", sort="name"))[0] == 400


async def test_the_filter_by_date_of_change_reads_times_without_zone_as_japanese(call: Client, box: Sandbox) -> None:
    senses.edit(box.world, "customers", "1005", {"telNo": "03-0000-0000"})
    stamp = box.world.state["tables"]["customers"]["1005"]["updatedAt"]
    for start in (stamp, stamp.removesuffix("+09:00")):
        _, told = await call("GET", "customers", updatedAtFrom=start)
        assert [row["id"] for row in told["customers"]] == [1005]
    _, before = await call("GET", "customers", updatedAtTo="2000-01-01T00:00:00")
    assert before["totalCount"] == 0
    assert (await call("GET", "customers", updatedAtFrom="yesterday"))[0] == 400


async def test_the_search_word_is_part_of_names(call: Client, box: Sandbox) -> None:
    customer = box.world.state["tables"]["customers"]["1001"]
    _, customers = await call("GET", "customers", searchWord=customer["name"][1:3])
    assert 1001 in {row["id"] for row in customers["customers"]}
    _, deals = await call("GET", "deals", searchWord=customer["name"])
    assert {row["customer"]["id"] for row in deals["deals"]} == {1001}
    _, typed = await call("GET", "deals", dealTypeId=2)
    assert {row["dealType"]["id"] for row in typed["deals"]} == {2}


async def test_users_have_pages_of_their_own_and_hide_the_deleted(call: Client) -> None:
    assert [u["id"] for u in (await call("GET", "users"))[1]["users"]] == [51, 52]
    assert len((await call("GET", "users", deleted=1, limit=1))[1]["users"]) == 3
    _, one = await call("GET", "users", email="taro@aozora.example.jp")
    assert [u["id"] for u in one["users"]] == [52]


def _value(reference: str, kind: str, value: Any, operator: str = "=") -> Json:
    return {"valueFilter": {"field": {"reference": reference}, "comparisonOperator": operator, "value": {kind: value}}}


async def test_the_search_for_deals(call: Client, box: Sandbox) -> None:
    deal = box.world.state["tables"]["deals"]["5001"]
    both = [_value("customerId", "integerValue", deal["customer"]["id"]), _value("name", "stringValue", deal["name"])]
    body = {"filter": {"compositeFilter": {"logicalOperator": "AND", "subFilters": both}}, "limit": 10}
    assert [d["id"] for d in (await call("POST", "deals/search", body))[1]["deals"]] == [5001]
    none = {"filter": _value("name", "stringValue", deal["name"][:-1])}
    assert (await call("POST", "deals/search", none))[1]["deals"] == []
    for wrong in (_value("name", "stringValue", "x", "LIKE"), _value("amount", "integerValue", 1), {"x": 1}):
        assert (await call("POST", "deals/search", {"filter": wrong}))[0] == 400


@pytest.mark.parametrize("body", [NESTED, FLAT], ids=["nested", "flat"])
async def test_both_forms_of_a_deal_answer_nested(call: Client, body: Json) -> None:
    status, made = await call("POST", "deals", body)
    assert status == 201
    assert made["phase"] == {"id": 101, "name": "アプローチ"}
    assert made["dealProductDetails"] == []
    status, changed = await call("PATCH", f"deals/{made['id']}", {"phaseId": 104})
    assert (status, changed["phase"]["name"], changed["name"]) == (200, "受注", "A社 導入")


@pytest.mark.parametrize("missing", [k for k in NESTED if k != "amount"])
async def test_nine_fields_of_a_deal_are_required(call: Client, missing: str) -> None:
    status, told = await call("POST", "deals", {k: v for k, v in NESTED.items() if k != missing})
    assert (status, told["errors"]) == (400, [{"field": missing, "message": "required"}])


@pytest.mark.parametrize(
    "wrong",
    [
        {"phase": {"id": 202}}, {"customer": {"id": 1}}, {"user": {"id": 53}}, {"expectedContractDate": "2026/04/11"},
        {"amount": "1"}, {"amount": 1.5}, {"dealProductDetails": []}, {"name": ""}, {"channel": None}, {"memo": "x"},
    ],
)  # fmt: skip
async def test_what_a_deal_may_not_hold(call: Client, box: Sandbox, wrong: Json) -> None:
    before = len(box.world.state["tables"]["deals"])
    assert (await call("POST", "deals", {**NESTED, **wrong}))[0] == 400
    assert len(box.world.state["tables"]["deals"]) == before


async def test_reading_and_writing_have_different_names(call: Client) -> None:
    status, made = await call(
        "POST", "customers", {"name": "株式会社X", "industryId": 11, "ownerRoleId": 21, "closingMonth": 3}
    )
    assert (status, made["industry"]["name"], made["ownerRole"]["id"]) == (201, "製造業", 21)
    _, changed = await call("PATCH", f"customers/{made['id']}", {"ownerRoleId": 0, "telNo": ""})
    assert (changed["ownerRole"], changed["telNo"], changed["closingMonth"]) == (None, None, 3)
    refused: tuple[Any, ...] = (
        {"industry": {"id": 11}},
        {"industryId": 99},
        {"closingMonth": 13},
        {"name": None},
        {"tel": "1"},
        [],
    )
    for wrong in refused:
        assert (await call("PATCH", f"customers/{made['id']}", wrong))[0] == 400, wrong
    _, contact = await call("POST", "contacts", {"name": "青空 花子", "customerId": made["id"], "tel": "03-0000-0000"})
    assert contact["customer"] == {"id": made["id"], "name": "株式会社X"}


async def test_nothing_is_unique(call: Client) -> None:
    first, second = [(await call("POST", "customers", {"name": "同名"}))[1]["id"] for _ in range(2)]
    assert first != second


async def test_custom_items_keep_their_types(call: Client) -> None:
    def item(id: int, **value: Any) -> Json:
        return {"customerCustoms": [{"customerCustomItemId": id, **value}]}

    good: list[tuple[int, Json]] = [
        (70001, {"text": "C1"}), (70004, {"number": 5}), (70005, {"decimalNumber": 2.5}),
        (70006, {"datetime": "2026-04-06T00:00:00+09:00"}), (70007, {"url": "https://example.jp/"}),
        (70008, {"selectedOption": {"id": 700082}}), (70009, {"selectedOptions": [{"id": 700091}]}), (70001, {"text": None}),
    ]  # fmt: skip
    for id, value in good:
        assert (await call("PATCH", "customers/1001", item(id, **value)))[0] == 200, value
    _, row = await call("GET", "customers/1001")
    held = {one["customerCustomItemId"]: one for one in row["customerCustoms"]}
    assert held[70008]["selectedOption"] == {"id": 700082, "label": "口座振替"}
    assert held[70004]["number"] == 5
    assert "value" not in held[70011]
    bad: list[tuple[int, Json]] = [
        (70001, {"number": 5}), (70004, {"number": "5"}), (70006, {"datetime": "2026-04-06"}), (70007, {"url": "x"}),
        (70008, {"selectedOption": {"id": 1}}), (70010, {"value": "1"}), (1, {"text": "x"}),
    ]  # fmt: skip
    for id, value in bad:
        assert (await call("PATCH", "customers/1001", item(id, **value)))[0] == 400, value


async def test_deleting_a_customer_takes_its_children(call: Client, box: Sandbox) -> None:
    tables = box.world.state["tables"]
    assert (await call("DELETE", "customers/1001"))[0] == 204
    assert (await call("GET", "customers/1001")) == (404, {"message": "Not Found"})
    assert not [c for c in tables["contacts"].values() if c["customer"]["id"] == 1001]
    assert not [d for d in tables["deals"].values() if d["customer"]["id"] == 1001]
    assert {a["deal"]["id"] for a in tables["actions"].values()} == {d["id"] for d in tables["deals"].values()}
    assert (await call("DELETE", "contacts/3002"))[0] == 403  # no such address


async def test_the_bucket_holds_a_hundred_and_fills_by_three_a_second(call: Client, box: Sandbox) -> None:
    box.world.frozen = box.world.now()
    told = [(await call("GET", "deal_setting/deal_types"))[0] for _ in range(101)]
    assert told == [200] * 100 + [429]
    assert (await call("GET", "users")) == (429, {"message": "Too Many Requests"})
    box.world.shift += timedelta(seconds=2)
    assert [(await call("GET", "users"))[0] for _ in range(7)] == [200] * 6 + [429]


async def test_the_day_ends_at_midnight_utc(call: Client, box: Sandbox) -> None:
    box.world.state["settings"]["limit_day"] = 2
    box.world.frozen = datetime(2026, 4, 1, 23, 59, tzinfo=UTC)
    assert [(await call("GET", "users"))[0] for _ in range(3)] == [200, 200, 429]
    box.world.frozen = datetime(2026, 4, 2, 0, 0, tzinfo=UTC)
    assert (await call("GET", "users"))[0] == 200


async def test_the_same_seed_makes_the_same_account() -> None:
    def names(seed: int) -> list[str]:
        return [row["name"] for row in senses.new_world(None, seed).state["tables"]["customers"].values()]

    assert names(1) == names(1) != names(2)


async def test_links_open_a_page(box: Sandbox) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{box.base_url}/screens/deals/5001") as page:
        assert "D-05001" in await page.text()
