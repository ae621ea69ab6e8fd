"""The imitation of Zoho CRM enforces Zoho's rules."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from choai.sandbox import grants, zoho_crm
from choai.sandbox.zoho_crm import channels
from servers import Sandbox, sandbox

API = "/crm/v8"


class Client:
    def __init__(self, box: Sandbox, http: aiohttp.ClientSession) -> None:
        self.box, self.http = box, http
        self.state = box.world.state

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> tuple[int, Any]:
        """Status and JSON; None without a body."""
        query = {k: str(v) for k, v in query.items()}
        async with self.http.request(
            method, f"{self.box.base_url}{API}{path}", json=body, params=query, headers=headers
        ) as got:
            raw = await got.read()
            self.headers = {k.lower(): v for k, v in got.headers.items()}
            return got.status, json.loads(raw) if raw else None

    async def code(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        status, told = await self(method, path, body, **query)
        entry = told.get("data", [told])[0]
        return status, entry["code"]


@pytest.fixture
async def zoho() -> AsyncIterator[Client]:
    with sandbox(zoho_crm) as box:
        grant = grants.new_grant(box.world, zoho_crm.DEMO_CLIENT_ID, user=zoho_crm.USER)
        token = grants.issue(box.world, zoho_crm.RULES, grant)["access_token"]
        async with aiohttp.ClientSession(headers={"Authorization": f"Zoho-oauthtoken {token}"}) as http:
            yield Client(box, http)


async def test_a_token_of_the_right_scheme_and_scope_is_needed(zoho: Client) -> None:
    grant = grants.new_grant(zoho.box.world, zoho_crm.DEMO_CLIENT_ID, user=zoho_crm.USER, scope="ZohoCRM.org.READ")
    few = grants.issue(zoho.box.world, zoho_crm.RULES, grant)["access_token"]
    for scheme, status in (("Bearer", 401), ("Zoho-oauthtoken", 200)):
        assert (await zoho("GET", "/org", headers={"Authorization": f"{scheme} {few}"}))[0] == status
    status, told = await zoho("GET", "/users", headers={"Authorization": f"Zoho-oauthtoken {few}"})
    assert (status, told["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    assert (await zoho("GET", "/nothing/here/at/all"))[1]["code"] == "INVALID_URL_PATTERN"


async def test_lists_need_fields_and_end_at_their_limits(zoho: Client) -> None:
    assert await zoho.code("GET", "/Accounts") == (400, "REQUIRED_PARAM_MISSING")
    many = ",".join(f"F{n}" for n in range(51))
    assert await zoho.code("GET", "/Accounts", fields=many) == (400, "LIMIT_EXCEEDED")
    assert await zoho.code("GET", "/Accounts", fields="Phone", per_page=201) == (400, "INVALID_DATA")
    assert await zoho.code("GET", "/Accounts", fields="Phone", page=11) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert await zoho.code("GET", "/Accounts", fields="Phone", sort_by="Phone") == (400, "INVALID_DATA")
    assert await zoho.code("GET", "/Nothing", fields="Phone") == (400, "INVALID_MODULE")
    assert (await zoho("GET", "/Accounts", fields="Phone", ids="1"))[0] == 204
    later = {"If-Modified-Since": (zoho.box.world.now() + timedelta(hours=1)).isoformat()}
    assert await zoho("GET", "/Accounts", headers=later, fields="Phone") == (304, None)
    assert (await zoho("GET", "/Accounts/1")) == (204, None)


async def test_a_page_token_is_bound_to_its_list_and_its_day(zoho: Client) -> None:
    _, page = await zoho("GET", "/Accounts", fields="Phone", per_page=5)
    token = page["info"]["next_page_token"]
    _, second = await zoho("GET", "/Accounts", fields="Phone", per_page=5, page_token=token)
    assert not {r["id"] for r in page["data"]} & {r["id"] for r in second["data"]}
    again = {"fields": "Phone", "per_page": 5, "page_token": token}
    assert await zoho.code("GET", "/Accounts", **{**again, "fields": "Fax"}) == (400, "TOKEN_BOUND_DATA_MISMATCH")
    assert await zoho.code("GET", "/Accounts", **again, page=2) == (400, "AMBIGUITY_DURING_PROCESSING")
    assert await zoho.code("GET", "/Accounts", **{**again, "page_token": "x"}) == (400, "INVALID_DATA")
    zoho.state["settings"]["limit_tokened"] = 5
    assert await zoho.code("GET", "/Accounts", **again) == (400, "PAGINATION_LIMIT_EXCEEDED")
    for held in zoho.state["pages"].values():
        held["ends"] = (zoho.box.world.now() - timedelta(hours=1)).isoformat()
    assert await zoho.code("GET", "/Accounts", **again) == (400, "EXPIRED_VALUE")


async def test_each_record_of_a_write_has_its_own_answer(zoho: Client) -> None:
    rows = [
        {"Account_Name": "一"},
        {"Phone": "1"},
        {"Account_Name": "三", "Regions": ["北"]},
        {"Account_Name": "四", "Employees": "x"},
    ]
    status, told = await zoho("POST", "/Accounts", {"data": rows})
    assert (status, [e["code"] for e in told["data"]]) == (
        207,
        ["SUCCESS", "MANDATORY_NOT_FOUND", "INVALID_DATA", "INVALID_DATA"],
    )
    assert told["data"][2]["details"]["supported_values"] == ["東日本", "西日本", "海外"]
    assert await zoho.code("POST", "/Accounts", {"data": rows * 26}) == (400, "LIMIT_EXCEEDED")
    taken = {"data": [{"Account_Name": "五", "Customer_Code": "c00001"}]}
    status, told = await zoho("POST", "/Accounts", taken)
    details = told["data"][0]["details"]
    assert (status, details["api_name"]) == (400, "Customer_Code")
    assert details["duplicate_record"]["id"] in zoho.state["records"]["Accounts"]


async def test_an_upsert_looks_at_every_unique_field(zoho: Client) -> None:
    """Also at those that were not named: the reason why the connector seldom uses it."""
    body = {"data": [{"Account_Name": "上書き", "Accounting_Id": "new", "Customer_Code": "C00001"}]}
    _, told = await zoho("POST", "/Accounts/upsert", {**body, "duplicate_check_fields": ["Accounting_Id"]})
    assert (told["data"][0]["action"], told["data"][0]["duplicate_field"]) == ("update", "Customer_Code")
    assert await zoho.code("POST", "/Accounts/upsert", {**body, "duplicate_check_fields": ["Phone"]}) == (
        400,
        "INVALID_DATA",
    )


async def test_updates_merge_and_can_be_conditional(zoho: Client) -> None:
    id, held = next(iter(zoho.state["records"]["Accounts"].items()))
    await zoho("PUT", f"/Accounts/{id}", {"data": [{"Fax": "03-9", "Kana": None}]})
    now = zoho.state["records"]["Accounts"][id]
    assert (now["Fax"], now["Kana"], now["Phone"]) == ("03-9", None, held["Phone"])
    old = {"If-Unmodified-Since": "2026-01-01T00:00:00+09:00"}
    status, told = await zoho("PUT", f"/Accounts/{id}", {"data": [{"Fax": "1"}]}, headers=old)
    assert (status, told["data"][0]["code"]) == (412, "ALREADY_MODIFIED")
    zoho.state["settings"]["blueprint"] = [id]
    assert await zoho.code("PUT", f"/Accounts/{id}", {"data": [{"Fax": "1"}]}) == (400, "RECORD_IN_BLUEPRINT")
    assert await zoho.code("PUT", "/Accounts", {"data": [{"id": "1", "Fax": "1"}]}) == (400, "INVALID_DATA")


async def test_line_items_are_reckoned_and_kept(zoho: Client) -> None:
    product = next(iter(zoho.state["records"]["Products"]))
    account = next(iter(zoho.state["records"]["Accounts"]))
    line = {"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 100, "Discount": 50}
    quote = {"Subject": "見積", "Account_Name": {"id": account}, "Quoted_Items": [line]}
    _, told = await zoho("POST", "/Quotes", {"data": [quote]})
    id = told["data"][0]["details"]["id"]
    _, full = await zoho("GET", f"/Quotes/{id}")
    row = full["data"][0]
    assert (row["Sub_Total"], row["Tax"], row["Grand_Total"]) == (250, 25, 275)
    first = row["Quoted_Items"][0]["id"]
    await zoho("PUT", f"/Quotes/{id}", {"data": [{"Quoted_Items": [{**line, "Quantity": 1}]}]})
    assert len((await zoho("GET", f"/Quotes/{id}"))[1]["data"][0]["Quoted_Items"]) == 2
    await zoho("PUT", f"/Quotes/{id}", {"data": [{"Quoted_Items": [{"id": first, "_delete": None}]}]})
    assert (await zoho("GET", f"/Quotes/{id}"))[1]["data"][0]["Sub_Total"] == 50
    assert await zoho.code("POST", "/Quotes", {"data": [{**quote, "Quoted_Items": []}]}) == (400, "MANDATORY_NOT_FOUND")
    _, listed = await zoho("GET", "/Quotes", fields="Subject,Quoted_Items")
    assert "Quoted_Items" not in listed["data"][0]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from Accounts", "SYNTAX_ERROR"),
        ("update Accounts", "SYNTAX_ERROR"),
        ("select Nothing from Accounts where id is not null", "INVALID_QUERY"),
        ("select id from Nothing where id is not null", "INVALID_QUERY"),
        ("select id from Accounts where Description = 'x'", "INVALID_QUERY"),
        ("select id from Accounts where id is not null limit 0, 2001", "LIMIT_EXCEEDED"),
        ("select id from Accounts where Phone = 'a' and Fax = 'b' and Kana = 'c'", "SYNTAX_ERROR"),
        (f"select id from Accounts where Phone in ({', '.join(repr(str(n)) for n in range(51))})", "LIMIT_EXCEEDED"),
    ],
)
async def test_coql_refuses_what_zoho_refuses(zoho: Client, query: str, code: str) -> None:
    assert await zoho.code("POST", "/coql", {"select_query": query}) == (400, code)


async def test_coql_answers(zoho: Client) -> None:
    async def ids(where: str) -> int:
        _, told = await zoho("POST", "/coql", {"select_query": f"select id from Accounts where {where} limit 2000"})
        return 0 if told is None else len(told["data"])

    every = len(zoho.state["records"]["Accounts"])
    assert await ids("id is not null") == every
    assert await ids("((Account_Type = '顧客' or Account_Type = '見込み客') and Customer_Code like 'C0000%')") == 9
    assert await ids("Customer_Code in ('c00001', 'C00002', 'X')") == 2
    assert await ids("Customer_Code not in ('C00001')") == every - 1
    assert await ids("Account_Name = 'it\\'s \\\\ \" ; --'") == 0
    assert await ids("Modified_Time >= '2026-02-02T00:00:00+00:00'") == every


async def test_a_channel_ends_by_itself(zoho: Client) -> None:
    watch = {"channel_id": "42", "events": ["Accounts.edit"], "notify_url": "https://hub.example.jp/x", "token": "t"}
    status, told = await zoho("POST", "/actions/watch", {"watch": [watch]})
    assert (status, told["watch"][0]["details"]["events"][0]["resource_name"]) == (201, "Accounts")
    ((address, body),) = channels.notices(zoho.box.world, "Accounts", "update", ["7"])
    assert (address, json.loads(body)["token"], json.loads(body)["ids"]) == (watch["notify_url"], "t", ["7"])
    assert channels.notices(zoho.box.world, "Accounts", "delete", ["7"]) == []
    far = (zoho.box.world.now() + timedelta(days=8)).isoformat()
    for odd in (
        {"events": ["Nothing.all"]},
        {"channel_expiry": far},
        {"channel_id": "x"},
        {"notify_url": "https://h/" + "x" * 255},
    ):
        assert (await zoho("POST", "/actions/watch", {"watch": [{**watch, **odd}]}))[0] == 400
    assert (await zoho("PUT", "/actions/watch", {"watch": [{**watch, "channel_id": "43"}]}))[0] == 400
    zoho.box.world.shift += timedelta(minutes=61)
    assert channels.alive(zoho.box.world) == []
    assert channels.notices(zoho.box.world, "Accounts", "update", ["7"]) == []


async def test_credits_are_told_when_half_is_used_and_then_run_out(zoho: Client) -> None:
    zoho.state["settings"]["limit_credits"] = 8
    await zoho("GET", "/org")
    assert "x-api-credits-remaining" not in zoho.headers
    await zoho("POST", "/Accounts", {"data": [{"Account_Name": f"{n}"} for n in range(21)]})
    assert zoho.headers["x-api-credits-remaining"] == "4"
    query = "select id from Accounts where id is not null limit 0, 2000"
    assert (await zoho("POST", "/coql", {"select_query": query}))[0] == 200
    assert (await zoho("GET", "/org"))[0] == 200
    status, told = await zoho("GET", "/org")
    assert (status, told["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "retry-after" not in zoho.headers
    zoho.box.world.shift += timedelta(minutes=5)
    assert (await zoho("GET", "/org"))[0] == 429


async def test_what_was_deleted_is_listed_and_converted_once(zoho: Client) -> None:
    id = next(iter(zoho.state["records"]["Quotes"]))
    module = zoho.state["modules"]["Sales_Orders"]["id"]
    body = {"data": [{"convert_to": [{"module": {"api_name": "Sales_Orders", "id": module}}]}]}
    status, told = await zoho("POST", f"/Quotes/{id}/actions/convert", body)
    assert (status, list(told["data"][0]["details"])) == (200, ["Sales_Orders"])
    assert await zoho.code("POST", f"/Quotes/{id}/actions/convert", body) == (400, "ID_ALREADY_CONVERTED")
    assert (await zoho("GET", "/Quotes/deleted"))[0] == 204
    await zoho("DELETE", f"/Quotes/{id}")
    _, gone = await zoho("GET", "/Quotes/deleted", type="recycle")
    assert [row["id"] for row in gone["data"]] == [id]
    assert (await zoho("GET", "/Quotes/deleted", type="permanent"))[0] == 204
